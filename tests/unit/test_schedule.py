"""The schedule of check-ins: month ends, weekends, daylight saving, and no window in another's way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accountability.schedule import Window, continued, midnight, plan, shifted
from tenants.program import Cadence
from tenants.term import add_months

ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Adak",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "Pacific/Guam",
    # Clocks that jump at midnight itself
    "America/Havana",
    "Asia/Beirut",
    "America/Santiago",
]
zones = st.sampled_from(ZONES)
starts = st.dates(date(2024, 1, 1), date(2036, 12, 31))
DAY = timedelta(days=1)


def due_days(start: date, months: int, **more: object) -> list[date]:
    return [w.due_on for w in plan(start, months, window_days=7, grace_days=3, time_zone="America/Chicago", **more)]  # type: ignore[arg-type]  # passes options through


def test_month_ends_are_counted_from_the_start_and_never_drift() -> None:
    assert due_days(date(2027, 1, 31), 6) == [
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
        date(2027, 5, 31),
        date(2027, 6, 30),
        date(2027, 7, 31),
    ]
    assert due_days(date(2028, 1, 30), 2) == [date(2028, 2, 29), date(2028, 3, 30)]
    assert due_days(date(2028, 2, 29), 12)[-1] == date(2029, 2, 28)
    assert due_days(date(2026, 11, 15), 3) == [date(2026, 12, 15), date(2027, 1, 15), date(2027, 2, 15)]


def test_weekends_and_holidays_roll_forward_only_when_the_court_says_so() -> None:
    # July 4, 2026 is a Saturday; the Monday after it is made a holiday here.
    start, closed = date(2026, 6, 4), {date(2026, 7, 6)}
    assert due_days(start, 1, holidays=closed) == [date(2026, 7, 4)]
    assert due_days(start, 1, holidays=closed, roll=True) == [date(2026, 7, 7)]
    assert due_days(start, 2, roll=True) == [date(2026, 7, 6), date(2026, 8, 4)]


def test_a_court_closed_for_months_moves_nothing() -> None:
    closed = {date(2026, 7, 1) + timedelta(days=n) for n in range(120)}
    assert due_days(date(2026, 6, 10), 3, holidays=closed, roll=True) == [
        date(2026, 7, 10),
        date(2026, 8, 10),
        date(2026, 9, 10),
    ]


def test_other_cadences() -> None:
    assert due_days(date(2026, 1, 1), 1, cadence="weekly") == [date(2026, 1, d) for d in (8, 15, 22, 29)]
    assert due_days(date(2026, 1, 1), 2, cadence="every_two_weeks") == [
        date(2026, 1, 15),
        date(2026, 1, 29),
        date(2026, 2, 12),
        date(2026, 2, 26),
    ]


@pytest.mark.proves("FA-6")
@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("America/New_York", date(2026, 3, 8), datetime(2026, 3, 8, 5, tzinfo=UTC)),
        ("America/New_York", date(2026, 3, 9), datetime(2026, 3, 9, 4, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 2), datetime(2026, 11, 2, 5, tzinfo=UTC)),
        ("America/Phoenix", date(2026, 7, 1), datetime(2026, 7, 1, 7, tzinfo=UTC)),
        ("Pacific/Honolulu", date(2026, 7, 1), datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("America/Anchorage", date(2026, 3, 9), datetime(2026, 3, 9, 8, tzinfo=UTC)),
    ],
)
def test_court_local_midnights(zone: str, day: date, instant: datetime) -> None:
    assert midnight(day, zone) == instant


@pytest.mark.proves("FA-6")
def test_a_window_over_each_clock_change_ends_at_the_local_midnight() -> None:
    (spring,) = plan(date(2026, 2, 9), 1, window_days=7, grace_days=3, time_zone="America/New_York")
    assert spring == Window(
        1,
        datetime(2026, 3, 2, 5, tzinfo=UTC),
        date(2026, 3, 9),
        datetime(2026, 3, 10, 4, tzinfo=UTC),
        datetime(2026, 3, 13, 4, tzinfo=UTC),
    )
    (autumn,) = plan(date(2026, 10, 1), 1, window_days=7, grace_days=0, time_zone="America/New_York")
    assert autumn.opens_at == datetime(2026, 10, 25, 4, tzinfo=UTC)
    assert autumn.closes_at == autumn.grace_until == datetime(2026, 11, 2, 5, tzinfo=UTC)


@pytest.mark.proves("FA-6")
@given(starts, zones)
def test_midnight_is_the_first_instant_of_its_day(day: date, zone: str) -> None:
    instant = midnight(day, zone)
    assert instant.tzinfo is UTC
    assert instant.astimezone(ZoneInfo(zone)).date() == day
    assert (instant - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date() == day - DAY


@pytest.mark.proves("FA-6")
@given(
    starts,
    st.integers(0, 24),
    st.sampled_from(["monthly", "every_two_weeks", "weekly"]),
    st.integers(1, 40),
    st.integers(0, 40),
    zones,
    st.sets(st.integers(0, 800), max_size=60),
    st.booleans(),
)
def test_windows_come_one_after_the_other_each_with_a_whole_day(
    start: date,
    months: int,
    cadence: Cadence,
    window_days: int,
    grace_days: int,
    zone: str,
    closed: set[int],
    roll: bool,
) -> None:
    holidays = {start + timedelta(days=n) for n in closed}
    windows = plan(
        start,
        months,
        cadence=cadence,
        window_days=window_days,
        grace_days=grace_days,
        time_zone=zone,
        holidays=holidays,
        roll=roll,
    )
    assert [w.n for w in windows] == list(range(1, len(windows) + 1))
    for before, after in pairwise(windows):
        assert before.grace_until <= after.opens_at
        assert before.due_on < after.due_on
    for w in windows:
        assert w.opens_at < w.closes_at <= w.grace_until
        assert w.closes_at - w.opens_at >= timedelta(hours=23)
        local = [at.astimezone(ZoneInfo(zone)).date() for at in (w.opens_at, w.closes_at, w.grace_until)]
        assert local[0] >= start
        assert local[1] == w.due_on + DAY
        assert (local[2] - local[1]).days <= grace_days
        assert [midnight(day, zone) for day in local] == [w.opens_at, w.closes_at, w.grace_until]
    if cadence == "monthly":
        assert len(windows) == months
        for w in windows:
            nominal = add_months(start, w.n)
            assert (nominal.year * 12 + nominal.month) - (start.year * 12 + start.month) == w.n
            assert nominal.day == start.day or (nominal + DAY).day == 1
            _check_due_day(w, nominal, holidays, roll)


def _check_due_day(w: Window, nominal: date, holidays: set[date], roll: bool) -> None:
    passed = [nominal + timedelta(days=n) for n in range((w.due_on - nominal).days)]
    assert w.due_on >= nominal
    assert all(day.weekday() >= 5 or day in holidays for day in passed)
    if not roll:
        assert w.due_on == nominal
    elif len(holidays) < 15:
        assert w.due_on.weekday() < 5
        assert w.due_on not in holidays


@given(starts, st.integers(1, 24), zones)
def test_within_usual_rules_windows_have_their_full_length(start: date, months: int, zone: str) -> None:
    for w in plan(start, months, window_days=7, grace_days=3, time_zone=zone, roll=True):
        opened = w.opens_at.astimezone(ZoneInfo(zone)).date()
        assert opened == add_months(start, w.n) - timedelta(days=7)
        assert w.grace_until == midnight(w.due_on + timedelta(days=4), zone)


@pytest.mark.parametrize("bad", [(-1, 7, 3), (6, 0, 3), (6, 7, -1)])
def test_rules_that_make_no_schedule_are_refused(bad: tuple[int, int, int]) -> None:
    months, window_days, grace_days = bad
    with pytest.raises(ValueError, match="schedule"):
        plan(date(2026, 1, 1), months, window_days=window_days, grace_days=grace_days, time_zone="America/Chicago")


# --- What is added to a plan, and what a pause moves -----------------------------------------------------------------

cadences = st.sampled_from(["monthly", "every_two_weeks", "weekly"])


def _all_sound(windows: list[Window], zone: str, closed: set[date], *, roll: bool) -> None:
    """Each once and in order, none overlapping, at court-local midnights; with `roll`, none due on a closed day."""
    assert [w.n for w in windows] == list(range(1, len(windows) + 1))
    for before, after in pairwise(windows):
        assert before.grace_until <= after.opens_at
        assert before.due_on < after.due_on
    for w in windows:
        local = [at.astimezone(ZoneInfo(zone)).date() for at in (w.opens_at, w.closes_at, w.grace_until)]
        assert [midnight(day, zone) for day in local] == [w.opens_at, w.closes_at, w.grace_until]
        assert local[0] <= w.due_on
        assert local[1] == w.due_on + DAY
        assert w.closes_at <= w.grace_until
        if roll:
            assert w.due_on.weekday() < 5
            assert w.due_on not in closed


@pytest.mark.proves("FA-6")
@given(
    starts,
    st.integers(1, 12),
    st.integers(1, 12),
    cadences,
    st.integers(0, 14),
    zones,
    st.sets(st.integers(0, 800), max_size=3),
    st.integers(-30, 500),
    st.integers(0, 200),
    st.booleans(),
)
def test_a_longer_plan_is_one_plan(
    start: date,
    months: int,
    more: int,
    cadence: Cadence,
    grace: int,
    zone: str,
    closed_days: set[int],
    late: int,
    paused: int,
    roll: bool,
) -> None:
    closed = {start + timedelta(days=n) for n in closed_days}
    made = {"cadence": cadence, "window_days": 7, "grace_days": grace, "time_zone": zone, "holidays": closed}
    windows = plan(start, months, roll=roll, **made)  # type: ignore[arg-type]  # passes options through
    planned = len(windows)
    if paused:
        windows = shifted(windows, paused, time_zone=zone, closed=closed, roll=roll)
    today = windows[-1].due_on + timedelta(days=late)
    added = continued(start, planned, windows[-1], today=today, months=more, roll=roll, **made)  # type: ignore[arg-type]  # likewise
    assert added
    assert cadence != "monthly" or len(added) == more
    assert added[0].due_on >= today
    _all_sound([*windows, *added], zone, closed, roll=roll)
    until = continued(start, planned, windows[-1], today=today, until=added[-1].due_on, roll=roll, **made)  # type: ignore[arg-type]  # likewise
    assert until[: len(added)] == added or [w.due_on for w in until] == [w.due_on for w in added]


@pytest.mark.proves("FA-6")
@given(
    starts,
    st.integers(1, 12),
    cadences,
    st.integers(0, 14),
    zones,
    st.sets(st.integers(0, 800), max_size=20),
    st.integers(1, 400),
    st.booleans(),
)
def test_a_moved_plan_is_a_plan(
    start: date,
    months: int,
    cadence: Cadence,
    grace: int,
    zone: str,
    closed_days: set[int],
    days: int,
    roll: bool,
) -> None:
    closed = {start + timedelta(days=n) for n in closed_days}
    made = {"cadence": cadence, "window_days": 7, "grace_days": grace, "time_zone": zone, "holidays": closed}
    windows = plan(start, months, roll=roll, **made)  # type: ignore[arg-type]  # passes options through
    moved = shifted(windows, days, time_zone=zone, closed=closed, roll=roll)
    _all_sound(moved, zone, closed, roll=roll)
    assert all(new.due_on >= old.due_on + timedelta(days=days) for old, new in zip(windows, moved, strict=True))


@pytest.mark.proves("FA-6")
def test_a_court_closed_after_a_pause_gets_each_check_in_on_its_own_day() -> None:
    start, zone = date(2026, 12, 1), "America/Chicago"
    closed = {date(2026, 12, 21) + timedelta(days=n) for n in range(14)}
    made = {"window_days": 5, "grace_days": 1, "time_zone": zone, "holidays": closed}
    windows = plan(start, 2, cadence="weekly", roll=True, **made)  # type: ignore[arg-type]  # passes options through
    moved = shifted(windows, 14, time_zone=zone, closed=closed, roll=True)
    assert [w.due_on.day for w in moved[:4]] == [4, 5, 6, 18]
    _all_sound(moved, zone, closed, roll=True)


def test_months_that_are_added_keep_the_end_of_the_month() -> None:
    windows = plan(date(2027, 10, 31), 4, window_days=7, grace_days=3, time_zone="America/Chicago")
    assert windows[-1].due_on == date(2028, 2, 29)
    added = continued(
        date(2027, 10, 31),
        4,
        windows[-1],
        today=date(2028, 2, 1),
        months=2,
        window_days=7,
        grace_days=3,
        time_zone="America/Chicago",
    )
    assert [w.due_on for w in added] == [date(2028, 3, 31), date(2028, 4, 30)]
    assert [w.n for w in added] == [5, 6]


@pytest.mark.parametrize("both", [{}, {"months": 1, "until": date(2028, 1, 1)}])
def test_a_plan_goes_on_for_months_or_until_a_day(both: dict[str, object]) -> None:
    (last,) = plan(date(2027, 10, 31), 1, window_days=7, grace_days=3, time_zone="America/Chicago")
    with pytest.raises(ValueError, match="either"):
        continued(date(2027, 10, 31), 1, last, today=last.due_on, window_days=7, grace_days=3, time_zone="UTC", **both)  # type: ignore[arg-type]  # passes options through
