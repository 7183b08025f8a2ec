"""What no webhook told: asking Stripe about open payments, trying kept events again, comparing the books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES
from app.core import clock
from app.core.actor import SYSTEM
from app.core.audit import audit
from app.core.jobs import Job
from app.core.outbox import enqueue
from app.payments.checkouts import close_session, gateway, seen_status
from app.payments.events import LISTED, facts_of, facts_seen
from app.payments.gateway import CheckoutSession, GatewayRefused
from app.payments.ledger import open_coursework_if_allowed
from app.payments.lookups import balance_cents
from app.payments.models import Checkout, LedgerEntry, StripeObject
from app.payments.settling import receive, retry_event, waiting_events
from tenants.database import session, transaction
from tenants.scope import current_court_id

SETTLES_BY_ITSELF = timedelta(minutes=2)
EVENTS_BACK = timedelta(days=3)  # the overlap: an event that was taken in already changes nothing
SWEEP = "payments.sweep_checkout"
_UNSETTLED = ("creating", "open", "processing")


def sweep_open_checkouts() -> None:
    """For the court at work, every few minutes: have open payments looked up, and try kept events again.

    The looking up is done by jobs, since the scheduler holds no key of Stripe's.
    """
    now = clock.now()
    with transaction() as current:
        stale = current.execute(
            select(Checkout.id, Checkout.created_at).where(
                Checkout.state.in_(_UNSETTLED), Checkout.created_at < now - SETTLES_BY_ITSELF
            )
        ).all()
        for checkout_id, created_at in stale:
            enqueue(SWEEP, checkout_id, once=_occasion(now, created_at))
    for event_id in waiting_events(current_court_id()):
        retry_event(event_id)
    for enrollment_id in _paid_but_not_open():
        open_coursework_if_allowed(enrollment_id)


def close_open_checkouts(enrollment_id: UUID) -> None:
    """The case is withdrawn: have its open payment pages closed. What was paid there before counts."""
    with transaction() as current:
        found = current.scalars(
            select(Checkout.id).where(Checkout.enrollment_id == enrollment_id, Checkout.state.in_(_UNSETTLED))
        )
        for checkout_id in found.all():
            enqueue(SWEEP, checkout_id, once="withdrawn")


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
        if checkout is None or checkout.state not in _UNSETTLED:
            return checkout.state if checkout else "gone"
        if checkout.session_id is None:
            return _give_up_creating(checkout_id)
        owed = balance_cents(checkout.enrollment_id)
        state = current.scalars(select(Enrollment.state).where(Enrollment.id == checkout.enrollment_id)).one()
    found = gateway().get_checkout(checkout.session_id)
    if found.status == "open" and (owed != checkout.amount_cents or state in FINAL_STATES):
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


@dataclass
class Report:
    """What a reconciliation found and did for one court."""

    swept: int = 0  # open checkouts asked about
    replayed: int = 0  # events that no webhook had brought
    compared: int = 0  # paid checkouts compared with Stripe
    differences: list[str] = field(default_factory=list)  # one line each; empty: equal to the cent


def reconcile_court() -> Report:
    """Bring the court at work level with Stripe, and say where the books differ. GatewayUnavailable stops it midway."""
    report = Report()
    for checkout_id in _checkouts(_UNSETTLED):
        sweep_checkout(checkout_id)
        report.swept += 1
    for event in gateway().list_events(since=clock.now() - EVENTS_BACK, types=LISTED):
        facts = facts_of(event)
        if _is_ours(facts.keys) and receive(facts) == "applied":
            report.replayed += 1
    for checkout_id in _checkouts(("paid", "review")):
        report.compared += 1
        report.differences += _compare(checkout_id)
    with transaction():
        audit(
            "payments.reconcile",
            actor=SYSTEM,
            subject=("court", current_court_id()),
            new={"swept": report.swept, "replayed": report.replayed, "differences": report.differences},
        )
    return report


def _checkouts(states: tuple[str, ...]) -> list[UUID]:
    with transaction() as current:
        return list(current.scalars(select(Checkout.id).where(Checkout.state.in_(states)).order_by(Checkout.id)))


def _is_ours(keys: tuple[str, ...]) -> bool:
    """Stripe lists the events of all courts: this court's are those about an object that is known as its own."""
    with transaction() as current:
        known = select(StripeObject.object_id).where(
            StripeObject.object_id.in_(keys), StripeObject.court_id == current_court_id()
        )
        return current.scalar(known.limit(1)) is not None


def _compare(checkout_id: UUID) -> list[str]:
    """What arrived by our ledger and by Stripe. Refunds and disputes are compared by their events, listed above."""
    with transaction() as current:
        checkout = current.scalars(select(Checkout).where(Checkout.id == checkout_id)).one()
        booked = -int(
            current.scalar(
                select(func.coalesce(func.sum(LedgerEntry.amount_cents), 0)).where(
                    LedgerEntry.effect == f"{checkout.session_id}:paid"
                )
            )
            or 0
        )
    if checkout.state == "review":
        return [f"checkout {checkout.id}: for review, {checkout.review_reason}"]
    if checkout.payment_intent_id is None:
        return [f"checkout {checkout.id}: paid, but no payment of Stripe's is known"]
    try:
        received = gateway().get_payment_intent(checkout.payment_intent_id).amount_received_cents
    except GatewayRefused as refused:
        return [f"checkout {checkout.id}: Stripe does not show its payment ({refused.code})"]
    if received != booked:
        return [f"checkout {checkout.id}: {booked} cents in the ledger, {received} cents at Stripe"]
    return []
