"""Sitting with a lesson: signs of life, seat time, and readings. All times are the server's.

A browser says only "this page is in view" or "go on". Which visit that belongs to follows from the session, when it was
follows from the server's clock, and how much of it counts is counted anew from all signs each time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from app.core import clock
from app.core.errors import NotFound
from app.curriculum.lessons import ReadingLesson
from app.learning.lookups import Course, my_course
from app.learning.models import LessonProgress, ModuleProgress, PageEvent
from app.learning.rules import Blocked, may_finish
from app.learning.seat_time import EventKind, count_seat_time
from app.learning.seat_time import PageEvent as Sign
from app.learning.services import complete_lesson, open_lesson, settle
from app.permissions.identity import Identity
from tenants.database import session, transaction

# Closer signs than this say nothing new; a flood of them writes nothing.
SIGNS_APART = timedelta(seconds=5)
# After such a silence a sign begins a new visit, so that the night before it is not even counted in part.
NEW_VISIT_AFTER = timedelta(minutes=30)
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Reading:
    """How far a reading is: counted and needed time in seconds, and whether it is finished."""

    seconds: int
    needed: int
    done: bool

    @property
    def enough(self) -> bool:
        return self.done or self.seconds >= self.needed


def start(slug: str, lesson: str, *, actor: Identity) -> None:
    """The learner begins a lesson (or comes back to it by its button). Raises NotFound, LessonClosed."""
    with transaction():
        course = my_course(actor, lock=True)
        open_lesson(course, slug, lesson)
        note_sign(course, slug, lesson, EventKind.OPENED, actor=actor)


def pulse(slug: str, lesson: str, *, actor: Identity) -> Reading:
    """The page is in view: count the time since its last sign. Raises NotFound, LessonClosed."""
    with transaction():
        course = my_course(actor, lock=True)
        opened = course.facts(slug, lesson).opened
        course.require_open(slug, lesson)
        # Reading begins with a button, which a page without JavaScript has too.
        if not opened and isinstance(course.lesson(slug, lesson), ReadingLesson):
            return reading(course, slug, lesson)
        open_lesson(course, slug, lesson)
        seconds = note_sign(course, slug, lesson, EventKind.HEARTBEAT, actor=actor)
        return _reading(course, slug, lesson, seconds)


def turn_page(slug: str, lesson: str, *, actor: Identity) -> None:
    """The learner goes on to the next part of a reading. Raises NotFound, LessonClosed."""
    with transaction():
        course = my_course(actor, lock=True)
        open_lesson(course, slug, lesson)
        note_sign(course, slug, lesson, EventKind.CONTINUED, actor=actor)


def finish_reading(slug: str, lesson: str, *, actor: Identity) -> Reading:
    """Finish a reading when its time is counted; else only note the page turn. Raises NotFound, LessonClosed."""
    with transaction():
        course = my_course(actor, lock=True)
        course.require_open(slug, lesson)
        if not isinstance(course.lesson(slug, lesson), ReadingLesson):
            raise NotFound
        if not course.facts(slug, lesson).opened:
            return reading(course, slug, lesson)
        note_sign(course, slug, lesson, EventKind.CONTINUED, actor=actor)
        course = my_course(actor, lock=True)
        now = reading(course, slug, lesson)
        if may_finish(course.plans, course.progress, course.is_open, slug, lesson).reason is Blocked.MORE_TIME:
            return now
        complete_lesson(course.enrollment.id, slug, lesson, actor=actor)
        return Reading(now.seconds, now.needed, done=True)


def reading(course: Course, slug: str, lesson: str) -> Reading:
    """How far a reading is, as `course` was loaded."""
    return _reading(course, slug, lesson, course.facts(slug, lesson).seconds)


def _reading(course: Course, slug: str, lesson: str, seconds: int) -> Reading:
    return Reading(seconds, course.needed_seconds(slug, lesson), course.facts(slug, lesson).done)


def note_sign(course: Course, slug: str, lesson: str, kind: EventKind, *, actor: Identity) -> int:
    """Write a sign from an opened lesson and count anew; the lesson's counted seconds.

    A passed module takes no more signs: reading it again is free.
    """
    enrollment_id = course.enrollment.id
    now = clock.now()
    with transaction() as current:
        row = current.scalars(
            select(LessonProgress).where(
                LessonProgress.enrollment_id == enrollment_id,
                LessonProgress.slug == slug,
                LessonProgress.lesson == lesson,
            )
        ).one()
        if course.modules[slug].passed_at is not None:
            return row.counted_seconds
        signs = _signs(course, slug)
        tab = _tab(actor)
        mine = [sign for sign in signs if sign.lesson == lesson and sign.tab == tab]
        wanted = _kind(kind, mine, now)
        if wanted is None:
            return row.counted_seconds
        current.add(
            PageEvent(enrollment_id=enrollment_id, slug=slug, lesson=lesson, tab=tab, kind=wanted.value, at=now)
        )
        current.flush()
        _count(course, slug, course.modules[slug])
        return row.counted_seconds


def _kind(kind: EventKind, mine: list[Sign], now: datetime) -> EventKind | None:
    """What a sign is, given the earlier ones of its visit; None for a heartbeat too close to the last sign."""
    last = mine[-1] if mine else None
    if last is None or last.kind is EventKind.SUBMITTED:
        return EventKind.OPENED
    if kind is not EventKind.HEARTBEAT:
        return kind
    if now - last.at < SIGNS_APART:
        return None
    return EventKind.OPENED if now - last.at > NEW_VISIT_AFTER else kind


def _signs(course: Course, slug: str) -> list[Sign]:
    rows = session().scalars(
        select(PageEvent)
        .where(PageEvent.enrollment_id == course.enrollment.id, PageEvent.slug == slug)
        .order_by(PageEvent.at, PageEvent.id)
    )
    return [Sign(row.at, EventKind(row.kind), row.lesson, row.tab, str(row.id)) for row in rows]


def _count(course: Course, slug: str, module: ModuleProgress) -> None:
    """Store what the signs add up to. What was counted once is never taken back."""
    ledgers = count_seat_time(
        _signs(course, slug), course.seat_rules(slug), course.enrollment.enrolled_at or BEGINNING, clock.now()
    )
    wanted, before = course.minimum_minutes(slug) * 60, module.counted_seconds
    with transaction() as current:
        rows = current.scalars(
            select(LessonProgress).where(
                LessonProgress.enrollment_id == course.enrollment.id, LessonProgress.slug == slug
            )
        ).all()
        for row in rows:
            if row.lesson in ledgers:
                row.counted_seconds = max(row.counted_seconds, ledgers[row.lesson].counted_seconds)
        module.counted_seconds = sum(row.counted_seconds for row in rows)
        current.flush()
        if before < wanted <= module.counted_seconds:
            settle(course.enrollment.id)  # its lessons may have been done long ago


def _tab(actor: Identity) -> str:
    """One browser's session is one visit: a page can not claim to be several."""
    return hashlib.sha256(str(actor.session_id).encode()).hexdigest()[:16]
