"""Reminding of agreed steps that are due soon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.sql.expression import Values

from app.accountability.violations.deciding import locked_violation
from app.accountability.violations.lookups import COURT_HAS_NOT_ACTED
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.steps.lookups import WAITS
from app.cases.models import Enrollment
from app.cases.reminding import not_said, remind_daily
from app.cases.telling import tell_learner
from app.core.occasions import first_time
from tenants.database import session

STEP = "reminders.agreed_step"


def remind_of_agreed_steps() -> datetime:
    """Remind of agreed steps that are due soon, or today (a schedule)."""
    return remind_daily("agreed-steps", _due, _tell)


def _due(wanted: Values, limit: int) -> Sequence[Any]:
    return (
        session()
        .execute(
            select(PossibleViolation.id, wanted.c.due_on, wanted.c.occasion)
            .select_from(wanted)
            .join(PossibleViolation, PossibleViolation.response_due_on == wanted.c.due_on)
            .join(
                Enrollment,
                (Enrollment.id == PossibleViolation.enrollment_id) & (Enrollment.rules_id == wanted.c.rules_id),
            )
            .where(WAITS, COURT_HAS_NOT_ACTED, not_said(STEP, PossibleViolation.id, wanted.c.occasion))
            .order_by(PossibleViolation.id)
            .limit(limit)
        )
        .all()
    )


def _tell(row: Any) -> None:
    """Under the enrollment's lock, as every change of a possible violation: nobody is reminded of what is done."""
    violation, enrollment = locked_violation(row.id)
    if violation.response_kept is not None or violation.response_due_on != row.due_on:
        return
    if first_time(STEP, violation.id, row.occasion):
        tell_learner(enrollment, "agreed_step_due", f"possible-violations/{violation.id}", due_on=row.due_on)
