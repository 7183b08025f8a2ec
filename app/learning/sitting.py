"""Sitting with a lesson: signs of life, seat time, and readings. All times are the server's.

A browser says only "this page is in view" or "go on". Which visit that belongs to follows from the session, when it was
follows from the server's clock, and how much of it counts from the signs before it.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.core import clock
from app.core.errors import NotFound
from app.curriculum.lessons import ReadingLesson, VideoLesson
from app.learning.attesting.services import attest
from app.learning.counting import last_sign, open_visit, tab_of, take_in
from app.learning.lookups import Course, my_course
from app.learning.marks import is_mark_of
from app.learning.models import PageEvent
from app.learning.pulsing import Reading, kind_of_sign, pulse_quickly
from app.learning.rules import Blocked, may_finish
from app.learning.seat_time import EventKind
from app.learning.services import complete_lesson, open_lesson
from app.permissions.identity import Identity
from tenants.database import transaction

REFUSALS_APART = timedelta(minutes=1)


def start(slug: str, lesson: str, *, actor: Identity) -> None:
    """The learner begins a lesson (or comes back to it by its button). Raises NotFound, LessonClosed."""
    with transaction():
        course = my_course(actor, lock=True)
        open_lesson(course, slug, lesson)
        attest(course, slug, "start")
        note_sign(course, slug, lesson, EventKind.OPENED, actor=actor)


def pulse(slug: str, lesson: str, mark: str, *, actor: Identity) -> Reading | None:
    """The page is in view: count the time since its last sign. None when the sign does not carry the page's own mark:
    it is noted, and counts nothing. Raises NotFound, LessonClosed."""
    with transaction():
        if not is_mark_of(mark, slug, lesson, actor):
            _note_refused(slug, lesson, actor=actor)
            return None
        quick = pulse_quickly(slug, lesson, actor=actor)
        if quick is not None:
            return quick
        course = my_course(actor, lock=True)
        opened = course.facts(slug, lesson).opened
        course.require_open(slug, lesson)
        # Reading begins with a button, which a page without JavaScript has too.
        if not opened and isinstance(course.lesson(slug, lesson), ReadingLesson | VideoLesson):
            return reading(course, slug, lesson)
        open_lesson(course, slug, lesson)
        seconds = note_sign(course, slug, lesson, EventKind.HEARTBEAT, actor=actor)
        return _reading(course, slug, lesson, seconds)


def _note_refused(slug: str, lesson: str, *, actor: Identity) -> None:
    """Note a sign without the mark of its page, once a minute: the ledger says so."""
    with transaction() as current:
        course = my_course(actor, lock=True)
        if not course.facts(slug, lesson).opened:
            return
        now = clock.now()
        there = select(PageEvent.id).where(
            PageEvent.enrollment_id == course.enrollment.id,
            PageEvent.kind == EventKind.REFUSED.value,
            PageEvent.at > now - REFUSALS_APART,
        )
        if current.scalar(there.limit(1)) is None:
            refused = {"kind": EventKind.REFUSED.value, "tab": tab_of(actor), "at": now}
            current.add(PageEvent(enrollment_id=course.enrollment.id, slug=slug, lesson=lesson, **refused))
            current.flush()


def turn_page(slug: str, lesson: str, *, actor: Identity) -> None:
    """The learner goes on to the next part of a reading. Raises NotFound, LessonClosed."""
    with transaction():
        course = my_course(actor, lock=True)
        open_lesson(course, slug, lesson)
        note_sign(course, slug, lesson, EventKind.CONTINUED, actor=actor)


def finish_reading(slug: str, lesson: str, *, actor: Identity) -> Reading:
    """Finish a reading when its time is counted and its questions are answered; else only note the page turn.

    Raises NotFound, LessonClosed.
    """
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
        blocked = may_finish(course.plans, course.progress, course.is_open, slug, lesson).reason
        if blocked in (Blocked.MORE_TIME, Blocked.QUESTIONS_LEFT):
            return now
        complete_lesson(course.enrollment.id, slug, lesson, actor=actor)
        return Reading(now.seconds, now.needed, done=True)


def reading(course: Course, slug: str, lesson: str) -> Reading:
    """How far a reading is, as `course` was loaded."""
    return _reading(course, slug, lesson, course.facts(slug, lesson).seconds)


def _reading(course: Course, slug: str, lesson: str, seconds: int) -> Reading:
    return Reading(seconds, course.needed_seconds(slug, lesson), course.facts(slug, lesson).done)


def note_sign(course: Course, slug: str, lesson: str, kind: EventKind, *, actor: Identity) -> int:
    """Write a sign from an opened lesson and count it; the lesson's counted seconds.

    A passed module takes no more signs: reading it again is free.
    """
    stored = course.lessons.get((slug, lesson))
    if course.modules[slug].passed_at is not None:
        return stored.counted_seconds if stored is not None else 0
    now, tab = clock.now(), tab_of(actor)
    visit = open_visit(course, slug, lesson, tab)
    last = (
        (EventKind.HEARTBEAT, visit.last) if visit is not None else last_sign(course.enrollment.id, slug, lesson, tab)
    )
    wanted = kind_of_sign(kind, last, now)
    if wanted is None:
        return stored.counted_seconds if stored is not None else 0
    return take_in(course, slug, lesson, wanted, tab, now)
