"""A heartbeat, in as few statements as it takes: one that locks and reads, one that writes.

It does what `sitting.pulse` would do, for the sign that follows others of an open lesson; everything else it leaves to
that. Nothing that was open to somebody locks again but with the case, so the course itself is not looked at.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, select

from app.cases.models import Enrollment
from app.core import clock
from app.core.i18n import current_language
from app.curriculum.lookups import content_of
from app.learning.counting import BEGINNING, lesson_key, room_for, tab_of
from app.learning.lookups import lesson_rules
from app.learning.models import LessonProgress, ModuleProgress, SeatCount
from app.learning.seat_time import EventKind, PageEvent, needed_seconds
from app.learning.tally import Tally, added, from_json, to_json
from app.payments.refunds.lookups import dispute_is_open
from app.permissions.identity import Identity
from tenants.database import Ready, session, statement, transaction
from tenants.keys import uuid7
from tenants.rules import rules_of
from tenants.scope import current_court_id

# Closer signs than this say nothing new; a flood of them writes nothing.
SIGNS_APART = timedelta(seconds=5)
# After such a silence a sign begins a new visit, so that the night before it is not even counted in part.
NEW_VISIT_AFTER = timedelta(minutes=30)


@dataclass(frozen=True)
class Reading:
    """How far a reading is: counted and needed time in seconds, and whether it is finished."""

    seconds: int
    needed: int
    done: bool

    @property
    def enough(self) -> bool:
        return self.done or self.seconds >= self.needed


def kind_of_sign(kind: EventKind, last: tuple[EventKind, datetime] | None, now: datetime) -> EventKind | None:
    """What a sign is, given the last one of its page; None for a heartbeat too close to that."""
    if last is None or last[0] is EventKind.SUBMITTED:
        return EventKind.OPENED
    if kind is not EventKind.HEARTBEAT:
        return kind
    if now - last[1] < SIGNS_APART:
        return None
    return EventKind.OPENED if now - last[1] > NEW_VISIT_AFTER else kind


# As `my_enrollment` finds it, with what a sign changes. All of them are locked: whoever waited reads what the one
# before has written, not what was there when the statement began.
_READ = Ready(
    select(
        Enrollment.id.label("enrollment_id"),
        Enrollment.state.label("case_state"),
        Enrollment.rules_id,
        Enrollment.enrolled_at,
        ModuleProgress.id.label("module_id"),
        ModuleProgress.version_id,
        ModuleProgress.state.label("module_state"),
        ModuleProgress.counted_seconds.label("module_seconds"),
        LessonProgress.id.label("lesson_id"),
        LessonProgress.counted_seconds.label("lesson_seconds"),
        LessonProgress.completed_at,
        SeatCount.id.label("count_id"),
        SeatCount.rules_id.label("counted_by"),
        SeatCount.widen,
        SeatCount.credited_seconds,
        SeatCount.state.label("tally"),
    )
    .select_from(Enrollment)
    .join(
        ModuleProgress,
        and_(
            ModuleProgress.court_id == Enrollment.court_id,
            ModuleProgress.enrollment_id == Enrollment.id,
            ModuleProgress.slug == bindparam("slug"),
        ),
    )
    .join(
        LessonProgress,
        and_(
            LessonProgress.court_id == Enrollment.court_id,
            LessonProgress.enrollment_id == Enrollment.id,
            LessonProgress.slug == ModuleProgress.slug,
            LessonProgress.lesson == bindparam("lesson"),
        ),
    )
    .join(SeatCount, and_(SeatCount.court_id == Enrollment.court_id, SeatCount.enrollment_id == Enrollment.id))
    .where(
        Enrollment.id
        == select(Enrollment.id)
        .where(Enrollment.account_id == bindparam("account"))
        .order_by(Enrollment.enrolled_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    .with_for_update(key_share=True, of=[Enrollment, ModuleProgress, LessonProgress, SeatCount])
)
_WRITE = statement("""
WITH noted AS (
    INSERT INTO page_event (id, court_id, enrollment_id, slug, lesson, tab, kind, at)
    VALUES (:event, :court, :enrollment, :slug, :lesson, :tab, :kind, :at)
), by_lesson AS (
    UPDATE lesson_progress SET counted_seconds = counted_seconds + :gain, row_version = row_version + 1
    WHERE court_id = :court AND id = :lesson_id AND :gain > 0
), by_module AS (
    UPDATE module_progress SET counted_seconds = counted_seconds + :gain, row_version = row_version + 1
    WHERE court_id = :court AND id = :module_id AND :gain > 0
)
UPDATE seat_count SET state = CAST(:tally AS jsonb), credited_seconds = credited_seconds + :gain,
    row_version = row_version + 1
