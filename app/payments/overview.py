"""What lists of cases show of money: two statements for any number of enrollments."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, Uuid, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from app.payments.models import LedgerEntry, Waiver
from tenants.database import session

WAITS_FOR_A_PERSON = ("submitted", "under_review", "reconsideration")


@dataclass(frozen=True, slots=True)
class Money:
    """The fee of one enrollment. `balance_cents` is still owed; `waived_cents` and `paid_cents` are never negative."""

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


def money_of(enrollment_ids: Collection[UUID]) -> dict[UUID, Money]:
    """The fee of many enrollments; those with nothing in the ledger are left out. One statement."""
    amount, kind = LedgerEntry.amount_cents, LedgerEntry.kind
    rows = session().execute(
        select(
            LedgerEntry.enrollment_id,
            func.sum(amount),
            func.coalesce(func.sum(amount).filter(kind == "assessed"), 0),
            -func.coalesce(func.sum(amount).filter(kind == "waived"), 0),
            -func.coalesce(func.sum(amount).filter(kind.not_in(("assessed", "waived", "adjusted"))), 0),
        )
        .where(LedgerEntry.enrollment_id == any_(literal(list(enrollment_ids), ARRAY(Uuid))))
        .group_by(LedgerEntry.enrollment_id)
    )
    return {row[0]: Money(*row[1:]) for row in rows}


def waivers_of(enrollment_ids: Collection[UUID]) -> dict[UUID, WaiverStanding]:
    """The newest waiver of each of many enrollments, if any; drafts are nobody's business yet. One statement."""
    rows = session().execute(
        select(Waiver.enrollment_id, Waiver.state, Waiver.submitted_at)
        .ext(distinct_on(Waiver.enrollment_id))
        .where(
            Waiver.enrollment_id == any_(literal(list(enrollment_ids), ARRAY(Uuid))),
            Waiver.state != "draft",
        )
        .order_by(Waiver.enrollment_id, Waiver.submitted_at.desc(), Waiver.id.desc())
    )
    return {
        enrollment_id: WaiverStanding(state, submitted_at if state in WAITS_FOR_A_PERSON else None)
        for enrollment_id, state, submitted_at in rows
    }


def with_a_waiver_to_decide() -> Select[UUID]:
    """Enrollment ids with a waiver that waits for a person (a part of a larger statement)."""
    return select(Waiver.enrollment_id).where(Waiver.state.in_(WAITS_FOR_A_PERSON))


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
