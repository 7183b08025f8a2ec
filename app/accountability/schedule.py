"""The schedule of check-ins: pure dates and instants.

Made from the court's rules when accountability begins, moved by a pause, made longer by an extension.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, takewhile
from zoneinfo import ZoneInfo

from tenants.closed_days import roll_forward
from tenants.program import Cadence
from tenants.term import add_months

DAYS_A_MONTH = 30.4375
ONE_DAY = timedelta(days=1)
DAYS_BETWEEN: dict[str, int] = {"every_two_weeks": 14, "weekly": 7}


@dataclass(frozen=True, slots=True)
class Window:
    """One check-in, `n` from 1. It can be done from `opens_at` until `grace_until`, and is late from `closes_at`.

    `due_on` is the court-local date whose end is `closes_at`. The three instants are UTC court-local midnights; each
    window ends, grace and all, before the next one opens.
    """

    n: int
    opens_at: datetime
    due_on: date
    closes_at: datetime
    grace_until: datetime


def midnight(day: date, time_zone: str) -> datetime:
    """The first instant of a court-local day, in UTC.

    Where the clock jumps over midnight, that is the instant of the jump; where midnight comes twice, the first.
    """
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def last_day(window: Window, time_zone: str) -> date:
    """The last court-local date on which a check-in can be done, grace and all."""
    return (window.grace_until - timedelta(microseconds=1)).astimezone(ZoneInfo(time_zone)).date()


def nominal_day(start: date, n: int, cadence: Cadence) -> date:
    """The day that the rules name for check-in `n` (0: the start), before rolling.

    Always counted from `start`, so that month ends never drift.
    """
    return add_months(start, n) if cadence == "monthly" else start + timedelta(days=n * DAYS_BETWEEN[cadence])


def _nominal_days(start: date, months: int, cadence: Cadence) -> list[date]:
    end = add_months(start, months)
    return list(takewhile(lambda day: day <= end, (nominal_day(start, n, cadence) for n in count(1))))


def planned_check_ins(months: int, cadence: Cadence = "monthly") -> int:
    """How many check-ins the rules make before anybody knows when they begin.

    Exact for monthly ones; otherwise what fits into `months` of average length, which a real start may miss by one.
    """
    return months if cadence == "monthly" else int(months * DAYS_A_MONTH) // DAYS_BETWEEN[cadence]


def plan(
    start: date,
    months: int,
    *,
    cadence: Cadence = "monthly",
    window_days: int,
    grace_days: int,
    time_zone: str,
    holidays: Container[date] = frozenset(),
    roll: bool = False,
) -> list[Window]:
    """All windows from `start` (the court-local date on which accountability begins).

    A window opens `window_days` before its nominal day and closes with its due day: the nominal day or, with `roll`,
    the next one that is no weekend or holiday. Grace ends at the latest where the next nominal day begins, and a
    window opens at the earliest where the grace before it ends, so each has at least one whole day.
    """
    if months < 0 or window_days < 1 or grace_days < 0:
        raise ValueError("a schedule needs months and grace of 0 or more, and a window of at least a day")
    rules = _Making(window_days, grace_days, time_zone, holidays, roll)
    return rules.windows(_nominal_days(start, months, cadence), free_from=start, number=1)


@dataclass(frozen=True, slots=True)
class _Making:
    """How windows are made of the days that the rules name; the same for a first plan and for what is added to it."""

    window_days: int
    grace_days: int
    time_zone: str
    holidays: Container[date]
    roll: bool

    def windows(self, nominal: Sequence[date], *, free_from: date, number: int) -> list[Window]:
        """One for each nominal day; none opens before `free_from`, which is not after the first of them."""
        windows: list[Window] = []
        for at, day in enumerate(nominal):
            following = nominal[at + 1] if at + 1 < len(nominal) else date.max
            due = roll_forward(day, self.holidays, before=following) if self.roll else day
            opens = max(day - timedelta(days=self.window_days), free_from)
            closes = due + ONE_DAY
            free_from = min(closes + timedelta(days=self.grace_days), following)
            opens_at, closes_at, until = (midnight(d, self.time_zone) for d in (opens, closes, free_from))
            windows.append(Window(number + at, opens_at, due, closes_at, until))
        return windows


def continued(
    start: date,
    planned: int,
    last: Window,
    *,
    today: date,
    months: int | None = None,
    until: date | None = None,
    cadence: Cadence = "monthly",
    window_days: int,
    grace_days: int,
    time_zone: str,
    holidays: Container[date] = frozenset(),
    roll: bool = False,
) -> list[Window]:
    """More windows after a plan of `planned` from `start`, by the same rules: for `months`, or with nominal days up to
    `until` (court-local). `last` is the one of that plan that is due last; numbers go on from `last.n`.

    A plan that was moved by a pause goes on from where it is now. One whose next day is over already goes on from
    today. Nothing opens before the last one ends, grace and all.
    """
    if (months is None) == (until is None):
        raise ValueError("either months or a day until which the plan goes on")
    free_from = max(last.grace_until.astimezone(ZoneInfo(time_zone)).date(), today)
    named = nominal_day(start, planned, cadence)
    following = nominal_day(start, planned + 1, cadence)
    as_planned = roll_forward(named, holidays, before=following) if roll else named
    shift = max(last.due_on - as_planned, timedelta())
    if following + shift < free_from:
        start, planned, shift = free_from, 0, timedelta()
    if until is not None:
        end = until
    elif cadence == "monthly":
        end = nominal_day(start, planned + (months or 0), cadence) + shift
    else:
        end = add_months(nominal_day(start, planned, cadence), months or 0) + shift
    days = (nominal_day(start, n, cadence) + shift for n in count(planned + 1))
    making = _Making(window_days, grace_days, time_zone, holidays, roll)
    return making.windows(list(takewhile(lambda day: day <= end, days)), free_from=free_from, number=last.n + 1)


def shifted(
    windows: Sequence[Window], days: int, *, time_zone: str, closed: Container[date] = (), roll: bool = False
) -> list[Window]:
    """The same windows `days` later, in order, with as many days each to do them in and as much grace.

    With `roll`, a due day that falls on a weekend or a closed day goes on to the next open one. Each still ends, grace
    and all, before the next one opens; where a closed court pushes two together, the later one is due later.
    """
    zone = ZoneInfo(time_zone)

    def day(instant: datetime) -> date:
        return instant.astimezone(zone).date()

    later: list[Window] = []
    free_from = date.min
    for at, window in enumerate(windows):
        grace = day(window.grace_until) - day(window.closes_at)
        due = max(window.due_on + timedelta(days=days), free_from)
        due = roll_forward(due, closed) if roll else due
        opens = min(max(day(window.opens_at) + timedelta(days=days), free_from), due)
        closes = due + ONE_DAY
        following = windows[at + 1].due_on + timedelta(days=days) if at + 1 < len(windows) else date.max
        free_from = max(closes, min(closes + grace, following))
        opens_at, closes_at, until = (midnight(d, time_zone) for d in (opens, closes, free_from))
        later.append(replace(window, opens_at=opens_at, due_on=due, closes_at=closes_at, grace_until=until))
    return later
