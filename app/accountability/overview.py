"""The check-ins of a court in numbers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func, select

from app.accountability.models import CheckIn
from app.cases.lookups import visible_enrollments
from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES
from app.permissions.identity import Identity
from tenants.database import session
from tenants.models import ProgramRules

ANSWERED = (*FINAL_STATES, "returned_to_court")  # the court has acted already


def beyond_the_allowance() -> ColumnElement[bool]:
    """The condition on Enrollment: more check-ins missed than its own rules allow, and nobody has acted on it yet."""
    allowed = cast(ProgramRules.document["accountability"]["misses_allowed"].as_string(), Integer)
    missed = (
        select(Enrollment.id)
        .join(CheckIn, CheckIn.enrollment_id == Enrollment.id)
        .join(ProgramRules, ProgramRules.id == Enrollment.rules_id)
        .where(CheckIn.state == "missed", Enrollment.state.not_in(ANSWERED))
        .group_by(Enrollment.id, allowed)
        .having(func.count() > allowed)
    )
    return Enrollment.id.in_(missed.correlate(None))


def possible_violations(identity: Identity) -> int:
    """How many visible cases that is. One statement."""
    counted: tuple[Any, ...] = (func.count(),)
    query = visible_enrollments(identity).with_only_columns(*counted, maintain_column_froms=True)
    return int(session().connection().execute(query.where(beyond_the_allowance())).scalar_one())
