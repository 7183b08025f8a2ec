"""One lesson's page, by its kind. The services decide again, under a lock, whatever a page has shown or hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.drafts.boxes import keeping, sent
from app.core.errors import NotFound, Refused
from app.core.i18n import LANGUAGES, LazyString, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.curriculum.lessons import CommitmentLesson, Lesson, ReadingLesson, ReflectionLesson
from app.learning import answering, commitments, scenarios
from app.learning.attesting.services import what_is_said
from app.learning.commitments import PlanItem
from app.learning.forms import ReflectionForm, StartForm, answers_form, choice_form, plan_form
from app.learning.lookups import Course, my_course
from app.learning.marks import mark_of
from app.learning.models import QuizAttempt
from app.learning.pulsing import Reading
from app.learning.quiz import Grade, grade
from app.learning.rules import BLOCKED_WORDS, Blocked, NextLesson, Step
from app.web.identity import current_identity
from tenants.database import transaction

KIND_WORDS: Mapping[str, LazyString] = {
    "reading": _l("Reading"),
    "video": _l("Video"),
    "check": _l("Questions to think with"),
    "quiz": _l("Quiz"),
    "reflection": _l("Your own words"),
    "scenario": _l("A story with choices"),
    "commitment": _l("Your plan"),
}
READERS: Mapping[str, LazyString] = {
    "facilitator": _l("a facilitator"),
    "officer": _l("your officer"),
    "counsel": _l("your lawyer"),
}
READING_WITH_QUESTIONS = _l("Reading with questions to think with")
FINISHED_STATES = ("accountability", "report_due", "completed")


@dataclass(frozen=True)
class Following:
    """The next lesson, ready for a button."""

    url: str
    title: str
    step: Step


def kind_words(lesson: Lesson) -> LazyString:
    """What a lesson is, in words."""
    with_questions = isinstance(lesson, ReadingLesson) and lesson.check is not None
    return READING_WITH_QUESTIONS if with_questions else KIND_WORDS[lesson.kind]


def show(course: Course, slug: str, lesson: Lesson) -> ResponseReturnValue:
    """The page of an open lesson, or what its form asks for."""
    return KINDS[lesson.kind](course, slug, lesson)


def following(course: Course, slug: str = "") -> Following | None:
    """The one next lesson (of this module, if one is named), or None."""
    step = course.next
    if not isinstance(step, NextLesson) or (slug and step.module != slug):
        return None
    title = course.lesson(step.module, step.lesson).title.words(course.language_of(step.module))
    return Following(lesson_url(step.module, step.lesson), title, step.step)


def turn_away(reason: Blocked) -> ResponseReturnValue:
    """Say kindly why a lesson is not open, and lead to what is."""
    course = my_course(current_identity())
    if course.enrollment.state in FINISHED_STATES:
        flash(_("You have finished your lessons."), "info")
        return redirect(url_for("learning.modules"))
    flash(str(BLOCKED_WORDS[reason]), "info")
    step = following(course)
    return redirect(step.url if step is not None else url_for("learning.modules"))


def time_words(reading: Reading) -> str:
    """How long somebody has read, in words for the learner."""
    if reading.enough:
        return str(_("You have read long enough. You can finish when you are ready."))
    needed = -(-reading.needed // 60)
    if reading.seconds < 60:
        words = ngettext(
            "This reading takes about %(num)s minute.", "This reading takes about %(num)s minutes.", needed
        )
        return str(words)
    if reading.needed - reading.seconds < 60:
        return str(_("Less than a minute of reading is left. Keep going."))
    read = reading.seconds // 60
    return str(_("You have read for %(read)s of %(needed)s minutes. Keep going.", read=read, needed=needed))


def lesson_url(slug: str, lesson: str, **values: Any) -> str:
    """The address of a lesson's page."""
    return url_for("learning.lesson", slug=slug, lesson=lesson, **values)


