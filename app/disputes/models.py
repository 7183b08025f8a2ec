"""What participants say is not right in their records, and what the court answered."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key
from tenants.scope import CourtScoped, Versioned


class Dispute(CourtScoped, Versioned, Base):
    """One dispute of one fact. What the record said is kept as it was: the fact itself may be corrected later."""

    __tablename__ = "record_dispute"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("file_id", "stored_file"),
        court_key("answered_by", "membership"),
        court_key("recorded_by", "membership"),
        court_index("ix_record_dispute_enrollment", "enrollment_id", "raised_at"),
        court_index("ix_record_dispute_waiting", "answer_by", postgresql_where=text("state = 'open'")),
        court_index(
            "uq_record_dispute_open",
            "enrollment_id",
            "fact",
            "subject",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint("state IN ('open', 'corrected', 'stands', 'withdrawn')", name="state_known"),
        CheckConstraint(
            "fact IN ('check_in', 'module', 'seat_time', 'violation', 'step', 'standing', 'payment', 'person', "
            "'case_number', 'date')",
            name="fact_known",
        ),
        CheckConstraint("(state IN ('corrected', 'stands')) = (answered_at IS NOT NULL)", name="answered_or_not"),
    )

    enrollment_id: Mapped[UUID]
    fact: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # rules.Fact
    subject: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # an id, a slug or a word: which fact of the kind
    said: Mapped[str] = mapped_column(info=personal(Erase.ROW))  # what the record said then, in the reader's language
    reason: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    recorded_by: Mapped[UUID | None]  # who of the court had made the record say it; empty for what the portal did
    file_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="open", info=NOT_PERSONAL)
    raised_at: Mapped[datetime]
    answer_by: Mapped[date] = mapped_column(info=personal(Erase.KEEP))  # court-local, the whole day
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]
    answer: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))
    withdrawn_at: Mapped[datetime | None]
