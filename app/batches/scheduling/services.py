"""Making what is due by a court's schedules, each occasion once; pausing a schedule."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.accountability.models import CheckIn
from app.accountability.violations.models import PossibleViolation
from app.batches.lookups import AT_WORK, Subject
from app.batches.models import PausedSchedule
from app.batches.rules import What
from app.batches.scheduling import rules as timing
from app.batches.scheduling.rules import Schedule
from app.batches.services import start
from app.cases.models import Enrollment, Hearing
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.occasions import first_time
from app.core.outbox import enqueue
from app.reports.facts import the_court
from app.reports.packets.lookups import hearing_days
from app.reports.packets.making import KEEP
from tenants.closed_days import ClosedDays
from tenants.database import session, transaction
from tenants.models import Court
from tenants.report_schedules import Schedules
from tenants.rules import NoRules, rules_in_force

RESTS = timedelta(minutes=10)
LOOKS_BACK = timedelta(days=timing.MAKES_UP_DAYS)


@dataclass(frozen=True)
class Day:
    """A court's day: its rules, which schedules run and since when nothing is made up for."""

    court: Court
    rules: Schedules
    closed: ClosedDays
    today: date
    now: datetime
    paused: Collection[str]
    since: Mapping[str, datetime]

    def runs(self, schedule: Schedule) -> bool:
        return schedule in timing.switched_on(self.rules) and schedule not in self.paused

    def is_due(self, due: timing.Due) -> bool:
        """Whether its instant has come, not too long ago, and after the schedule began (or went on)."""
        begun = self.since.get(due.schedule, self.since[""])
        return max(begun, self.now - LOOKS_BACK) <= due.at <= self.now


def this_day() -> Day | None:
    """The day at the court at work; None where its rules have nothing made by itself. Two or three statements."""
    try:
        row, document = rules_in_force()
    except NoRules:
        return None
    rules = document.reports.schedules
    if not rules.any:
        return None
    court = the_court()
    rows = session().scalars(select(PausedSchedule)).all()
    begun = max(filter(None, (row.published_at, row.begins_at)), default=datetime.min.replace(tzinfo=UTC))
    return Day(
        court=court,
        rules=rules,
        closed=ClosedDays(document.holidays, court.region),
        today=clock.today(court.time_zone),
        now=clock.now(),
        paused={one.schedule for one in rows if one.paused},
        since={"": begun, **{one.schedule: max(begun, one.changed_at) for one in rows}},
    )


def make_due() -> datetime | None:
    """Make what is due at the court at work (scheduled); when to look again, None for as soon as usual."""
    day = this_day()
    if day is None:
        return clock.now() + RESTS
    for make in (_monthly, _before_hearings, _after_events, _packets):
        make(day)
    return day.now + RESTS


def _monthly(day: Day) -> None:
    for schedule in filter(day.runs, timing.MONTHLY):
        first = day.today - LOOKS_BACK
        for due in timing.monthly(schedule, day.rules, day.closed, day.court.time_zone, first, day.today):
            if day.is_due(due):
                _once(due, _everybody if schedule is Schedule.PROGRESS_MONTHLY else _officers)


def _once(due: timing.Due, about: Callable[[], Sequence[Subject]]) -> None:
    """The batch of an occasion, in the transaction that claims the occasion."""
    with transaction():
        court_id = the_court().id
        if first_time(f"reports.{due.schedule}", court_id, due.meant_for.isoformat()) and (subjects := about()):
            what = What.CASELOADS if due.schedule is Schedule.CASELOAD_MONTHLY else What.PROGRESS
            start(what, subjects, actor=SYSTEM, schedule=due.schedule, for_day=due.meant_for)


def _everybody() -> Sequence[Subject]:
    query = select(Enrollment.id).where(Enrollment.state.in_(AT_WORK), Enrollment.rules_id.is_not(None))
    return [Subject("", enrollment_id=key) for key in session().scalars(query.order_by(Enrollment.id))]


def _officers() -> Sequence[Subject]:
    query = select(Enrollment.officer_id).where(
        Enrollment.officer_id.is_not(None), Enrollment.state.in_((*AT_WORK, "referred", "on_hold"))
    )
    return [Subject("", officer_id=key) for key in session().scalars(query.distinct().order_by(Enrollment.officer_id))]


