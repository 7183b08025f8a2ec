"""What a quiz question's counts say to the curriculum's owners."""

from __future__ import annotations

import math
from statistics import correlation

from hypothesis import assume, given
from hypothesis import strategies as st

from app.curriculum.lessons import Option, Question
from app.curriculum.loader import load_all
from app.learning.quiz import draw, grade
from app.operator.curriculum.counting.rules import (
    FEWEST_PEOPLE,
    FEWEST_TO_COMPARE,
    Flag,
    Tally,
    discrimination,
    figures,
    tally_of,
    wording_of,
)

POOL = load_all()[0].lesson("quiz").pool
ONE = POOL[0]


def tried(rights: list[list[bool]], *, first: bool = True) -> dict[str, Tally]:
    """The sums over tries at the first four questions, each right or wrong as told."""
    found: dict[str, Tally] = {}
    for answers in rights:
        drawn = draw(POOL[:4], "seed", 4)
        chosen = {
            one.question.id: next(option.id for option in one.options if option.right == right)
            for one, right in zip(sorted(drawn, key=lambda one: one.question.id), answers, strict=True)
        }
        for question, tally in tally_of(grade(drawn, chosen), first=first).items():
            found[question] = found.get(question, Tally()) + tally
    return found


def named(item: str) -> Question:
    return next(one for one in POOL if one.id == item)


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=FEWEST_TO_COMPARE, max_size=60))
def test_discrimination_is_the_correlation_with_the_other_questions(rights: list[list[bool]]):
    order = sorted(one.id for one in POOL[:4])
    for at, item in enumerate(order):
        own = [int(answers[at]) for answers in rights]
        others = [(sum(answers) - answers[at]) * 100 // 3 for answers in rights]
        found = discrimination(tried(rights)[item])
        if len(set(own)) < 2 or len(set(others)) < 2:
            assert found is None
        else:
            assert found is not None
            assert math.isclose(found, correlation(own, others), abs_tol=1e-6)


@given(
    st.lists(st.lists(st.booleans(), min_size=4, max_size=4), max_size=40),
    st.lists(st.lists(st.booleans(), min_size=4, max_size=4), max_size=40),
)
def test_two_courts_added_up_say_what_one_court_with_all_would(one: list, two: list):
    assume(one and two)
    apart, together = (tried(one), tried(two)), tried(one + two)
    for item, tally in together.items():
        assert figures(named(item), apart[0][item] + apart[1][item]) == figures(named(item), tally)


@given(st.integers(1, FEWEST_PEOPLE - 1), st.data())
def test_fewer_than_five_people_show_nothing_but_how_often_it_was_drawn(people: int, data: st.DataObject):
    rights = data.draw(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=people, max_size=people))
    for item, tally in tried(rights).items():
        shown = figures(named(item), tally)
        assert (shown.people, shown.percent_right, shown.discrimination) == (None, None, None)
        assert {(one.people, one.percent) for one in shown.options} == {(None, None)}
        assert shown.flags == (Flag.TOO_FEW,)
        assert shown.drawn == people


def test_an_answer_that_few_chose_shows_no_number():
    wrong = next(option for option in ONE.options if not option.right)
    tally = Tally(30, 30, 28, others_sum=100, others_squares=1000, others_sum_right=90)
    tally.chosen.update({ONE.right_option.id: 28, wrong.id: 2})
    shown = {one.option.id: one.people for one in figures(ONE, tally).options}
    assert shown[wrong.id] is None
    assert shown[ONE.right_option.id] == 28


def test_later_tries_count_as_drawn_and_as_nothing_else():
    again = tried([[True] * 4] * 9, first=False)
    for tally in again.values():
        assert tally == Tally(drawn=9)


def test_flags_say_what_to_look_at():
    def flags(right: int, people: int, wrong: dict[int, int], **sums: int) -> set[Flag]:
        others = [option for option in ONE.options if not option.right]
        tally = Tally(people, people, right, **sums)
        tally.chosen.update({ONE.right_option.id: right})
        tally.chosen.update({others[at].id: count for at, count in wrong.items()})
        return set(figures(ONE, tally).flags)

    assert Flag.MOSTLY_MISSED in flags(4, 10, {0: 3, 1: 3})
    assert flags(4, 10, {0: 6}) >= {Flag.MOSTLY_MISSED, Flag.WRONG_PREFERRED}
    assert Flag.MOSTLY_MISSED not in flags(5, 10, {0: 5})
    assert Flag.TOO_EASY in flags(39, 40, {0: 1})
    assert Flag.TOO_EASY not in flags(6, 6, {}), "six people say nothing about everybody"
    assert Flag.UNUSED in flags(30, 40, {0: 10})
    worse = {"others_sum": 20 * 50, "others_squares": 10 * 100 * 100, "others_sum_right": 0}
    assert Flag.BACKWARD in flags(10, 20, {0: 5, 1: 5}, **worse)


def test_another_wording_is_another_question_and_an_explanation_is_not():
    def like(**changed: object) -> str:
        return wording_of(ONE.model_copy(update=changed), "en")

    def option(at: int, **changed: object) -> tuple[Option, ...]:
        return tuple(one.model_copy(update=changed) if n == at else one for n, one in enumerate(ONE.options))

    other = POOL[1].prompt
    assert like() == wording_of(ONE, "en")
    assert like(prompt=other) != like()
    assert like(options=option(0, text=other)) != like()
    assert like(options=option(0, right=not ONE.options[0].right)) != like()
    assert like(options=option(0, explanation=other)) == like()
    assert wording_of(ONE, "es") != like()
