"""One learner's course as it stands: the pinned modules, what was done in them, and what that allows next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.cases.lookups import my_enrollment, the_enrollment
from app.cases.models import Enrollment
from app.core import clock
from app.core.errors import NotFound, PortalError
from app.core.gathering import Gathered
from app.core.i18n import current_language
from app.curriculum.lessons import Lesson
from app.curriculum.lookups import content_of, current_versions, signed_off
from app.curriculum.models import CurriculumModule
from app.curriculum.schema import ModuleContent
from app.learning.accommodations.lookups import honored_for
from app.learning.accommodations.models import Accommodation
from app.learning.accommodations.rules import NOTHING, Honored, honored
from app.learning.models import LessonProgress, ModuleProgress, QuizAttempt, Reflection
from app.learning.plan import module_plan, widest_seat_rules
from app.learning.quiz import Attempt, AttemptRules, NextAttempt, Turn, next_attempt
from app.learning.rules import (
    Access,
    Blocked,
    ModulePlan,
    ModuleStatus,
    NextLesson,
    Progress,
    ReviewState,
    Waiting,
    coursework_done,
    may_finish,
    may_open,
    module_states,
    next_lesson,
)
from app.learning.rules import LessonProgress as LessonFacts
from app.learning.rules import ModuleProgress as ModuleFacts
from app.learning.seat_time import SeatRule, required_minutes
from app.payments.refunds.lookups import dispute_is_open, dispute_is_open_in
from app.permissions.identity import Identity
from tenants.database import session
from tenants.program import Coursework, ProgramDocument
from tenants.rules import rules_of

REVIEWS = {
    "submitted": ReviewState.WAITING,
    "accepted": ReviewState.ACCEPTED,
    "returned": ReviewState.RETURNED,
}

LessonKey = tuple[str, str]  # module's slug, lesson's slug


class LessonClosed(PortalError):
    """The lesson is not open to this person now; `reason` says why, in words for the learner (BLOCKED_WORDS)."""

    def __init__(self, reason: Blocked) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Course:
    """Everything about one enrollment's coursework.

    `versions` holds the pinned version of each begun module, else today's. `unwritten` names required modules that
    are only outlines yet: nobody completes coursework while there is one.
    """

    enrollment: Enrollment
    rules: Coursework
    language: str
    modules: Mapping[str, ModuleProgress]
    versions: Mapping[str, UUID]
    lessons: Mapping[LessonKey, LessonProgress]
    attempts: Mapping[LessonKey, Sequence[QuizAttempt]]
    reflections: Mapping[LessonKey, Reflection]
    plans: tuple[ModulePlan, ...]
    progress: Progress
    unwritten: tuple[str, ...]
    payment_disputed: bool = False  # and by the court's rules the lessons wait for the bank
    honored: Honored = NOTHING  # what the court granted, so that the learner can take part

    @property
    def widen(self) -> int:
        """How many times the usual limits of counting."""
        return self.honored.widen

    @property
    def is_open(self) -> bool:
        return self.enrollment.state == "coursework" and not self.payment_disputed

    @property
    def states(self) -> dict[str, ModuleStatus]:
        return module_states(self.plans, self.progress, self.is_open)

    @property
    def done(self) -> bool:
        return not self.unwritten and coursework_done(self.plans, self.progress)

    @property
    def next(self) -> NextLesson | Waiting:
        return next_lesson(self.plans, self.progress, self.is_open)

    def content(self, slug: str) -> ModuleContent:
        """The module as this learner has it. Raises NotFound for one that is not in the program."""
        if slug not in self.modules or slug not in self.versions:
            raise NotFound
        return content_of(self.versions[slug])

    def is_demonstration(self, slug: str) -> bool:
        """Whether this learner's version of the module is not signed off by its approvers. Asked anew each time."""
        return self.versions[slug] not in signed_off([self.versions[slug]])

    def language_of(self, slug: str) -> str:
        """The page's language, or the module's first one where it has no text in that."""
        known = self.content(slug).languages
        return self.language if self.language in known else known[0]

    def lesson(self, slug: str, lesson: str) -> Lesson:
        """One lesson's content. Raises NotFound."""
        try:
            return self.content(slug).lesson(lesson)
        except KeyError:
            raise NotFound from None

    def access(self, slug: str, lesson: str) -> Access:
        return may_open(self.plans, self.progress, self.is_open, slug, lesson)

    def require_open(self, slug: str, lesson: str) -> None:
        """Raises NotFound for a lesson outside of the program, LessonClosed for one that is not open now."""
        self._require(self.access(slug, lesson))

    def require_finishable(self, slug: str, lesson: str) -> None:
        """As `require_open`, and the lesson was opened and took its time."""
        self._require(may_finish(self.plans, self.progress, self.is_open, slug, lesson))

    @staticmethod
    def _require(access: Access) -> None:
        if access.reason is Blocked.NOT_FOUND:
            raise NotFound
        if access.reason is not None:
            raise LessonClosed(access.reason)

    def facts(self, slug: str, lesson: str) -> LessonFacts:
        return self.progress.get(slug, ModuleFacts()).lessons.get(lesson, LessonFacts())

    def needed_seconds(self, slug: str, lesson: str) -> int:
        """The reading time that a lesson asks for, in seconds; 0 for other kinds."""
        plan = next(one for one in self.plans if one.slug == slug)
        return next(one.minimum_seconds for one in plan.lessons if one.slug == lesson)

    def tries(self, slug: str, lesson: str) -> Sequence[QuizAttempt]:
        """The tries at a quiz that count: since it was last opened anew."""
        row = self.lessons.get((slug, lesson))
        found = self.attempts.get((slug, lesson), ())
        return [one for one in found if row is None or one.started_at >= row.opened_at]

    def turn(self, slug: str, lesson: str) -> NextAttempt:
        """What the rules allow at a quiz now."""
        return _turn(self.tries(slug, lesson), self.rules, waiting=self.widen == 1)

    def seat_rules(self, slug: str) -> dict[str, SeatRule]:
        """The limits of counting by lesson: the same in whatever language the lessons are read."""
        return lesson_rules(self.versions[slug], self.minimum_minutes(slug), self.widen)

    def minimum_minutes(self, slug: str) -> int:
        """Counted minutes that the court's rules ask of a module; 0: what its lessons ask."""
        return next((module.minimum_minutes for module in self.rules.modules if module.slug == slug), 0)