def _before_hearings(day: Day) -> None:
    """A hearing that is entered late has its report at once: the day on which it was due is no reason to have none."""
    if not day.runs(Schedule.BEFORE_HEARING) or day.now < timing.instant(day.today, day.rules.at, day.court.time_zone):
        return
    first, last = timing.looks_at_hearings(day.rules, day.today)
    rows = session().execute(
        select(Enrollment.id, Hearing.on_date)
        .join(Hearing, Hearing.referral_id == Enrollment.referral_id)
        .where(
            Hearing.on_date.between(first, last),
            Enrollment.state.in_(AT_WORK),
            Enrollment.rules_id.is_not(None),
        )
        .order_by(Hearing.on_date, Enrollment.id)
    )
    ripe = [
        (key, on_date)
        for key, on_date in rows
        if timing.before_hearing(on_date, day.rules, day.closed, day.court.time_zone).at <= day.now
    ]
    _of_each(day, Schedule.BEFORE_HEARING, [(key, key, on_date.isoformat()) for key, on_date in ripe])


def _after_events(day: Day) -> None:
    """Each event once, on the next turn at the hour of the court: within a day, whatever day it is."""
    if day.now < timing.instant(day.today, day.rules.at, day.court.time_zone):
        return
    at_work = (Enrollment.state.in_(("returned_to_court", *AT_WORK)), Enrollment.rules_id.is_not(None))
    for schedule, row, when in (
        (Schedule.AFTER_VIOLATION, PossibleViolation, PossibleViolation.opened_at),
        (Schedule.AFTER_MISSED, CheckIn, CheckIn.grace_until),
    ):
        if not day.runs(schedule):
            continue
        begun = max(day.since.get(schedule, day.since[""]), day.now - LOOKS_BACK)
        query = (
            select(row.id, row.enrollment_id)
            .join(Enrollment, Enrollment.id == row.enrollment_id)
            .where(when > begun, when <= day.now, *at_work)
            .order_by(row.id)
        )
        if row is CheckIn:
            query = query.where(CheckIn.state == "missed")
        _of_each(day, schedule, [(key, enrollment_id, "") for key, enrollment_id in session().execute(query)])


def _of_each(day: Day, schedule: Schedule, found: Sequence[tuple[UUID, UUID, str]]) -> None:
    """One batch of those (subject of the occasion, enrollment, occasion) that were not made before."""
    if not found:
        return
    with transaction():
        new = [key for subject, key, what in found if first_time(f"reports.{schedule}", subject, what or "happened")]
        if new:
            about = [Subject("", enrollment_id=key) for key in dict.fromkeys(new)]
            start(What.PROGRESS, about, actor=SYSTEM, schedule=schedule, for_day=day.today)


def _packets(day: Day) -> None:
    """From the evening before until the end of the day itself, look whether the packets are there and still true."""
    if not day.runs(Schedule.PACKETS):
        return
    for hearings_on in hearing_days(*timing.looks_at_hearings(day.rules, day.today)):
        if timing.packet(hearings_on, day.rules, day.closed, day.court.time_zone).at <= day.now:
            with transaction():
                enqueue(KEEP, day.court.id, payload={"day": hearings_on.isoformat()})


def set_paused(schedule: Schedule, *, paused: bool, actor: Actor) -> None:
    """Pause a schedule, or let it go on; what was due meanwhile is not made up for. Does nothing when it is so."""
    with transaction() as current:
        row = current.scalar(select(PausedSchedule).where(PausedSchedule.schedule == schedule).with_for_update())
        if (row is not None and row.paused) == paused:
            return
        if row is None:
            row = PausedSchedule(schedule=schedule, paused=paused, changed_at=clock.now())
            current.add(row)
        row.paused, row.changed_at, row.changed_by = paused, clock.now(), actor.id
        current.flush()
        audit(
            "batches.pause_schedule",
            actor=actor,
            subject=("schedule", row.id),
            new={"schedule": schedule, "paused": paused},
        )
