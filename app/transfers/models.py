"""What passes between two courts, and what each of them keeps of it.

`TransferParcel` and `CourtTerms` belong to no court. A parcel shows at its two courts and nowhere else; what is in it
is sealed and goes away when it was received or came to nothing.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_unique, uuid7
from tenants.scope import CourtScoped, Versioned


class CourtTerms(Versioned, Base):
    """What a court asks of its participants, for a court that may send it somebody. Nothing of a person."""

    __tablename__ = "court_terms"

    of_court: Mapped[UUID] = mapped_column(ForeignKey("court.id"), primary_key=True)
    terms: Mapped[dict[str, Any]]  # see app/transfers/terms.py
    rules_version: Mapped[int]
    posted_at: Mapped[datetime]


class TransferParcel(Versioned, Base):
    """One case on its way from one court to another. Each sealed part is bound to the parcel's id.

    `offer`: what the receiving court decides by. `package`: what is handed over. `reply`: why not, or the new code.
    """

    __tablename__ = "transfer_parcel"
    __table_args__ = (
        Index("ix_transfer_parcel_from", "from_court", "state"),
        Index("ix_transfer_parcel_to", "to_court", "state"),
        CheckConstraint(
            "state IN ('offered', 'accepted', 'handed_over', 'received', 'refused', 'withdrawn', 'expired')",
            name="state_known",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    from_court: Mapped[UUID] = mapped_column(ForeignKey("court.id"))
    to_court: Mapped[UUID] = mapped_column(ForeignKey("court.id"))
    state: Mapped[str] = mapped_column(default="offered")
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    offer: Mapped[str] = mapped_column(default="", deferred=True)
    package: Mapped[str] = mapped_column(default="", deferred=True)
    reply: Mapped[str] = mapped_column(default="", deferred=True)


class Transfer(CourtScoped, Versioned, Base):
    """A court's own part of a transfer: `out` at the court that sends, `in` at the one that receives.

    `enrollment_id` is this court's own; at the receiving court it comes with the case. `carried` (in): what was handed
    over, with its origin. `documents`: keys of what goes along (out), stored files that came (in).
    """

    __tablename__ = "transfer"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("asked_by", "membership"),
        court_key("officer_id", "membership", on_delete="SET NULL"),
        court_unique("parcel_id"),
        court_index("ix_transfer_enrollment", "enrollment_id"),
        court_index("ix_transfer_state", "direction", "state"),
        court_index(
            "uq_transfer_open_out",
            "enrollment_id",
            unique=True,
            postgresql_where=text("direction = 'out' AND state IN ('asked', 'agreed')"),
        ),
        CheckConstraint("direction IN ('out', 'in')", name="direction_known"),
        CheckConstraint(
            "state IN ('asked', 'agreed', 'declined', 'withdrawn', 'expired', 'refused', 'moved', "
            "'accepted', 'received')",
            name="state_known",
        ),
    )

    direction: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    state: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    parcel_id: Mapped[UUID]
    other_court: Mapped[UUID]
    enrollment_id: Mapped[UUID | None]
    asked_by: Mapped[UUID]  # out: who asked; in: who accepted or refused
    asked_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))
    documents: Mapped[list[dict[str, Any]]] = mapped_column(info=personal(Erase.ROW))
    expires_at: Mapped[datetime]
    agreed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))  # why it was refused or came to nothing
    deadline: Mapped[date | None] = mapped_column(info=personal(Erase.CLEAR))  # in: for the lessons, court-local
    officer_id: Mapped[UUID | None]
    check_ins_counted: Mapped[int] = mapped_column(default=0)
    carried: Mapped[dict[str, Any]] = mapped_column(default=dict, info=personal(Erase.ROW))
    brought_at: Mapped[datetime | None]  # in: when the progress was written into the new enrollment
    settled_at: Mapped[datetime | None]  # in: when what follows from it was looked at in the lessons' time
