"""A court's officers and its program in numbers, a statement for each table. Everybody counts what they may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, case, cast, func, or_, select

from app.accountability.lookups import with_a_miss_since
from app.accountability.schedule import midnight
from app.accountability.violations.lookups import COURT_HAS_NOT_ACTED, waits_for_a_decision
from app.accountability.violations.models import PossibleViolation
from app.caseload.team.rules import LOAD_GROUPS, OUTCOMES, RANKS, Period, Step, way
from app.cases.lookups import names_of, reach_of, visible_to, who_can_supervise
from app.cases.models import Enrollment, EnrollmentTransition, Referral
from app.cases.overview import Standing, that_stand
from app.cases.rules import FINAL_STATES
from app.core import clock
from app.core.errors import NotFound
from app.payments.models import Waiver
from app.permissions.identity import Identity
from tenants.database import session

NOBODY = "none"  # in an address: the cases that no officer has


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know: of which stretch of time, and of whose cases.

    `officer` is a member of the staff, NOBODY for the cases that no officer has, or None for the whole court.
    """

    period: Period
    time_zone: str
    officer: UUID | str | None = None

    @property
    def begins(self) -> datetime:
        return midnight(self.period.first, self.time_zone)

    @property
    def ends(self) -> datetime:
        """The first instant after the period (UTC)."""
        return midnight(date.fromordinal(self.period.last.toordinal() + 1), self.time_zone)

    def within(self, instant: Any) -> ColumnElement[bool]:
        return and_(instant >= self.begins, instant < self.ends)

    def local(self, instant: Any) -> ColumnElement[date]:
        """The court's date of an instant."""
        return cast(func.timezone(self.time_zone, instant), Date)


def officers() -> dict[UUID, str]:
    """Everybody who can have cases, by name."""
    return {member.id: member.display_name for member in who_can_supervise()}


def named(known: Mapping[UUID, str], members: Sequence[UUID | None]) -> dict[UUID, str]:
    """`known`, and those of `members` beyond: who has cases and can be given none any more. At most one statement."""
    return {**known, **names_of([member for member in members if member not in known])}


def member_asked(text: str, known: Mapping[UUID, str]) -> UUID | str | None:
    """Whose cases an address asks for. Raises NotFound for who never was on this court's staff."""
    if text in ("", NOBODY):
        return text or None
    try:
        member = UUID(text)
    except ValueError:
        raise NotFound from None
    if member not in named(known, [member]):
        raise NotFound
    return member


def _cases(identity: Identity, asked: Asked, *columns: Any) -> Select[Any]:
    """`columns` of the cases that `identity` may see and has asked for."""
    query = visible_to(reach_of(identity), identity.id, clock.now())
    if asked.officer is not None:
        officer = None if asked.officer == NOBODY else asked.officer
        query = query.where(Enrollment.officer_id.is_(None) if officer is None else Enrollment.officer_id == officer)
    return query.with_only_columns(*columns, maintain_column_froms=True)


class Load(NamedTuple):
    """The cases of one officer (None: of nobody) that are not over, now.

    `groups` in the order of LOAD_GROUPS. The other numbers are people; one may be in several. `late`: in any of them.
    """

    officer: UUID | None
    groups: tuple[int, ...]
    lessons_late: int
    check_in_missed: int
    violation_open: int
    report_due: int
    late: int

    @property
    def cases(self) -> int:
        return sum(self.groups)


def loads(identity: Identity, asked: Asked) -> list[Load]:
    """Who has how many cases, and what of them is past its day. One statement."""
    today = clock.today(asked.time_zone)
    late = (
        that_stand(Standing.OVERDUE, today),
        and_(Enrollment.state == "accountability", Enrollment.id.in_(with_a_miss_since())),
        waits_for_a_decision(),
        that_stand(Standing.REPORT_DUE, today),
    )
    groups = [func.count().filter(Enrollment.state.in_(states)) for states in LOAD_GROUPS.values()]
    query = _cases(
        identity, asked, Enrollment.officer_id, *groups, *(func.count().filter(one) for one in (*late, or_(*late)))
    )
    rows = session().execute(query.where(Enrollment.state.not_in(FINAL_STATES)).group_by(Enrollment.officer_id))
    return [Load(row[0], tuple(row[1 : 1 + len(groups)]), *row[1 + len(groups) :]) for row in rows]


