"""When a message goes out and how: quiet hours over every change of the clocks, and who gets a letter."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notices.rules import Wishes, after_quiet, channel_for, is_quiet
from tenants.program import Reminders

ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Adak",
    "Pacific/Honolulu",
    "America/Havana",  # its clocks change at midnight
)
MINUTE = timedelta(minutes=1)
INSTANTS = st.integers(0, 3 * 365 * 24 * 60).map(lambda each: datetime(2026, 1, 1, tzinfo=UTC) + each * MINUTE)
TIMES = st.times().map(lambda each: each.replace(microsecond=0, second=0))


@given(now=INSTANTS, zone=st.sampled_from(ZONES), begins=TIMES, ends=TIMES)
@pytest.mark.proves("FA-6")
def test_what_waits_goes_out_when_the_quiet_hours_end_and_neither_before_nor_a_day_after(now, zone, begins, ends):
    rules = Reminders(quiet_from=begins, quiet_until=ends)
    goes = after_quiet(now, zone, rules)
    assert not is_quiet(goes, zone, rules)
    assert now <= goes <= now + timedelta(hours=26)
    assert (goes == now) == (not is_quiet(now, zone, rules))
    assert after_quiet(goes, zone, rules) == goes


@given(
    change=st.sampled_from([(2027, 3, 14), (2027, 11, 7), (2028, 2, 29)]),
    minutes=st.integers(-36 * 60, 36 * 60),
    zone=st.sampled_from(ZONES),
    ends=TIMES,
)
@pytest.mark.proves("FA-6")
def test_it_goes_out_at_the_first_minute_that_is_not_quiet(change, minutes, zone, ends):
    rules = Reminders(quiet_from=time(20), quiet_until=ends)
    now = datetime(*change, 9, tzinfo=UTC) + minutes * MINUTE
    goes, first = after_quiet(now, zone, rules), now
    while is_quiet(first, zone, rules):
        first += MINUTE
    # Only a time of day that the clock jumps over is kept as long after the jump as it lies behind its begin.
    assert first <= goes <= first + timedelta(hours=1)


def test_the_usual_hours_on_the_night_of_the_change():
    zone, rules = "America/Los_Angeles", Reminders()
    evening = datetime(2027, 3, 13, 23, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert after_quiet(evening, zone, rules).astimezone(ZoneInfo(zone)) == datetime(
        2027, 3, 14, 9, tzinfo=ZoneInfo(zone)
    )
    assert after_quiet(evening, zone, rules) - evening == timedelta(hours=9)  # the night is an hour short


@pytest.mark.parametrize(
    ("kind", "mail", "wishes", "due_in", "channel"),
    [
        ("paper_ready", True, Wishes(), None, "mail"),
        ("paper_ready", False, Wishes(), None, "letter"),
        ("paper_ready", False, Wishes(nothing_home=True), None, "inbox"),
        ("paper_ready", True, Wishes(reminders_by_mail=False), None, "mail"),
        ("check_in_due", True, Wishes(reminders_by_mail=False), 3, "inbox"),
        ("check_in_due", True, Wishes(nothing_home=True), 3, "mail"),
        ("check_in_due", False, Wishes(), 7, "letter"),
        ("check_in_due", False, Wishes(), 3, "inbox"),
        ("check_in_missed", False, Wishes(), -1, "letter"),
    ],
)
def test_how_a_message_travels(kind: str, mail: bool, wishes: Wishes, due_in: int | None, channel: str):
    today = date(2027, 3, 2)
    due_on = None if due_in is None else today + timedelta(days=due_in)
    chosen = channel_for(kind, reachable_by_mail=mail, by_post=True, wishes=wishes, today=today, due_on=due_on)
    assert chosen == channel
