"""What may be a violation, and what became of it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_unique
from tenants.scope import CourtScoped, Versioned


class PossibleViolation(CourtScoped, Versioned, Base):
    """Something that a person of the court has to decide about, with its clock.

    The clock: what happened (`event_on`), noted (`opened_at`), the officer told, decided, the court told. One for each
    `occasion` of an enrollment.
    """

    __tablename__ = "possible_violation"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("opened_by", "membership"),
        court_key("decided_by", "membership"),
        court_key("response_kept_by", "membership"),
        court_unique("enrollment_id", "occasion"),
        court_index("ix_possible_violation_state", "state", "event_on"),
        court_index(
            "ix_possible_violation_response", "response_due_on", postgresql_where=text("response_due_on IS NOT NULL")
        ),
        CheckConstraint("response_kept IN ('kept', 'not_kept', 'let_go')", name="kept_known"),
        CheckConstraint("state IN ('open', 'excused', 'response', 'returned')", name="state_known"),
        # Money is no kind: not being able to pay is never by itself a violation.
        CheckConstraint(
            "kind IN ('missed_check_ins', 'lessons_not_done', 'appointment', 'condition', 'conduct')", name="kind_known"
        ),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_or_open"),
    )

    enrollment_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    occasion: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    facts: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))  # what an officer wrote down
    event_on: Mapped[date] = mapped_column(info=personal(Erase.KEEP))  # court-local
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID | None]  # none: the portal, by rule
    notified_at: Mapped[datetime | None]
    statement: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))
    statement_at: Mapped[datetime | None]
    quotable: Mapped[bool | None]  # whether they were told, when they wrote it, that a report may show it
    state: Mapped[str] = mapped_column(default="open", info=NOT_PERSONAL)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))
    response_due_on: Mapped[date | None] = mapped_column(info=personal(Erase.KEEP))  # court-local
    response_by_check_in: Mapped[bool | None]  # the step is a check-in of the plan, which tells by itself
    response_kept: Mapped[str | None] = mapped_column(info=NOT_PERSONAL)  # see steps/rules.py; none: not asked yet
    response_kept_at: Mapped[datetime | None]
    response_kept_by: Mapped[UUID | None]
    response_note: Mapped[str | None] = mapped_column(info=personal(Erase.ROW))
    court_told_at: Mapped[datetime | None]
    court_told_how: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))
