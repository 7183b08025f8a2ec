"""Keeping what a learner says by starting a module and by handing in its quiz."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.core import clock
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l
from app.learning.attesting.models import Attestation
from app.learning.lookups import Course
from tenants.database import session, transaction

SAID: dict[tuple[str, str], LazyString] = {
    ("start", "myself"): _l("I am doing this module myself."),
    ("start", "helped"): _l("I am doing this module myself, with the help that the court allows."),
    ("hand_in", "myself"): _l("These answers are my own."),
    ("hand_in", "helped"): _l("These answers are my own, given with the help that the court allows."),
}


def what_is_said(course: Course, moment: str) -> str:
    """The sentence that stands above the button: by pressing it, the learner says so."""
    return str(SAID[moment, _said(course)])


def attest(course: Course, slug: str, moment: str, number: int = 0) -> None:
    """Keep the statement with its time, once. Call it with a locked course, in the transaction of what it is about."""
    with transaction() as current:
        there = select(Attestation.id).where(
            Attestation.enrollment_id == course.enrollment.id,
            Attestation.slug == slug,
            Attestation.moment == moment,
            Attestation.number == number,
        )
        if current.scalar(there) is None:
            what = {"slug": slug, "moment": moment, "number": number, "said": _said(course)}
            current.add(Attestation(enrollment_id=course.enrollment.id, at=clock.now(), **what))
            current.flush()


def attested(enrollment_id: UUID) -> Sequence[Attestation]:
    """All that somebody said, in order of time."""
    query = select(Attestation).where(Attestation.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(Attestation.at, Attestation.id)).all()


def _said(course: Course) -> str:
    return "helped" if course.honored.reader else "myself"
