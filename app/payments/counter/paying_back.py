"""Money that the court pays back at the counter: the credit of a fee that was waived or corrected after it was paid.

Only what came in at the counter goes out there; a card payment goes back to its card. Never changed, never deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from app.cases.lookups import get_enrollment_for, the_enrollment
from app.cases.models import Enrollment
from app.core import clock
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.money import format_cents
from app.core.runtime import Happening, tell
from app.payments.counter.models import CounterRefund
from app.payments.counter.rules import Method, payable_back
from app.payments.fees import fee_lines
from app.payments.kinds import MEANING
from app.payments.ledger import write_entries
from app.payments.models import LedgerEntry
from app.payments.payees.lookups import as_moved
from app.payments.payees.rules import NOBODY, in_turn, shares_of
from app.payments.refunds.lookups import refunds_of
from app.payments.refunds.rules import UNSETTLED
from app.payments.rules import AT_COUNTER, COUNTER_REFUND
from app.permissions.identity import Identity
from tenants.database import session, transaction
from tenants.rules import rules_of


@dataclass(frozen=True)
class GivenBack:
    """What is handed out, how, and why."""

    method: Method
    amount_cents: int
    reason: str
    reference: str = ""


@dataclass(frozen=True)
class Credit:
    """What the court owes a participant, and how much of it can be paid back at the counter now."""

    cents: int
    payable_cents: int


def pay_back(enrollment_id: UUID, given: GivenBack, *, actor: Identity) -> CounterRefund:
    """Record money that is paid back at the counter, at most what is in credit.

    Raises NotFound, Refused (a field; more than can be paid back).
    """
    with transaction() as current:
        get_enrollment_for(actor, enrollment_id)
        enrollment = the_enrollment(enrollment_id, lock=True)  # as refunds hold it: no credit goes out twice
        _check(given, credit_of(enrollment))
        assert actor.id is not None
        made = CounterRefund(
            enrollment_id=enrollment_id,
            method=given.method,
            reference=given.reference.strip(),
            amount_cents=given.amount_cents,
            reason=given.reason.strip(),
            paid_at=clock.now(),
            paid_by=actor.id,
        )
        current.add(made)
        current.flush()
        entry = ("refunded", "", made.amount_cents, f"{COUNTER_REFUND}{made.id}")
        write_entries(enrollment_id, [entry], actor=actor)
        audit(
            "payments.pay_back_at_counter",
            actor=actor,
            subject=("counter_refund", made.id),
            case_id=enrollment.referral_id,
            new={
                "method": made.method,
                "amount_cents": made.amount_cents,
                "reference": made.reference,
                "reason": made.reason,
            },
        )
        tell(Happening.BALANCE_CHANGED, enrollment_id)
        tell(Happening.FEE_CHANGED, enrollment_id)
        return made


def _check(given: GivenBack, credit: Credit) -> None:
    if given.amount_cents < 1:
        raise Refused(_("Enter an amount of more than 0."), "amount")
    if not given.reason.strip():
        raise Refused(_("Enter a reason. It is kept with the payment."), "reason")
    if given.method is not Method.CASH and not given.reference.strip():
        raise Refused(_("Enter the number of the check or money order."), "reference")
    if given.amount_cents > credit.payable_cents:
        limit = format_cents(credit.payable_cents)
        raise Refused(_("At most %(amount)s can be paid back at the counter.", amount=limit), "amount")


def credit_of(enrollment: Enrollment) -> Credit:
    """What an enrollment has in credit. Three statements.

    Refunds are read before the ledger: one that settles meanwhile counts twice for a moment, never not at all.
    """
    refunds = refunds_of(enrollment.id)
    on_its_way = sum(one.amount_cents for one in refunds if one.state in UNSETTLED and one.cause != "review")
    entries = _entries(enrollment.id)
    credit = max(0, -sum(entry.amount_cents for entry in entries))
    if not credit or enrollment.rules_id is None:
        return Credit(credit, 0)
    lines = fee_lines(rules_of(enrollment.rules_id).fees)
    fixed = frozenset(line.key for line in lines if not line.refundable)
    shares = shares_of(in_turn([(e.at, as_moved(e)) for e in entries], fixed), [line.key for line in lines], fixed)
    payable = payable_back(
        credit=credit,
        on_its_way=on_its_way,
        at_counter=-sum(e.amount_cents for e in entries if e.effect.startswith((AT_COUNTER, COUNTER_REFUND))),
        nobodys=shares.held.get(NOBODY, 0),
    )
    return Credit(credit, payable)


def _entries(enrollment_id: UUID) -> Sequence[Row[Any]]:
    """Every entry of a ledger, the oldest first, as the rules of payees read it."""
    entry = LedgerEntry
    query = select(
        entry.at, entry.effect, entry.kind, entry.component, entry.amount_cents, MEANING.label("meaning")
    ).where(entry.enrollment_id == enrollment_id)
    return session().execute(query.order_by(entry.at, entry.id)).all()


def paid_back_since(enrollment_id: UUID, at: datetime) -> int:
    """What was paid back at the counter from an instant on."""
    query = select(func.coalesce(func.sum(CounterRefund.amount_cents), 0)).where(
        CounterRefund.enrollment_id == enrollment_id, CounterRefund.paid_at >= at
    )
    return int(session().scalar(query) or 0)


def paid_back_in(enrollment_id: UUID) -> Sequence[CounterRefund]:
    """Everything that was paid back at the counter in one enrollment, the oldest first."""
    query = select(CounterRefund).where(CounterRefund.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(CounterRefund.paid_at, CounterRefund.id)).all()