def my_course(identity: Identity, *, lock: bool = False) -> Course:
    """The signed-in learner's course. `lock` serializes everything that this learner does. Raises NotFound."""
    enrollment = my_enrollment(identity)
    return course_of(the_enrollment(enrollment.id, lock=True) if lock else enrollment)


@dataclass(frozen=True)
class _Rows:
    """What a course is put together from: its rows, and by slug the version that who begins today is given."""

    modules: Sequence[ModuleProgress]
    lessons: Sequence[LessonProgress]
    reflections: Sequence[Reflection]
    attempts: Sequence[QuizAttempt]  # in their order
    today: Mapping[str, UUID]
    payment_disputed: bool
    honored: Honored


def course_of(enrollment: Enrollment, language: str = "") -> Course:
    """The course of an enrollment that has begun, read afresh; in the page's language unless told. Raises NotFound."""
    if enrollment.rules_id is None:
        raise NotFound
    document, own = rules_of(enrollment.rules_id), enrollment.id
    rows = _Rows(
        modules=_all(select(ModuleProgress).order_by(ModuleProgress.position), own),
        lessons=_all(select(LessonProgress), own),
        reflections=_all(select(Reflection), own),
        attempts=_all(select(QuizAttempt).order_by(QuizAttempt.number), own),
        today={slug: one.version_id for slug, one in current_versions().items()},
        payment_disputed=document.fees.dispute_pauses_access and dispute_is_open(own),
        honored=honored_for(own),
    )
    return _course(enrollment, document, rows, language or current_language())


def course_in(found: Gathered, enrollment: Enrollment, document: ProgramDocument, language: str) -> Course:
    """The same from gathered rows, to be read only; `document`: the rules that the enrollment is pinned to."""
    newest = {one.slug: one.current_version_id for one in found.of(CurriculumModule)}
    rows = _Rows(
        modules=found.of(ModuleProgress),
        lessons=found.of(LessonProgress),
        reflections=found.of(Reflection),
        attempts=found.of(QuizAttempt),
        today={slug: version for slug, version in newest.items() if version is not None},
        payment_disputed=document.fees.dispute_pauses_access and dispute_is_open_in(found),
        honored=honored((one.granted, one.times, one.terms) for one in found.of(Accommodation)),
    )
    return _course(enrollment, document, rows, language)


