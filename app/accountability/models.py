"""The check-ins of the accountability months."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_unique
from tenants.scope import CourtScoped, Versioned


class CheckIn(CourtScoped, Versioned, Base):
    """One check-in of the plan. Open and overdue are derived from the times."""

    __tablename__ = "check_in"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("decided_by", "membership"),
        court_key("answered_by", "possible_violation"),
        court_unique("enrollment_id", "number"),
        court_index("ix_check_in_state", "state", "grace_until"),
        court_index("ix_check_in_due_on", "due_on", postgresql_where=text("state = 'scheduled'")),
        CheckConstraint(
            "state IN ('scheduled', 'submitted', 'accepted', 'returned', 'missed', 'excused')", name="state_known"
        ),
        CheckConstraint("made_for IN ('make_up', 'extension')", name="made_for_known"),
    )

    enrollment_id: Mapped[UUID]
    number: Mapped[int]  # 1 to n
    opens_at: Mapped[datetime]
    due_on: Mapped[date] = mapped_column(info=personal(Erase.KEEP))  # court-local
    closes_at: Mapped[datetime]  # end of the due day
    grace_until: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="scheduled", info=NOT_PERSONAL)
    submitted_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    feedback: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))
    made_for: Mapped[str | None] = mapped_column(info=NOT_PERSONAL)  # what it was added for; none: of the first plan
    answered_by: Mapped[UUID | None]  # the decided possible violation that this miss led to: it counts no more
