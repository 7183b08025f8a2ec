"""Loading disputes: of one case, for one person, and those that wait. Missing and forbidden look the same: NotFound."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select

from app.accounts.models import Membership
from app.cases.lookups import visible_enrollments
from app.cases.many import among, is_one_of
from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES
from app.core.errors import NotFound
from app.core.models import StoredFile
from app.disputes.models import Dispute
from app.disputes.rules import SUPERVISION, Fact, answers, answers_in_every_case
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from tenants.database import session

PAGE = 100
GONE = ("withdrawn", "transferred")  # nobody of this court has to answer there any more


def disputes_of(enrollment_id: UUID) -> Sequence[Dispute]:
    """All of a case, in the order in which they were raised."""
    query = select(Dispute).where(Dispute.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(Dispute.raised_at, Dispute.id)).all()


def own_dispute(enrollment_id: UUID, dispute_id: UUID) -> Dispute:
    """One dispute of the participant's own case. Raises NotFound."""
    query = select(Dispute).where(Dispute.id == dispute_id, Dispute.enrollment_id == enrollment_id)
    found = session().scalar(query)
    if found is None:
        raise NotFound
    return found


def get_dispute_for(identity: Identity, dispute_id: UUID) -> tuple[Dispute, Enrollment]:
    """One dispute of a case that `identity` may see and whose disputes they may read. Raises NotFound."""
    if not may(identity, Permission.DISPUTE_ANSWER):
        raise NotFound
    found = (
        session()
        .execute(
            visible_enrollments(identity)
            .add_columns(Dispute)
            .join(Dispute, Dispute.enrollment_id == Enrollment.id)
            .where(Dispute.id == dispute_id)
        )
        .first()
    )
    if found is None:
        raise NotFound
    return found[1], found[0]


def file_of(dispute: Dispute) -> StoredFile:
    """The file that was sent along. Raises NotFound when there is none."""
    found = session().scalar(select(StoredFile).where(StoredFile.id == dispute.file_id))
    if found is None:
        raise NotFound
    return found


def waiting_disputes(identity: Identity) -> Sequence[tuple[Dispute, Enrollment]]:
    """Those without an answer of the cases that `identity` may see, what is due first on top; at most PAGE."""
    if not may(identity, Permission.DISPUTE_ANSWER):
        raise NotFound
    rows = session().execute(
        visible_enrollments(identity)
        .add_columns(Dispute)
        .join(Dispute, Dispute.enrollment_id == Enrollment.id)
        .where(_WAITS)
        .order_by(Dispute.answer_by, Dispute.id)
        .limit(PAGE)
    )
    return [(dispute, enrollment) for enrollment, dispute in rows]


def is_for_somebody_else(row: Dispute, identity: Identity) -> bool:
    """Whether `identity` recorded what is disputed, and somebody else of the court may answer in every case."""
    if row.recorded_by is None or row.recorded_by != identity.id:
        return False
    others = select(Membership.id).where(
        Membership.state == "active",
        Membership.id != identity.id,
        Membership.role.in_(answers_in_every_case(Fact(row.fact))),
    )
    return session().scalar(others.limit(1)) is not None


def how_many_wait(identity: Identity, today: date) -> tuple[int, int]:
    """How many of the cases that `identity` may see have no answer, and how many of them are late; one statement.

    Only those that `identity` may answer. `today` is court-local.
    """
    mine = [fact for fact in Fact if answers(identity.as_role, fact)]
    query = (
        visible_enrollments(identity)
        .with_only_columns(func.count(), func.count().filter(Dispute.answer_by < today), maintain_column_froms=True)
        .join(Dispute, Dispute.enrollment_id == Enrollment.id)
        .where(_WAITS, Dispute.fact.in_(mine))
    )
    row = session().execute(query).one()
    return int(row[0]), int(row[1])


def how_many_wait_of_ended_cases(identity: Identity) -> int:
    """Of those that `identity` may answer, the ones of cases that are over: no list of people names them."""
    mine = [fact for fact in Fact if answers(identity.as_role, fact)]
    query = (
        visible_enrollments(identity)
        .with_only_columns(func.count(), maintain_column_froms=True)
        .join(Dispute, Dispute.enrollment_id == Enrollment.id)
        .where(_WAITS, Enrollment.state.in_(FINAL_STATES), Dispute.fact.in_(mine))
    )
    return int(session().scalar(query) or 0)


_WAITS = and_(Dispute.state == "open", Enrollment.state.not_in(GONE))

# --- For lists of cases: a part of larger statements -----------------------------------------------------------------

# By when the first of the open disputes that whoever supervises answers is due.
DISPUTES = (
    select(Dispute.enrollment_id, func.min(Dispute.answer_by).label("dispute_due_on"))
    .where(
        Dispute.state == "open",
        is_one_of(Dispute.fact, SUPERVISION),
        among(Dispute.enrollment_id),
    )
    .group_by(Dispute.enrollment_id)
)


def with_an_open_dispute() -> Select[Any]:
    """Enrollment ids with a dispute that nobody has answered."""
    return select(Dispute.enrollment_id).where(Dispute.state == "open")
