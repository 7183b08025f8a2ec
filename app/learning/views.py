"""The learner's pages: all modules, one module, a lesson, a break, and the sign of life that a page in view sends."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import NotFound
from app.curriculum.lookups import content_of, current_versions
from app.curriculum.schema import ModuleContent
from app.learning import lesson_views, reading_views, sitting, video_views
from app.learning.accommodations import views as accommodation_views
from app.learning.ledger import views as ledger_views
from app.learning.lookups import Course, LessonClosed, lesson_minutes, my_course
from app.learning.models import ModuleProgress
from app.learning.pages import pages
from app.learning.rules import BLOCKED_WORDS, MODULE_STATE_WORDS, Blocked, ModuleState, ModuleStatus, NextLesson
from app.permissions.permissions import Permission
from app.web.hooks import safe_next
from app.web.identity import current_identity

__all__ = ["accommodation_views", "ledger_views", "pages"]

FEE_PAGE = "payments.my_fee"
TONES = {
    ModuleState.LOCKED: "neutral",
    ModuleState.AVAILABLE: "info",
    ModuleState.IN_PROGRESS: "info",
    ModuleState.PASSED: "good",
    ModuleState.ATTEMPTS_EXHAUSTED: "attention",
    ModuleState.EXEMPTED: "neutral",
}


@dataclass(frozen=True)
class ShownModule:
    """A module as the pages show it. `minutes`: about how long it takes; `counted`: minutes counted so far."""

    slug: str
    content: ModuleContent
    language: str
    row: ModuleProgress
    status: ModuleStatus
    minutes: int
    counted: int

    @property
    def title(self) -> str:
        return self.content.title.words(self.language)

    @property
    def state_words(self) -> str:
        return str(MODULE_STATE_WORDS[self.status.state])

    @property
    def tone(self) -> str:
        return TONES[self.status.state]

    @property
    def reason(self) -> str:
        return str(BLOCKED_WORDS[self.status.reason]) if self.status.reason is not None else ""


@dataclass(frozen=True)
class ShownLesson:
    slug: str
    title: str
    kind: str
    minutes: int
    state: str  # done, current, later
    open: bool


@pages.get("/lessons", permission=Permission.OWN_PROGRAM)
def modules() -> ResponseReturnValue:
    course = my_course(current_identity())
    shown = [_shown(course, slug, status) for slug, status in course.states.items()]
    following = course.next
    return render_template(
        "learning/modules.html",
        course=course,
        modules=shown,
        passed=sum(one.status.state in (ModuleState.PASSED, ModuleState.EXEMPTED) for one in shown),
        following=lesson_views.following(course) if isinstance(following, NextLesson) else None,
        waiting=following if not isinstance(following, NextLesson) else None,
        fee_url=url_for(FEE_PAGE) if FEE_PAGE in current_app.view_functions else "",
        in_preparation=_in_preparation(course),
    )


@pages.get("/lessons/<slug>", permission=Permission.OWN_PROGRAM)
def module(slug: str) -> ResponseReturnValue:
    course = my_course(current_identity())
    status = course.states.get(slug)
    if status is None:
        raise NotFound
    return render_template(
        "learning/module.html",
        minimum=course.minimum_minutes(slug),
        demonstration=course.is_demonstration(slug),
        course=course,
        module=_shown(course, slug, status),
        lessons=_lessons(course, slug),
        following=lesson_views.following(course, slug),
    )


@pages.get("/lessons/take-a-break", permission=Permission.OWN_PROGRAM)
def take_a_break() -> ResponseReturnValue:
    return render_template("learning/take_a_break.html", back=safe_next(request.args.get("back")))


@pages.route("/lessons/<slug>/<lesson>", methods=["GET", "POST"], permission=Permission.OWN_PROGRAM)
def lesson(slug: str, lesson: str) -> ResponseReturnValue:
    course = my_course(current_identity())
    content = course.lesson(slug, lesson)
    access = course.access(slug, lesson)
    try:
        # All tries used up: the last answers stay readable.
        may_look = request.method == "GET" and content.kind == "quiz" and access.reason is Blocked.ATTEMPTS_EXHAUSTED
        if not may_look:
            course.require_open(slug, lesson)
        page = {"video": video_views.show, "reading": reading_views.show}.get(content.kind, lesson_views.show)
        return page(course, slug, content)
    except LessonClosed as closed:
        return lesson_views.turn_away(closed.reason)


@pages.route("/lessons/<slug>/<lesson>/pulse", methods=["POST"], permission=Permission.OWN_PROGRAM)
def pulse(slug: str, lesson: str) -> ResponseReturnValue:
    try:
        reading = sitting.pulse(slug, lesson, request.form.get("mark", ""), actor=current_identity())
    except LessonClosed:
        return jsonify({}), 409
    if reading is None:
        return jsonify({}), 409
    return jsonify({"text": lesson_views.time_words(reading), "enough": reading.enough})


def _shown(course: Course, slug: str, status: ModuleStatus) -> ShownModule:
    row, language = course.modules[slug], course.language_of(slug)
    minutes = sum(lesson_minutes(course.versions[slug], language).values())
    return ShownModule(slug, course.content(slug), language, row, status, minutes, row.counted_seconds // 60)


def _lessons(course: Course, slug: str) -> list[ShownLesson]:
    language = course.language_of(slug)
    minutes = lesson_minutes(course.versions[slug], language)
    shown, current_seen = [], False
    for one in course.content(slug).lessons:
        done = course.facts(slug, one.slug).done
        allowed = course.access(slug, one.slug).allowed
        current = allowed and not done and not current_seen
        current_seen = current_seen or current
        state = "done" if done else "current" if current else "later"
        kind = str(lesson_views.kind_words(one))
        shown.append(ShownLesson(one.slug, one.title.words(language), kind, minutes[one.slug], state, allowed))
    return shown


def _in_preparation(course: Course) -> list[str]:
    """Titles of modules that are not written yet."""
    titles = []
    for version in current_versions().values():
        content = content_of(version.version_id)
        if content.status == "outline":
            titles.append(content.title.words(course.language if course.language in content.languages else "en"))
    return titles
