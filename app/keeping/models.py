"""What is to become of a case's record, what became of it, who opened a sealed one, and what is on hold."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key
from tenants.scope import CourtScoped, Versioned


class RecordSealing(CourtScoped, Versioned, Base):
    """That a case's record is to be sealed or destroyed, and once it was (`done_at`): the only trace that is left.

    It outlives the case and then names nobody: `referral_id` is a number that leads nowhere. A sealed record lies in
    storage under `box_sha256`, encrypted with a key of its own; `box_key` is that key, itself sealed by the keyring.
    Without it (`key_destroyed_at`) the box can not be opened by anybody.
    """

    __tablename__ = "record_sealing"
    __table_args__ = (
        court_key("referral_id", "referral"),
        court_key("recorded_by", "membership"),
        court_key("confirmed_by", "membership"),
        court_key("canceled_by", "membership"),
        court_index("ix_record_sealing_due", "state", "due_on"),
        court_index(
            "uq_record_sealing_open",
            "referral_id",
            unique=True,
            postgresql_where=text("state IN ('planned', 'confirmed', 'done')"),
        ),
        CheckConstraint("state IN ('planned', 'confirmed', 'done', 'canceled')", name="state_known"),
        CheckConstraint("what IN ('seal', 'destroy')", name="what_known"),
        CheckConstraint(
            "ground IN ('order_to_seal', 'order_to_expunge', 'dismissed', 'completed', 'retention')",
            name="ground_known",
        ),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_when"),
    )

    referral_id: Mapped[UUID]
    ground: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    what: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    dated_on: Mapped[date] = mapped_column(info=personal(Erase.KEEP))  # of the order or disposition; court-local
    due_on: Mapped[date] = mapped_column(info=personal(Erase.KEEP))  # court-local
    reference: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))  # where the order can be found
    survives: Mapped[list[str]] = mapped_column(default=list, info=NOT_PERSONAL)  # kinds of documents that stay
    state: Mapped[str] = mapped_column(default="planned", info=NOT_PERSONAL)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]  # none: the court's rules alone
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[UUID | None]
    canceled_at: Mapped[datetime | None]
    canceled_by: Mapped[UUID | None]
    done_at: Mapped[datetime | None]
    removed: Mapped[dict[str, Any]] = mapped_column(default=dict, info=NOT_PERSONAL)  # how many rows of which table
    box_sha256: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    box_key: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))
    found_by: Mapped[list[str]] = mapped_column(default=list, info=personal(Erase.CLEAR))  # keyed hashes of its numbers
    key_destroyed_at: Mapped[datetime | None]


class RecordOpening(CourtScoped, Base):
    """Somebody opened a sealed record under a court's order. Append-only."""

    __tablename__ = "record_opening"
    __table_args__ = (
        court_key("sealing_id", "record_sealing"),
        court_key("by", "membership"),
        court_index("ix_record_opening_sealing", "sealing_id", "at"),
    )

    sealing_id: Mapped[UUID]
    at: Mapped[datetime]
    until: Mapped[datetime]
    by: Mapped[UUID]
    court_order: Mapped[str] = mapped_column(info=personal(Erase.KEEP))  # which order of the court allows it
    reason: Mapped[str] = mapped_column(info=personal(Erase.KEEP))


class SurvivingDocument(CourtScoped, Base):
    """A document that the court's rules keep although its case was sealed or destroyed."""

    __tablename__ = "surviving_document"
    __table_args__ = (
        court_key("sealing_id", "record_sealing"),
        court_key("file_id", "stored_file"),
        court_index("ix_surviving_document_sealing", "sealing_id"),
    )

    sealing_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    number: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # of a report; empty for a paper that came in
    file_id: Mapped[UUID]


class LegalHold(CourtScoped, Versioned, Base):
    """Nothing of the case (none named: of the whole court) may be sealed, destroyed or forgotten until it is lifted."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        court_key("referral_id", "referral"),
        court_key("placed_by", "membership"),
        court_key("lifted_by", "membership"),
        court_index("ix_legal_hold_in_force", "referral_id", postgresql_where=text("lifted_at IS NULL")),
    )

    referral_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(info=personal(Erase.CLEAR))
    placed_at: Mapped[datetime]
    placed_by: Mapped[UUID]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[UUID | None]
    lifted_reason: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))
