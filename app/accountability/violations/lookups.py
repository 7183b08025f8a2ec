"""Loading possible violations: of one case, for one person, and the court's in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, cast, func, select
from sqlalchemy.orm import joinedload

from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.rules import median_days
from app.cases.lookups import visible_enrollments
from app.cases.many import among, is_one_of
from app.cases.models import Enrollment, Referral
from app.cases.rules import FINAL_STATES
from app.core.errors import NotFound
from app.permissions.identity import Identity
from tenants.database import session

PAGE = 50
ANSWERED = frozenset({*FINAL_STATES, "returned_to_court"})  # the court has acted already
COURT_HAS_NOT_ACTED = Enrollment.state.not_in(sorted(ANSWERED))


def violations_of(enrollment_id: UUID) -> Sequence[PossibleViolation]:
    """All of a case, in the order in which they were noted."""
    query = select(PossibleViolation).where(PossibleViolation.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(PossibleViolation.opened_at, PossibleViolation.id)).all()


def has_open(enrollment_id: UUID) -> bool:
    """Whether something of a case waits to be decided."""
    query = select(PossibleViolation.id).where(
        PossibleViolation.enrollment_id == enrollment_id, PossibleViolation.state == "open"
    )
    return session().scalar(query.limit(1)) is not None


def get_violation_for(identity: Identity, violation_id: UUID) -> tuple[PossibleViolation, Enrollment]:
    """One possible violation of a case that `identity` may see, with the person. Raises NotFound."""
    query = visible_enrollments(identity).options(joinedload(Enrollment.referral).joinedload(Referral.person))
    found = (
        session()
        .execute(
            query.add_columns(PossibleViolation)
            .join(PossibleViolation, PossibleViolation.enrollment_id == Enrollment.id)
            .where(PossibleViolation.id == violation_id)
        )
        .first()
    )
    if found is None:
        raise NotFound
    return found[1], found[0]


# --- The court's in numbers ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ViolationMonth:
    """What was noted in one month: its first day, how many, how many of them are decided, the middle of the days."""

    first_day: date
    noted: int
    decided: int
    median_days: int | None


@dataclass(frozen=True)
class ViolationNumbers:
    """Of the cases that somebody may see. `median_days`: from event to decision, of everything decided."""

    open: int
    oldest_on: date | None
    median_days: int | None
    months: list[ViolationMonth]


def _of_visible(identity: Identity, *columns: Any) -> Select[*tuple[Any, ...]]:
    query = visible_enrollments(identity).with_only_columns(*columns, maintain_column_froms=True)
    return query.join(PossibleViolation, PossibleViolation.enrollment_id == Enrollment.id)


def open_violations(identity: Identity) -> Sequence[tuple[PossibleViolation, Enrollment]]:
    """Those to be decided of the cases that `identity` may see, the oldest event first; at most PAGE."""
    rows = session().execute(
        visible_enrollments(identity)
        .add_columns(PossibleViolation)
        .join(PossibleViolation, PossibleViolation.enrollment_id == Enrollment.id)
        .where(PossibleViolation.state == "open", COURT_HAS_NOT_ACTED)
        .order_by(PossibleViolation.event_on, PossibleViolation.id)
        .limit(PAGE)
    )
    return [(violation, enrollment) for enrollment, violation in rows]


def how_many_open(identity: Identity) -> tuple[int, date | None]:
    """How many wait of the cases that `identity` may see, and since which day the oldest. One statement."""
    query = _of_visible(identity, func.count(), func.min(PossibleViolation.event_on))
    row = session().execute(query.where(PossibleViolation.state == "open", COURT_HAS_NOT_ACTED)).one()
    return int(row[0]), row[1]


def violation_numbers(identity: Identity, time_zone: str, *, months: int = 12) -> ViolationNumbers:
    """Everything that is summed for a court: two statements. Months are those of the event, the latest first."""
    waiting, oldest = how_many_open(identity)
    decided_on = cast(func.timezone(time_zone, PossibleViolation.decided_at), Date)
    month = cast(func.date_trunc("month", PossibleViolation.event_on), Date)
    days = decided_on - PossibleViolation.event_on
    rows = session().execute(_of_visible(identity, month, days)).all()
    by_month: dict[date, list[int | None]] = {}
    for first_day, span in rows:
        by_month.setdefault(first_day, []).append(span)
    return ViolationNumbers(
        open=waiting,
        oldest_on=oldest,
        median_days=median_days([span for _month, span in rows if span is not None]),
        months=[
            ViolationMonth(first_day, len(spans), len(decided), median_days(decided))
            for first_day, spans in sorted(by_month.items(), reverse=True)[:months]
            for decided in ([span for span in spans if span is not None],)
        ],
    )


# --- For lists of cases: parts of larger statements ------------------------------------------------------------------

VIOLATIONS = (
    select(
        PossibleViolation.enrollment_id,
        func.min(PossibleViolation.event_on).filter(PossibleViolation.state == "open").label("violation_on"),
        # Of steps that were agreed: by which day the first was to be done of which nobody has said whether it was, and
        # of those that were not done.
        func.min(PossibleViolation.response_due_on)
        .filter(
            PossibleViolation.state == "response",
            PossibleViolation.response_kept.is_(None),
            PossibleViolation.response_by_check_in.is_not(True),
        )
        .label("step_due_on"),
        func.min(PossibleViolation.response_due_on)
        .filter(PossibleViolation.response_kept == "not_kept")
        .label("step_not_done_on"),
    )
    .where(is_one_of(PossibleViolation.state, ("open", "response")), among(PossibleViolation.enrollment_id))
    .group_by(PossibleViolation.enrollment_id)
)


def with_an_open_violation() -> Select[UUID]:
    """Enrollment ids with something to be decided."""
    return select(PossibleViolation.enrollment_id).where(is_one_of(PossibleViolation.state, ("open",)))


def waits_for_a_decision() -> ColumnElement[bool]:
    """The condition on Enrollment: something is to be decided, and the court has not acted yet."""
    return and_(COURT_HAS_NOT_ACTED, Enrollment.id.in_(with_an_open_violation()))
