"""Giving card payments back: the row first, then a job calls Stripe, and Stripe's events move the ledger.

The key of a call is stored before it is made and used again on every try, so that nothing goes back twice.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.core.jobs import Job
from app.core.money import format_cents
from app.core.outbox import enqueue
from app.payments.checkouts import gateway
from app.payments.gateway import GatewayRefused, RefundResult
from app.payments.models import Checkout, StripeObject
from app.payments.refunds import standing
from app.payments.refunds.lookups import card_money
from app.payments.refunds.models import Refund
from app.payments.refunds.rules import newest_first
from app.payments.settling import lock_payment
from tenants.database import session, transaction
from tenants.keys import uuid7
from tenants.scope import current_court_id

SEND = "payments.send_refund"
KEYS_ARE_KEPT = timedelta(hours=20)  # Stripe promises 24 hours; after that a key no longer protects
NO_ANSWER = "no_answer"
LONGEST_REASON = 500


def ask_refund(checkout_id: UUID, cents: int, reason: str, *, actor: Actor) -> Refund:
    """Give back `cents` of one card payment. Raises NotFound, Refused (more than can be given back, no reason)."""
    with transaction():
        found = session().scalar(select(Checkout.enrollment_id).where(Checkout.id == checkout_id))
        if found is None:
            raise NotFound
        enrollment = the_enrollment(found, lock=True)  # whoever asks holds it: nothing can be asked back twice
        payments = card_money(enrollment).payments
        payment = next((one for one in payments if one.checkout.id == checkout_id), None)
        if payment is None:
            raise NotFound
        _require_reason(reason)
        if cents < 1:
            raise Refused(_("Enter how much is given back."), "amount")
        if cents > payment.refundable_cents:
            limit = format_cents(payment.refundable_cents)
            raise Refused(_("At most %(amount)s of this payment can be given back.", amount=limit), "amount")
        return _add(enrollment, payment.checkout, cents, reason, "asked", actor)


def request_refund(enrollment_id: UUID, cents: int, reason: str, *, actor: Actor) -> int:
    """Give back up to `cents` of what was paid by card, newest payment first; returns the cents that go back.

    What belongs to components that are not refundable stays, and so does what is disputed. Joins the caller's
    transaction; once the same money has been asked back it is not asked again.
    """
    with transaction():
        if cents < 1:
            return 0
        _require_reason(reason)
        enrollment = the_enrollment(enrollment_id, lock=True)
        money = card_money(enrollment)
        parts = newest_first(cents, [one.held for one in money.payments], kept=money.kept_cents)
        by_id = {one.checkout.id: one.checkout for one in money.payments}
        for checkout_id, part in parts:
            _add(enrollment, by_id[checkout_id], part, reason, "waiver", actor)
        return sum(part for _id, part in parts)


def give_back_unmatched(checkout: Checkout, intent_id: str, cents: int, reason: str, *, actor: Actor) -> Refund:
    """Give back a payment that was never put into the ledger. Joins the caller's transaction, which locked it."""
    with transaction():
        enrollment = the_enrollment(checkout.enrollment_id, lock=True)
        _belongs(checkout, intent_id)
        return _add(enrollment, checkout, cents, reason, "review", actor, intent_id=intent_id)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Say why."), "reason")
    if len(reason) > LONGEST_REASON:
        raise Refused(_("Please write a little less."), "reason")


def _add(
    enrollment: Enrollment,
    checkout: Checkout,
    cents: int,
    reason: str,
    cause: str,
    actor: Actor,
    *,
    intent_id: str = "",
) -> Refund:
    refund = Refund(
        id=uuid7(),
        enrollment_id=enrollment.id,
        checkout_id=checkout.id,
        payment_intent_id=intent_id or checkout.payment_intent_id or "",
        amount_cents=cents,
        cause=cause,
        reason=reason.strip(),
        idempotency_key="",
        asked_by=actor.id if actor.kind == ActorKind.STAFF else None,
        created_at=clock.now(),
    )
    refund.idempotency_key = _key(refund.id, 1)
    session().add(refund)
    session().flush()
    audit(
        "payments.ask_refund",
        actor=actor,
        subject=("refund", refund.id),
        case_id=enrollment.referral_id,
        new={"amount_cents": cents, "cause": cause, "reason": refund.reason, "checkout": str(checkout.id)},
    )
    enqueue(SEND, refund.id, once=refund.idempotency_key)
    return refund


def _key(refund_id: UUID, attempt: int) -> str:
    return f"refund:{refund_id}:{attempt}"


def _belongs(checkout: Checkout, object_id: str) -> None:
    """From now on events about this object are about this payment."""
    values = {
        "object_id": object_id,
        "court_id": current_court_id(),
        "enrollment_id": checkout.enrollment_id,
        "checkout_id": checkout.id,
    }
    session().execute(insert(StripeObject).values(values).on_conflict_do_nothing())


