"""Agreed steps that ask for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select

from app.accountability.violations.lookups import COURT_HAS_NOT_ACTED, PAGE
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.steps.rules import Kept
from app.cases.lookups import visible_enrollments
from app.cases.models import Enrollment
from app.permissions.identity import Identity
from tenants.database import session

WAITS = and_(
    PossibleViolation.state == "response",
    PossibleViolation.response_kept.is_(None),
    PossibleViolation.response_by_check_in.is_not(True),
)
NOT_DONE = PossibleViolation.response_kept == Kept.NOT_KEPT.value


def asks_for_somebody(today: ColumnElement[date] | date) -> ColumnElement[bool]:
    """The condition on PossibleViolation: its step's day is over and nobody has said whether it was done, or it was
    not done and that still stands."""
    return or_(and_(WAITS, PossibleViolation.response_due_on < today), NOT_DONE)


def with_a_step_to_see(today: ColumnElement[date]) -> Select[UUID]:
    """Enrollment ids with such a step: a part of larger statements."""
    return select(PossibleViolation.enrollment_id).where(asks_for_somebody(today))


def steps_to_see(identity: Identity, today: date) -> Sequence[tuple[PossibleViolation, Enrollment]]:
    """Such steps of the cases that `identity` may see, the oldest day first; at most PAGE."""
    rows = session().execute(
        visible_enrollments(identity)
        .add_columns(PossibleViolation)
        .join(PossibleViolation, PossibleViolation.enrollment_id == Enrollment.id)
        .where(asks_for_somebody(today), COURT_HAS_NOT_ACTED)
        .order_by(PossibleViolation.response_due_on, PossibleViolation.id)
        .limit(PAGE)
    )
    return [(violation, enrollment) for enrollment, violation in rows]
