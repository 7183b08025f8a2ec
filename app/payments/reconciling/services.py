"""Keeping level with Stripe: what no webhook told is fetched, and each payment is compared with our ledger.

An event is fetched from an overlapping cursor, since one that was taken in already changes nothing. A comparison goes
on in pieces, so that a large court's is no long job.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.jobs import Job
from app.core.outbox import enqueue
from app.core.turns import take_turn
from app.payments.checkouts import gateway
from app.payments.events import LISTED, Facts, facts_of
from app.payments.gateway import GatewayRefused
from app.payments.models import Checkout, LedgerEntry, StripeEvent, StripeObject
from app.payments.reconciling.models import Reconciliation, ReconciliationDifference
from app.payments.reconciling.rules import cause_of, worth_at_stripe
from app.payments.settling import receive
from app.payments.sweeping import UNSETTLED, sweep_checkout
from tenants.database import session, transaction
from tenants.keys import uuid7
from tenants.scope import current_court_id

FETCH = "payments.fetch_events"
COMPARE = "payments.compare"
OVERLAP = timedelta(hours=2)
WIDE_OVERLAP = timedelta(days=3)  # once a day, for what came late
STRIPE_KEEPS = timedelta(days=29)  # events are gone after 30 days
AT_NIGHT = 3  # o'clock, UTC: the daily comparison begins at the first look after it
PIECE = 200  # payments that one job compares
READ_AT_ONCE = 100
RUNS_AT_MOST = timedelta(hours=6)  # one that has not ended by then never will


@dataclass
class Report:
    """What a reconciliation found and did for one court."""

    swept: int = 0  # open checkouts asked about
    replayed: int = 0  # events that no webhook had brought
    compared: int = 0  # payments compared with Stripe
    differences: list[str] = field(default_factory=list)  # one line each; empty: equal to the cent


# --- By the clock --------------------------------------------------------------------------------------------------


def keep_level() -> None:
    """For the court at work, at every look of the scheduler: have events fetched once an hour, all compared once a day.

    Jobs do it, since the scheduler holds no key of Stripe's. A court without card payments asks nothing.
    """
    now = clock.now()
    with transaction() as current:
        if current.scalar(select(Checkout.id).where(Checkout.session_id.is_not(None)).limit(1)) is None:
            return
        court_id = current_court_id()
        enqueue(FETCH, court_id, once=f"{now:%Y-%m-%dT%H}")
        if now.hour >= AT_NIGHT:
            enqueue(COMPARE, court_id, once=f"{now:%Y-%m-%d}")


def look_again(*, actor: Actor) -> Reconciliation:
    """Compare all payments once more, now. Raises Refused while a comparison is under way."""
    with transaction():
        take_turn("comparing")
        if running() is not None:
            raise Refused(_("A comparison is under way already."))
        run = _begin(actor)
        audit("payments.look_again", actor=actor, subject=("reconciliation", run.id))
        enqueue(COMPARE, run.id, once="0")
        return run


def running() -> Reconciliation | None:
    """The comparison that is under way."""
    return session().scalar(
        select(Reconciliation)
        .where(Reconciliation.state == "running", Reconciliation.started_at > clock.now() - RUNS_AT_MOST)
        .limit(1)
    )


def _begin(actor: Actor) -> Reconciliation:
    run = Reconciliation(
        id=uuid7(), asked_by=actor.id if actor.kind == ActorKind.STAFF else None, started_at=clock.now()
    )
    session().add(run)
    session().flush()
    return run


# --- Jobs ----------------------------------------------------------------------------------------------------------


def run_fetch(job: Job) -> None:
    """The job of one hour. GatewayUnavailable makes it try again later."""
    _sweep_open()
    fetch_events(clock.now() - OVERLAP - timedelta(hours=1))
    with transaction():
        job.done()


def run_compare(job: Job) -> None:
    """One piece of a comparison; the next one is a job of its own. A job about the court begins a new comparison."""
    assert job.subject_id is not None
    if job.subject_id == current_court_id():
        with transaction():
            enqueue(COMPARE, _begin(SYSTEM).id, once="0")
            job.done()
        return
    run = _run(job.subject_id)
    if run.state == "running" and run.place is None and not run.compared:
        swept = _sweep_open()
        _count(run.id, swept=swept, replayed=fetch_events(_since()))
    done = compare_piece(run.id)
    with transaction():
        if not done:
            enqueue(COMPARE, run.id, once=str(_run(run.id).place))
        job.done()


def gave_up_comparing(job: Job, _message: str) -> None:
    """Stripe did not answer: the page says that this comparison did not come to its end."""
    run = session().scalar(select(Reconciliation).where(Reconciliation.id == job.subject_id).with_for_update())
    if run is not None and run.state == "running":
        run.state, run.finished_at = "failed", clock.now()


# --- The work ------------------------------------------------------------------------------------------------------


def reconcile_court() -> Report:
    """Bring the court at work level with Stripe, and say where the books differ. GatewayUnavailable stops it midway."""
    with transaction():
        run_id = _begin(SYSTEM).id
    _count(run_id, swept=_sweep_open(), replayed=fetch_events(_since()))
    while not compare_piece(run_id):
        pass
    run = _run(run_id)
    found = session().scalars(select(ReconciliationDifference).where(ReconciliationDifference.run_id == run_id))
    return Report(run.swept, run.replayed, run.compared, [_line(one) for one in found])


def _line(one: ReconciliationDifference) -> str:
    at_stripe = "unknown" if one.stripe_cents is None else f"{one.stripe_cents} cents"
    return f"checkout {one.checkout_id}: {one.ledger_cents} cents in the ledger, {at_stripe} at Stripe ({one.cause})"


def _sweep_open() -> int:
    with transaction() as current:
        found = current.scalars(select(Checkout.id).where(Checkout.state.in_(UNSETTLED)).order_by(Checkout.id)).all()
    for checkout_id in found:
        sweep_checkout(checkout_id)
    return len(found)


def _since() -> datetime:
    """From three days before the last comparison that ended, or as far back as Stripe keeps events."""
    now = clock.now()
    last = session().scalar(select(func.max(Reconciliation.started_at)).where(Reconciliation.state == "done"))
    return max(now - STRIPE_KEEPS, (last or now - STRIPE_KEEPS) - WIDE_OVERLAP)


def fetch_events(since: datetime) -> int:
    """Take in this court's events that no webhook brought; returns how many had an effect."""
    applied = 0
    listed = (facts_of(event) for event in gateway().list_events(since=since, types=LISTED))
    for facts in _ours_and_new(listed):
        applied += receive(facts) == "applied"
    return applied


