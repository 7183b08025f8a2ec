"""The pages of a case's history hold every event once, in order, however many happened at one instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.caseload.history_rules import Key, key_in, page_of
from app.cases.case_history import CaseEvent

START = datetime(2027, 1, 1, tzinfo=UTC)


@given(st.lists(st.integers(min_value=0, max_value=5), max_size=40), st.integers(min_value=1, max_value=7))
def test_every_event_is_on_one_page(minutes: list[int], per: int):
    instants = sorted((START + timedelta(minutes=n) for n in minutes), reverse=True)
    events = [CaseEvent(at, str(n), "") for n, at in enumerate(instants)]
    seen, after = [], None
    while True:
        page = page_of(events, after, per)
        assert len(page.events) <= per
        seen += page.events
        if page.after is None:
            break
        after = key_in(str(page.after))
        assert after == page.after
    assert seen == events


def test_a_page_goes_on_where_it_ended_when_something_new_has_happened():
    events = [CaseEvent(START - timedelta(minutes=n), str(n), "") for n in range(6)]
    first = page_of(events, None, 3)
    newer = [CaseEvent(START + timedelta(minutes=1), "new", ""), *events]
    assert [one.title for one in page_of(newer, first.after, 3).events] == ["3", "4", "5"]


def test_what_is_no_place_is_none():
    for text in ("", "_", "nonsense_1", "2027-01-01T00:00:00_0", "2027-01-01T00:00:00+00:00_-1"):
        assert key_in(text) is None
    assert key_in(f"{START.isoformat()}_2") == Key(START, 2)
