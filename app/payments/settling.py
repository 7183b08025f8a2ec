"""One event of Stripe, taken in once and put into the ledger, in whatever order the events of a payment come.

All events of one payment are folded together (rules.settle) under a lock of that payment, and each effect has a unique
name, so that order and repetition change nothing. The court is found through `stripe_object`, which we wrote: what an
event says of itself never decides it.
"""

from __future__ import annotations

import hashlib
import logging
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.exc import InterfaceError, OperationalError

from app.core import clock
from app.core.actor import SYSTEM
from app.core.audit import audit
from app.core.runtime import Happening, tell
from app.payments import settling_sql as sql
from app.payments.events import REFUND_TYPES, Facts
from app.payments.ledger import open_coursework_if_allowed
from app.payments.models import Checkout, StripeEvent
from app.payments.refunds.standing import note_event
from app.payments.rules import Settlement, is_news, settle
from tenants.database import adopt_court, after_commit, session, transaction
from tenants.scope import ScopeError, current_scope

log = logging.getLogger(__name__)

TORN = "its objects belong to different payments"
AT_ONCE = 200  # kept events that one sweep tries again


def receive(facts: Facts) -> str:
    """Take in one verified event; returns applied, duplicate, ignored, unmatched, review or failed.

    A failed one is kept with its error, changes nothing else, and is tried again when it is delivered again or by
    the sweep. Raises what the database raises while it is away: Stripe then delivers again.
    """
    try:
        with transaction():
            return _take_in(facts)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # whatever went wrong must not lose the event: it is kept, shown and tried again
        log.exception("event %s could not be applied", facts.event_id)
        with transaction() as current:
            current.execute(sql.note_failure(facts, type(error).__name__, clock.now()))
        return "failed"


def retry_event(event_id: str) -> str:
    """Try a kept event again (failed, or unmatched when it came); returns as `receive`, or `gone`."""
    with transaction() as current:
        payload = current.scalar(
            select(StripeEvent.payload).where(
                StripeEvent.id == event_id, StripeEvent.state.in_(("failed", "unmatched"))
            )
        )
    return receive(Facts(**payload)) if payload else "gone"


def take_in_again(facts: Facts) -> str:
    """Apply a kept event (`failed`) in the caller's transaction, which takes back everything when this raises."""
    return _take_in(facts)


def _take_in(facts: Facts) -> str:
    current = session()
    meaning = facts.meaning
    if meaning is None:
        current.execute(sql.keep_event(facts, "ignored", clock.now()))
        return "ignored"
    # One payment at a time. Taken before the next statement looks, so that it sees whatever another event of this
    # payment has committed; the order of the keys is fixed, so two can not wait for each other.
    current.execute(sql.LOCK, {"keys": _lock_keys(facts)})
    row = current.execute(sql.keep_and_find(facts, clock.now())).one()
    known = {kept["id"]: kept for kept in row.kept}
    if not row.is_new and known.get(facts.event_id, {}).get("state") not in ("failed", "unmatched"):
        return "duplicate"
    if row.checkout_id is None:
        return "unmatched"
    _work_for(row.court_id)
    if row.torn:
        return _review(facts, row.checkout_id)
    others = [(Facts(**kept["payload"]), kept["state"]) for key, kept in known.items() if key != facts.event_id]
    alike = [pair for pair in others if (pair[0].livemode, pair[0].currency) == (facts.livemode, facts.currency)]
    settlement = settle([meaning, *(one.meaning for one, _state in alike if one.meaning)])
    outcome = _apply(facts, settlement, row.checkout_id, row.enrollment_id)
    waiting = [one.event_id for one, state in alike if state != "applied"]
    if outcome == "applied" and (waiting or not row.is_new):
        current.execute(sql.mark_applied([facts.event_id, *waiting], row.court_id))
    return outcome


def lock_payment(*ids: str) -> None:
    """Hold a payment (by its session and intent) for the transaction at hand: its events wait until it ends."""
    session().execute(sql.LOCK, {"keys": _numbers(sorted({*ids} - {""}))})


def _lock_keys(facts: Facts) -> list[int]:
    return _numbers(sorted({facts.session_id, facts.intent_id} - {""}) or [facts.object_id])


