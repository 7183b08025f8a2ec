"""What a quiz question's counts say. Pure.

Only a person's first try at a quiz tells how hard a question is: from the second try on people have seen explanations.
Discrimination is the correlation of having this question right with the share of the *other* drawn questions that were
right (the corrected point-biserial). It is chosen over upper and lower halves because its sums add up exactly over
courts, which each count their own, and because six drawn questions make halves with many ties.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l
from app.curriculum.lessons import Option, Question
from app.learning.quiz import Grade

FEWEST_PEOPLE = 5  # fewer are no figure: it would tell what somebody in particular answered
FEWEST_TO_COMPARE = 20  # with fewer, a correlation is chance
MOST_MISS = 0.5
NEARLY_ALL = 0.95
WEAK = 0.1


def wording_of(question: Question, language: str) -> str:
    """SHA-256 (hex) of what somebody who answers sees in `language`, and which option is right.

    Explanations are left out: they are read after the answer, and mending one starts no new count.
    """
    seen = [
        question.id,
        question.prompt.words(language),
        [[option.id, option.text.words(language), option.right] for option in question.options],
    ]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()


@dataclass
class Tally:
    """Sums over tries; see models.QuizItemCount."""

    drawn: int = 0
    first_tries: int = 0
    first_right: int = 0
    chosen: Counter[str] = field(default_factory=Counter)
    others_sum: int = 0
    others_squares: int = 0
    others_sum_right: int = 0

    def __add__(self, more: Tally) -> Tally:
        return Tally(
            self.drawn + more.drawn,
            self.first_tries + more.first_tries,
            self.first_right + more.first_right,
            self.chosen + more.chosen,
            self.others_sum + more.others_sum,
            self.others_squares + more.others_squares,
            self.others_sum_right + more.others_sum_right,
        )


def tally_of(grade: Grade, *, first: bool) -> dict[str, Tally]:
    """What one try adds to each of its questions (question's id to sums). `first`: the person's first at this quiz."""
    right = sum(one.right for one in grade.questions)
    found = {}
    for one in grade.questions:
        tally = Tally(drawn=1)
        if first:
            among = len(grade.questions) - 1
            others = (right - one.right) * 100 // among if among else 0
            tally.first_tries, tally.first_right = 1, int(one.right)
            tally.chosen = Counter([one.chosen.id] if one.chosen is not None else [])
            tally.others_sum, tally.others_squares = others, others * others
            tally.others_sum_right = others if one.right else 0
        found[one.question.id] = tally
    return found


class Flag(StrEnum):
    """What an owner of the curriculum should look at; `FLAG_WORDS` says it."""

    TOO_FEW = "too_few"
    MOSTLY_MISSED = "mostly_missed"
    WRONG_PREFERRED = "wrong_preferred"
    BACKWARD = "backward"
    WEAK = "weak"
    TOO_EASY = "too_easy"
    UNUSED = "unused"


FLAG_WORDS: Mapping[Flag, LazyString] = {
    Flag.TOO_FEW: _l("Too few people have answered it to show figures."),
    Flag.MOSTLY_MISSED: _l("Most people miss this. Look at its wording, and at what the lessons say about it."),
    Flag.WRONG_PREFERRED: _l("More people choose one wrong answer than the right one. Can it be read as right?"),
    Flag.BACKWARD: _l("People who do well on the rest miss this one more often. Check which answer is right."),
    Flag.WEAK: _l("Having it right says little about how somebody does on the rest."),
    Flag.TOO_EASY: _l("Nearly everybody has it right. It checks little."),
    Flag.UNUSED: _l("Nobody chooses at least one of its wrong answers."),
}


@dataclass(frozen=True)
class Chosen:
    """One option, and how many people's first answer it was; None when that is too few to show."""

    option: Option
    people: int | None
    percent: int | None


@dataclass(frozen=True)
class ItemFigures:
    """A question's figures. All but `drawn` are None, and `options` without figures, while too few have answered.

    `percent_right` is whole; `discrimination` between -1 and 1, None also when everybody did the same.
    """

    question: Question
    drawn: int
    people: int | None
    percent_right: int | None
    discrimination: float | None
    options: tuple[Chosen, ...]
    flags: tuple[Flag, ...]


def figures(question: Question, tally: Tally) -> ItemFigures:
    """What the sums say about a question."""
    people = tally.first_tries
    if people < FEWEST_PEOPLE:
        hidden = tuple(Chosen(option, None, None) for option in question.options)
        return ItemFigures(question, tally.drawn, None, None, None, hidden, (Flag.TOO_FEW,) if people else ())
    correlation = discrimination(tally)
    return ItemFigures(
        question,
        tally.drawn,
        people,
        round(100 * tally.first_right / people),
        correlation,
        tuple(_chosen(option, tally) for option in question.options),
        tuple(_flags(question, tally, correlation)),
    )


def discrimination(tally: Tally) -> float | None:
    """The corrected point-biserial; None with too few people, or when all have the same on one side of it."""
    count = tally.first_tries
    if count < FEWEST_TO_COMPARE:
        return None
    share = tally.first_right / count
    mean = tally.others_sum / count
    variance = tally.others_squares / count - mean * mean
    spread = share * (1 - share) * variance
    if spread < 1e-9:
        return None
    found = (tally.others_sum_right / count - mean * share) / math.sqrt(spread)
    return max(-1.0, min(1.0, found))


def _chosen(option: Option, tally: Tally) -> Chosen:
    people = tally.chosen[option.id]
    if 0 < people < FEWEST_PEOPLE:
        return Chosen(option, None, None)
    return Chosen(option, people, round(100 * people / tally.first_tries))


def _flags(question: Question, tally: Tally, correlation: float | None) -> Sequence[Flag]:
    found = []
    share = tally.first_right / tally.first_tries
    wrong = [tally.chosen[option.id] for option in question.options if not option.right]
    many = tally.first_tries >= FEWEST_TO_COMPARE
    if share < MOST_MISS:
        found.append(Flag.MOSTLY_MISSED)
    if max(wrong) > tally.first_right:
        found.append(Flag.WRONG_PREFERRED)
    if correlation is not None and correlation < 0:
        found.append(Flag.BACKWARD)
    elif correlation is not None and correlation < WEAK:
        found.append(Flag.WEAK)
    if many and share >= NEARLY_ALL:
        found.append(Flag.TOO_EASY)
    elif many and min(wrong) == 0:
        found.append(Flag.UNUSED)
    return found
