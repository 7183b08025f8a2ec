"""What a reviewer sees beside the item: the person's earlier answers, feedback, check-ins and plan.

No name in it: facilitators know a participant by a code. Reflections show to those who review reflections only, as the
page says on which they were written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accountability.forms import shown_answers
from app.accountability.lookups import check_ins_of
from app.accountability.models import CheckIn
from app.cases.rules import STATE_WORDS
from app.core.i18n import current_language
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.curriculum.lookups import content_of
from app.learning.commitments import changes_of, plan_of
from app.learning.models import Commitment, CommitmentChange, ModuleProgress, Reflection
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.reviews.veil import is_harsh
from tenants.database import session

REFLECTION_STATES = {
    "submitted": (_l("Waiting"), "info"),
    "accepted": (_l("Accepted"), "good"),
    "returned": (_l("Given back"), "attention"),
}
TONES = {"accepted": "good", "excused": "good", "submitted": "info", "returned": "attention", "missed": "problem"}


@dataclass(frozen=True)
class Said:
    """A question and what was answered; `harsh`: behind a veil."""

    asked: str
    text: str
    harsh: bool


@dataclass(frozen=True)
class Earlier:
    """Something that was handed in before, with what came of it. `at` is UTC, `due` court-local."""

    title: str
    state: str
    tone: str
    at: datetime | None
    due: date | None
    said: Sequence[Said]
    feedback: str


@dataclass(frozen=True)
class Beside:
    reflections: Sequence[Earlier]
    check_ins: Sequence[Earlier]
    plan: Sequence[Commitment]
    earlier_plans: Sequence[CommitmentChange]  # the plan in its earlier words


def veiled(pairs: Sequence[tuple[str, str]]) -> list[Said]:
    """Questions and answers, each with whether it gets a veil."""
    return [Said(asked, text, is_harsh(text)) for asked, text in pairs]


def beside(enrollment_id: UUID, identity: Identity, *, but: UUID) -> Beside:
    """Everything of one enrollment but the row `but`, the newest first."""
    reflections = _reflections(enrollment_id, but) if may(identity, Permission.REFLECTION_REVIEW) else []
    check_ins = [
        _check_in(row) for row in reversed(check_ins_of(enrollment_id)) if row.id != but and row.state != "scheduled"
    ]
    return Beside(reflections, check_ins, plan_of(enrollment_id), changes_of(enrollment_id))


def _check_in(row: CheckIn) -> Earlier:
    return Earlier(
        title=_("Check-in %(number)s", number=row.number),
        state=str(STATE_WORDS["check-in"][row.state]),
        tone=TONES.get(row.state, "neutral"),
        at=row.submitted_at,
        due=row.due_on,
        said=veiled(shown_answers(row.answers)),
        feedback=row.feedback,
    )


def _reflections(enrollment_id: UUID, but: UUID) -> list[Earlier]:
    rows = session().execute(
        select(Reflection, ModuleProgress.version_id)
        .join(
            ModuleProgress,
            (ModuleProgress.enrollment_id == Reflection.enrollment_id) & (ModuleProgress.slug == Reflection.slug),
        )
        .where(Reflection.enrollment_id == enrollment_id, Reflection.id != but, Reflection.state != "draft")
        .order_by(Reflection.submitted_at.desc(), Reflection.id)
    )
    return [_reflection(row, version) for row, version in rows]


def _reflection(row: Reflection, version: Any) -> Earlier:
    state, tone = REFLECTION_STATES[row.state]
    title, asked = lesson_words(row, version)
    return Earlier(title, str(state), tone, row.submitted_at, None, veiled([(asked, row.text)]), row.feedback)


def lesson_words(row: Reflection, version_id: UUID | None) -> tuple[str, str]:
    """(module and lesson, what was asked) of a reflection, in the reader's language or the module's first."""
    if version_id is None:
        return row.lesson, ""
    module = content_of(version_id)
    wanted = current_language()
    language = wanted if wanted in module.languages else module.languages[0]
    lesson = module.lesson(row.lesson)
    title = f"{module.title.words(language)}: {lesson.title.words(language)}"
    return title, getattr(lesson, "prompt", lesson.title).words(language)