def _numbers(names: list[str]) -> list[int]:
    return [int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True) for name in names]


def _work_for(court_id: UUID) -> None:
    """The webhook learns its court here; the sweep and the retry already work for theirs."""
    scope = current_scope()
    if scope is None or scope.court_id is None:
        adopt_court(court_id)
    elif scope.court_id != court_id:
        raise ScopeError("the event belongs to another court")


def _apply(facts: Facts, settlement: Settlement, checkout_id: UUID, enrollment_id: UUID) -> str:
    state = settlement.state if settlement.state in sql.RANK else "paid"  # given back or disputed: the ledger says it
    settled = (
        session()
        .execute(sql.settle_checkout(facts, state, settlement.entries, checkout_id, enrollment_id, clock.now()))
        .first()
    )
    if settled is None:
        return _review(facts, checkout_id)
    if settled.written:
        _tell_of(settled, checkout_id)
    if facts.type in REFUND_TYPES:
        note_event(facts, now=clock.now(), case_id=settled.referral_id)
    return "applied"


def _tell_of(settled: Any, checkout_id: UUID) -> None:
    audit(
        "payments.settle",
        actor=SYSTEM,
        subject=("checkout", checkout_id),
        case_id=settled.referral_id,
        new={"entries": settled.written, "checkout": settled.state},
    )
    tell(Happening.BALANCE_CHANGED, settled.enrollment_id)
    if is_news({entry["kind"] for entry in settled.written}):
        tell(Happening.FEE_CHANGED, settled.enrollment_id)
    if any(entry["amount_cents"] < 0 for entry in settled.written):
        # In a transaction of its own, right after: the payment is safe first. The sweep does it if we are killed here.
        after_commit(partial(open_coursework_if_allowed, settled.enrollment_id))


def _review(facts: Facts, checkout_id: UUID) -> str:
    """The event fits the object but not what we stored about it: a person looks, and nothing opens."""
    current = session()
    checkout = current.scalar(select(Checkout).where(Checkout.id == checkout_id).with_for_update())
    if checkout is None:
        raise LookupError("the checkout of a known object is missing")
    reason = ", ".join(differences(facts, checkout)) or TORN
    old, checkout.state, checkout.review_reason = checkout.state, "review", f"{facts.type}: {reason}"
    current.execute(
        update(StripeEvent)
        .where(StripeEvent.id == facts.event_id)
        .values(state="review", error=reason, court_id=checkout.court_id)
    )
    audit(
        "payments.review",
        actor=SYSTEM,
        subject=("checkout", checkout.id),
        old={"state": old},
        new={"state": "review", "event": facts.event_id, "differs": reason},
    )
    return "review"


def differences(facts: Facts, checkout: Checkout) -> list[str]:
    """What an event says otherwise than our row, for the person who looks; same tests as `settle_checkout` makes."""
    stored: dict[str, tuple[object, object]] = {
        "livemode": (facts.livemode, checkout.livemode),
        "currency": (facts.currency, checkout.currency),
    }
    if facts.intent_id and checkout.payment_intent_id:
        stored["payment intent"] = (facts.intent_id, checkout.payment_intent_id)
    if facts.session_id:
        stored["session"] = (facts.session_id, checkout.session_id)
        stored["amount"] = (facts.cents, checkout.amount_cents)
    if facts.reference:
        stored["reference"] = (facts.reference, str(checkout.id))
    return [name for name, (told, ours) in stored.items() if told != ours]


def waiting_events(court_id: UUID) -> list[str]:
    """Events of a court to try once more: failed ones, and those whose object has become known since, which go first.

    At most AT_ONCE. Of the failed ones chance chooses: each has its turn in time, however many never can be applied.
    """
    known = sql.known_to(court_id)
    found = session().scalars(
        select(StripeEvent.id)
        .where(
            (StripeEvent.state == "failed") & (StripeEvent.court_id == court_id)
            | (StripeEvent.state == "unmatched") & StripeEvent.object_id.in_(known)
        )
        .order_by(StripeEvent.state == "failed", func.random())
        .limit(AT_ONCE)
    )
    return list(found)
