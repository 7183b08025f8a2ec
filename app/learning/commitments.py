"""The learner's own plan: a few concrete items, to which the months of accountability come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import my_enrollment, the_enrollment
from app.core import clock
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext, ngettext
from app.curriculum.lessons import CommitmentLesson
from app.learning.lookups import Course, my_course
from app.learning.models import Commitment, CommitmentChange
from app.learning.seat_time import EventKind
from app.learning.services import complete_lesson, open_lesson
from app.learning.sitting import note_sign
from app.permissions.identity import Identity
from tenants.database import session, transaction


@dataclass(frozen=True)
class PlanItem:
    """What somebody will do, how often, and how they will know. All three are filled in."""

    what: str
    how_often: str
    sign: str


def plan_of(enrollment_id: UUID) -> Sequence[Commitment]:
    """All items of somebody's plan, in their order."""
    query = select(Commitment).where(Commitment.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(Commitment.slug, Commitment.lesson, Commitment.number)).all()


def my_items(course: Course, slug: str, lesson: str) -> list[Commitment]:
    """What the learner has put into the plan in this lesson so far."""
    return [row for row in plan_of(course.enrollment.id) if (row.slug, row.lesson) == (slug, lesson)]


def make_commitments(slug: str, lesson: str, items: Sequence[PlanItem], *, actor: Identity) -> None:
    """Keep the plan in place of the earlier one of this lesson, and finish the lesson.

    Raises Refused for fewer items than the lesson asks for, NotFound for another kind of lesson, LessonClosed (also
    once lessons are over: from then on the check-ins come back to the plan as it is).
    """
    with transaction() as current:
        course = my_course(actor, lock=True)
        content = course.lesson(slug, lesson)
        if not isinstance(content, CommitmentLesson):
            raise NotFound
        open_lesson(course, slug, lesson)
        if len(items) < content.minimum:
            raise Refused(_too_few(content.minimum))
        for row in my_items(course, slug, lesson):
            current.delete(row)
        current.flush()
        for number, item in enumerate(items[: content.maximum], start=1):
            current.add(
                Commitment(
                    enrollment_id=course.enrollment.id,
                    slug=slug,
                    lesson=lesson,
                    number=number,
                    what=item.what,
                    how_often=item.how_often,
                    sign=item.sign,
                    made_at=clock.now(),
                )
            )
        note_sign(course, slug, lesson, EventKind.SUBMITTED, actor=actor)
        current.flush()
        complete_lesson(course.enrollment.id, slug, lesson, actor=actor)


def changes_of(enrollment_id: UUID) -> Sequence[CommitmentChange]:
    """The plan as it was before each change, the latest first."""
    query = select(CommitmentChange).where(CommitmentChange.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(CommitmentChange.at.desc(), CommitmentChange.id.desc())).all()


def change_plan(items: Sequence[PlanItem], *, actor: Identity) -> bool:
    """Put the plan in other words during the months of check-ins, item by item; the old words stay in its history.

    False, and nothing written, when it says so already. Raises NotFound for somebody without a plan, Refused outside
    of those months or with another number of items.
    """
    with transaction() as current:
        enrollment = the_enrollment(my_enrollment(actor).id, lock=True)
        rows = plan_of(enrollment.id)
        if not rows:
            raise NotFound
        if enrollment.state != "accountability":
            raise Refused(gettext("You can change your plan while your check-ins are running."))
        if len(items) != len(rows):
            raise Refused(gettext("Fill in every part of your plan."))
        before = [PlanItem(row.what, row.how_often, row.sign) for row in rows]
        if list(items) == before:
            return False
        old = {"items": [asdict(item) for item in before]}
        current.add(CommitmentChange(enrollment_id=enrollment.id, at=clock.now(), before=old))
        places = [(row.slug, row.lesson, row.number) for row in rows]
        for row in rows:
            current.delete(row)
        current.flush()
        for (slug, lesson, number), item in zip(places, items, strict=True):
            current.add(
                Commitment(
                    enrollment_id=enrollment.id,
                    slug=slug,
                    lesson=lesson,
                    number=number,
                    what=item.what,
                    how_often=item.how_often,
                    sign=item.sign,
                    made_at=clock.now(),
                )
            )
        current.flush()
        audit(
            "learning.change_plan",
            actor=actor,
            subject=("enrollment", enrollment.id),
            case_id=enrollment.referral_id,
        )
        return True


def _too_few(minimum: int) -> str:
    return str(
        ngettext(
            "Write down at least %(num)s thing that you will do.",
            "Write down at least %(num)s things that you will do.",
            minimum,
        )
    )
