"""When a court's scheduled reports are made. No database, no clock: days are court-local, instants UTC."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Container, Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tenants.closed_days import LONGEST_CLOSURE, roll_back
from tenants.report_schedules import Schedules

ONE_DAY = timedelta(days=1)
# What a scheduler that was down makes up for. Not more: a report of last month would say what is so today.
MAKES_UP_DAYS = 3


class Schedule(StrEnum):
    """Each thing that can be made by itself."""

    PROGRESS_MONTHLY = "progress_monthly"
    CASELOAD_MONTHLY = "caseload_monthly"
    BEFORE_HEARING = "before_hearing"
    AFTER_VIOLATION = "after_violation"
    AFTER_MISSED = "after_missed"
    PACKETS = "packets"


MONTHLY = (Schedule.PROGRESS_MONTHLY, Schedule.CASELOAD_MONTHLY)
EVENTS = (Schedule.AFTER_VIOLATION, Schedule.AFTER_MISSED)


class Due(NamedTuple):
    """Something that is made at an instant: for which day it is meant, and on which it is made."""

    schedule: Schedule
    meant_for: date
    made_on: date
    at: datetime


def switched_on(rules: Schedules) -> list[Schedule]:
    """What the rules have made by itself, in the order of the page."""
    on = {
        Schedule.PROGRESS_MONTHLY: rules.progress_monthly_day,
        Schedule.CASELOAD_MONTHLY: rules.caseload_monthly_day,
        Schedule.BEFORE_HEARING: rules.progress_days_before_hearing,
        Schedule.AFTER_VIOLATION: rules.after_violation,
        Schedule.AFTER_MISSED: rules.after_missed,
        Schedule.PACKETS: rules.packets,
    }
    return [schedule for schedule, value in on.items() if value]


def instant(day: date, at: time, zone: str) -> datetime:
    """The instant of a wall-clock time. One that a clock change skips counts from before it; of two, the first."""
    return datetime.combine(day, at, ZoneInfo(zone)).replace(fold=0).astimezone(UTC)


def day_of_month(year: int, month: int, wanted: int) -> date:
    """The `wanted`th of a month, or its last day where the month is shorter."""
    return date(year, month, min(wanted, monthrange(year, month)[1]))


def monthly(
    schedule: Schedule, rules: Schedules, closed: Container[date], zone: str, first: date, last: date
) -> Iterator[Due]:
    """What a monthly schedule makes on the days from `first` to `last`, both included, in order.

    What is meant for a closed day is made on the open day before, be it in the month before.
    """
    wanted = rules.progress_monthly_day if schedule is Schedule.PROGRESS_MONTHLY else rules.caseload_monthly_day
    year, month = first.year, first.month
    while wanted and date(year, month, 1) <= last + timedelta(days=LONGEST_CLOSURE):
        meant_for = day_of_month(year, month, wanted)
        made_on = roll_back(meant_for, closed)
        if first <= made_on <= last:
            yield Due(schedule, meant_for, made_on, instant(made_on, rules.at, zone))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def before_hearing(hearing: date, rules: Schedules, closed: Container[date], zone: str) -> Due:
    """The report before a hearing: so many days before, on the open day up to it."""
    meant_for = hearing - timedelta(days=rules.progress_days_before_hearing)
    made_on = roll_back(meant_for, closed)
    return Due(Schedule.BEFORE_HEARING, hearing, made_on, instant(made_on, rules.at, zone))


def packet(hearings_on: date, rules: Schedules, closed: Container[date], zone: str) -> Due:
    """The packet of a day with hearings: in the evening of the open day before it."""
    made_on = roll_back(hearings_on - ONE_DAY, closed)
    return Due(Schedule.PACKETS, hearings_on, made_on, instant(made_on, rules.evening_at, zone))


def upcoming(
    rules: Schedules,
    closed: Container[date],
    zone: str,
    hearings: Collection[date],
    first: date,
    last: date,
) -> list[Due]:
    """Everything with a day of its own that is made from `first` to `last`, in the order in which it is made."""
    found: list[Due] = []
    for schedule in switched_on(rules):
        if schedule in MONTHLY:
            found += monthly(schedule, rules, closed, zone, first, last)
        elif schedule is Schedule.BEFORE_HEARING:
            found += [before_hearing(day, rules, closed, zone) for day in set(hearings)]
        elif schedule is Schedule.PACKETS:
            found += [packet(day, rules, closed, zone) for day in set(hearings)]
    return sorted(
        (due for due in found if first <= due.made_on <= last), key=lambda due: (due.at, due.schedule, due.meant_for)
    )


def looks_at_hearings(rules: Schedules, today: date) -> tuple[date, date]:
    """The hearings that anything may be made for today, or by then should have been."""
    longest = timedelta(days=rules.progress_days_before_hearing + LONGEST_CLOSURE)
    return today, today + longest