def retry_refund(refund_id: UUID, *, actor: Actor, row_version: str) -> Refund:
    """Send a refund again that failed, or that Stripe never answered. Raises NotFound, Refused, StaleForm.

    One that failed gets a new key, for it is a new request; one without an answer keeps its own, for it may be done.
    """
    with transaction():
        found = session().scalar(select(Refund).where(Refund.id == refund_id))
        if found is None:
            raise NotFound
        enrollment = the_enrollment(found.enrollment_id, lock=True)
        refund = session().scalars(select(Refund).where(Refund.id == refund_id).with_for_update()).one()
        if str(refund.row_version) != row_version:
            raise StaleForm
        if refund.state == "failed":
            _require_still_refundable(enrollment, refund)
            refund.attempt += 1
            refund.idempotency_key = _key(refund.id, refund.attempt)
            refund.stripe_refund_id, refund.settled_at = None, None
        elif not (refund.state == "waiting" and refund.error):
            raise Refused(_("This refund is on its way already."))
        refund.state, refund.error = "waiting", ""
        audit(
            "payments.retry_refund",
            actor=actor,
            subject=("refund", refund.id),
            case_id=enrollment.referral_id,
            new={"attempt": refund.attempt},
        )
        enqueue(SEND, refund.id, once=f"{refund.idempotency_key}:{refund.row_version}")
        return refund


def _require_still_refundable(enrollment: Enrollment, refund: Refund) -> None:
    if refund.cause == "review":  # never in the ledger: Stripe itself is asked
        return
    for payment in card_money(enrollment).payments:
        if payment.checkout.id == refund.checkout_id and refund.amount_cents <= payment.refundable_cents:
            return
    raise Refused(_("So much of this payment can not be given back any more."))


# --- The job -------------------------------------------------------------------------------------------------------


def run_send(job: Job) -> None:
    """Ask Stripe for one refund. GatewayUnavailable makes it try again later, with the same key."""
    assert job.subject_id is not None
    refund = _waiting(job.subject_id)
    if refund is not None:
        key = refund.idempotency_key
        try:
            _note_sent(refund.id, key, _send(refund))
        except GatewayRefused as refused:
            _note_refused(refund.id, key, refused.code)
    with transaction():
        job.done()


def _waiting(refund_id: UUID) -> Refund | None:
    with transaction() as current:
        return current.scalar(select(Refund).where(Refund.id == refund_id, Refund.state == "waiting"))


def _send(refund: Refund) -> RefundResult:
    if clock.now() - refund.created_at > KEYS_ARE_KEPT:
        # Stripe may have forgotten the key, so we look whether it did what we asked before we ask again.
        for made in gateway().list_refunds(refund.payment_intent_id):
            if made.reference == refund.idempotency_key:
                return made
    return gateway().refund(
        payment_intent_id=refund.payment_intent_id,
        amount_cents=refund.amount_cents,
        reference=refund.idempotency_key,
        idempotency_key=refund.idempotency_key,
    )


def _note_sent(refund_id: UUID, key: str, made: RefundResult) -> None:
    """Store what Stripe made; what its events have told of it by now is taken over, for they may be faster."""
    with transaction():
        lock_payment(made.payment_intent_id or "")
        refund = _still_waiting(refund_id, key)
        if refund is None:
            return
        refund.stripe_refund_id, refund.error = made.id, ""
        told = standing.told_of(refund.payment_intent_id, made.id)
        refused = made.status in ("failed", "canceled")
        refund.state = told or ("failed" if refused else "pending")
        if refund.state == "failed":
            refund.error = standing.BANK_REFUSED
            _note_failure(refund)
        if refund.state != "pending":
            refund.settled_at = clock.now()
        checkout = session().scalars(select(Checkout).where(Checkout.id == refund.checkout_id)).one()
        _belongs(checkout, made.id)


def _still_waiting(refund_id: UUID, key: str) -> Refund | None:
    """The refund, locked, while it waits for the answer to the call of this key."""
    return session().scalar(
        select(Refund)
        .where(Refund.id == refund_id, Refund.state == "waiting", Refund.idempotency_key == key)
        .with_for_update()
    )


def _note_refused(refund_id: UUID, key: str, code: str) -> None:
    with transaction():
        refund = _still_waiting(refund_id, key)
        if refund is not None:
            refund.state, refund.error, refund.settled_at = "failed", code, clock.now()
            _note_failure(refund)


def _note_failure(refund: Refund) -> None:
    case_id = the_enrollment(refund.enrollment_id).referral_id
    standing.note_failure(refund.id, refund.error, case_id=case_id)


def gave_up(job: Job, _message: str) -> None:
    """Stripe did not answer for long: the refund waits for a person. Nobody knows whether it happened."""
    refund = session().scalar(select(Refund).where(Refund.id == job.subject_id).with_for_update())
    if refund is not None and refund.state == "waiting":
        refund.error = NO_ANSWER
