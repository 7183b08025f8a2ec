"""Watching a video lesson. What a page says about its place counts as far as the server's clock bears it out."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.core import clock
from app.core.errors import NotFound
from app.curriculum.lessons import VideoLesson
from app.curriculum.recordings import Recording, recording_at
from app.learning.lookups import Course, my_course
from app.learning.models import LessonProgress
from app.learning.pulsing import Reading
from app.learning.rules import Blocked, may_finish
from app.learning.seat_time import EventKind
from app.learning.services import complete_lesson, open_lesson
from app.learning.sitting import note_sign
from app.learning.watching import Watched, watch, watched_through
from app.permissions.identity import Identity
from tenants.database import session, transaction


@dataclass(frozen=True)
class Viewing:
    """How far a video lesson is. `furthest` and `length` in seconds; `reading`: by its transcript."""

    furthest: int
    length: int
    through: bool
    reading: Reading

    @property
    def enough(self) -> bool:
        return self.through or self.reading.enough


def viewing(course: Course, slug: str, lesson: str, recording: Recording | None) -> Viewing:
    """How far the learner is, as `course` was loaded."""
    row = course.lessons.get((slug, lesson))
    facts = course.facts(slug, lesson)
    furthest = (row.furthest_ms or 0) if row is not None else 0
    length = recording.seconds if recording is not None else 0
    return Viewing(
        furthest=min(furthest // 1000, length),
        length=length,
        through=facts.watched,
        reading=Reading(facts.seconds, course.needed_seconds(slug, lesson), facts.done),
    )


def note_place(slug: str, lesson: str, position_ms: int, *, actor: Identity) -> Viewing:
    """The page says where in the video it is. Raises NotFound, also without a video, and LessonClosed."""
    with transaction():
        course = my_course(actor, lock=True)
        course.require_open(slug, lesson)
        recording = _recording(course, slug, lesson)
        if recording is None or not course.facts(slug, lesson).opened:
            raise NotFound
        row = _row(course.enrollment.id, slug, lesson)
        reached = watch(
            Watched(row.furthest_ms or 0, row.watched_at), max(position_ms, 0), clock.now(), recording.seconds * 1000
        )
        row.furthest_ms, row.watched_at = reached.furthest, reached.at
        if row.watched_through_at is None and watched_through(reached.furthest, recording.seconds * 1000):
            row.watched_through_at = clock.now()
        session().flush()
        return viewing(my_course(actor, lock=True), slug, lesson, recording)


def begin(slug: str, lesson: str, *, actor: Identity) -> None:
    """The learner begins a video lesson. Raises NotFound, LessonClosed."""
    with transaction():
        course = my_course(actor, lock=True)
        _video(course, slug, lesson)
        open_lesson(course, slug, lesson)
        note_sign(course, slug, lesson, EventKind.OPENED, actor=actor)


def finish(slug: str, lesson: str, *, actor: Identity) -> Viewing:
    """Finish the lesson when the video was watched through, or its transcript had its time; else note a page turn.

    Raises NotFound, LessonClosed.
    """
    with transaction():
        course = my_course(actor, lock=True)
        course.require_open(slug, lesson)
        recording = _recording(course, slug, lesson)
        if not course.facts(slug, lesson).opened:
            return viewing(course, slug, lesson, recording)
        note_sign(course, slug, lesson, EventKind.CONTINUED, actor=actor)
        course = my_course(actor, lock=True)
        if may_finish(course.plans, course.progress, course.is_open, slug, lesson).reason is not Blocked.MORE_TIME:
            complete_lesson(course.enrollment.id, slug, lesson, actor=actor)
            course = my_course(actor, lock=True)
        return viewing(course, slug, lesson, recording)


def _video(course: Course, slug: str, lesson: str) -> VideoLesson:
    content = course.lesson(slug, lesson)
    if not isinstance(content, VideoLesson):
        raise NotFound
    return content


def _recording(course: Course, slug: str, lesson: str) -> Recording | None:
    _video(course, slug, lesson)
    return recording_at(slug, lesson)


def _row(enrollment_id: UUID, slug: str, lesson: str) -> LessonProgress:
    return (
        session()
        .scalars(
            select(LessonProgress).where(
                LessonProgress.enrollment_id == enrollment_id,
                LessonProgress.slug == slug,
                LessonProgress.lesson == lesson,
            )
        )
        .one()
    )