def _course(enrollment: Enrollment, document: ProgramDocument, rows: _Rows, language: str) -> Course:
    modules = {row.slug: row for row in rows.modules}
    attempts: dict[LessonKey, list[QuizAttempt]] = defaultdict(list)
    for row in rows.attempts:
        attempts[row.slug, row.lesson].append(row)
    begun = {slug: row.version_id for slug, row in modules.items() if row.version_id is not None}
    versions = {slug: rows.today[slug] for slug in modules if slug in rows.today} | begun
    course = Course(
        enrollment=enrollment,
        rules=document.coursework,
        language=language,
        modules=modules,
        versions=versions,
        lessons={(row.slug, row.lesson): row for row in rows.lessons},
        attempts=attempts,
        reflections={(row.slug, row.lesson): row for row in rows.reflections},
        plans=(),
        progress={},
        unwritten=(),
        payment_disputed=rows.payment_disputed,
        honored=rows.honored,
    )
    # An outline may show a sample lesson; nobody completes it.
    written = [slug for slug in modules if slug in versions and content_of(versions[slug]).status == "whole"]
    return replace(
        course,
        plans=tuple(_plan(course, slug) for slug in written),
        progress={slug: _module_facts(course, slug) for slug in written},
        unwritten=tuple(slug for slug, row in modules.items() if row.required and slug not in written),
    )


def _all(query: Select[Any], enrollment_id: UUID) -> Sequence[Any]:
    entity = query.column_descriptions[0]["entity"]
    # What another request has written meanwhile must not hide behind a row that this session holds already.
    fresh = query.where(entity.enrollment_id == enrollment_id).execution_options(populate_existing=True)
    return session().scalars(fresh).all()


def _plan(course: Course, slug: str) -> ModulePlan:
    return _pinned_plan(
        course.versions[slug],
        course.language_of(slug),
        course.modules[slug].required,
        course.rules.reflection_needs_acceptance,
        course.minimum_minutes(slug),
    )


@lru_cache(maxsize=1024)
def _pinned_plan(
    version_id: UUID, language: str, required: bool, must_be_accepted: bool, minimum_minutes: int
) -> ModulePlan:
    return module_plan(
        content_of(version_id),
        language,
        required=required,
        minimum_minutes=minimum_minutes,
        reflection_must_be_accepted=must_be_accepted,
    )


@lru_cache(maxsize=1024)
def lesson_rules(version_id: UUID, minimum_minutes: int, widen: int) -> dict[str, SeatRule]:
    """The limits of counting of each lesson of a version (lesson's slug to rule)."""
    return widest_seat_rules(content_of(version_id), minimum_minutes=minimum_minutes, widen=widen)


def _module_facts(course: Course, slug: str) -> ModuleFacts:
    facts = {}
    for lesson in content_of(course.versions[slug]).lessons:
        row = course.lessons.get((slug, lesson.slug))
        if row is None:
            continue
        reflection = course.reflections.get((slug, lesson.slug))
        exhausted = lesson.kind == "quiz" and course.turn(slug, lesson.slug).turn is Turn.EXHAUSTED
        facts[lesson.slug] = LessonFacts(
            opened=True,
            seconds=row.counted_seconds,
            done=row.completed_at is not None,
            watched=row.watched_through_at is not None,
            answered=bool(course.attempts.get((slug, lesson.slug))),
            review=REVIEWS.get(reflection.state, ReviewState.NONE) if reflection is not None else ReviewState.NONE,
            attempts_exhausted=exhausted,
        )
    return ModuleFacts(facts, exempted=course.modules[slug].state == "exempted")


def _turn(tries: Sequence[QuizAttempt], rules: Coursework, *, waiting: bool) -> NextAttempt:
    found = [Attempt(one.submitted_at, bool(one.passed)) for one in tries]
    waits = (rules.quiz_wait_hours * 60,) if rules.quiz_wait_hours and waiting else ()
    return next_attempt(found, AttemptRules(rules.quiz_attempts, waits), clock.now())


@lru_cache(maxsize=1024)
def lesson_minutes(version_id: UUID, language: str) -> dict[str, int]:
    """About how many minutes each lesson of a version takes (lesson's slug to minutes)."""
    return {lesson.slug: required_minutes(lesson, language) for lesson in content_of(version_id).lessons}
