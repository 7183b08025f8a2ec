"""Reading the plan of an enrollment as it stands. Cents throughout; days are court-local."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core.gathering import Gathered
from app.payments.installments.models import Installment, InstallmentPlan
from app.payments.installments.rules import Part, next_part, owed_once_first_is_paid, parts_now
from app.payments.kinds import IS_MONEY, Meaning, meaning_of
from app.payments.models import LedgerEntry
from tenants.database import session


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as it stands now. `ids` are those of the parts, in order."""

    id: UUID
    enrollment_id: UUID
    made_at: datetime
    parts: tuple[Part, ...]
    ids: tuple[UUID, ...]

    @property
    def next(self) -> Part | None:
        """The first part that is not paid; None when all are."""
        return next_part(self.parts)

    @property
    def opens_at(self) -> int:
        """Lessons open once no more than this is owed."""
        return owed_once_first_is_paid(self.parts)

    def is_late(self, part: Part, today: date) -> bool:
        return part.left_cents > 0 and part.due_on < today


def plan_of(enrollment_id: UUID) -> Plan | None:
    """The newest plan of an enrollment, or None. One statement without a plan, three with one."""
    return plans_of([enrollment_id]).get(enrollment_id)


def plan_in(found: Gathered) -> Plan | None:
    """The plan among gathered rows: of InstallmentPlan the newest, its Installments, and the whole ledger."""
    plan, entries = next(iter(found.of(InstallmentPlan)), None), found.of(LedgerEntry)
    if plan is None:
        return None
    rows = [row for row in found.of(Installment) if row.plan_id == plan.id]
    money = sum(one.amount_cents for one in entries if meaning_of(one) is Meaning.MONEY)
    return _as_it_stands(plan, rows, sum(one.amount_cents for one in entries), -money)


def plans_of(enrollment_ids: Collection[UUID]) -> Mapping[UUID, Plan]:
    """The newest plan of each enrollment that has one."""
    newest = (
        select(InstallmentPlan)
        .ext(distinct_on(InstallmentPlan.enrollment_id))
        .where(InstallmentPlan.enrollment_id.in_(enrollment_ids))
        .order_by(InstallmentPlan.enrollment_id, InstallmentPlan.id.desc())
    )
    plans = session().scalars(newest).all()
    if not plans:
        return {}
    sums = _sums([plan.enrollment_id for plan in plans])
    rows: dict[UUID, list[Installment]] = {plan.id: [] for plan in plans}
    query = select(Installment).where(Installment.plan_id.in_(rows)).order_by(Installment.plan_id, Installment.number)
    for row in session().scalars(query):
        rows[row.plan_id].append(row)
    return {plan.enrollment_id: _as_it_stands(plan, rows[plan.id], *sums[plan.enrollment_id]) for plan in plans}


def _as_it_stands(plan: InstallmentPlan, rows: list[Installment], owed: int, paid: int) -> Plan:
    agreed = [Part(row.number, row.due_on, row.amount_cents) for row in rows]
    parts = parts_now(agreed, paid=paid - plan.paid_before_cents, owed=owed)
    return Plan(plan.id, plan.enrollment_id, plan.made_at, parts, tuple(row.id for row in rows))


def _sums(enrollment_ids: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """What is owed and what was paid, net, by enrollment: both from one look at the ledger."""
    amount = LedgerEntry.amount_cents
    rows = session().execute(
        select(LedgerEntry.enrollment_id, func.sum(amount), func.coalesce(func.sum(amount).filter(IS_MONEY), 0))
        .where(LedgerEntry.enrollment_id.in_(enrollment_ids))
        .group_by(LedgerEntry.enrollment_id)
    )
    return dict.fromkeys(enrollment_ids, (0, 0)) | {one: (int(owed), -int(money)) for one, owed, money in rows}


def owed_and_paid(enrollment_id: UUID) -> tuple[int, int]:
    """What is owed and what was paid, net, of one enrollment."""
    return _sums([enrollment_id])[enrollment_id]
