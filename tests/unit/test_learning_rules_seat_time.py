"""Seat time: what counts, what does not, and that no trick with signs from a page makes more of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.curriculum.loader import load_all
from app.learning.seat_time import (
    WHY_WORDS,
    EventKind,
    Ledger,
    PageEvent,
    SeatRule,
    Verdict,
    Why,
    count_seat_time,
    needed_seconds,
    required_minutes,
    required_seconds,
    seat_rules,
)

START = dt.datetime(2026, 3, 8, 6, 0, tzinfo=dt.UTC)
NOW = START + dt.timedelta(hours=2)
RULES = {
    "one": SeatRule(cap=3600, gap_limit=60, turn_limit=300),
    "two": SeatRule(cap=900, gap_limit=60, turn_limit=300),
}
OPENED, HEARTBEAT, CONTINUED, SUBMITTED, REFUSED = EventKind


def sign(seconds: float, kind: EventKind = HEARTBEAT, lesson: str = "one", tab: str = "a") -> PageEvent:
    at = START + dt.timedelta(seconds=seconds)
    return PageEvent(at, kind, lesson, tab, f"{lesson}-{tab}-{kind}-{seconds}")


def beats(start: int, stop: int, lesson: str = "one", tab: str = "a") -> list[PageEvent]:
    """A page opened at `start` that gives a sign every 20 seconds up to `stop`."""
    signs = [sign(second, HEARTBEAT, lesson, tab) for second in range(start + 20, stop + 1, 20)]
    return [sign(start, OPENED, lesson, tab), *signs]


def count(events: list[PageEvent], rules: dict[str, SeatRule] = RULES) -> dict[str, Ledger]:
    return count_seat_time(events, rules, START, NOW)


def counted(events: list[PageEvent], lesson: str = "one") -> int:
    return count(events)[lesson].counted_seconds


EVENTS = st.lists(
    st.builds(
        PageEvent,
        at=st.integers(-600, 9000).map(lambda seconds: START + dt.timedelta(seconds=seconds)),
        kind=st.sampled_from(EventKind),
        lesson=st.sampled_from(["one", "two", "three"]),
        tab=st.sampled_from(["a", "b", "c"]),
        event_id=st.uuids().map(str),
    ),
    max_size=40,
)


def test_steady_reading_counts_in_full() -> None:
    assert counted(beats(0, 600)) == 600


def test_a_long_silence_is_cut_to_the_limit_and_said_to_be_idle() -> None:
    ledger = count([*beats(0, 100), sign(1100), sign(1120)])["one"]
    assert ledger.counted_seconds == 100 + 60 + 20
    assert ledger.seconds(Verdict.IDLE) == 1000 - 60
    assert [(span.verdict, span.why) for span in ledger.spans] == [
        (Verdict.COUNTED, Why.ACTIVE),
        (Verdict.IDLE, Why.GAP),
        (Verdict.COUNTED, Why.ACTIVE),
    ]


def test_two_tabs_count_once_and_the_ledger_says_so() -> None:
    ledger = count([*beats(0, 600, tab="a"), *beats(0, 600, tab="b")])["one"]
    assert ledger.counted_seconds == 600
    assert {span.why for span in ledger.spans if span.verdict is Verdict.REJECTED} == {Why.OTHER_TAB}


def test_of_two_lessons_open_at_once_the_last_opened_gets_the_time() -> None:
    ledgers = count([*beats(0, 600, lesson="one"), *beats(300, 600, lesson="two", tab="b")])
    assert ledgers["one"].counted_seconds == 300
    assert ledgers["two"].counted_seconds == 300


def test_a_forgotten_tab_is_not_idle_time_while_another_is_read() -> None:
    ledger = count([*beats(0, 40, tab="a"), *beats(60, 600, tab="b"), sign(640, tab="a")])["one"]
    assert ledger.counted_seconds == 600
    assert ledger.seconds(Verdict.IDLE) == 40


def test_without_javascript_page_turns_count_up_to_a_limit() -> None:
    turns = [sign(0, OPENED), sign(200, CONTINUED), sign(1000, SUBMITTED)]
    ledger = count(turns)["one"]
    assert ledger.counted_seconds == 200 + 300
    assert {span.why for span in ledger.spans if span.verdict is Verdict.COUNTED} == {Why.PAGE_TURN}


def test_one_heartbeat_ends_the_generous_estimate() -> None:
    assert counted([sign(0, OPENED), sign(200, CONTINUED)]) == 200
    assert counted([sign(0, OPENED), sign(10), sign(200, CONTINUED)]) == 10 + 60


def test_opening_and_handing_in_at_once_earns_nothing() -> None:
    assert counted([sign(0, OPENED), sign(0, SUBMITTED)]) == 0


def test_signs_of_a_page_that_was_never_opened_or_was_handed_in_do_not_count() -> None:
    never = [sign(second) for second in range(0, 600, 20)]
    ledger = count(never)["one"]
    assert ledger.counted_seconds == 0
    assert {item.why for item in ledger.rejected_events} == {Why.NOT_OPEN}
    after = [*beats(0, 100), sign(110, SUBMITTED), *[sign(second) for second in range(120, 600, 20)]]
    assert counted(after) == 110


def test_forged_times_are_refused_with_their_reason() -> None:
    honest = beats(0, 100)
    past = [sign(-900, OPENED, tab="x"), sign(-880, tab="x")]
    future = [sign(7300, OPENED, tab="y"), sign(7320, tab="y")]
    ledger = count([*honest, *past, *future])["one"]
    assert ledger.counted_seconds == 100
    assert {item.why for item in ledger.rejected_events} == {Why.BEFORE_START, Why.FROM_FUTURE}


def test_the_cap_holds_and_is_explained() -> None:
    ledger = count(beats(0, 1800, lesson="two"))["two"]
    assert ledger.counted_seconds == 900
    assert ledger.seconds(Verdict.REJECTED) == 900
    assert ledger.spans[-1].why is Why.OVER_CAP


def test_a_flood_of_signs_earns_no_more_than_the_clock() -> None:
    flood = [sign(0, OPENED), *[sign(number / 100) for number in range(1, 3001)]]
    assert counted(flood) == 30


@given(EVENTS)
def test_never_negative_and_never_more_than_the_clock_or_the_cap(events: list[PageEvent]) -> None:
    ledgers = count(events)
    assert sum(ledger.counted_seconds for ledger in ledgers.values()) <= (NOW - START).total_seconds()
    for lesson, ledger in ledgers.items():
        assert 0 <= ledger.counted_seconds <= RULES[lesson].cap
        assert all(START <= span.start < span.end <= NOW for span in ledger.spans)


@given(EVENTS)
def test_no_moment_counts_twice(events: list[PageEvent]) -> None:
    spans = [span for ledger in count(events).values() for span in ledger.spans if span.verdict is Verdict.COUNTED]
    ordered = sorted(spans, key=lambda span: span.start)
    assert all(one.end <= two.start for one, two in pairwise(ordered))


@given(EVENTS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_in_the_list_does_not_matter(events: list[PageEvent], random: object) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' random has no public type
    assert count(shuffled) == count(events)


@given(EVENTS, st.integers(0, 3600))
def test_replaying_signs_adds_nothing(events: list[PageEvent], later: int) -> None:
    before = {lesson: ledger.spans for lesson, ledger in count(events).items()}
    replayed = [replace(event, at=event.at + dt.timedelta(seconds=later)) for event in events]
    assert {lesson: ledger.spans for lesson, ledger in count([*events, *replayed]).items()} == before


@given(EVENTS)
def test_every_rejected_sign_has_a_reason_in_words(events: list[PageEvent]) -> None:
    for ledger in count(events).values():
        for why in [*(item.why for item in ledger.rejected_events), *(span.why for span in ledger.spans)]:
            assert str(WHY_WORDS[why])


@pytest.mark.parametrize("language", ["en", "es"])
def test_required_time_follows_the_rule(language: str) -> None:
    lessons = {lesson.slug: lesson for lesson in load_all()[0].lessons}
    reading = lessons["how-this-program-works"]
    without = reading.model_copy(update={"charts": ()})
    assert required_seconds(reading, language) == required_seconds(without, language) + 60
    assert required_seconds(reading, language) > needed_seconds(reading, language) + 3 * 90, "its questions take time"
    assert needed_seconds(reading, language) == needed_seconds(reading.model_copy(update={"check": None}), language)
    assert needed_seconds(lessons["quiz"], language) == 0
    assert required_seconds(lessons["quiz"], language) > 6 * 90
    assert required_minutes(reading, language) == -(-required_seconds(reading, language) // 60)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 4000), min_size=1),
    st.integers(0, 10_000),
    st.integers(1, 3),
)
def test_caps_never_keep_anyone_from_what_is_required(required: dict[str, int], minimum: int, widen: int) -> None:
    rules = seat_rules(required, minimum, widen)
    for slug, seconds in required.items():
        assert rules[slug].cap >= max(seconds, minimum)
        # Someone without JavaScript who reads the page once, at the pace of the rule, gets all of it.
        assert rules[slug].turn_limit >= seconds
        assert rules[slug].gap_limit == seat_rules(required)[slug].gap_limit * widen
