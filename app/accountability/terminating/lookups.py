"""Loading proposals to end a program."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from app.accountability.terminating.models import Termination
from app.accountability.terminating.rules import OPEN
from app.cases.lookups import visible_enrollments
from app.cases.many import among, is_one_of
from app.cases.models import Enrollment, Referral
from app.core.errors import NotFound
from app.permissions.identity import Identity
from tenants.database import session

PAGE = 50


def terminations_of(enrollment_id: UUID) -> Sequence[Termination]:
    """All proposals of a case, in their order."""
    query = select(Termination).where(Termination.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(Termination.number)).all()


def noticed_of(enrollment_id: UUID) -> Termination | None:
    """The latest proposal of which the person was told."""
    told = [row for row in terminations_of(enrollment_id) if row.noticed_at is not None]
    return told[-1] if told else None


def get_termination_for(identity: Identity, termination_id: UUID) -> tuple[Termination, Enrollment]:
    """One proposal of a case that `identity` may see, with the person. Raises NotFound."""
    query = visible_enrollments(identity).options(joinedload(Enrollment.referral).joinedload(Referral.person))
    found = (
        session()
        .execute(
            query.add_columns(Termination)
            .join(Termination, Termination.enrollment_id == Enrollment.id)
            .where(Termination.id == termination_id)
        )
        .first()
    )
    if found is None:
        raise NotFound
    return found[1], found[0]


def open_terminations(identity: Identity) -> Sequence[tuple[Termination, Enrollment]]:
    """Proposals that are not decided, of the cases that `identity` may see, the oldest first; at most PAGE."""
    rows = session().execute(
        visible_enrollments(identity)
        .add_columns(Termination)
        .join(Termination, Termination.enrollment_id == Enrollment.id)
        .where(Termination.state.in_(OPEN), Enrollment.state == "returned_to_court")
        .order_by(Termination.proposed_at, Termination.id)
        .limit(PAGE)
    )
    return [(termination, enrollment) for enrollment, termination in rows]


# --- For lists of cases: parts of larger statements ------------------------------------------------------------------

PROPOSALS = (
    select(
        Termination.enrollment_id,
        func.min(Termination.proposed_at).label("proposal_since"),
        func.min(Termination.respond_by)
        .filter(is_one_of(Termination.state, ("noticed",)), Termination.response_at.is_(None))
        .label("answer_due_on"),
    )
    .where(is_one_of(Termination.state, OPEN), among(Termination.enrollment_id))
    .group_by(Termination.enrollment_id)
)


def with_an_open_proposal() -> Select[UUID]:
    """Enrollment ids with a proposal that is not decided."""
    return select(Termination.enrollment_id).where(is_one_of(Termination.state, OPEN))
