"""What lists of cases show of the lessons.

LESSONS and REFLECTIONS are parts of a larger statement: a row for each enrollment that it is about (`among`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select

from app.cases.many import among, facts_about, is_one_of
from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES
from app.learning.models import ModuleProgress, Reflection
from tenants.database import session

CLEARED = ("passed", "exempted")


class Lessons(NamedTuple):
    """The required modules of one enrollment in numbers; `opened` counts all modules that were ever opened."""

    required: int = 0
    passed: int = 0
    opened: int = 0


NO_LESSONS = Lessons()

REQUIRED: ColumnElement[int] = func.count().filter(ModuleProgress.required)
PASSED: ColumnElement[int] = func.count().filter(ModuleProgress.required, is_one_of(ModuleProgress.state, CLEARED))
LESSONS = (
    select(
        ModuleProgress.enrollment_id,
        REQUIRED.label("modules_required"),
        PASSED.label("modules_passed"),
        func.count(ModuleProgress.started_at).label("modules_opened"),
    )
    .where(among(ModuleProgress.enrollment_id))
    .group_by(ModuleProgress.enrollment_id)
)
# Written answers that wait for a reader, and since when.
REFLECTIONS = (
    select(
        Reflection.enrollment_id,
        func.min(Reflection.submitted_at).label("reflection_since"),
    )
    .where(among(Reflection.enrollment_id), Reflection.state == "submitted")
    .group_by(Reflection.enrollment_id)
)


def lessons_of(enrollment_id: UUID) -> Lessons:
    """The modules of one enrollment in numbers."""
    row = facts_about([enrollment_id], LESSONS).first()
    return Lessons._make(row[1:]) if row else NO_LESSONS


def lessons_opened(enrollment_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many modules were ever opened in each of several enrollments; one that has none yet is left out."""
    return {row.enrollment_id: row.modules_opened for row in facts_about(enrollment_ids, LESSONS)}


def of_modules(number: ColumnElement[int]) -> ScalarSelect[int]:
    """A number over the modules of an enrollment, to sort a list by (a part of a larger statement)."""
    found = select(number).where(ModuleProgress.enrollment_id == Enrollment.id)
    return found.correlate(Enrollment).scalar_subquery()


def with_something_to_read() -> Select[UUID]:
    """Enrollment ids with a written answer that waits for a reader (a part of a larger statement)."""
    return select(Reflection.enrollment_id).where(Reflection.state == "submitted")


def modules_of(enrollment_id: UUID) -> Sequence[ModuleProgress]:
    """The modules of one enrollment, in the court's order."""
    return (
        session()
        .scalars(
            select(ModuleProgress)
            .where(ModuleProgress.enrollment_id == enrollment_id)
            .order_by(ModuleProgress.position, ModuleProgress.slug)
        )
        .all()
    )


def going_through() -> dict[UUID, int]:
    """How many people of the court at work are in the middle of each version of a module."""
    rows = session().execute(
        select(ModuleProgress.version_id, func.count())
        .join(Enrollment, Enrollment.id == ModuleProgress.enrollment_id)
        .where(
            ModuleProgress.version_id.is_not(None),
            ModuleProgress.state.in_(("in_progress", "attempts_exhausted")),
            Enrollment.state.not_in(FINAL_STATES),
        )
        .group_by(ModuleProgress.version_id)
    )
    return {version_id: count for version_id, count in rows if version_id is not None}
