"""The schedule of check-ins: pure dates and instants, made once from the court's rules when accountability begins."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, takewhile
from zoneinfo import ZoneInfo

from tenants.closed_days import roll_forward
from tenants.program import Cadence
from tenants.term import add_months

DAYS_A_MONTH = 30.4375
_DAYS: dict[str, int] = {"every_two_weeks": 14, "weekly": 7}


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


def _nominal_days(start: date, months: int, cadence: Cadence) -> list[date]:
    """The days that the rules name, before rolling. Always counted from `start`, so that month ends never drift."""
    if cadence == "monthly":
        return [add_months(start, n) for n in range(1, months + 1)]
    step, end = timedelta(days=_DAYS[cadence]), add_months(start, months)
    return list(takewhile(lambda day: day <= end, (start + n * step for n in count(1))))


def planned_check_ins(months: int, cadence: Cadence = "monthly") -> int:
    """How many check-ins the rules make before anybody knows when they begin.

    Exact for monthly ones; otherwise what fits into `months` of average length, which a real start may miss by one.
    """
    return months if cadence == "monthly" else int(months * DAYS_A_MONTH) // _DAYS[cadence]


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
    nominal = _nominal_days(start, months, cadence)
    windows: list[Window] = []
    free_from = start
    for n, day in enumerate(nominal, start=1):
        following = nominal[n] if n < len(nominal) else date.max
        due = roll_forward(day, holidays, before=following) if roll else day
        opens = max(day - timedelta(days=window_days), free_from)
        closes = due + timedelta(days=1)
        free_from = min(closes + timedelta(days=grace_days), following)
        opens_at, closes_at, until = (midnight(d, time_zone) for d in (opens, closes, free_from))
        windows.append(Window(n, opens_at, due, closes_at, until))
    return windows
