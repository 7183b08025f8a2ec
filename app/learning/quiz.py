"""Drawing, grading and repeating a quiz. Pure: the same seed and pool give the same questions in the same order."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import PortalError
from app.curriculum.lessons import Option, Question


class UnknownAnswer(PortalError):
    """An answer names a question that was not drawn, or an option that its question does not have."""


@dataclass(frozen=True)
class DrawnQuestion:
    """A question of one attempt with its options in the order in which this attempt shows them."""

    question: Question
    options: tuple[Option, ...]


@dataclass(frozen=True)
class GradedQuestion:
    """`chosen` is None for a question left open, which counts as wrong."""

    question: Question
    chosen: Option | None

    @property
    def right(self) -> bool:
        return self.chosen is not None and self.chosen.right


@dataclass(frozen=True)
class Grade:
    """`percent` is whole, rounded down."""

    percent: int
    questions: tuple[GradedQuestion, ...]

    def passes(self, pass_mark: int) -> bool:
        """True from the pass mark (percent) on."""
        return self.percent >= pass_mark


@dataclass(frozen=True)
class AttemptRules:
    """`most` attempts, None for any number; `waits` in minutes after the first, second ... try (the last repeats)."""

    most: int | None = None
    waits: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if (self.most is not None and self.most < 1) or any(wait < 0 for wait in self.waits):
            raise ValueError("a quiz allows at least one attempt and waits no negative time")


@dataclass(frozen=True)
class Attempt:
    """`finished_at` is None while it is open (aware, UTC)."""

    finished_at: dt.datetime | None
    passed: bool = False


class Turn(StrEnum):
    ALLOWED = "allowed"
    RESUME = "resume"
    WAIT = "wait"
    EXHAUSTED = "exhausted"
    PASSED = "passed"


@dataclass(frozen=True)
class NextAttempt:
    """`opens_at` (UTC) is set for WAIT only; `left` is how many attempts remain, None when there is no limit."""

    turn: Turn
    left: int | None
    opens_at: dt.datetime | None = None


def draw(pool: Sequence[Question], seed: str, count: int) -> tuple[DrawnQuestion, ...]:
    """`count` questions of the pool, shuffled by `seed` like their options. Raises ValueError if the pool is smaller.

    Order comes from hashes rather than from `random`, so that an attempt can be rebuilt from its seed on any version
    of Python. The pool's own order does not matter.
    """
    if not 1 <= count <= len(pool):
        raise ValueError(f"can not draw {count} questions from a pool of {len(pool)}")
    ordered = sorted(pool, key=lambda question: _place(seed, question.id))
    return tuple(
        DrawnQuestion(
            question, tuple(sorted(question.options, key=lambda option: _place(seed, question.id, option.id)))
        )
        for question in ordered[:count]
    )


def grade(drawn: Sequence[DrawnQuestion], answers: Mapping[str, str]) -> Grade:
    """Grade answers (question id to option id). Raises UnknownAnswer; an open question is wrong."""
    strange = answers.keys() - {one.question.id for one in drawn}
    if strange:
        raise UnknownAnswer(f"questions not drawn: {', '.join(sorted(strange))}")
    graded = tuple(GradedQuestion(one.question, _chosen(one, answers.get(one.question.id))) for one in drawn)
    right = sum(one.right for one in graded)
    return Grade(right * 100 // len(graded) if graded else 0, graded)


def next_attempt(attempts: Sequence[Attempt], rules: AttemptRules, now: dt.datetime) -> NextAttempt:
    """What the attempts so far allow now (aware, UTC). After a facilitator's reset, pass only the attempts since."""
    left = None if rules.most is None else max(rules.most - len(attempts), 0)
    if any(attempt.passed for attempt in attempts):
        return NextAttempt(Turn.PASSED, left)
    if any(attempt.finished_at is None for attempt in attempts):
        return NextAttempt(Turn.RESUME, left)
    if left == 0:
        return NextAttempt(Turn.EXHAUSTED, 0)
    opens_at = _opens_at(attempts, rules)
    if opens_at is not None and now < opens_at:
        return NextAttempt(Turn.WAIT, left, opens_at)
    return NextAttempt(Turn.ALLOWED, left)


def _opens_at(attempts: Sequence[Attempt], rules: AttemptRules) -> dt.datetime | None:
    finished = [attempt.finished_at for attempt in attempts if attempt.finished_at is not None]
    if not finished or not rules.waits:
        return None
    wait = rules.waits[min(len(finished), len(rules.waits)) - 1]
    return max(finished) + dt.timedelta(minutes=wait)


def _chosen(drawn: DrawnQuestion, option_id: str | None) -> Option | None:
    if option_id is None:
        return None
    for option in drawn.options:
        if option.id == option_id:
            return option
    raise UnknownAnswer(f"question {drawn.question.id} has no option {option_id!r}")


def _place(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode()).digest()