WHERE court_id = :court AND id = :count_id
""")


def pulse_quickly(slug: str, lesson: str, *, actor: Identity) -> Reading | None:
    """Count a heartbeat of the open page of a lesson; None when it takes a look at the whole course."""
    with transaction():
        row = next(iter(_READ.read(slug=slug, lesson=lesson, account=actor.id)), None)
        if row is None or not _is_plain(row):
            return None
        tally, key, tab, now = from_json(row.tally), lesson_key(slug, lesson), tab_of(actor), clock.now()
        visit = tally.visit(key, tab)
        if visit is None:
            return None
        kind = kind_of_sign(EventKind.HEARTBEAT, (EventKind.HEARTBEAT, visit.last), now)
        if kind is None:
            return _reading(row, lesson, 0)
        minimum = _limits_of(current_court_id(), row.rules_id).minimum_minutes.get(slug, 0)
        rule = lesson_rules(row.version_id, minimum, row.widen)[lesson]
        sign = PageEvent(now, kind, key, tab, str(uuid7()))
        grown = added(tally, sign, {key: rule}, row.enrolled_at or BEGINNING, now)
        if grown is None:
            return None
        gain = room_for(grown, rule, key, row.lesson_seconds, row.credited_seconds)
        if row.module_seconds < minimum * 60 <= row.module_seconds + gain:
            return None  # the module may be passed by this
        _write(row, slug, lesson, sign, grown, gain)
        return _reading(row, lesson, gain)


def _is_plain(row: Row[Any]) -> bool:
    """Lessons are open, this one is being taken, and its time was counted by the limits that hold now."""
    if row.case_state != "coursework" or row.module_state != "in_progress":
        return False
    if row.version_id is None or row.rules_id is None or row.counted_by != row.rules_id:
        return False
    return not (_limits_of(current_court_id(), row.rules_id).disputes_pause and dispute_is_open(row.enrollment_id))


def _write(row: Row[Any], slug: str, lesson: str, sign: PageEvent, tally: Tally, gain: int) -> None:
    with transaction():
        session().connection().execute(
            _WRITE,
            {
                "event": UUID(sign.event_id),
                "court": current_court_id(),
                "enrollment": row.enrollment_id,
                "slug": slug,
                "lesson": lesson,
                "tab": sign.tab,
                "kind": sign.kind.value,
                "at": sign.at,
                "gain": gain,
                "lesson_id": row.lesson_id,
                "module_id": row.module_id,
                "count_id": row.count_id,
                "tally": json.dumps(to_json(tally)),
            },
        )


def _reading(row: Row[Any], lesson: str, gain: int) -> Reading:
    needed = _needed(row.version_id, lesson, current_language())
    return Reading(row.lesson_seconds + gain, needed, row.completed_at is not None)


@dataclass(frozen=True)
class _Limits:
    minimum_minutes: dict[str, int]  # of a module, by its slug
    disputes_pause: bool


@lru_cache(maxsize=1024)
def _limits_of(_court_id: UUID, rules_id: UUID) -> _Limits:
    """What a published version of a court's rules says about counting. It never changes."""
    document = rules_of(rules_id)
    minimum = {module.slug: module.minimum_minutes for module in document.coursework.modules}
    return _Limits(minimum, document.fees.dispute_pauses_access)


@lru_cache(maxsize=4096)
def _needed(version_id: UUID, lesson: str, language: str) -> int:
    """As `Course.needed_seconds`: a reading's or video's own time in the page's language, 0 for other kinds."""
    module = content_of(version_id)
    content = module.lesson(lesson)
    return needed_seconds(content, language if language in module.languages else module.languages[0])
