"""Loading check-ins: a learner's own, those that wait for a reader, and counts for lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, func, select
from sqlalchemy.orm import joinedload

from app.accountability.models import CheckIn
from app.accountability.rules import CheckInState, Decision, state_now
from app.accountability.schedule import Window
from app.cases.lookups import visible_enrollments
from app.cases.many import among, is_one_of
from app.cases.models import Enrollment, Referral
from app.core import clock
from app.core.errors import NotFound
from app.permissions.identity import Identity
from tenants.database import session
from tenants.models import Court
from tenants.scope import current_court_id

DECIDED = ("accepted", "returned", "excused")


def court_place() -> tuple[str, str]:
    """The IANA time zone and the two-letter state of the court at work."""
    row = session().execute(select(Court.time_zone, Court.region).where(Court.id == current_court_id())).one()
    return row.time_zone, row.region


def window_of(row: CheckIn) -> Window:
    return Window(row.number, row.opens_at, row.due_on, row.closes_at, row.grace_until)


def state_of(row: CheckIn, now: datetime) -> CheckInState:
    """What a stored check-in is at `now` (UTC): open and missed follow from its times."""
    decision = cast("Decision", row.state) if row.state in DECIDED else None
    return state_now(window_of(row), submitted_at=row.submitted_at, decision=decision, now=now)


def running_time(enrollment: Enrollment) -> datetime:
    """The instant (UTC) up to which the program ran: now, or since when it is paused. Nobody misses what lies after."""
    now = clock.now()
    return min(now, enrollment.paused_at or now)


def check_ins_of(enrollment_id: UUID) -> Sequence[CheckIn]:
    """All check-ins of an enrollment in order; none before accountability begins."""
    return (
        session().scalars(select(CheckIn).where(CheckIn.enrollment_id == enrollment_id).order_by(CheckIn.number)).all()
    )


def get_own_check_in(enrollment_id: UUID, number: int) -> CheckIn:
    """One check-in of the learner's own enrollment. Raises NotFound."""
    found = session().scalar(select(CheckIn).where(CheckIn.enrollment_id == enrollment_id, CheckIn.number == number))
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class ForReview:
    """A check-in and its case as a reader may see it. `enrollment` is None for a facilitator: no name, no case."""

    check_in: CheckIn
    enrollment_id: UUID
    enrollment: Enrollment | None


def get_for_excuse(identity: Identity, check_in_id: UUID) -> ForReview:
    """One check-in of a case that `identity` may see, with the person. Raises NotFound."""
    query = visible_enrollments(identity).options(joinedload(Enrollment.referral).joinedload(Referral.person))
    found = (
        session()
        .execute(
            query.add_columns(CheckIn)
            .join(CheckIn, CheckIn.enrollment_id == Enrollment.id)
            .where(CheckIn.id == check_in_id)
        )
        .first()
    )
    if found is None:
        raise NotFound
    return ForReview(found[1], found[0].id, found[0])


# --- For lists of cases ----------------------------------------------------------------------------------------------

_state = CheckIn.state
# By the day, not the number: a check-in that was added to make up for another comes last and may be due before others.
_last_missed = func.max(case((_state == "missed", CheckIn.due_on)))
_last_sent = func.max(case((is_one_of(_state, ("submitted", "accepted")), CheckIn.due_on)))
PLANNED: ColumnElement[int] = func.count()
DONE: ColumnElement[int] = func.count().filter(is_one_of(_state, ("accepted", "excused")))
NEXT_DUE: ColumnElement[date] = func.min(case((is_one_of(_state, ("scheduled", "returned")), CheckIn.due_on)))
# A part of a larger statement: the check-ins of each enrollment that it is about, in numbers. `missed_on`: when the
# last miss was due, if nothing was sent since. `check_in_since`: from when on a sent one waits for a reader.
CHECK_INS = (
    select(
        CheckIn.enrollment_id,
        PLANNED.label("check_ins_planned"),
        DONE.label("check_ins_done"),
        func.count().filter(_state == "missed").label("check_ins_missed"),
        func.count().filter(_state == "missed", CheckIn.answered_by.is_(None)).label("misses_unanswered"),
        case((_last_missed > func.coalesce(_last_sent, date.min), _last_missed)).label("missed_on"),
        func.min(case((_state == "submitted", CheckIn.submitted_at))).label("check_in_since"),
        NEXT_DUE.label("next_check_in"),
        func.max(CheckIn.due_on).label("last_check_in"),
    )
    .where(among(CheckIn.enrollment_id))
    .group_by(CheckIn.enrollment_id)
)


def with_something_to_see() -> Select[UUID]:
    """Enrollment ids with a missed check-in, or one that waits for a reader (a part of a larger statement)."""
    return select(CheckIn.enrollment_id).where(is_one_of(CheckIn.state, ("missed", "submitted")))


def with_a_miss_since() -> Select[UUID]:
    """Enrollment ids that missed a check-in and have sent none that was due later: `missed_on` is not empty."""
    missed_last = _last_missed > func.coalesce(_last_sent, date.min)
    return select(CheckIn.enrollment_id).group_by(CheckIn.enrollment_id).having(missed_last)


def with_check_in(state: str) -> Select[UUID]:
    """Enrollment ids with a check-in that is stored as `state` (a part of a larger statement)."""
    return select(CheckIn.enrollment_id).where(is_one_of(CheckIn.state, (state,)))


def of_check_ins(number: ColumnElement[Any]) -> ScalarSelect[Any]:
    """A number or day over the check-ins of an enrollment, to sort a list by (a part of a larger statement)."""
    return select(number).where(CheckIn.enrollment_id == Enrollment.id).correlate(Enrollment).scalar_subquery()


def last_missed() -> Select[UUID, int, date]:
    """Id, number and day of the check-in that somebody missed last and nobody has excused (beside `Enrollment`)."""
    missed = select(CheckIn.id, CheckIn.number, CheckIn.due_on).where(
        CheckIn.enrollment_id == Enrollment.id, CheckIn.state == "missed"
    )
    return missed.order_by(CheckIn.due_on.desc(), CheckIn.number.desc()).limit(1).correlate(Enrollment)


def check_ins_after(day: Any) -> Select[UUID]:
    """Ids of enrollments with a check-in due after `day`, a column of the statement that this is a part of."""
    late = select(CheckIn.enrollment_id).where(CheckIn.enrollment_id == Enrollment.id, CheckIn.due_on > day)
    return late.correlate_except(CheckIn)