def go_on(slug: str) -> ResponseReturnValue:
    """After a lesson: to the next one, else to the module."""
    course = my_course(current_identity())
    step = following(course)
    if step is not None:
        return redirect(step.url)
    if course.done:
        flash(_("You have finished all required lessons. Well done."), "success")
        return redirect(url_for("learning.modules"))
    return redirect(url_for("learning.module", slug=slug))


def lesson_page(
    name: str, course: Course, slug: str, lesson: Lesson, *, status: int = 200, **context: Any
) -> ResponseReturnValue:
    """The template of that name in the frame that every lesson's page has."""
    language = course.language_of(slug)
    module = course.content(slug)
    counting = course.is_open and course.modules[slug].passed_at is None
    html = render_template(
        f"learning/{name}.html",
        course=course,
        said=what_is_said(course, "hand_in" if lesson.kind == "quiz" else "start"),
        slug=slug,
        module=module,
        lesson=lesson,
        language=language,
        kind=kind_words(lesson),
        number=[one.slug for one in module.lessons].index(lesson.slug) + 1,
        following=following(course),
        demonstration=course.is_demonstration(slug),
        language_names=LANGUAGES,
        pulse_url=url_for("learning.pulse", slug=slug, lesson=lesson.slug) if counting else "",
        page_mark=mark_of(slug, lesson.slug, current_identity()) if counting else "",
        **context,
    )
    return html, status


def _check(course: Course, slug: str, lesson: Lesson) -> ResponseReturnValue:
    questions = answering.check_questions(course, slug, lesson.slug)
    kept = next(iter(course.attempts.get((slug, lesson.slug), ())), None)
    form = answers_form(questions, course.language_of(slug))
    if form.validate_on_submit():
        try:
            answering.answer_check(slug, lesson.slug, form.answers(), actor=current_identity())
            return redirect(lesson_url(slug, lesson.slug))
        except Refused as refused:
            form.show(refused)
    result = grade(questions, kept.answers) if kept is not None and course.facts(slug, lesson.slug).done else None
    return lesson_page("check", course, slug, lesson, form=form, result=result, status=422 if form.errors else 200)


def _quiz(course: Course, slug: str, lesson: Lesson) -> ResponseReturnValue:
    attempt = answering.open_attempt(course, slug, lesson.slug)
    if attempt is None:
        return _quiz_start(course, slug, lesson)
    if request.method == "POST" and "number" not in request.form:
        return redirect(lesson_url(slug, lesson.slug))  # the start button, pressed twice
    questions = answering.drawn_questions(course, attempt)
    form = answers_form(questions, course.language_of(slug), number=str(attempt.number))
    if form.validate_on_submit():
        try:
            _hand_in(slug, lesson.slug, form)
            return redirect(lesson_url(slug, lesson.slug))
        except Refused as refused:
            form.show(refused)
    status = 422 if form.errors else 200
    return lesson_page("quiz", course, slug, lesson, form=form, attempt=attempt, status=status)


def _hand_in(slug: str, lesson: str, form: Any) -> None:
    number = form.number.data or ""
    with transaction():
        if form.claim("learning.quiz").first:
            answering.hand_in_quiz(
                slug,
                lesson,
                int(number) if number.isdecimal() and len(number) < 5 else 0,
                form.answers(),
                actor=current_identity(),
            )


def _quiz_start(course: Course, slug: str, lesson: Lesson) -> ResponseReturnValue:
    form = StartForm()
    if form.validate_on_submit():
        # Answers to a try that is handed in already (the back button, a second click) begin no new one.
        if "number" not in request.form:
            try:
                answering.start_quiz(slug, lesson.slug, actor=current_identity())
            except Refused as refused:
                flash(refused.message, "info")
        return redirect(lesson_url(slug, lesson.slug))
    tries = course.attempts.get((slug, lesson.slug), ())
    last = tries[-1] if tries else None
    return lesson_page(
        "quiz_start",
        course,
        slug,
        lesson,
        form=form,
        last=last,
        result=_graded(course, last) if last is not None else None,
        turn=course.turn(slug, lesson.slug),
    )


