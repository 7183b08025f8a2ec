"""The ledger of an enrollment's time: every stretch with its reason, and sums that are those of the reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.accounts.devices.lookups import devices_by_session
from app.cases.models import Enrollment
from app.core import clock
from app.learning.attesting.facts import AtOnce, Device, Devices, at_once, far_faster, new_devices
from app.learning.attesting.models import Attestation
from app.learning.attesting.services import attested
from app.learning.counting import counting_begins, lesson_key, rules_for, signs_of, tab_of_session
from app.learning.lookups import Course, course_of
from app.learning.seat_time import (
    EventKind,
    Ledger,
    RejectedEvent,
    Span,
    Verdict,
    count_seat_time,
    required_seconds,
)
from app.learning.seat_time import PageEvent as Sign

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

    slug: str
    title: str
    counted: int
    lessons: tuple[LessonTime, ...]
    said: tuple[Attestation, ...] = ()
    faster: tuple[LessonTime, ...] = ()  # finished in far less time than reading and answering takes
    at_once: tuple[AtOnce, ...] = ()  # pages of two sign-ins in view at the same time
    new_devices: tuple[datetime, ...] = ()  # went on with a device that was new then, UTC

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
    course, said = course_of(enrollment), attested(enrollment.id)
    signs, devices = signs_of(enrollment.id), _devices_of(enrollment)
    ledgers = count_seat_time(signs, rules_for(course), counting_begins(enrollment), clock.now())
    found = []
    for slug, row in course.modules.items():
        if row.started_at is None:
            continue
        here = [sign for sign in signs if sign.lesson.startswith(lesson_key(slug, ""))]
        module = replace(
            _module(course, slug, ledgers),
            said=tuple(one for one in said if one.slug == slug),
            faster=_far_faster(course, slug, ledgers, signs),
            at_once=tuple(at_once(here, devices)),
            new_devices=tuple(new_devices(here, devices)),
        )
        found.append(module)
    return found


def _devices_of(enrollment: Enrollment) -> Devices:
    if enrollment.account_id is None:
        return {}
    found = devices_by_session(enrollment.account_id)
    return {tab_of_session(key): Device(row.id, row.first_seen_at) for key, row in found.items()}


def _module(course: Course, slug: str, ledgers: dict[str, Ledger]) -> ModuleTime:
    content = course.content(slug)
    opened = [one.slug for one in content.lessons if (slug, one.slug) in course.lessons]
    title = content.title.words(course.language_of(slug))
    lessons = tuple(_lesson(course, slug, lesson, ledgers) for lesson in opened)
    return ModuleTime(slug, title, course.modules[slug].counted_seconds, lessons)


def _far_faster(course: Course, slug: str, ledgers: dict[str, Ledger], signs: Sequence[Sign]) -> tuple[LessonTime, ...]:
    """Lessons that were finished far faster than reading takes. Only where pages gave signs of life: without JavaScript
    a page of questions has no time, and that says nothing about its reader."""
    alive = {sign.lesson for sign in signs if sign.kind is EventKind.HEARTBEAT}
    found = []
    for lesson in course.content(slug).lessons:
        row = course.lessons.get((slug, lesson.slug))
        if row is None or row.completed_at is None or lesson_key(slug, lesson.slug) not in alive:
            continue
        if far_faster(row.counted_seconds, required_seconds(lesson, course.language_of(slug))):
            found.append(_lesson(course, slug, lesson.slug, ledgers))
    return tuple(found)


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
