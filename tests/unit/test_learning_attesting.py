"""Facts about who is learning: what is named to a person who judges, and what is not."""

from __future__ import annotations

import datetime as dt

from app.learning.attesting.facts import at_once, far_faster
from app.learning.seat_time import EventKind, PageEvent

START = dt.datetime(2026, 3, 8, 6, 0, tzinfo=dt.UTC)


def beat(second: int, tab: str) -> PageEvent:
    return PageEvent(START + dt.timedelta(seconds=second), EventKind.HEARTBEAT, "one/lesson", tab, f"{tab}{second}")


def test_two_sign_ins_that_give_signs_in_turn_are_named_with_from_and_to() -> None:
    signs = [beat(second, "phone") for second in range(0, 300, 20)] + [
        beat(second, "desk") for second in range(105, 205, 20)
    ]
    (fact,) = at_once(reversed(signs))
    assert fact.start == START + dt.timedelta(seconds=100)
    assert fact.end == START + dt.timedelta(seconds=200)


def test_going_on_at_another_device_is_nothing_to_name() -> None:
    signs = [beat(second, "phone") for second in range(0, 200, 20)] + [
        beat(second, "desk") for second in range(190, 400, 20)
    ]
    assert at_once(signs) == []
    assert at_once([]) == []


def test_only_far_faster_is_named() -> None:
    assert far_faster(20, 300)
    assert not far_faster(75, 300), "a quick reader"
    assert not far_faster(0, 0)
