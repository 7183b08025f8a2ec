"""What lists of cases show of the lessons: two statements for any number of enrollments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, case, func, select

from app.cases.many import IdList, among
from app.learning.models import ModuleProgress, Reflection
from tenants.database import session

CLEARED = ("passed", "exempted")


@dataclass(frozen=True, slots=True)
class Lessons:
    """The required modules of one enrollment in numbers; `opened` counts all modules that were ever opened."""

    required: int = 0
    passed: int = 0
    opened: int = 0


NO_LESSONS = Lessons()


@dataclass(frozen=True, slots=True)
class Reflections:
    """Written answers of one enrollment: since when one waits for a reader, and whether one was returned."""

    waiting_since: datetime | None = None
    returned: bool = False


NO_REFLECTIONS = Reflections()


_LESSONS = (
    select(
        ModuleProgress.enrollment_id,
        func.count().filter(ModuleProgress.required),
        func.count().filter(ModuleProgress.required, ModuleProgress.state.in_(CLEARED)),
        func.count(ModuleProgress.started_at),
    )
    .where(among(ModuleProgress.enrollment_id))
    .group_by(ModuleProgress.enrollment_id)
)
_REFLECTIONS = (
    select(
        Reflection.enrollment_id,
        func.min(case((Reflection.state == "submitted", Reflection.submitted_at))),
        func.bool_or(Reflection.state == "returned"),
    )
    .where(among(Reflection.enrollment_id), Reflection.state.in_(("submitted", "returned")))
    .group_by(Reflection.enrollment_id)
)


def lessons_of(enrollments: IdList) -> dict[UUID, Lessons]:
    """The modules of many enrollments; those without any are left out. One statement."""
    return {row[0]: Lessons(*row[1:]) for row in session().execute(_LESSONS, enrollments.parameter)}


def reflections_of(enrollments: IdList) -> dict[UUID, Reflections]:
    """Written answers of many enrollments that wait for somebody; all others are left out. One statement."""
    return {row[0]: Reflections(*row[1:]) for row in session().execute(_REFLECTIONS, enrollments.parameter)}


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
