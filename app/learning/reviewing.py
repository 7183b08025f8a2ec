"""A facilitator's work: reading reflections and giving new tries at a quiz, under a pseudonym and without the case.

What waits, and who has taken it: app/reviews.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import current_language
from app.core.i18n import gettext as _
from app.curriculum.lessons import ReflectionLesson
from app.curriculum.lookups import content_of
from app.curriculum.schema import ModuleContent
from app.learning.lookups import course_of
from app.learning.models import LessonProgress, ModuleProgress, Reflection
from app.learning.quiz import Turn
from app.learning.services import settle
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from tenants.database import session, transaction


@dataclass(frozen=True)
class ReflectionToRead:
    row: Reflection
    version_id: UUID
    lesson: ReflectionLesson
    language: str


def open_for_review(reflection_id: UUID, *, actor: Identity) -> ReflectionToRead:
    """One waiting reflection with its rubric; that it was read is audited. Raises NotFound."""
    _require(actor)
    with transaction():
        row = _waiting(reflection_id)
        _audit(row, "learning.read_reflection", actor, {})
        return to_read(row)


def note_read(row: Reflection, *, actor: Identity) -> None:
    """Record that a facilitator read a reflection that need not wait any more. Raises NotFound."""
    _require(actor)
    with transaction():
        _audit(row, "learning.read_reflection", actor, {})


def to_read(row: Reflection) -> ReflectionToRead:
    """A reflection with what its reader needs beside it."""
    module_row = (
        session()
        .scalars(
            select(ModuleProgress).where(
                ModuleProgress.enrollment_id == row.enrollment_id, ModuleProgress.slug == row.slug
            )
        )
        .one()
    )
    if module_row.version_id is None:
        raise NotFound
    module = content_of(module_row.version_id)
    lesson = module.lesson(row.lesson)
    if not isinstance(lesson, ReflectionLesson):
        raise NotFound
    return ReflectionToRead(row, module_row.version_id, lesson, _language(module))


def accept_reflection(reflection_id: UUID, feedback: str = "", *, actor: Identity) -> None:
    """Accept a waiting reflection; the module may be passed by it. Raises NotFound."""
    _review(reflection_id, "accepted", feedback, actor)


def return_reflection(reflection_id: UUID, feedback: str, *, actor: Identity) -> None:
    """Give a reflection back with one thing to add. Raises Refused without saying what, NotFound."""
    if not feedback.strip():
        raise Refused(_("Say the one thing to add."), "feedback")
    _review(reflection_id, "returned", feedback, actor)


def allow_new_tries(module_progress_id: UUID, *, actor: Identity) -> None:
    """Open an exhausted quiz anew: only tries from now on count. Raises NotFound."""
    _require(actor)
    with transaction() as current:
        row = current.scalar(
            select(ModuleProgress).where(
                ModuleProgress.id == module_progress_id, ModuleProgress.state == "attempts_exhausted"
            )
        )
        if row is None:
            raise NotFound
        enrollment = the_enrollment(row.enrollment_id, lock=True)
        course = course_of(enrollment)
        for lesson in course.content(row.slug).lessons:
            if lesson.kind == "quiz" and course.turn(row.slug, lesson.slug).turn is Turn.EXHAUSTED:
                _open_anew(course.lessons[row.slug, lesson.slug])
        current.flush()
        audit(
            "learning.allow_new_tries",
            actor=actor,
            subject=("enrollment", enrollment.id),
            case_id=enrollment.referral_id,
            new={"module": row.slug},
        )
        settle(enrollment.id)


def _open_anew(row: LessonProgress) -> None:
    row.opened_at = clock.now()


def _review(reflection_id: UUID, decision: str, feedback: str, actor: Identity) -> None:
    _require(actor)
    with transaction() as current:
        row = _waiting(reflection_id)
        enrollment = the_enrollment(row.enrollment_id, lock=True)
        row.state, row.feedback = decision, feedback.strip()
        row.reviewed_at, row.reviewed_by = clock.now(), actor.id
        current.flush()
        _audit(row, "learning.review_reflection", actor, {"decision": decision})
        if decision == "returned":
            tell_learner(enrollment, "something_to_add", "lessons")
        settle(row.enrollment_id)


def _waiting(reflection_id: UUID) -> Reflection:
    row = session().scalar(
        select(Reflection)
        .where(Reflection.id == reflection_id, Reflection.state == "submitted")
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return row


def _audit(row: Reflection, action: str, actor: Actor, new: dict[str, str]) -> None:
    audit(
        action,
        actor=actor,
        subject=("reflection", row.id),
        case_id=the_enrollment(row.enrollment_id).referral_id,
        old={"state": row.state if action == "learning.read_reflection" else "submitted"},
        new=new,
    )


def _require(identity: Identity) -> None:
    # Facilitators see no case, so the lookups of cases do not serve them: what they may see is decided here.
    if not may(identity, Permission.REFLECTION_REVIEW):
        raise NotFound


def _language(module: ModuleContent) -> str:
    wanted = current_language()
    return wanted if wanted in module.languages else module.languages[0]
