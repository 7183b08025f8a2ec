"""The days on which a court is closed: its state's public holidays by a library's calendar, and the court's own days.

A library's calendar is a help, not the law: each court sees the list, adds its own days and takes out those on which it
works. All days are court-local dates.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date, timedelta
from functools import lru_cache

from holidays import country_holidays

from tenants.program import Holidays

ONE_DAY = timedelta(days=1)
LONGEST_CLOSURE = 31  # days; a calendar that closes a court for longer moves nothing
_SATURDAY = 5


@lru_cache(maxsize=1024)
def state_holidays(region: str, year: int) -> Mapping[date, str]:
    """The public holidays of a state or territory (two letters, USPS), federal ones included, with their English names.

    Where one falls on a weekend, the weekday on which it is observed is listed too. An unknown region has the federal
    ones.
    """
    try:
        found = country_holidays("US", subdiv=region, years=year, language="en_US")
    except NotImplementedError:
        found = country_holidays("US", years=year, language="en_US")
    return dict(sorted(found.items()))


class ClosedDays(Container[date]):
    """`day in ClosedDays(document.holidays, court.region)`: whether the court is closed. Weekends are not in it."""

    def __init__(self, rules: Holidays, region: str) -> None:
        self._rules, self._region = rules, region
        self._own, self._worked = frozenset(rules.days), frozenset(rules.working_days)

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date) or day in self._worked:
            return False
        return day in self._own or (self._rules.state_holidays and day in state_holidays(self._region, day.year))

    def of_year(self, year: int) -> dict[date, str]:
        """Every closed day of a year that is no Saturday or Sunday, in order; own days have no name."""
        named = state_holidays(self._region, year) if self._rules.state_holidays else {}
        found = {day: named.get(day, "") for day in (*named, *self._own) if day.year == year and day in self}
        return {day: found[day] for day in sorted(found) if day.weekday() < _SATURDAY}


def is_open(day: date, closed: Container[date]) -> bool:
    """Whether something can fall due: no Saturday, no Sunday, not closed."""
    return day.weekday() < _SATURDAY and day not in closed


def roll_forward(day: date, closed: Container[date], *, before: date | None = None) -> date:
    """The first open day from `day` on, and before `before`; `day` itself when there is none within 31 days."""
    last = min(before or date.max, day + timedelta(days=LONGEST_CLOSURE)) if day.year < date.max.year else date.max
    later = day
    while later < last:
        if is_open(later, closed):
            return later
        later += ONE_DAY
    return day


def due_day(day: date, rules: Holidays, region: str) -> date:
    """The day on which something meant for `day` falls due by the court's rules."""
    return roll_forward(day, ClosedDays(rules, region)) if rules.roll_forward else day


def roll_back(day: date, closed: Container[date]) -> date:
    """The last open day up to `day`, for what must be there by `day`; `day` itself when there is none in 31 days."""
    earlier = day
    while day - earlier <= timedelta(days=LONGEST_CLOSURE):
        if is_open(earlier, closed):
            return earlier
        earlier -= ONE_DAY
    return day
