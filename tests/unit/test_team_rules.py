"""The rules behind the team's page: stretches of time, the way through the program, shares."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from app.caseload.team.pictures import Bar, bars
from app.caseload.team.rules import (
    ANSWERS,
    LOAD_GROUPS,
    OUTCOMES,
    RANKS,
    STEPS,
    Period,
    Span,
    percent,
    period_so_far,
    way,
)
from app.cases.rules import FINAL_STATES, STATE_WORDS

STATES = sorted(STATE_WORDS["enrollment"])


@pytest.mark.parametrize(
    ("span", "today", "first"),
    [
        (Span.MONTH, date(2027, 2, 28), date(2027, 2, 1)),
        (Span.QUARTER, date(2027, 12, 31), date(2027, 10, 1)),
        (Span.QUARTER, date(2027, 1, 1), date(2027, 1, 1)),
        (Span.YEAR, date(2027, 7, 4), date(2027, 1, 1)),
    ],
)
def test_a_span_goes_from_its_first_day_to_today(span: Span, today: date, first: date):
    assert period_so_far(span, today) == Period(first, today)


def test_a_period_knows_the_months_that_it_touches():
    assert Period(date(2026, 11, 30), date(2027, 2, 1)).months == [
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
        date(2027, 2, 1),
    ]


def test_every_state_has_its_place():
    grouped = [state for states in LOAD_GROUPS.values() for state in states]
    assert sorted([*grouped, *FINAL_STATES]) == STATES
    assert set(OUTCOMES) == FINAL_STATES | {"returned_to_court"}
    answered = [state for states in ANSWERS.values() for state in states]
    assert sorted([*answered, "draft"]) == sorted(STATE_WORDS["waiver"])


def test_the_way_says_who_came_how_far_and_where_some_left():
    found = way(
        [
            (0, "referred", 2),
            (0, "withdrawn", 1),
            (2, "coursework", 3),
            (2, "returned_to_court", 1),
            (4, "completed", 3),
        ]
    )
    assert [(one.key, one.reached, one.share, one.left, one.at_court, one.here) for one in found] == [
        ("referred", 10, 100, 1, 0, 2),
        ("enrolled", 7, 70, 0, 0, 0),
        ("coursework", 7, 70, 0, 1, 3),
        ("accountability", 3, 30, 0, 0, 0),
        ("completed", 3, 30, 0, 0, 0),
    ]


@given(
    st.lists(
        st.tuples(st.integers(0, max(RANKS.values())), st.sampled_from(STATES), st.integers(1, 500)),
        max_size=12,
    )
)
def test_nobody_is_lost_on_the_way(counts: list[tuple[int, str, int]]):
    steps = way(counts)
    assert [one.key for one in steps] == list(STEPS)
    for step, following in itertools.pairwise(steps):
        assert step.reached == step.left + step.at_court + step.here + following.reached


def test_percents_round_to_the_nearest_and_nothing_of_nothing_is_nothing():
    assert [percent(1, 3), percent(2, 3), percent(1, 2), percent(5, 5), percent(0, 0)] == [33, 67, 50, 100, 0]


def test_a_picture_says_in_words_what_it_shows_and_runs_no_name():
    made = bars("x", "Cases", [Bar("<b>Kim & Co", "3 cases", (2, 1)), Bar("Ann", "0 cases", (0, 0))], ["One", "Two"])
    assert made is not None
    assert '<title id="x-title">Cases</title>' in made.inline
    assert "&lt;b&gt;Kim &amp; Co: 3 cases; Ann: 0 cases</desc>" in made.inline
    assert "<b>" not in made.inline
    assert [words for _swatch, words in made.legend] == ["One", "Two"]
    assert len({swatch for swatch, _words in made.legend}) == 2
    assert isinstance(made.inline, Markup)
    assert "style" not in made.inline
    assert bars("x", "Cases", [Bar("Ann", "0 cases", (0,))]) is None
