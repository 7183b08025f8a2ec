"""Answering: check questions, quizzes and reflections. Each verb works under the lock of the learner's enrollment."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from uuid import UUID

from app.core import clock
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.curriculum.lessons import Check, CheckLesson, QuizLesson, ReadingLesson, ReflectionLesson
from app.learning.attesting.services import attest
from app.learning.lookups import Course, LessonClosed, my_course
from app.learning.models import QuizAttempt, Reflection
from app.learning.quiz import DrawnQuestion, Grade, Turn, UnknownAnswer, draw, grade
from app.learning.rules import Blocked
from app.learning.seat_time import EventKind
from app.learning.services import complete_lesson, open_lesson, settle
from app.learning.sitting import note_sign
from app.permissions.identity import Identity
from tenants.database import transaction

LONGEST_REFLECTION = 6000  # characters


def check_questions(course: Course, slug: str, lesson: str) -> tuple[DrawnQuestion, ...]:
    """All questions of a check, or at a reading's end, in this learner's own order. Raises NotFound where none are."""
    content = course.lesson(slug, lesson)
    check = content.check if isinstance(content, ReadingLesson) else content
    if not isinstance(check, Check | CheckLesson):
        raise NotFound
    return draw(check.questions, f"{course.enrollment.id}/{slug}/{lesson}", len(check.questions))


def answer_check(slug: str, lesson: str, answers: Mapping[str, str], *, actor: Identity) -> None:
    """Keep the answers of a check; they are explained, not graded. A check of its own is finished by it; a reading with
    questions takes its time, too.

    Raises Refused until every question is answered, StaleForm for answers to other questions, NotFound, LessonClosed.
    """
    with transaction() as session:
        course = my_course(actor, lock=True)
        questions = check_questions(course, slug, lesson)
        alone = isinstance(course.lesson(slug, lesson), CheckLesson)
        if not alone and not course.facts(slug, lesson).opened:
            raise LessonClosed(Blocked.NOT_OPENED)
        open_lesson(course, slug, lesson)
        _require_all(questions, answers)
        note_sign(course, slug, lesson, EventKind.SUBMITTED if alone else EventKind.CONTINUED, actor=actor)
        kept = course.attempts.get((slug, lesson), ())
        if kept:
            kept[0].answers, kept[0].submitted_at = dict(answers), clock.now()
        else:
            now = clock.now()
            session.add(
                QuizAttempt(
                    enrollment_id=course.enrollment.id,
                    slug=slug,
                    lesson=lesson,
                    number=1,
                    seed="",
                    answers=dict(answers),
                    started_at=now,
                    submitted_at=now,
                )
            )
        session.flush()
        if alone:
            complete_lesson(course.enrollment.id, slug, lesson, actor=actor)


def drawn_questions(course: Course, attempt: QuizAttempt) -> tuple[DrawnQuestion, ...]:
    """The questions of one try, rebuilt from its seed and the pinned version."""
    content = _quiz(course, attempt.slug, attempt.lesson)
    return draw(content.pool, attempt.seed, content.draw)


def start_quiz(slug: str, lesson: str, *, actor: Identity) -> None:
    """Begin a try, or go on with the one that is open. Raises Refused while waiting, NotFound, LessonClosed."""
    with transaction() as session:
        course = my_course(actor, lock=True)
        _quiz(course, slug, lesson)
        open_lesson(course, slug, lesson)
        turn = course.turn(slug, lesson)
        if turn.turn is Turn.WAIT:
            raise Refused(_("You can try again a little later. The page says when."))
        if turn.turn is Turn.ALLOWED:
            earlier = course.attempts.get((slug, lesson), ())
            session.add(
                QuizAttempt(
                    enrollment_id=course.enrollment.id,
                    slug=slug,
                    lesson=lesson,
                    number=len(earlier) + 1,
                    seed=secrets.token_hex(16),
                    answers={},
                    started_at=clock.now(),
                )
            )
            session.flush()
        note_sign(course, slug, lesson, EventKind.OPENED, actor=actor)


def hand_in_quiz(slug: str, lesson: str, number: int, answers: Mapping[str, str], *, actor: Identity) -> Grade:
    """Grade try `number`. Raises Refused until every question is answered (nothing is used up), StaleForm when that try
    is not open any more or the answers are to other questions, NotFound, LessonClosed."""
    with transaction() as session:
        course = my_course(actor, lock=True)
        _quiz(course, slug, lesson)
        course.require_finishable(slug, lesson)
        attempt = open_attempt(course, slug, lesson)
        if attempt is None or attempt.number != number:
            raise StaleForm
        questions = drawn_questions(course, attempt)
        _require_all(questions, answers)
        result = grade(questions, answers)
        attest(course, slug, "hand_in", attempt.number)
        note_sign(course, slug, lesson, EventKind.SUBMITTED, actor=actor)
        attempt.answers, attempt.submitted_at = dict(answers), clock.now()
        attempt.percent, attempt.passed = result.percent, result.passes(course.rules.pass_percent)
        attempt.language = course.language_of(slug)
        module = course.modules[slug]
        module.best_percent = max(module.best_percent or 0, result.percent)
        session.flush()
        if attempt.passed:
            complete_lesson(course.enrollment.id, slug, lesson, actor=actor)
        else:
            settle(course.enrollment.id)
        return result


def open_attempt(course: Course, slug: str, lesson: str) -> QuizAttempt | None:
    """The try that is begun and not handed in."""
    return next((one for one in course.tries(slug, lesson) if one.submitted_at is None), None)


def write_reflection(slug: str, lesson: str, text: str, *, hand_in: bool, actor: Identity) -> UUID:
    """Keep what was written as a draft; with `hand_in` and enough words give it to its reader.

    Whether it was handed in shows in the row's state. Raises Refused when it is with its reader or accepted already,
    StaleForm when it is too long, NotFound, LessonClosed.
    """
    with transaction() as session:
        course = my_course(actor, lock=True)
        content = course.lesson(slug, lesson)
        if not isinstance(content, ReflectionLesson):
            raise NotFound
        open_lesson(course, slug, lesson)
        row = course.reflections.get((slug, lesson))
        if row is not None and row.state in ("submitted", "accepted"):
            raise Refused(_("You have handed this in already."))
        if len(text) > LONGEST_REFLECTION:
            raise StaleForm
        enough = word_count(text) >= content.minimum_words
        if row is None:
            row = Reflection(enrollment_id=course.enrollment.id, slug=slug, lesson=lesson, text=text)
            session.add(row)
        row.text = text
        handed_in = hand_in and enough
        note_sign(course, slug, lesson, EventKind.SUBMITTED if handed_in else EventKind.CONTINUED, actor=actor)
        if handed_in:
            row.state, row.submitted_at = "submitted", clock.now()
            session.flush()
            complete_lesson(course.enrollment.id, slug, lesson, actor=actor)
        session.flush()
        return row.id


def word_count(text: str) -> int:
    """Words, as a writer counts them."""
    return len(text.split())


def _quiz(course: Course, slug: str, lesson: str) -> QuizLesson:
    content = course.lesson(slug, lesson)
    if not isinstance(content, QuizLesson):
        raise NotFound
    return content


def _require_all(questions: tuple[DrawnQuestion, ...], answers: Mapping[str, str]) -> None:
    try:
        grade(questions, answers)
    except UnknownAnswer:
        raise StaleForm from None
    if len(answers) < len(questions):
        raise Refused(_("Please answer every question. Your answers so far are kept."))
