"""A facilitator's work: reading reflections and giving new tries at a quiz, under a pseudonym and without the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import the_enrollment
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
from app.learning.pseudonym import pseudonym
from app.learning.quiz import Turn
from app.learning.services import settle
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from tenants.database import session, transaction

QUEUE_LENGTH = 50


@dataclass(frozen=True)
class WaitingReflection:
    """`id` is the reflection's."""

    id: UUID
    participant: str
    module: str
    lesson: str
    submitted_at: datetime | None


@dataclass(frozen=True)
class WaitingQuiz:
    """Somebody who has used all tries; `id` is the module_progress row's."""

    id: UUID
    participant: str
    module: str
    best_percent: int | None


@dataclass(frozen=True)
class ReflectionToRead:
    row: Reflection
    participant: str
    module: ModuleContent
    lesson: ReflectionLesson
    language: str


def waiting_reflections(identity: Identity) -> list[WaitingReflection]:
    """Reflections waiting in the court at work, the longest waiting first, at most QUEUE_LENGTH. Raises NotFound."""
    _require(identity)
    rows = session().execute(
        select(Reflection.id, Reflection.enrollment_id, Reflection.lesson, Reflection.submitted_at, ModuleProgress)
        .join(
            ModuleProgress,
            (ModuleProgress.enrollment_id == Reflection.enrollment_id) & (ModuleProgress.slug == Reflection.slug),
        )
        .where(Reflection.state == "submitted")
        .order_by(Reflection.submitted_at, Reflection.id)
        .limit(QUEUE_LENGTH)
    )
    found = []
    for reflection_id, enrollment_id, lesson, submitted_at, module_row in rows:
        module = _content(module_row)
        language = _language(module)
        found.append(
            WaitingReflection(
                reflection_id,
                pseudonym(enrollment_id),
                module.title.words(language),
                module.lesson(lesson).title.words(language),
                submitted_at,
            )
        )
    return found


def waiting_quizzes(identity: Identity) -> list[WaitingQuiz]:
    """Those who have used all tries at a quiz in the court at work. Raises NotFound."""
    _require(identity)
    rows = session().scalars(
        select(ModuleProgress).where(ModuleProgress.state == "attempts_exhausted").order_by(ModuleProgress.id)
    )
    return [
        WaitingQuiz(row.id, pseudonym(row.enrollment_id), module.title.words(_language(module)), row.best_percent)
        for row, module in ((row, _content(row)) for row in rows)
    ]


def open_for_review(reflection_id: UUID, *, actor: Identity) -> ReflectionToRead:
    """One waiting reflection with its rubric; that it was read is audited. Raises NotFound."""
    _require(actor)
    with transaction():
        row = _waiting(reflection_id)
        _audit(row, "learning.read_reflection", actor, {})
        return to_read(row)


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
    module = _content(module_row)
    lesson = module.lesson(row.lesson)
    if not isinstance(lesson, ReflectionLesson):
        raise NotFound
    return ReflectionToRead(row, pseudonym(row.enrollment_id), module, lesson, _language(module))


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
        the_enrollment(row.enrollment_id, lock=True)
        row.state, row.feedback = decision, feedback.strip()
        row.reviewed_at, row.reviewed_by = clock.now(), actor.id
        current.flush()
        _audit(row, "learning.review_reflection", actor, {"decision": decision})
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
        old={"state": "submitted"},
        new=new,
    )


def _require(identity: Identity) -> None:
    # Facilitators see no case, so the lookups of cases do not serve them: what they may see is decided here.
    if not may(identity, Permission.REFLECTION_REVIEW):
        raise NotFound


def _content(row: ModuleProgress) -> ModuleContent:
    if row.version_id is None:
        raise NotFound
    return content_of(row.version_id)


def _language(module: ModuleContent) -> str:
    wanted = current_language()
    return wanted if wanted in module.languages else module.languages[0]
