"""From signs of a page to stored time, under the lock of the learner's enrollment.

`seat_count` keeps the tally of an enrollment, so that a sign costs the same after a day of reading as at its beginning.
What was counted once is never taken back, and all lessons together are never given more than the clock.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from app.cases.models import Enrollment
from app.core import clock
from app.learning.lookups import Course
from app.learning.models import LessonProgress, PageEvent, SeatCount
from app.learning.seat_time import EventKind, SeatRule
from app.learning.seat_time import PageEvent as Sign
from app.learning.services import settle
from app.learning.tally import OpenVisit, Tally, added, from_json, tally_of, to_json
from app.permissions.identity import Identity
from tenants.database import session, transaction

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def lesson_key(slug: str, lesson: str) -> str:
    """The name of a lesson within the whole program: names of lessons are only unique within their module."""
    return f"{slug}/{lesson}"


def tab_of(actor: Identity) -> str:
    """One browser's session is one visit: a page can not claim to be several."""
    return tab_of_session(actor.session_id)


def tab_of_session(session_id: UUID | None) -> str:
    """The name of a sign-in's visits: what the signs of its pages carry."""
    return hashlib.sha256(str(session_id).encode()).hexdigest()[:16]


def counting_begins(enrollment: Enrollment) -> datetime:
    """Signs before this do not count (UTC)."""
    return enrollment.enrolled_at or BEGINNING


def rules_for(course: Course) -> dict[str, SeatRule]:
    """The limits of every lesson of a program, by `lesson_key`."""
    return {
        lesson_key(slug, lesson): rule
        for slug in course.modules
        if slug in course.versions
        for lesson, rule in course.seat_rules(slug).items()
    }


def signs_of(enrollment_id: UUID) -> list[Sign]:
    """All signs of an enrollment, in order of time."""
    columns = (PageEvent.at, PageEvent.kind, PageEvent.slug, PageEvent.lesson, PageEvent.tab, PageEvent.id)
    rows = session().execute(
        select(*columns).where(PageEvent.enrollment_id == enrollment_id).order_by(PageEvent.at, PageEvent.id)
    )
    return [
        Sign(at, EventKind(kind), lesson_key(slug, lesson), tab, str(key)) for at, kind, slug, lesson, tab, key in rows
    ]


def open_visit(course: Course, slug: str, lesson: str, tab: str) -> OpenVisit | None:
    """The page of a lesson that is open in one browser, as far as the stored tally goes."""
    tally = _tally_in(_stored(course), course)
    return tally.visit(lesson_key(slug, lesson), tab) if tally is not None else None


def last_sign(enrollment_id: UUID, slug: str, lesson: str, tab: str) -> tuple[EventKind, datetime] | None:
    """The newest sign of one browser's page of a lesson: its kind and time."""
    row = (
        session()
        .execute(
            select(PageEvent.kind, PageEvent.at)
            .where(
                PageEvent.enrollment_id == enrollment_id,
                PageEvent.slug == slug,
                PageEvent.lesson == lesson,
                PageEvent.tab == tab,
                PageEvent.kind != EventKind.REFUSED.value,
            )
            .order_by(PageEvent.at.desc(), PageEvent.id.desc())
            .limit(1)
        )
        .first()
    )
    return (EventKind(row.kind), row.at) if row is not None else None


def take_in(course: Course, slug: str, lesson: str, kind: EventKind, tab: str, now: datetime) -> int:
    """Write a sign of an opened lesson and count it; the lesson's counted seconds."""
    with transaction() as current:
        row = PageEvent(enrollment_id=course.enrollment.id, slug=slug, lesson=lesson, tab=tab, kind=kind.value, at=now)
        current.add(row)
        current.flush()
        sign = Sign(now, kind, lesson_key(slug, lesson), tab, str(row.id))
        return _count(course, slug, lesson, sign)


def recount(course: Course) -> None:
    """Count all signs anew, as after a change of the limits, and store what that adds."""
    with transaction() as current:
        for slug, lesson in list(course.lessons):
            if course.modules[slug].passed_at is None:
                _count(course, slug, lesson, None)
        current.flush()


def room_for(tally: Tally, rule: SeatRule, key: str, stored: int, credited: int) -> int:
    """The seconds that a lesson gains: what is counted and not stored yet, and never more than the clock gave in all.

    `stored` is the lesson's own, `credited` that of all lessons together.
    """
    in_all = sum(length.total_seconds() for length in tally.sums.values())
    return max(0, min(tally.counted_seconds(key, rule) - stored, int(in_all) - credited))


def _stored(course: Course) -> SeatCount | None:
    return session().scalar(
        select(SeatCount)
        .where(SeatCount.enrollment_id == course.enrollment.id)
        .execution_options(populate_existing=True)
    )


def _tally_in(count: SeatCount | None, course: Course) -> Tally | None:
    """The stored tally, where it was counted by the limits that hold now."""
    if count is None or (count.rules_id, count.widen) != (course.enrollment.rules_id, course.widen):
        return None
    return from_json(count.state)


def _count(course: Course, slug: str, lesson: str, sign: Sign | None) -> int:
    rules, begin, now = rules_for(course), counting_begins(course.enrollment), clock.now()
    count = _stored(course)
    earlier = _tally_in(count, course)
    tally = added(earlier, sign, rules, begin, now) if earlier is not None and sign is not None else None
    if tally is None:
        tally = tally_of(signs_of(course.enrollment.id), rules, begin, now)
    return _store(course, slug, lesson, count, tally, rules[lesson_key(slug, lesson)])


def _store(course: Course, slug: str, lesson: str, count: SeatCount | None, tally: Tally, rule: SeatRule) -> int:
    enrollment, module = course.enrollment, course.modules[slug]
    wanted, before = course.minimum_minutes(slug) * 60, module.counted_seconds
    with transaction() as current:
        row = current.scalars(
            select(LessonProgress).where(
                LessonProgress.enrollment_id == enrollment.id,
                LessonProgress.slug == slug,
                LessonProgress.lesson == lesson,
            )
        ).one()
        if count is None:
            # Time that was stored before there were tallies.
            credited = sum(one.counted_seconds for one in course.modules.values())
            count = SeatCount(enrollment_id=enrollment.id, credited_seconds=credited, state={})
            current.add(count)
        gain = room_for(tally, rule, lesson_key(slug, lesson), row.counted_seconds, count.credited_seconds)
        row.counted_seconds += gain
        module.counted_seconds += gain
        count.credited_seconds += gain
        count.state, count.rules_id, count.widen = to_json(tally), enrollment.rules_id, course.widen
        current.flush()
        if before < wanted <= module.counted_seconds:
            settle(enrollment.id)  # its lessons may have been done long ago
        return row.counted_seconds
