"""Resolving what did not match. A person decides, with a reason; nothing here decides by itself."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update

from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.core.runtime import Happening, tell
from app.payments.models import Checkout, StripeEvent
from app.payments.refunds.services import LONGEST_REASON, give_back_unmatched
from app.payments.reviewing.lookups import Review, get_review_for
from app.payments.reviewing.models import ReviewResolution
from app.payments.reviewing.rules import Outcome
from app.payments.settling import lock_payment, take_in_again
from app.permissions.identity import Identity
from tenants.database import session, transaction
from tenants.scope import current_court_id


def resolve(checkout_id: UUID, outcome: Outcome, reason: str, *, actor: Identity, row_version: str) -> ReviewResolution:
    """Take a payment as it is, give it back, or set it aside.

    Raises NotFound (resolved already), Refused (no reason, not possible for what differs), StaleForm.
    """
    with transaction():
        seen = get_review_for(actor, checkout_id)
        the_enrollment(seen.enrollment.id, lock=True)  # the case first, as whoever begins a payment or gives one back
        lock_payment(seen.checkout.session_id or "", seen.intent_id)
        checkout = session().scalar(select(Checkout).where(Checkout.id == checkout_id).with_for_update())
        if checkout is None or str(checkout.row_version) != row_version:
            raise StaleForm
        review = get_review_for(actor, checkout_id)
        _require_reason(reason)
        if outcome not in review.ways_out:
            raise Refused(_("That is not possible for what differs here."), "outcome")
        made = _note(review.checkout.id, "", outcome, ", ".join(review.differing), reason, actor)
        audit(
            "payments.resolve_review",
            actor=actor,
            subject=("checkout", checkout.id),
            case_id=review.enrollment.referral_id,
            old={"state": checkout.state, "differs": list(review.differing)},
            new={"outcome": outcome.value, "reason": made.reason, "received_cents": review.received_cents},
        )
        if outcome is Outcome.ACCEPTED:
            _accept(review)
        else:
            _leave_out(review)
        if outcome is Outcome.GIVEN_BACK:
            give_back_unmatched(checkout, review.intent_id, review.received_cents, reason, actor=actor)
        tell(Happening.FEE_CHANGED, review.enrollment.id)
        return made


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Say why."), "reason")
    if len(reason) > LONGEST_REASON:
        raise Refused(_("Please write a little less."), "reason")


def _note(
    checkout_id: UUID | None, event_id: str, outcome: Outcome, differed: str, reason: str, actor: Identity
) -> ReviewResolution:
    assert actor.id is not None
    made = ReviewResolution(
        checkout_id=checkout_id,
        event_id=event_id,
        outcome=outcome.value,
        differed=differed,
        reason=reason.strip(),
        resolved_by=actor.id,
        at=clock.now(),
    )
    session().add(made)
    session().flush()
    return made


def _accept(review: Review) -> None:
    """Its events are applied as if they had fitted; later ones of this payment do."""
    checkout = review.checkout
    checkout.accepted_at, checkout.state, checkout.review_reason = clock.now(), "open", ""
    session().flush()
    _mark(review, "failed")
    for one in review.told:
        if take_in_again(one.facts) not in ("applied", "duplicate"):
            raise Refused(_("It can not be taken as it is: something else differs."), "outcome")


def _leave_out(review: Review) -> None:
    review.checkout.state = "paid" if review.counted else "set_aside"
    session().flush()
    _mark(review, "set_aside")


def _mark(review: Review, state: str) -> None:
    ids = [one.event_id for one in review.told]
    session().execute(
        update(StripeEvent).where(StripeEvent.id.in_(ids), StripeEvent.state == "review").values(state=state)
    )


def set_event_aside(event_id: str, reason: str, *, actor: Identity) -> None:
    """An event that could not be applied, and never will be. Raises NotFound, Refused (no reason)."""
    with transaction():
        event = session().scalar(
            select(StripeEvent)
            .where(
                StripeEvent.id == event_id,
                StripeEvent.court_id == current_court_id(),
                StripeEvent.state == "failed",
            )
            .with_for_update()
        )
        if event is None:
            raise NotFound
        _require_reason(reason)
        made = _note(None, event.id, Outcome.SET_ASIDE, event.error or event.type, reason, actor)
        event.state = "set_aside"
        audit(
            "payments.set_event_aside",
            actor=actor,
            subject=("court", current_court_id()),
            new={"event": event.id, "type": event.type, "reason": made.reason},
        )


def may_retry(event_id: str) -> bool:
    """Whether the court at work has this event, failed."""
    query = select(StripeEvent.id).where(
        StripeEvent.id == event_id, StripeEvent.court_id == current_court_id(), StripeEvent.state == "failed"
    )
    return session().scalar(query) is not None
