"""Counting sign after sign comes to what counting all signs comes to, whatever is sent in whatever order."""

from __future__ import annotations

import datetime as dt
import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from app.learning.seat_time import EventKind, PageEvent, SeatRule, count_seat_time
from app.learning.tally import Tally, added, from_json, tally_of, to_json

START = dt.datetime(2026, 3, 8, 6, 0, tzinfo=dt.UTC)
RULES = {
    "one": SeatRule(cap=1500, gap_limit=60, turn_limit=300),
    "two": SeatRule(cap=400, gap_limit=60, turn_limit=300),
    "three": SeatRule(cap=3600, gap_limit=60, turn_limit=120),
}
_numbers = itertools.count()

# Steps of time and what comes then; a step of 0 is a second sign within the same instant.
SIGNS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 90), st.integers(0, 600), st.integers(1, 10_000_000).map(lambda n: n / 1_000_000)),
        st.sampled_from([*EventKind, EventKind.OPENED, EventKind.HEARTBEAT, EventKind.HEARTBEAT]),
        st.sampled_from([*RULES, "unknown"]),
        st.sampled_from("abc"),
    ),
    max_size=60,
)


def signs_of(steps: list[tuple[float, EventKind, str, str]]) -> list[PageEvent]:
    at, found = START - dt.timedelta(seconds=30), []
    for seconds, kind, lesson, tab in steps:
        at += dt.timedelta(seconds=seconds)
        found.append(PageEvent(at, kind, lesson, tab, str(next(_numbers))))
    return found


def counted(tally: Tally) -> dict[str, int]:
    return {lesson: tally.counted_seconds(lesson, rule) for lesson, rule in RULES.items()}


def whole(signs: list[PageEvent], now: dt.datetime) -> dict[str, int]:
    ledgers = count_seat_time(signs, RULES, START, now)
    return {lesson: ledger.counted_seconds for lesson, ledger in ledgers.items()}


def walk(signs: list[PageEvent]) -> tuple[Tally, int]:
    """The tally after all signs, stored and read again each time, and how often all signs were looked at."""
    tally, again = Tally(), 0
    for number, sign in enumerate(signs, start=1):
        stored = from_json(json.loads(json.dumps(to_json(tally))))
        assert stored == tally
        found = added(stored, sign, RULES, START, sign.at)
        if found is None:
            again += 1
            found = tally_of(signs[:number], RULES, START, sign.at)
        tally = found
        assert counted(tally) == whole(signs[:number], sign.at)
    return tally, again


@given(SIGNS)
def test_sign_after_sign_comes_to_the_same_as_all_signs(steps: list[tuple[float, EventKind, str, str]]) -> None:
    walk(signs_of(steps))


@given(SIGNS)
def test_a_tally_of_all_signs_goes_on_as_one_that_grew(steps: list[tuple[float, EventKind, str, str]]) -> None:
    signs = signs_of(steps)
    if not signs:
        return
    *earlier, last = signs
    tally = tally_of(earlier, RULES, START, last.at)
    assert tally_of(reversed(earlier), RULES, START, last.at) == tally
    found = added(tally, last, RULES, START, last.at)
    assert found is None or counted(found) == whole(signs, last.at)


def test_a_day_of_reading_looks_at_all_signs_never() -> None:
    beats = [(20.0, EventKind.HEARTBEAT, "three", "a")] * 1440
    tally, again = walk(signs_of([(40.0, EventKind.OPENED, "three", "a"), *beats])[:400])
    assert again == 0
    assert len(tally.held) <= 1


def test_two_devices_that_alternate_look_at_all_signs_never_and_count_once() -> None:
    turn = [(10.0, EventKind.HEARTBEAT, "one", "a"), (10.0, EventKind.HEARTBEAT, "two", "b")]
    opened = [(40.0, EventKind.OPENED, "one", "a"), (1.0, EventKind.OPENED, "two", "b")]
    tally, again = walk(signs_of([*opened, *turn * 20]))
    assert again == 0
    assert sum(counted(tally).values()) <= 401
    assert len(tally.held) < 6


def test_forgotten_pages_do_not_make_the_tally_grow() -> None:
    opened = [(60.0, EventKind.OPENED, "one", tab) for tab in "abcdefghijklmnop"]
    tally, _again = walk(signs_of([*opened, *[(20.0, EventKind.HEARTBEAT, "one", "p")] * 30]))
    assert len(tally.visits) <= 8
    assert len(tally.held) <= 2
