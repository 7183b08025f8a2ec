"""The rules of possible violations: what goes beyond an allowance, and until when somebody can have a say."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accountability.violations.rules import (
    VIOLATION_MOVES,
    Outcome,
    may_return,
    median_days,
    misses_occasion,
    own_side_until,
)
from app.accountability.violations.words import KIND_WORDS, NEXT, TOLD, TONES
from app.cases.rules import STATE_WORDS, SYSTEM, move
from app.core.errors import IllegalMove


def test_every_state_and_kind_has_words() -> None:
    assert VIOLATION_MOVES.states == set(STATE_WORDS["possible violation"]) == set(NEXT) == set(TONES)
    assert set(KIND_WORDS) == set(TOLD)


def test_a_person_decides_and_only_once() -> None:
    for outcome in Outcome:
        row = move("open", outcome, VIOLATION_MOVES)
        assert row.who != SYSTEM
        assert VIOLATION_MOVES.onward(outcome) == frozenset()
        with pytest.raises(IllegalMove):
            move(outcome, "open", VIOLATION_MOVES)


@given(st.lists(st.integers(1, 60), unique=True, max_size=12), st.integers(0, 12))
def test_the_occasion_is_the_first_miss_beyond_and_stays_when_more_follow(numbers: list[int], allowed: int) -> None:
    occasion = misses_occasion(numbers, allowed)
    assert (occasion is not None) == (len(numbers) > allowed)
    if occasion is not None:
        assert misses_occasion([*numbers, 99], allowed) == occasion


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(0, 30), st.integers(0, 60))
def test_the_own_side_has_its_whole_days(opened: date, days: int, later: int) -> None:
    today = opened + timedelta(days=later)
    assert may_return(said=True, opened_on=opened, days=days, today=today)
    over = days == 0 or today > own_side_until(opened, days)
    assert may_return(said=False, opened_on=opened, days=days, today=today) == over
    assert may_return(said=False, opened_on=opened, days=days, today=opened) == (days == 0)


@pytest.mark.parametrize(("spans", "days"), [([], None), ([4], 4), ([1, 2], 1), ([0, 3, 90], 3)])
def test_median_days(spans: list[int], days: int | None) -> None:
    assert median_days(spans) == days
