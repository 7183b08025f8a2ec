"""The rules of check-ins: what one is at each instant, and when the allowance is used up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accountability import rules
from app.accountability.rules import AllowanceRules, CheckInState, Decision
from app.accountability.schedule import Window
from app.cases.rules import STATE_WORDS, SYSTEM, move
from app.core.errors import IllegalMove

OPENS = datetime(2026, 3, 2, 6, tzinfo=UTC)
CLOSES, GRACE = OPENS + timedelta(days=8), OPENS + timedelta(days=11)
WINDOW = Window(1, OPENS, date(2026, 3, 9), CLOSES, GRACE)
TICK = timedelta(microseconds=1)

LEGAL = {
    ("scheduled", "open"),
    ("open", "submitted"),
    ("returned", "submitted"),
    ("open", "missed"),
    ("submitted", "accepted"),
    ("submitted", "returned"),
    *((state, "excused") for state in ("scheduled", "open", "returned", "missed")),
}


def test_moves_are_exactly_these() -> None:
    assert rules.CHECK_IN_MOVES.states == set(STATE_WORDS["check-in"])
    for current, to in product(STATE_WORDS["check-in"], repeat=2):
        if (current, to) in LEGAL:
            assert move(current, to, rules.CHECK_IN_MOVES).to == to
        else:
            with pytest.raises(IllegalMove):
                move(current, to, rules.CHECK_IN_MOVES)


def test_only_a_person_excuses_and_with_a_reason() -> None:
    row = move("missed", "excused", rules.CHECK_IN_MOVES)
    assert row.who != SYSTEM
    assert "reason" in row.requires


@pytest.mark.parametrize(
    ("submitted_at", "decision", "now", "state"),
    [
        (None, None, OPENS - TICK, "scheduled"),
        (None, None, OPENS, "open"),
        (None, None, CLOSES, "open"),
        (None, None, GRACE - TICK, "open"),
        (None, None, GRACE, "missed"),
        (OPENS, None, OPENS, "submitted"),
        (GRACE - TICK, None, GRACE + timedelta(days=9), "submitted"),
        (GRACE, None, GRACE, "missed"),
        (OPENS, "accepted", OPENS + TICK, "accepted"),
        (OPENS, "returned", OPENS + TICK, "returned"),
        (OPENS, "returned", GRACE + timedelta(days=9), "returned"),
        (GRACE, "accepted", GRACE + TICK, "accepted"),
        (None, "excused", OPENS - TICK, "excused"),
        (None, "excused", GRACE, "excused"),
        (OPENS, "excused", GRACE, "excused"),
    ],
)
def test_what_a_check_in_is(
    submitted_at: datetime | None, decision: Decision | None, now: datetime, state: CheckInState
) -> None:
    assert rules.state_now(WINDOW, submitted_at=submitted_at, decision=decision, now=now) == state


@pytest.mark.parametrize("decision", ["accepted", "returned"])
def test_what_was_never_sent_can_not_be_decided(decision: Decision) -> None:
    with pytest.raises(ValueError, match="never sent"):
        rules.state_now(WINDOW, submitted_at=None, decision=decision, now=GRACE)


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=8))
def test_time_alone_moves_only_as_the_table_says(days: list[int]) -> None:
    instants = [OPENS + timedelta(days=n) for n in sorted(days)]
    states = [rules.state_now(WINDOW, submitted_at=None, decision=None, now=at) for at in instants]
    order: list[CheckInState] = ["scheduled", "open", "missed"]
    assert states == sorted(states, key=order.index)


def test_late_begins_after_the_due_day() -> None:
    assert not rules.is_late(WINDOW, CLOSES - TICK)
    assert rules.is_late(WINDOW, CLOSES)


@pytest.mark.parametrize(
    ("states", "allowed", "beyond"),
    [
        ([], 0, 0),
        (["missed"], 0, 1),
        (["missed"], 1, 0),
        (["missed", "excused", "missed", "accepted", "missed"], 1, 2),
        (["excused", "excused"], 0, 0),
    ],
)
def test_misses_beyond_the_allowance(states: list[CheckInState], allowed: int, beyond: int) -> None:
    assert rules.misses_beyond(allowed, states) == beyond


@pytest.mark.parametrize(
    ("states", "allowed", "done"),
    [
        (["accepted"] * 6, 0, True),
        (["accepted"] * 5, 0, False),
        (["accepted"] * 5 + ["submitted"], 0, False),
        (["accepted"] * 5 + ["returned"], 0, False),
        (["accepted"] * 5 + ["scheduled"], 9, False),
        (["accepted"] * 5 + ["open"], 9, False),
        (["accepted"] * 5 + ["excused"], 0, True),
        (["accepted"] * 5 + ["missed"], 1, True),
        (["accepted"] * 5 + ["missed"], 0, False),
        ([], 0, False),
    ],
)
def test_accountability_is_done_when_nothing_is_left_open(states: list[CheckInState], allowed: int, done: bool) -> None:
    assert rules.accountability_done(states, AllowanceRules(6, allowed)) is done


def test_a_court_without_check_ins_is_done_at_once() -> None:
    assert rules.accountability_done([], AllowanceRules(0, 0))
