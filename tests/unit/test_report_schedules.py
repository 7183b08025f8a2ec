"""When scheduled reports are made: over clock changes, leap days and month ends, each occasion once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.batches.rules import ASKED_AT_ONCE, MOST_IN_FLIGHT, Progress, Standing, room, standing
from app.batches.scheduling.rules import (
    Schedule,
    before_hearing,
    day_of_month,
    instant,
    monthly,
    packet,
    switched_on,
    upcoming,
)
from tenants.closed_days import is_open
from tenants.report_schedules import Schedules

ZONES = ("America/Los_Angeles", "America/New_York", "Pacific/Honolulu", "America/Phoenix", "America/Anchorage")
days = st.dates(date(2026, 1, 1), date(2032, 12, 31))
closures = st.sets(days, max_size=20)
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
zones = st.sampled_from(ZONES)


def rules(**fields: object) -> Schedules:
    return Schedules.model_validate(fields)


@pytest.mark.proves("FA-6")
@given(days, st.integers(1, 31), closures, times, zones)
def test_each_month_has_one_report_by_its_day_on_an_open_day(start, wanted, closed, at, zone):
    given_rules = rules(progress_monthly_day=wanted, at=at)
    found = list(monthly(Schedule.PROGRESS_MONTHLY, given_rules, closed, zone, start, start + timedelta(days=400)))
    meant = [due.meant_for for due in found]
    assert len({(day.year, day.month) for day in meant}) == len(meant)
    assert meant == sorted(meant)
    assert all((b.year - a.year) * 12 + b.month - a.month == 1 for a, b in pairwise(meant))
    assert 12 <= len(meant) <= 15
    for due in found:
        assert due.made_on <= due.meant_for  # "by" a day is never after it
        assert is_open(due.made_on, closed)
        assert not any(
            is_open(due.made_on + timedelta(days=n), closed) for n in range(1, (due.meant_for - due.made_on).days + 1)
        )


@pytest.mark.proves("FA-6")
@given(days, st.integers(1, 31), closures, times, zones, st.integers(1, 60))
def test_no_occasion_is_lost_or_doubled_however_the_days_are_looked_at(start, wanted, closed, at, zone, stride):
    given_rules = rules(caseload_monthly_day=wanted, at=at)

    def looked_at(first: date, last: date) -> list[date]:
        found = monthly(Schedule.CASELOAD_MONTHLY, given_rules, closed, zone, first, last)
        return [due.meant_for for due in found]

    whole = looked_at(start, start + timedelta(days=stride * 5 - 1))
    parts = [
        one
        for n in range(5)
        for one in looked_at(start + timedelta(days=n * stride), start + timedelta(days=(n + 1) * stride - 1))
    ]
    assert whole == parts


@pytest.mark.proves("FA-6")
@given(days, times, zones)
def test_the_hour_is_the_courts_whatever_the_season(day, at, zone):
    found = instant(day, at, zone)
    assert found.tzinfo is UTC
    local = found.astimezone(ZoneInfo(zone))
    skipped = local.replace(tzinfo=None) != datetime.combine(day, at)
    assert local.date() == day
    if skipped:  # an hour that spring leaves out
        assert abs(local.replace(tzinfo=None) - datetime.combine(day, at)) == timedelta(hours=1)


@pytest.mark.proves("FA-6")
def test_clock_changes_keep_the_hour_and_give_one_instant():
    before, after = instant(date(2027, 3, 13), time(6), ZONES[0]), instant(date(2027, 3, 14), time(6), ZONES[0])
    assert (before.hour, after.hour) == (14, 13)
    assert instant(date(2027, 11, 7), time(1, 30), ZONES[0]) == datetime(2027, 11, 7, 8, 30, tzinfo=UTC)  # the first
    assert instant(date(2027, 3, 14), time(2, 30), ZONES[0]) == datetime(2027, 3, 14, 10, 30, tzinfo=UTC)


def test_a_short_month_has_its_last_day():
    assert day_of_month(2027, 2, 31) == date(2027, 2, 28)
    assert day_of_month(2028, 2, 30) == date(2028, 2, 29)
    assert day_of_month(2027, 4, 31) == date(2027, 4, 30)


def test_the_first_of_a_month_on_a_sunday_is_made_in_the_month_before():
    (due,) = monthly(
        Schedule.PROGRESS_MONTHLY, rules(progress_monthly_day=1), (), ZONES[0], date(2027, 7, 28), date(2027, 8, 2)
    )
    assert (due.meant_for, due.made_on) == (date(2027, 8, 1), date(2027, 7, 30))


@given(days, st.integers(1, 30), closures, zones)
def test_before_a_hearing_never_later_than_the_days_say(hearing, wanted, closed, zone):
    due = before_hearing(hearing, rules(progress_days_before_hearing=wanted), closed, zone)
    assert due.meant_for == hearing
    assert due.made_on <= hearing - timedelta(days=wanted)
    assert is_open(due.made_on, closed)


@given(days, closures, zones)
def test_a_packet_is_made_on_the_open_evening_before(hearing, closed, zone):
    due = packet(hearing, rules(packets=True, evening_at=time(17)), closed, zone)
    assert due.made_on < hearing
    assert is_open(due.made_on, closed)
    assert due.at.astimezone(ZoneInfo(zone)).time() == time(17)


def test_mondays_packet_is_made_on_friday():
    assert packet(date(2027, 2, 8), rules(packets=True), (), ZONES[0]).made_on == date(2027, 2, 5)


def test_nothing_is_on_unless_the_rules_say_so():
    assert switched_on(Schedules()) == []
    assert not Schedules().any
    assert upcoming(Schedules(), (), ZONES[0], [date(2027, 2, 8)], date(2027, 1, 1), date(2027, 3, 1)) == []


@given(days, st.lists(days, max_size=6), closures, zones)
def test_what_is_to_come_is_in_order_and_within_the_days(first, hearings, closed, zone):
    last = first + timedelta(days=30)
    found = upcoming(
        rules(progress_monthly_day=10, caseload_monthly_day=31, progress_days_before_hearing=5, packets=True),
        closed,
        zone,
        hearings,
        first,
        last,
    )
    assert [due.at for due in found] == sorted(due.at for due in found)
    assert all(first <= due.made_on <= last for due in found)
    assert len(set(found)) == len(found)


@given(st.builds(Progress, *[st.integers(0, 100)] * 6))
def test_there_is_never_more_in_flight_than_leaves_room(progress):
    free = room(progress)
    assert 0 <= free <= min(ASKED_AT_ONCE, progress.waiting)
    assert free == 0 or progress.making + free <= MOST_IN_FLIGHT
    assert progress.total == sum(progress)


@pytest.mark.parametrize(
    ("state", "report", "expected"),
    [
        ("waiting", None, Standing.WAITING),
        ("asked", "requested", Standing.MAKING),
        ("asked", "rendering", Standing.MAKING),
        ("asked", "ready", Standing.MADE),
        ("asked", "superseded", Standing.MADE),
        ("asked", "failed", Standing.FAILED),
        ("refused", None, Standing.REFUSED),
        ("canceled", None, Standing.CANCELED),
    ],
)
def test_an_item_stands_where_its_report_stands(state, report, expected):
    assert standing(state, report) is expected
