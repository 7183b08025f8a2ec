"""Reminders by the court's own days: each occasion falls on one day, whatever the clocks and the calendar do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notices.reminding import AFTER, first_day, occasion_of, occasions
from tests.unit.test_notices_rules import ZONES

DAYS = st.dates(date(2026, 1, 1), date(2032, 12, 31))  # leap days and month ends among them
BEFORE = st.lists(st.integers(0, 60), max_size=6, unique=True)
DAY = timedelta(days=1)
# Days on and after which clocks change, leap days, ends of months and years.
TURNS = [date(2027, 3, 14), date(2027, 3, 15), date(2027, 11, 7), date(2027, 11, 8), date(2028, 2, 29)]
TURNS += [date(2028, 3, 1), date(2027, 1, 31), date(2027, 12, 31), date(2028, 1, 1)]


def runs(due_on: date, days: list[date], days_before: list[int], *, after: bool) -> list[tuple[date, int]]:
    """What is said on which day by a portal that runs on `days` and remembers what it said and when it was done."""
    said, last, found = set(), None, []
    for today in days:
        occasion = occasion_of(due_on, since=first_day(last, today), today=today, days_before=days_before, after=after)
        if occasion is not None and occasion.name not in said:
            said.add(occasion.name)
            found.append((today, occasion.days))
        last = today
    return found


@pytest.mark.proves("FA-6")
@given(due_on=DAYS, days_before=BEFORE)
def test_a_portal_that_runs_every_day_reminds_on_each_of_the_days_once(due_on, days_before):
    begins = due_on - timedelta(days=70)
    days = [begins + n * DAY for n in range(80) for _twice in range(2)]
    wanted = sorted((due_on - timedelta(days=n), n) for n in days_before)
    assert runs(due_on, days, days_before, after=False) == wanted
    assert runs(due_on, days, days_before, after=True) == [*wanted, (due_on + DAY, AFTER)]


@pytest.mark.proves("FA-6")
@given(due_on=DAYS, days_before=BEFORE, data=st.data())
def test_a_portal_that_was_away_catches_up_once_and_never_reminds_of_a_day_that_passed(due_on, days_before, data):
    begins = due_on - timedelta(days=70)
    up = data.draw(st.lists(st.booleans(), min_size=90, max_size=90))
    found = runs(due_on, [begins + n * DAY for n, runs_on in enumerate(up) if runs_on], days_before, after=True)
    assert len({days for _day, days in found}) == len(found)
    for today, days in found:
        if days == AFTER:
            assert due_on < today <= due_on + timedelta(days=8)
        else:
            assert due_on - timedelta(days=days) <= today <= due_on


@given(day=DAYS, gap=st.integers(0, 20), days_before=BEFORE, after=st.booleans())
def test_the_due_days_to_look_for_are_those_with_something_to_say(day, gap, days_before, after):
    since = first_day(day - timedelta(days=gap), day)
    looked_for = {each.due_on: each for each in occasions(since=since, today=day, days_before=days_before, after=after)}
    assert len(looked_for) <= (len(days_before) + 1) * 8
    for n in range(-30, 90):
        due_on = day + n * DAY
        assert looked_for.get(due_on) == occasion_of(
            due_on, since=since, today=day, days_before=days_before, after=after
        )


@pytest.mark.proves("FA-6")
@given(
    due_on=st.sampled_from(TURNS),
    zone=st.sampled_from(ZONES),
    days_before=BEFORE.filter(lambda each: each),
)
def test_the_day_is_the_courts_over_every_change_of_the_clocks(due_on, zone, days_before):
    """A run each hour, in UTC: on no court-local day twice, on none never."""
    noon = datetime(due_on.year, due_on.month, due_on.day, 12, tzinfo=UTC)
    hours = [noon + timedelta(hours=n) for n in range(-64 * 24, 3 * 24)]
    days = [each.astimezone(ZoneInfo(zone)).date() for each in hours]
    assert runs(due_on, days, days_before, after=False) == sorted((due_on - n * DAY, n) for n in days_before)


def test_a_due_day_that_moved_is_another_occasion():
    first = occasion_of(date(2027, 3, 9), since=date(2027, 3, 2), today=date(2027, 3, 2), days_before=[7])
    moved = occasion_of(date(2027, 3, 12), since=date(2027, 3, 5), today=date(2027, 3, 5), days_before=[7])
    assert first is not None
    assert moved is not None
    assert first.name != moved.name
