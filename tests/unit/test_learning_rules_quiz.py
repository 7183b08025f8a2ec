"""Quizzes: the same attempt always shows the same questions, grading is exact, and waits are kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.curriculum.lessons import Question, QuizLesson
from app.curriculum.loader import load_all
from app.learning.quiz import Attempt, AttemptRules, Turn, UnknownAnswer, draw, grade, next_attempt

QUIZ = next(lesson for lesson in load_all()[0].lessons if isinstance(lesson, QuizLesson))
POOL = QUIZ.pool
NOW = dt.datetime(2026, 11, 1, 5, 30, tzinfo=dt.UTC)
PINNED = [("p", "cab"), ("r", "bca"), ("q", "abc")]
SEEDS = st.text(min_size=1, max_size=20)


@given(SEEDS, st.integers(1, len(POOL)), st.permutations(POOL))
def test_a_seed_gives_the_same_attempt_whatever_the_order_of_the_pool(
    seed: str, number: int, pool: list[Question]
) -> None:
    drawn = draw(POOL, seed, number)
    assert draw(pool, seed, number) == drawn
    assert len({one.question.id for one in drawn}) == number
    for one in drawn:
        assert sorted(option.id for option in one.options) == sorted(option.id for option in one.question.options)


def plain_question(name: str) -> Question:
    def text() -> dict[str, str]:
        return {"en": name, "es": name}

    options = [{"id": one, "text": text(), "explanation": text(), "right": one == "a"} for one in "abc"]
    return Question.model_validate({"id": name, "prompt": text(), "options": options})


def test_a_seed_is_never_drawn_differently_again() -> None:
    """A stored attempt is rebuilt from its seed for ever, so these values may not change."""
    drawn = draw([plain_question(name) for name in ("p", "q", "r", "s")], "attempt-1", 3)
    assert [(one.question.id, "".join(option.id for option in one.options)) for one in drawn] == PINNED


def test_seeds_spread_over_questions_and_over_the_place_of_the_right_answer() -> None:
    attempts = [draw(POOL, str(number), 6) for number in range(300)]
    firsts = {attempt[0].question.id for attempt in attempts}
    assert firsts == {question.id for question in POOL}
    places = [[option.right for option in one.options].index(True) for attempt in attempts for one in attempt]
    assert all(places.count(place) > len(places) / 5 for place in range(3))


@pytest.mark.parametrize("number", [0, len(POOL) + 1])
def test_a_pool_gives_no_more_than_it_has(number: int) -> None:
    with pytest.raises(ValueError, match="can not draw"):
        draw(POOL, "seed", number)


@given(SEEDS, st.data())
def test_percent_counts_right_answers_only_and_rounds_down(seed: str, data: st.DataObject) -> None:
    drawn = draw(POOL, seed, QUIZ.draw)
    answers, right = {}, 0
    for one in drawn:
        chosen = data.draw(st.one_of(st.none(), st.sampled_from(one.options)))
        if chosen is not None:
            answers[one.question.id] = chosen.id
            right += chosen.right
    result = grade(drawn, answers)
    assert result.percent == int(right / QUIZ.draw * 100 + 1e-9)
    assert sum(one.right for one in result.questions) == right
    assert result.passes(result.percent)
    assert not result.passes(result.percent + 1)


def test_five_of_six_are_83_percent_and_all_is_100() -> None:
    drawn = draw(POOL, "seed", 6)
    everything = {one.question.id: one.question.right_option.id for one in drawn}
    assert grade(drawn, everything).percent == 100
    five = dict(list(everything.items())[:5])
    assert grade(drawn, five).percent == 83
    assert grade(drawn, {}).percent == 0


def test_every_answer_explains_itself() -> None:
    drawn = draw(POOL, "seed", 6)
    result = grade(drawn, {one.question.id: one.options[0].id for one in drawn})
    for one in result.questions:
        assert one.chosen is not None
        assert one.chosen.explanation.words("en")
        assert one.chosen.explanation.words("es")


def test_a_question_that_was_not_drawn_or_an_option_of_another_is_refused() -> None:
    drawn = draw(POOL, "seed", 6)
    outside = next(question for question in POOL if question.id not in {one.question.id for one in drawn})
    with pytest.raises(UnknownAnswer):
        grade(drawn, {outside.id: outside.right_option.id})
    with pytest.raises(UnknownAnswer):
        grade(drawn, {drawn[0].question.id: "no-such-option"})


def failed(minutes_ago: int) -> Attempt:
    return Attempt(NOW - dt.timedelta(minutes=minutes_ago))


RULES = AttemptRules(most=3, waits=(10, 60))


@pytest.mark.parametrize(
    ("attempts", "turn", "left"),
    [
        ([], Turn.ALLOWED, 3),
        ([Attempt(None)], Turn.RESUME, 2),
        ([failed(9)], Turn.WAIT, 2),
        ([failed(10)], Turn.ALLOWED, 2),
        ([failed(100), failed(59)], Turn.WAIT, 1),
        ([failed(100), failed(60)], Turn.ALLOWED, 1),
        ([failed(300), failed(200), failed(100)], Turn.EXHAUSTED, 0),
        ([failed(300), failed(200), Attempt(None)], Turn.RESUME, 0),
        ([failed(300), failed(200), Attempt(NOW, passed=True)], Turn.PASSED, 0),
    ],
)
def test_attempts_and_waits(attempts: list[Attempt], turn: Turn, left: int) -> None:
    found = next_attempt(attempts, RULES, NOW)
    assert (found.turn, found.left) == (turn, left)


def test_a_wait_says_when_it_ends_and_the_last_wait_repeats() -> None:
    endless = AttemptRules(waits=(10, 60))
    attempts = [failed(500), failed(400), failed(300), failed(20)]
    found = next_attempt(attempts, endless, NOW)
    assert (found.turn, found.left, found.opens_at) == (Turn.WAIT, None, NOW + dt.timedelta(minutes=40))
    assert found.opens_at is not None
    assert next_attempt(attempts, endless, found.opens_at).turn is Turn.ALLOWED


@pytest.mark.parametrize("rules", [{"most": 0}, {"waits": (-1,)}])
def test_rules_that_make_no_sense_are_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="at least one attempt"):
        AttemptRules(**rules)