def _ours_and_new(listed: Iterable[Facts]) -> Iterator[Facts]:
    """Stripe lists the events of all courts. This court's are about an object that is known as its own.

    A refund or dispute is known by its payment only once the event before it was taken in, so that is asked in pieces,
    each after the piece before it.
    """
    pieces = iter(listed)
    while piece := list(islice(pieces, READ_AT_ONCE)):
        keys = {key for facts in piece for key in facts.keys}
        with transaction() as current:
            known = set(
                current.scalars(
                    select(StripeObject.object_id).where(
                        StripeObject.object_id.in_(keys), StripeObject.court_id == current_court_id()
                    )
                )
            )
            kept = set(
                current.scalars(
                    select(StripeEvent.id).where(
                        StripeEvent.id.in_([facts.event_id for facts in piece]),
                        StripeEvent.state.not_in(("failed", "unmatched")),
                    )
                )
            )
        for facts in piece:
            if facts.event_id in kept:
                continue
            if known.intersection(facts.keys):
                known.update(facts.keys)
                yield facts


def compare_piece(run_id: UUID) -> bool:
    """Compare the next PIECE payments; True once all are. A piece that is compared twice counts once."""
    run = _run(run_id)
    if run.state != "running":
        return True
    place, counted = run.place, run.compared
    payments = _next_payments(place)
    found = [_compared(one) for one in payments]
    with transaction() as current:
        run = current.scalars(select(Reconciliation).where(Reconciliation.id == run_id).with_for_update()).one()
        if run.state != "running" or run.place != place or run.compared != counted:
            return run.state != "running"  # another run of this job was faster
        rows = [row for row in found if row is not None]
        for row in rows:
            current.execute(insert(ReconciliationDifference).values({**row, "id": uuid7(), "run_id": run_id}))
        run.compared += len(payments)
        run.differing += len(rows)
        run.place = payments[-1].checkout_id if payments else place
        if len(payments) == PIECE:
            return False
        run.state, run.finished_at = "done", clock.now()
        audit(
            "payments.reconcile",
            actor=SYSTEM,
            subject=("court", current_court_id()),
            new={
                "swept": run.swept,
                "replayed": run.replayed,
                "compared": run.compared,
                "differing": run.differing,
            },
        )
        return True


