"""What was put aside of the list of the day."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key
from tenants.scope import CourtScoped, Versioned


class AttentionMark(CourtScoped, Versioned, Base):
    """A reason to look at a case that somebody put aside: of the case, whoever is responsible for it later.

    It holds for one `occasion` of one `kind` (a key of RULES): what happens anew is another occasion. snoozed: until
    the court-local day `until`, on which it comes back; done: for good. A mark never changes: it is ended, by who took
    it back or put the same aside anew (then the next one begins at the instant at which this one ends).
    """

    __tablename__ = "attention_mark"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("by", "membership"),
        court_key("ended_by", "membership"),
        court_index(
            "uq_attention_mark_in_force",
            "enrollment_id",
            "kind",
            "occasion",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        court_index("ix_attention_mark_enrollment", "enrollment_id", "at"),
        CheckConstraint("state IN ('snoozed', 'done')", name="state_known"),
        CheckConstraint("(state = 'snoozed') = (until IS NOT NULL)", name="until_a_day"),
    )

    enrollment_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    occasion: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    state: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    until: Mapped[date | None] = mapped_column(info=personal(Erase.KEEP))  # court-local
    reason: Mapped[str] = mapped_column(info=personal(Erase.ROW))  # of a snooze; of what is done, a note or nothing
    at: Mapped[datetime]
    by: Mapped[UUID]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]