def _graded(course: Course, attempt: QuizAttempt) -> Grade:
    return grade(answering.drawn_questions(course, attempt), attempt.answers)


def _reflection(course: Course, slug: str, lesson: Lesson) -> ResponseReturnValue:
    if not isinstance(lesson, ReflectionLesson):
        raise NotFound
    row = course.reflections.get((slug, lesson.slug))
    form = ReflectionForm(text=row.text if row is not None else "")
    place = f"reflection/{slug}/{lesson.slug}"
    if form.validate_on_submit():
        try:
            return _write(slug, lesson, form, place)
        except Refused as refused:
            form.show(refused)
    return lesson_page(
        "reflection",
        course,
        slug,
        lesson,
        form=form,
        keep=keeping(place, form),
        row=row,
        words=answering.word_count(form.text.data or ""),
        readers=[READERS[reader] for reader in lesson.read_by],
        status=422 if form.errors else 200,
    )


def _write(slug: str, lesson: ReflectionLesson, form: Any, place: str) -> ResponseReturnValue:
    with transaction():
        claim = form.claim("learning.reflection")
        if claim.first:
            claim.finish(
                answering.write_reflection(slug, lesson.slug, form.text.data, hand_in=True, actor=current_identity())
            )
            sent(place)
    words = answering.word_count(form.text.data)
    if words < lesson.minimum_words:
        # The draft was an effect of its own: what is sent from this page next is another submission.
        form.submission_id.data = str(uuid4())
        message = _(
            "Please write at least %(needed)s words. You have %(words)s. Your text is saved as a draft.",
            needed=lesson.minimum_words,
            words=words,
        )
        raise Refused(message, "text")
    flash(_("Thank you. Your words are with your facilitator now."), "success")
    return go_on(slug)


def _scenario(course: Course, slug: str, lesson: Lesson) -> ResponseReturnValue:
    way = scenarios.my_walk(course, slug, lesson.slug)
    if request.method == "POST" and way.here.is_ending:
        scenarios.begin_again(slug, lesson.slug, actor=current_identity())
        return redirect(lesson_url(slug, lesson.slug))
    if request.method == "POST" and request.form.get("scene") != way.here.id:
        flash(_("The story went on from there already. To choose differently, go to its end and start again."), "info")
        return redirect(lesson_url(slug, lesson.slug, _anchor="now"))
    form = choice_form(way.here, course.language_of(slug))
    if form.validate_on_submit():
        scenarios.choose(slug, lesson.slug, way.here.id, form.choice.data, actor=current_identity())
        return redirect(lesson_url(slug, lesson.slug, _anchor="now"))
    return lesson_page("scenario", course, slug, lesson, form=form, way=way, status=422 if form.errors else 200)


def _commitment(course: Course, slug: str, lesson: Lesson) -> ResponseReturnValue:
    if not isinstance(lesson, CommitmentLesson):
        raise NotFound
    plan = commitments.plan_of(course.enrollment.id)
    items = [row for row in plan if (row.slug, row.lesson) == (slug, lesson.slug)]
    place = f"plan/{slug}/{lesson.slug}"
    form = plan_form(lesson, [PlanItem(row.what, row.how_often, row.sign) for row in items])
    if form.validate_on_submit():
        with transaction():
            if form.claim("learning.commitment").first:
                commitments.make_commitments(slug, lesson.slug, form.plan(), actor=current_identity())
                sent(place)
        flash(_("Your plan is saved. Your check-ins will come back to it."), "success")
        return go_on(slug)
    return lesson_page(
        "commitment",
        course,
        slug,
        lesson,
        form=form,
        keep=keeping(place, form),
        elsewhere=[row for row in plan if row not in items],
        readers=[READERS[reader] for reader in lesson.read_by],
        status=422 if form.errors else 200,
    )


KINDS: Mapping[str, Callable[[Course, str, Any], ResponseReturnValue]] = {
    "check": _check,
    "quiz": _quiz,
    "reflection": _reflection,
    "scenario": _scenario,
    "commitment": _commitment,
}  # readings and videos: reading_views.py, video_views.py
