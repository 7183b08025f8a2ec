"""What lists of cases show of money.

MONEY and WAIVERS are parts of a larger statement: a row for each enrollment that the statement is about (`among`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, case, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.cases.many import among, facts_about, is_one_of
from app.payments.kinds import IS_CORRECTION, IS_MONEY, IS_WAIVED
from app.payments.models import Checkout, LedgerEntry, Waiver
from app.payments.waiving.models import WaiverDraft
from tenants.database import session

DISPUTE_ENDS = ("dispute_won", "dispute_lost")
WAITS_FOR_A_PERSON = ("submitted", "under_review", "reconsideration")


class Money(NamedTuple):
    """The fee of one enrollment: assessed (with corrections) - waived - paid = balance, what is still owed."""

    balance_cents: int = 0
    assessed_cents: int = 0
    waived_cents: int = 0
    paid_cents: int = 0


NO_MONEY = Money()


@dataclass(frozen=True, slots=True)
class WaiverStanding:
    """The newest waiver of an enrollment; `waiting_since` is set while a person of the court has to act."""

    state: str
    waiting_since: datetime | None


_amount, _kind = LedgerEntry.amount_cents, LedgerEntry.kind
MONEY = (
    select(
        LedgerEntry.enrollment_id,
        func.sum(_amount).label("balance_cents"),
        func.coalesce(func.sum(_amount).filter(or_(_kind == "assessed", IS_CORRECTION)), 0).label("assessed_cents"),
        (-func.coalesce(func.sum(_amount).filter(IS_WAIVED), 0)).label("waived_cents"),
        (-func.coalesce(func.sum(_amount).filter(IS_MONEY), 0)).label("paid_cents"),
        # Since when a payer's bank looks at a payment, if one does: each dispute has one entry that opens it.
        case(
            (
                func.count().filter(_kind == "disputed")
                > func.count(LedgerEntry.stripe_object.distinct()).filter(is_one_of(_kind, DISPUTE_ENDS)),
                func.max(LedgerEntry.at).filter(_kind == "disputed"),
            )
        ).label("dispute_since"),
    )
    .where(among(LedgerEntry.enrollment_id))
    .group_by(LedgerEntry.enrollment_id)
)
# The newest one that was sent: a draft is nobody's business yet.
WAIVERS = (
    select(
        Waiver.enrollment_id,
        Waiver.state.label("waiver_state"),
        case(
            (is_one_of(Waiver.state, WAITS_FOR_A_PERSON), func.coalesce(Waiver.asked_again_at, Waiver.submitted_at))
        ).label("waiver_since"),
    )
    .ext(distinct_on(Waiver.enrollment_id))
    .where(among(Waiver.enrollment_id), Waiver.state != "draft")
    .order_by(Waiver.enrollment_id, Waiver.submitted_at.desc(), Waiver.id.desc())
)


def money_of(enrollment_id: UUID) -> Money:
    """The fee of one enrollment."""
    row = facts_about([enrollment_id], MONEY).first()
    return Money._make(row[1:5]) if row else NO_MONEY


def waiver_of(enrollment_id: UUID) -> WaiverStanding | None:
    """The newest waiver of one enrollment, if any was sent."""
    row = facts_about([enrollment_id], WAIVERS).first()
    return WaiverStanding(row.waiver_state, row.waiver_since) if row else None


class Begun(NamedTuple):
    """What a learner has begun about the fee: a payment that has not arrived yet, a request that is not sent yet."""

    payment: bool = False
    request: bool = False


def begun_by_learner(enrollment_id: UUID) -> Begun:
    """For the learner's own pages only: a draft is nobody else's business."""
    payment = select(Checkout.id).where(
        Checkout.enrollment_id == enrollment_id, Checkout.state.in_(("processing", "review"))
    )
    draft = select(WaiverDraft.id).where(
        WaiverDraft.enrollment_id == enrollment_id, WaiverDraft.written_by == "learner"
    )
    return Begun._make(session().execute(select(payment.exists(), draft.exists())).one())


def with_a_waiver_to_decide() -> Select[UUID]:
    """Enrollment ids with a waiver that waits for a person (a part of a larger statement)."""
    return select(Waiver.enrollment_id).where(is_one_of(Waiver.state, WAITS_FOR_A_PERSON))


def with_a_dispute() -> Select[UUID]:
    """Enrollment ids with a payment that a bank looks at, or looked at once (a part of a larger statement)."""
    return select(LedgerEntry.enrollment_id).where(LedgerEntry.kind == literal_column("'disputed'"))


def ledger_entries(enrollment_id: UUID) -> Sequence[LedgerEntry]:
    """All entries of one enrollment, the oldest first."""
    return (
        session()
        .scalars(
            select(LedgerEntry)
            .where(LedgerEntry.enrollment_id == enrollment_id)
            .order_by(LedgerEntry.at, LedgerEntry.id)
        )
        .all()
    )


def waiver_history(enrollment_id: UUID) -> Sequence[Waiver]:
    """All waivers of one enrollment that were sent, the oldest first."""
    return (
        session()
        .scalars(
            select(Waiver)
            .where(Waiver.enrollment_id == enrollment_id, Waiver.state != "draft")
            .order_by(Waiver.submitted_at, Waiver.id)
        )
        .all()
    )
