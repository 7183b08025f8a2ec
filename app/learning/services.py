"""What moves a learner through the modules. Every verb works under the lock of the learner's enrollment."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.cases.services import finish_coursework, note_activity
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.runtime import Happening, tell
from app.learning.lookups import Course, course_of
from app.learning.models import LessonProgress, ModuleProgress
from app.learning.rules import ModuleState
from tenants.database import transaction
from tenants.rules import rules_of


def lay_out_modules(enrollment_id: UUID) -> None:
    """Write one module_progress row for each module of the pinned rules; what is there already stays."""
    with transaction() as session:
        rules_id = the_enrollment(enrollment_id).rules_id
        if rules_id is None:
            return
        there = set(
            session.scalars(select(ModuleProgress.slug).where(ModuleProgress.enrollment_id == enrollment_id)).all()
        )
        for position, module in enumerate(rules_of(rules_id).coursework.modules, start=1):
            if module.slug not in there:
                session.add(
                    ModuleProgress(
                        enrollment_id=enrollment_id, slug=module.slug, position=position, required=module.required
                    )
                )
        session.flush()


def open_lesson(course: Course, slug: str, lesson: str) -> LessonProgress:
    """The row of a lesson that is open to the learner, made at the first opening, which also pins the module's version.

    Call it in a transaction, with a locked course. Raises NotFound, LessonClosed.
    """
    course.require_open(slug, lesson)
    row = course.lessons.get((slug, lesson))
    if row is not None:
        return row
    now = clock.now()
    module = course.modules[slug]
    with transaction() as session:
        if module.version_id is None:
            module.version_id = course.versions[slug]
        if module.state == "waiting":
            module.state, module.started_at = "in_progress", now
        row = LessonProgress(enrollment_id=course.enrollment.id, slug=slug, lesson=lesson, opened_at=now)
        session.add(row)
        session.flush()
    return row


def complete_lesson(enrollment_id: UUID, slug: str, lesson: str, *, actor: Actor) -> None:
    """Note that a lesson is done (once), and whatever follows from it. The caller has checked that it may be."""
    with transaction() as session:
        row = session.scalars(
            select(LessonProgress).where(
                LessonProgress.enrollment_id == enrollment_id,
                LessonProgress.slug == slug,
                LessonProgress.lesson == lesson,
            )
        ).one()
        if row.completed_at is None:
            row.completed_at = clock.now()
            note_activity(enrollment_id)
            audit(
                "learning.complete_lesson",
                actor=actor,
                subject=("enrollment", enrollment_id),
                case_id=the_enrollment(enrollment_id).referral_id,
                new={"module": slug, "lesson": lesson, "seconds": row.counted_seconds},
            )
            session.flush()
        settle(enrollment_id)


def settle(enrollment_id: UUID) -> None:
    """Bring stored module states in line with what was done; pass modules, and finish coursework when all are passed.

    Does nothing when nothing follows, so it may be called after any change (also when a held case is resumed).
    """
    with transaction() as session:
        course = course_of(the_enrollment(enrollment_id, lock=True))
        states = course.states
        for slug, status in states.items():
            _settle_module(course, slug, status.state)
        session.flush()
        if course.done:
            finish_coursework(enrollment_id)


def _settle_module(course: Course, slug: str, state: ModuleState) -> None:
    row = course.modules[slug]
    if row.state == "exempted" or row.passed_at is not None:
        return
    if state is ModuleState.PASSED:
        row.state, row.passed_at = "passed", clock.now()
        audit(
            "learning.pass_module",
            actor=SYSTEM,
            subject=("enrollment", course.enrollment.id),
            case_id=course.enrollment.referral_id,
            new={"module": slug, "percent": row.best_percent, "seconds": row.counted_seconds},
        )
        tell(Happening.MODULE_PASSED, course.enrollment.id)
    elif state is ModuleState.ATTEMPTS_EXHAUSTED:
        row.state = "attempts_exhausted"
    elif row.state == "attempts_exhausted":
        row.state = "in_progress"
