"""The ledger of an enrollment's time: every stretch with its reason, and sums that are those of the reports."""

from __future__ import annotations

from dataclasses import dataclass

from app.cases.models import Enrollment
from app.core import clock
from app.learning.counting import counting_begins, lesson_key, rules_for, signs_of
from app.learning.lookups import Course, course_of
from app.learning.seat_time import Ledger, RejectedEvent, Span, Verdict, count_seat_time

NO_LEDGER = Ledger()


@dataclass(frozen=True)
class LessonTime:
    """One lesson. All numbers are whole seconds.

    `counted` is what is stored, and what reports add up. `adjusted` is how far it differs from the stretches: time that
    was counted once is never taken away, and time that another lesson already has is not counted again.
    """

    title: str
    counted: int
    idle: int
    rejected: int
    adjusted: int
    spans: tuple[Span, ...]
    refused: tuple[RejectedEvent, ...]


@dataclass(frozen=True)
class ModuleTime:
    """One module that was begun; `counted`, in seconds, is the number that reports show in minutes."""

    title: str
    counted: int
    lessons: tuple[LessonTime, ...]

    @property
    def idle(self) -> int:
        return sum(one.idle for one in self.lessons)

    @property
    def rejected(self) -> int:
        return sum(one.rejected for one in self.lessons)


def time_of(enrollment: Enrollment) -> list[ModuleTime]:
    """The time in each module that was begun, in the court's order; none before the enrollment."""
    if enrollment.rules_id is None:
        return []
    course = course_of(enrollment)
    ledgers = count_seat_time(signs_of(enrollment.id), rules_for(course), counting_begins(enrollment), clock.now())
    return [_module(course, slug, ledgers) for slug, row in course.modules.items() if row.started_at is not None]


def _module(course: Course, slug: str, ledgers: dict[str, Ledger]) -> ModuleTime:
    content = course.content(slug)
    opened = [one.slug for one in content.lessons if (slug, one.slug) in course.lessons]
    title = content.title.words(course.language_of(slug))
    lessons = tuple(_lesson(course, slug, lesson, ledgers) for lesson in opened)
    return ModuleTime(title, course.modules[slug].counted_seconds, lessons)


def _lesson(course: Course, slug: str, lesson: str, ledgers: dict[str, Ledger]) -> LessonTime:
    ledger, stored = ledgers.get(lesson_key(slug, lesson), NO_LEDGER), course.lessons[slug, lesson].counted_seconds
    return LessonTime(
        title=course.lesson(slug, lesson).title.words(course.language_of(slug)),
        counted=stored,
        idle=ledger.seconds(Verdict.IDLE),
        rejected=ledger.seconds(Verdict.REJECTED),
        adjusted=stored - ledger.counted_seconds,
        spans=ledger.spans,
        refused=ledger.rejected_events,
    )
