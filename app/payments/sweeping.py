"""What no webhook told of open payments: asking Stripe about them, and trying kept events again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.cases.models import Enrollment
from app.core import clock
from app.core.jobs import Job
from app.core.outbox import enqueue
from app.payments.checkouts import close_session, gateway, part_to_pay, seen_status
from app.payments.events import facts_seen
from app.payments.gateway import CheckoutSession
from app.payments.ledger import open_coursework_if_allowed
from app.payments.lookups import balance_cents
from app.payments.models import Checkout
from app.payments.rules import CLOSED_TO_PAYMENT
from app.payments.settling import receive, retry_event, waiting_events
from tenants.database import session, transaction
from tenants.scope import current_court_id

SETTLES_BY_ITSELF = timedelta(minutes=2)
SWEEP = "payments.sweep_checkout"
UNSETTLED = ("creating", "open", "processing")


def sweep_open_checkouts() -> None:
    """For the court at work, every few minutes: have open payments looked up, and try kept events again.

    The looking up is done by jobs, since the scheduler holds no key of Stripe's.
    """
    now = clock.now()
    with transaction() as current:
        stale = current.execute(
            select(Checkout.id, Checkout.created_at).where(
                Checkout.state.in_(UNSETTLED), Checkout.created_at < now - SETTLES_BY_ITSELF
            )
        ).all()
        for checkout_id, created_at in stale:
            enqueue(SWEEP, checkout_id, once=_occasion(now, created_at))
    for event_id in waiting_events(current_court_id()):
        retry_event(event_id)
    for enrollment_id in _paid_but_not_open():
        open_coursework_if_allowed(enrollment_id)


def close_open_checkouts(enrollment_id: UUID) -> None:
    """What is owed was settled otherwise, or the case is withdrawn: have its open payment pages looked up at once.

    One whose amount is not asked for any more is closed. What was paid there before counts.
    """
    with transaction() as current:
        found = current.scalars(
            select(Checkout.id).where(Checkout.enrollment_id == enrollment_id, Checkout.state.in_(UNSETTLED))
        )
        for checkout_id in found.all():
            enqueue(SWEEP, checkout_id)


def _occasion(now: datetime, created_at: datetime) -> str:
    """One look every two minutes in the first hour, then one an hour."""
    minutes = 2 if now - created_at < timedelta(hours=1) else 60
    return f"{minutes}-{int(now.timestamp()) // (minutes * 60)}"


def _paid_but_not_open() -> list[UUID]:
    """Enrollments whose coursework waits although money came: we were stopped between the two."""
    found = session().scalars(
        select(Enrollment.id)
        .join(Checkout, Checkout.enrollment_id == Enrollment.id)
        .where(Enrollment.state == "enrolled", Checkout.state == "paid")
    )
    return list(found)


def run_sweep(job: Job) -> None:
    """The job of one checkout. GatewayUnavailable makes it try again later."""
    assert job.subject_id is not None
    sweep_checkout(job.subject_id)
    with transaction():
        job.done()


def sweep_checkout(checkout_id: UUID) -> str:
    """Ask Stripe about one checkout and apply the answer; returns the checkout's state after it."""
    with transaction() as current:
        checkout = current.scalar(select(Checkout).where(Checkout.id == checkout_id))
        if checkout is None or checkout.state not in UNSETTLED:
            return checkout.state if checkout else "gone"
        if checkout.session_id is None:
            return _give_up_creating(checkout_id)
        owed = balance_cents(checkout.enrollment_id)
        asked_for = {owed, part_to_pay(checkout.enrollment_id, owed)}
        state = current.scalars(select(Enrollment.state).where(Enrollment.id == checkout.enrollment_id)).one()
    found = gateway().get_checkout(checkout.session_id)
    if found.status == "open" and (checkout.amount_cents not in asked_for or state in CLOSED_TO_PAYMENT):
        close_session(found.id)  # a waiver or another payment changed what is owed, or the case is closed
    elif found.status != "open":
        status = seen_status(found, bank_refused=_bank_refused(found))
        receive(facts_seen(found, status=status, at=clock.now()))
    with transaction() as current:
        return current.scalars(select(Checkout.state).where(Checkout.id == checkout_id)).one()


def _give_up_creating(checkout_id: UUID) -> str:
    """A call whose answer never came: its page was shown to nobody, so past its time it is simply over."""
    with transaction() as current:
        query = select(Checkout).where(Checkout.id == checkout_id).with_for_update()
        checkout = current.scalars(query).one()
        if checkout.state == "creating" and checkout.expires_at <= clock.now():
            checkout.state = "expired"
        return checkout.state


def _bank_refused(found: CheckoutSession) -> bool:
    if found.status != "complete" or found.payment_status != "unpaid" or found.payment_intent_id is None:
        return False
    intent = gateway().get_payment_intent(found.payment_intent_id)
    return intent.status in ("requires_payment_method", "canceled")
