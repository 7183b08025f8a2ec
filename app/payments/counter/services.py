"""Money at the counter: recorded with a receipt number, voided with a reason. Never changed, never deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.cases.lookups import get_enrollment_for, the_enrollment
from app.cases.models import Enrollment
from app.core import clock
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.core.money import format_cents
from app.core.runtime import Happening, tell
from app.payments.counter.models import CounterPayment, ReceiptCounter
from app.payments.counter.rules import MOST_CENTS, Method, received_in_time
from app.payments.ledger import open_coursework_if_allowed, write_entries
from app.payments.lookups import balance_cents
from app.permissions.identity import Identity
from tenants.database import session, transaction
from tenants.models import Court
from tenants.scope import current_court_id


@dataclass(frozen=True)
class Received:
    """What somebody brought. `more_than_owed`: the clerk has confirmed that it is more than what is owed."""

    method: Method
    amount_cents: int
    received_on: date
    reference: str = ""
    more_than_owed: bool = False


def record_payment(enrollment_id: UUID, received: Received, *, actor: Identity) -> CounterPayment:
    """Record a payment and give it the next receipt number of the court's year.

    Raises NotFound, Refused (a field; more than what is owed and not confirmed).
    """
    with transaction() as current:
        get_enrollment_for(actor, enrollment_id)
        enrollment = the_enrollment(enrollment_id, lock=True)
        today = _today()
        _check(enrollment, received, today)
        assert actor.id is not None
        payment = CounterPayment(
            enrollment_id=enrollment_id,
            year=today.year,
            number=_next_number(today.year),
            method=received.method,
            reference=received.reference.strip(),
            received_on=received.received_on,
            amount_cents=received.amount_cents,
            recorded_at=clock.now(),
            recorded_by=actor.id,
        )
        current.add(payment)
        current.flush()
        write_entries(enrollment_id, [("paid", "", payment.amount_cents, effect_of(payment.id))], actor=actor)
        _tell(payment, enrollment, "payments.record_at_counter", actor, {**_facts(payment), "receipt": payment.receipt})
        return payment


def void_payment(payment_id: UUID, *, reason: str, actor: Identity, row_version: str) -> CounterPayment:
    """Undo a payment that was recorded wrongly or whose check came back; both stay to be seen.

    Raises NotFound, Refused (no reason, voided already), StaleForm.
    """
    with transaction() as current:
        payment = get_payment_for(actor, payment_id)
        enrollment = the_enrollment(payment.enrollment_id, lock=True)
        payment = current.scalars(select(CounterPayment).where(CounterPayment.id == payment_id).with_for_update()).one()
        if payment.voided_at is not None:
            raise Refused(_("This payment is voided already."))
        if str(payment.row_version) != row_version:
            raise StaleForm
        if not reason.strip():
            raise Refused(_("Enter a reason. It is kept with the payment."), "reason")
        payment.voided_at, payment.voided_by, payment.void_reason = clock.now(), actor.id, reason.strip()
        current.flush()
        entry = ("refunded", "", payment.amount_cents, f"{effect_of(payment.id)}:void")
        write_entries(payment.enrollment_id, [entry], actor=actor)
        _tell(payment, enrollment, "payments.void_at_counter", actor, {**_facts(payment), "reason": reason.strip()})
        return payment


def effect_of(payment_id: UUID) -> str:
    """The name of a payment's entry in the ledger; its void has `:void` after it."""
    return f"counter:{payment_id}"


def get_payment_for(identity: Identity, payment_id: UUID) -> CounterPayment:
    """One payment of a case that `identity` may see. Raises NotFound."""
    payment = session().scalar(select(CounterPayment).where(CounterPayment.id == payment_id))
    if payment is None:
        raise NotFound
    get_enrollment_for(identity, payment.enrollment_id)
    return payment


def _check(enrollment: Enrollment, received: Received, today: date) -> None:
    if enrollment.rules_id is None:
        raise Refused(_("Nobody is enrolled in this case yet, so there is no fee."))
    if not 0 < received.amount_cents <= MOST_CENTS:
        raise Refused(_("Enter an amount of more than 0."), "amount")
    if not received_in_time(received.received_on, today):
        raise Refused(_("Enter the day on which the money came in. It can not be in the future."), "received_on")
    if received.method is not Method.CASH and not received.reference.strip():
        raise Refused(_("Enter the number of the check or money order."), "reference")
    owed = max(0, balance_cents(enrollment.id))
    if received.amount_cents > owed and not received.more_than_owed:
        raise Refused(
            _(
                "That is more than the %(owed)s that is owed. Check the amount, or confirm that it is right.",
                owed=format_cents(owed),
            ),
            "more_than_owed",
        )


def _tell(
    payment: CounterPayment, enrollment: Enrollment, action: str, actor: Identity, new: dict[str, object]
) -> None:
    audit(action, actor=actor, subject=("counter_payment", payment.id), case_id=enrollment.referral_id, new=new)
    tell(Happening.BALANCE_CHANGED, enrollment.id)
    tell(Happening.PAID_AT_COUNTER, enrollment.id)
    open_coursework_if_allowed(enrollment.id)


def _facts(payment: CounterPayment) -> dict[str, object]:
    return {
        "method": payment.method,
        "amount_cents": payment.amount_cents,
        "received_on": payment.received_on.isoformat(),
        "reference": payment.reference,
    }


def _today() -> date:
    return clock.today(session().scalars(select(Court.time_zone).where(Court.id == current_court_id())).one())


def _next_number(year: int) -> int:
    """The next number of the year, without gaps: the counter's row stays locked until the commit."""
    with transaction() as current:
        current.execute(insert(ReceiptCounter).values(year=year).on_conflict_do_nothing())
        return current.scalars(
            update(ReceiptCounter)
            .where(ReceiptCounter.year == year)
            .values(last=ReceiptCounter.last + 1, row_version=ReceiptCounter.row_version + 1)
            .returning(ReceiptCounter.last)
            .execution_options(synchronize_session=False)
        ).one()