@dataclass(frozen=True)
class _Payment:
    """What our books say of one checkout's payment."""

    checkout_id: UUID
    state: str
    session_id: str | None
    intent_id: str | None
    ledger_cents: int


def _next_payments(place: UUID | None) -> Sequence[_Payment]:
    """The next payments after `place` that may be worth anything, with their worth by the ledger. One statement."""
    worth = (
        select(StripeObject.checkout_id, (-func.sum(LedgerEntry.amount_cents)).label("cents"))
        .join(
            LedgerEntry,
            (LedgerEntry.stripe_object == StripeObject.object_id)
            & (LedgerEntry.enrollment_id == StripeObject.enrollment_id),
        )
        .where(StripeObject.court_id == current_court_id())
        .group_by(StripeObject.checkout_id)
    )
    chosen = select(Checkout).where(
        Checkout.state.in_(("paid", "review", "set_aside")) | Checkout.payment_intent_id.is_not(None)
    )
    if place is not None:
        chosen = chosen.where(Checkout.id > place)
    piece = chosen.order_by(Checkout.id).limit(PIECE).subquery()
    worth_of = worth.where(StripeObject.checkout_id.in_(select(piece.c.id))).subquery()
    with transaction() as current:
        rows = current.execute(
            select(
                piece.c.id,
                piece.c.state,
                piece.c.session_id,
                piece.c.payment_intent_id,
                func.coalesce(worth_of.c.cents, 0),
            )
            .outerjoin(worth_of, worth_of.c.checkout_id == piece.c.id)
            .order_by(piece.c.id)
        ).all()
    return [_Payment(row[0], row[1], row[2], row[3], int(row[4])) for row in rows]


def _compared(one: _Payment) -> dict[str, object] | None:
    intent_id = one.intent_id
    try:
        if intent_id is None and one.session_id is not None:
            intent_id = gateway().get_checkout(one.session_id).payment_intent_id
        at_stripe = _worth_of(intent_id) if intent_id is not None else None
    except GatewayRefused:
        at_stripe = None
    cause = cause_of(one.state, one.ledger_cents, at_stripe, has_intent=intent_id is not None)
    if cause is None:
        return None
    return {
        "court_id": current_court_id(),
        "checkout_id": one.checkout_id,
        "cause": cause,
        "ledger_cents": one.ledger_cents,
        "stripe_cents": at_stripe,
    }


def _worth_of(intent_id: str) -> int:
    """Two more questions only where money went back."""
    stripe = gateway()
    intent = stripe.get_payment_intent(intent_id)
    refunds = stripe.list_refunds(intent_id) if intent.refunded_cents else []
    disputes = stripe.list_disputes(intent_id) if intent.disputed else []
    return worth_at_stripe(intent, refunds, disputes)


def _run(run_id: UUID) -> Reconciliation:
    with transaction() as current:
        query = select(Reconciliation).where(Reconciliation.id == run_id)
        return current.scalars(query.execution_options(populate_existing=True)).one()


def _count(run_id: UUID, *, swept: int, replayed: int) -> None:
    with transaction() as current:
        run = current.scalars(select(Reconciliation).where(Reconciliation.id == run_id).with_for_update()).one()
        run.swept, run.replayed = swept, replayed
