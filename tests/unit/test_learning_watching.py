"""Whatever a page says about its place in a video, it gains no more than the server's clock allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.learning.watching import SILENCE, Watched, watch, watched_through

BEGAN = datetime(2026, 11, 2, 12, tzinfo=UTC)
LENGTH = 240_000
WORDS = st.lists(st.tuples(st.integers(0, 2 * LENGTH), st.integers(0, 400_000)), max_size=40)


@given(WORDS)
def test_the_furthest_point_never_grows_faster_than_the_clock(words):
    now, seen = BEGAN, Watched()
    for position, passed in words:
        now += timedelta(milliseconds=passed)
        before, seen = seen, watch(seen, position, now, LENGTH)
        assert before.furthest <= seen.furthest <= LENGTH
        assert seen.furthest - before.furthest <= passed
    assert seen.furthest <= (now - BEGAN) // timedelta(milliseconds=1)


def test_honest_watching_reaches_the_end():
    seen = watch(Watched(), 0, BEGAN, LENGTH)
    for second in range(10, 241, 10):
        seen = watch(seen, second * 1000, BEGAN + timedelta(seconds=second), LENGTH)
    assert seen.furthest == LENGTH
    assert watched_through(seen.furthest, LENGTH)


def test_a_jump_at_once_and_a_jump_after_a_night_gain_nothing():
    seen = watch(Watched(), LENGTH, BEGAN, LENGTH)
    assert seen.furthest == 0
    seen = watch(seen, LENGTH, BEGAN + SILENCE + timedelta(seconds=1), LENGTH)
    assert seen.furthest == 0
    seen = watch(seen, LENGTH, BEGAN + timedelta(hours=9), LENGTH)
    assert seen.furthest == 0


def test_two_tabs_gain_no_more_than_one():
    seen = watch(Watched(), 0, BEGAN, LENGTH)
    for second in range(1, 21):
        now = BEGAN + timedelta(seconds=second)
        seen = watch(watch(seen, second * 2000, now, LENGTH), second * 2000, now, LENGTH)
    assert seen.furthest == 20_000


def test_going_back_takes_nothing_away():
    seen = Watched(100_000, BEGAN)
    assert watch(seen, 5_000, BEGAN + timedelta(seconds=10), LENGTH).furthest == 100_000


def test_without_a_video_nobody_has_watched_it():
    assert not watched_through(0, 0)
    assert watched_through(228_000, LENGTH)
    assert not watched_through(227_999, LENGTH)
