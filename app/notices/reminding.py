"""On which day to remind of what is due. Pure; all days are court-local dates."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

LOOK_BACK = timedelta(days=7)  # how far a portal that was away catches up
AFTER = -1  # the occasion on the day after something was due


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something due on `due_on` is spoken of `days` before; AFTER: on the day after it."""

    due_on: date
    days: int

    @property
    def name(self) -> str:
        """What is claimed: another due day is another occasion."""
        return f"{self.days} before {self.due_on.isoformat()}"


def first_day(last_done: date | None, today: date) -> date:
    """The first day whose reminders may still have to be written; at least today."""
    if last_done is None:
        return today
    return min(today, max(last_done + timedelta(days=1), today - LOOK_BACK))


def occasion_of(
    due_on: date, *, since: date, today: date, days_before: Collection[int], after: bool = False
) -> Occasion | None:
    """What to say today about something due, if a day of `since` to `today` is one of its reminders' days.

    Of several that have come since anybody looked only the last; no reminder once the day has passed. `after`: also on
    the day after it, even when anybody looks only later.
    """
    if today > due_on:
        return Occasion(due_on, AFTER) if after and since <= due_on + timedelta(days=1) else None
    come = [days for days in days_before if days >= 0 and since <= due_on - timedelta(days=days) <= today]
    return Occasion(due_on, min(come)) if come else None


def occasions(*, since: date, today: date, days_before: Collection[int], after: bool = False) -> Iterator[Occasion]:
    """Every occasion of these days: the due days to look for, of which an index finds the rows."""
    longest = max((0, *days_before))
    day = since - timedelta(days=1)
    while day <= today + timedelta(days=longest):
        found = occasion_of(day, since=since, today=today, days_before=days_before, after=after)
        if found is not None:
            yield found
        day += timedelta(days=1)