class Decisions(NamedTuple):
    """Possible violations of the cases of one officer (None: of nobody): those decided in the period, those open now.

    Days from what happened to the decision, on the court's calendar; the median is rounded down.
    """

    officer: UUID | None
    decided: int
    median_days: int | None
    longest_days: int | None
    open: int
    oldest_on: date | None


def decisions(identity: Identity, asked: Asked) -> tuple[list[Decisions], Decisions]:
    """By officer, and of everybody together. One statement."""
    row = PossibleViolation
    days = asked.local(row.decided_at) - row.event_on
    decided = asked.within(row.decided_at)
    waits = and_(row.state == "open", COURT_HAS_NOT_ACTED)
    query = _cases(
        identity,
        asked,
        func.grouping(Enrollment.officer_id),
        Enrollment.officer_id,
        func.count().filter(decided),
        func.percentile_cont(0.5).within_group(days).filter(decided),
        func.max(days).filter(decided),
        func.count().filter(waits),
        func.min(row.event_on).filter(waits),
    )
    query = query.join(row, row.enrollment_id == Enrollment.id).where(or_(decided, waits))
    by_officer, everybody = [], Decisions(None, 0, None, None, 0, None)
    for summed, officer, count, median, *rest in session().execute(query.group_by(func.rollup(Enrollment.officer_id))):
        found = Decisions(officer, count, None if median is None else int(median), *rest)
        if summed:
            everybody = found
        else:
            by_officer.append(found)
    return by_officer, everybody


def program_way(identity: Identity, asked: Asked) -> list[Step]:
    """How far those came who were referred in the period, up to now. One statement."""
    cohort = _cases(identity, asked, Enrollment.id, Enrollment.state).where(asked.within(Referral.referred_at)).cte()
    rank = case(RANKS, value=EnrollmentTransition.to_state, else_=0)
    furthest = (
        select(EnrollmentTransition.enrollment_id, func.max(rank).label("rank"))
        .where(EnrollmentTransition.enrollment_id.in_(select(cohort.c.id)))
        .group_by(EnrollmentTransition.enrollment_id)
        .subquery()
    )
    came_to = func.coalesce(furthest.c.rank, 0)
    query = (
        select(came_to, cohort.c.state, func.count())
        .select_from(cohort)
        .outerjoin(furthest, furthest.c.enrollment_id == cohort.c.id)
        .group_by(came_to, cohort.c.state)
    )
    return way((row[0], row[1], row[2]) for row in session().execute(query))


def outcomes(identity: Identity, asked: Asked) -> dict[date, dict[str, int]]:
    """How cases went on, by the court's month (its first day) and by state of OUTCOMES. One statement."""
    step = EnrollmentTransition
    month = cast(func.date_trunc("month", asked.local(step.at)), Date)
    query = (
        _cases(identity, asked, month, step.to_state, func.count())
        .join(step, step.enrollment_id == Enrollment.id)
        .where(step.to_state.in_(OUTCOMES), asked.within(step.at))
        .group_by(month, step.to_state)
    )
    found: dict[date, dict[str, int]] = {month: {} for month in asked.period.months}
    for first_day, state, number in session().execute(query):
        found[first_day][state] = number
    return found


@dataclass(frozen=True)
class WaiverNumbers:
    """Requests that were sent in the period, by their state now; the days to the answer of those that have one."""

    by_state: dict[str, int]
    median_days: int | None
    longest_days: int | None


def waiver_numbers(identity: Identity, asked: Asked) -> WaiverNumbers:
    """One statement."""
    days = asked.local(Waiver.decided_at) - asked.local(Waiver.submitted_at)
    query = (
        _cases(
            identity,
            asked,
            func.grouping(Waiver.state),
            Waiver.state,
            func.count(),
            func.percentile_cont(0.5).within_group(days),
            func.max(days),
        )
        .join(Waiver, Waiver.enrollment_id == Enrollment.id)
        .where(Waiver.state != "draft", asked.within(Waiver.submitted_at))
        .group_by(func.rollup(Waiver.state))
    )
    rows = session().execute(query).all()
    total = next((row for row in rows if row[0]), None)
    median = total[3] if total is not None else None
    return WaiverNumbers(
        {row[1]: row[2] for row in rows if not row[0]},
        None if median is None else int(median),
        total[4] if total is not None else None,
    )
