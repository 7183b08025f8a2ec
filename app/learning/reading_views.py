"""A reading's page: its parts, and the questions to think with that may follow them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.curriculum.lessons import Lesson, ReadingLesson
from app.curriculum.lookups import content_of
from app.curriculum.reading import reading_parts
from app.curriculum.recordings import recording_at, spoken_in
from app.learning import answering, lesson_views, sitting
from app.learning.forms import AnswersForm, ReadingForm, answers_form
from app.learning.lookups import Course
from app.learning.quiz import grade
from app.learning.rules import BLOCKED_WORDS, Blocked
from app.web.identity import current_identity


def show(course: Course, slug: str, lesson: Lesson) -> ResponseReturnValue:
    """The page of an open reading, or what its forms ask for."""
    if not isinstance(lesson, ReadingLesson):
        raise NotFound
    recording = recording_at(slug, lesson.slug) if lesson.survivor_slot is not None else None
    texts = _parts(course.versions[slug], lesson.slug, course.language_of(slug), recording is None)
    parts = len(texts) + (lesson.check is not None)
    if lesson.check is not None and request.method == "POST" and "turn" not in request.form:
        return _answer(course, slug, lesson, parts)
    form = ReadingForm()
    if form.validate_on_submit():
        return _turn(slug, lesson, form.turn.data, part_of(form.part.data, parts), parts)
    if not course.facts(slug, lesson.slug).opened:
        form.turn.data = "start"
        reading = sitting.reading(course, slug, lesson.slug)
        return lesson_views.lesson_page(
            "reading_start", course, slug, lesson, form=form, reading=reading, parts=len(texts)
        )
    part = part_of(request.args.get("part"), parts)
    form.turn.data, form.part.data = ("next" if part < parts else "finish"), str(part)
    if part > len(texts):
        return _questions(course, slug, lesson, parts, form=form, answers=_answers_form(course, slug, lesson))
    return lesson_views.lesson_page(
        "reading",
        course,
        slug,
        lesson,
        **_place(course, slug, lesson, part, parts),
        form=form,
        text=texts[part - 1],
        recording=recording if part == len(texts) else None,
        spoken=spoken_in(recording, course.language_of(slug)) if recording is not None else "",
    )


def _place(course: Course, slug: str, lesson: ReadingLesson, part: int, parts: int) -> dict[str, Any]:
    reading = sitting.reading(course, slug, lesson.slug)
    return {"part": part, "parts": parts, "reading": reading, "time_words": lesson_views.time_words(reading)}


def _questions(
    course: Course, slug: str, lesson: ReadingLesson, parts: int, *, form: ReadingForm, answers: AnswersForm
) -> ResponseReturnValue:
    """The last page: the questions, or what the answers that were given mean."""
    kept = next(iter(course.attempts.get((slug, lesson.slug), ())), None)
    questions = answering.check_questions(course, slug, lesson.slug)
    return lesson_views.lesson_page(
        "reading_check",
        course,
        slug,
        lesson,
        **_place(course, slug, lesson, parts, parts),
        form=form,
        answers=answers,
        result=grade(questions, kept.answers) if kept is not None else None,
        status=422 if answers.errors or answers.form_errors else 200,
    )


def _answers_form(course: Course, slug: str, lesson: ReadingLesson) -> AnswersForm:
    return answers_form(answering.check_questions(course, slug, lesson.slug), course.language_of(slug))


def _answer(course: Course, slug: str, lesson: ReadingLesson, parts: int) -> ResponseReturnValue:
    form = _answers_form(course, slug, lesson)
    if form.validate_on_submit():
        try:
            answering.answer_check(slug, lesson.slug, form.answers(), actor=current_identity())
            return redirect(lesson_views.lesson_url(slug, lesson.slug, part=parts))
        except Refused as refused:
            form.show(refused)
    turn = ReadingForm(formdata=None, turn="finish", part=str(parts))
    return _questions(course, slug, lesson, parts, form=turn, answers=form)


def _turn(slug: str, lesson: ReadingLesson, turn: str | None, part: int, parts: int) -> ResponseReturnValue:
    actor = current_identity()
    if turn == "start":
        sitting.start(slug, lesson.slug, actor=actor)
        return redirect(lesson_views.lesson_url(slug, lesson.slug))
    if turn == "next":
        sitting.turn_page(slug, lesson.slug, actor=actor)
        return redirect(lesson_views.lesson_url(slug, lesson.slug, part=min(part + 1, parts)))
    reading = sitting.finish_reading(slug, lesson.slug, actor=actor)
    if reading.done:
        flash(_("Lesson finished. Here is the next step."), "success")
        return lesson_views.go_on(slug)
    # With time enough, only its questions can be what is left.
    flash(str(BLOCKED_WORDS[Blocked.QUESTIONS_LEFT]) if reading.enough else lesson_views.time_words(reading), "info")
    return redirect(lesson_views.lesson_url(slug, lesson.slug, part=parts))


def part_of(typed: str | None, parts: int) -> int:
    """The part of a reading that an address or a form names, brought into its range."""
    number = int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 4 else 1
    return min(max(number, 1), parts)


@lru_cache(maxsize=512)
def _parts(version_id: UUID, lesson: str, language: str, with_slot: bool) -> tuple[Markup, ...]:
    module = content_of(version_id)
    content = module.lesson(lesson)
    assert isinstance(content, ReadingLesson)
    return tuple(reading_parts(module, content, language, with_slot=with_slot))
