"""A request for a change that helps somebody take part, and the court's answer."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key
from tenants.scope import CourtScoped, Versioned


class Accommodation(CourtScoped, Versioned, Base):
    """One request. It stays when it is decided, taken back or ended: together they are the history.

    `asked` and `granted` are kinds of help (rules.Help); `times`: the usual limits of time are so many times wider;
    `terms`: what the court wrote when it granted; `reason`: why it did not, or why it ended.
    """

    __tablename__ = "accommodation"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("decided_by", "membership"),
        court_index("ix_accommodation_enrollment", "enrollment_id", "asked_at"),
        court_index("ix_accommodation_state", "state", "asked_at"),
        # One open request at a time: the court decides about one list, not about the same list twice.
        court_index(
            "uq_accommodation_open", "enrollment_id", unique=True, postgresql_where=text("state = 'requested'")
        ),
        CheckConstraint("state IN ('requested', 'granted', 'denied', 'withdrawn', 'ended')", name="state_known"),
        CheckConstraint("times BETWEEN 1 AND 3", name="times_known"),
        CheckConstraint("state <> 'denied' OR (decided_by IS NOT NULL AND reason <> '')", name="denied_by_a_person"),
    )

    enrollment_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="requested", info=NOT_PERSONAL)
    asked: Mapped[list[str]] = mapped_column(info=personal(Erase.ROW))
    own_words: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    asked_at: Mapped[datetime]
    granted: Mapped[list[str]] = mapped_column(default=list, info=personal(Erase.ROW))
    times: Mapped[int] = mapped_column(default=1)
    terms: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))
    reason: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))
    deadline: Mapped[date | None] = mapped_column(info=personal(Erase.ROW))  # to which the decision moved the lessons'
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
