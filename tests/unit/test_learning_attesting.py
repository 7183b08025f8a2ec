"""Facts about who is learning: what is named to a person who judges, and what is not."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from app.learning.attesting.facts import Device, at_once, far_faster, new_devices
from app.learning.seat_time import EventKind, PageEvent

START = dt.datetime(2026, 3, 8, 6, 0, tzinfo=dt.UTC)


def beat(second: int, tab: str) -> PageEvent:
    return PageEvent(START + dt.timedelta(seconds=second), EventKind.HEARTBEAT, "one/lesson", tab, f"{tab}{second}")


def test_two_sign_ins_that_give_signs_in_turn_are_named_with_from_and_to() -> None:
    signs = [beat(second, "phone") for second in range(0, 300, 20)] + [
        beat(second, "desk") for second in range(105, 205, 20)
    ]
    (fact,) = at_once(reversed(signs), {})
    assert not fact.devices, "nobody knows of which devices"
    assert fact.start == START + dt.timedelta(seconds=100)
    assert fact.end == START + dt.timedelta(seconds=200)


def test_going_on_at_another_device_is_nothing_to_name() -> None:
    signs = [beat(second, "phone") for second in range(0, 200, 20)] + [
        beat(second, "desk") for second in range(190, 400, 20)
    ]
    assert at_once(signs, {}) == []
    assert at_once([], {}) == []


def test_only_far_faster_is_named() -> None:
    assert far_faster(20, 300)
    assert not far_faster(75, 300), "a quick reader"
    assert not far_faster(0, 0)


def device(number: int, first_seen: int) -> Device:
    return Device(UUID(int=number), START + dt.timedelta(seconds=first_seen))


def test_two_known_devices_at_once_are_called_devices_and_two_sign_ins_on_one_are_not() -> None:
    signs = [beat(second, tab) for second in range(0, 200, 20) for tab in ("phone", "desk")]
    two = {"phone": device(1, -100), "desk": device(2, -50)}
    assert [fact.devices for fact in at_once(signs, two)] == [True]
    one = {"phone": device(1, -100), "desk": device(1, -100)}
    assert [fact.devices for fact in at_once(signs, one)] == [False]


def test_a_device_is_new_only_if_it_came_after_a_module_was_begun_on_a_known_one() -> None:
    signs = [beat(0, "phone"), beat(300, "desk"), beat(320, "desk"), beat(900, "phone again")]
    known = {"phone": device(1, -100), "desk": device(2, 250), "phone again": device(1, -100)}
    assert new_devices(signs, known) == [START + dt.timedelta(seconds=300)], "once, when it went on there"
    assert new_devices(signs, known | {"desk": device(2, -10)}) == [], "it had signed in before the module"
    assert new_devices(signs, {name: one for name, one in known.items() if name != "phone"}) == []
    assert new_devices(signs, {"phone": known["phone"]}) == []
    assert new_devices([], known) == []
