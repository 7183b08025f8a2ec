"""Beginning a payment: the row first, then the call to Stripe outside any transaction, then what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.circuits import circuit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.payments.events import facts_seen
from app.payments.gateway import CheckoutSession, GatewayRefused, GatewayUnavailable, StripeGateway
from app.payments.installments.lookups import plan_of
from app.payments.lookups import balance_cents
from app.payments.models import Checkout, StripeObject
from app.payments.rules import CLOSED_TO_PAYMENT
from app.payments.settling import receive
from tenants.database import session, transaction
from tenants.keys import uuid7
from tenants.scope import current_court_id

DESCRIPTION = "Court program"  # read by whoever reads the payer's statement
STATEMENT_SUFFIX = "COURT PROGRAM"
VALID_FOR = timedelta(hours=12)
SHORTEST_LEFT = timedelta(minutes=32)  # Stripe makes no session that ends sooner than in 30 minutes
UNFINISHED = ("creating", "open", "processing", "review")
SMALLEST_CENTS = 50  # Stripe's smallest card payment


@dataclass(frozen=True)
class ReturnPages:
    """Where Stripe sends the payer back to; full addresses."""

    thanks: str
    canceled: str


@lru_cache(maxsize=4)
def _gateway(secret_key: str, api_base: str) -> StripeGateway:
    address = f"{api_base} {secret_key}"
    return StripeGateway(
        secret_key=secret_key,
        api_base=api_base or None,
        guard=lambda: circuit("stripe", address, away=GatewayUnavailable),
    )


def gateway() -> StripeGateway:
    """The one gateway of this process."""
    settings = runtime().settings
    return _gateway(settings.stripe_secret_key, settings.stripe_api_base)


def start_checkout(
    enrollment_id: UUID, *, language: str, pages: ReturnPages, actor: Actor, next_part_only: bool = False
) -> str | None:
    """The address of the payment page for what is owed now; None when it turned out to be settled meanwhile.

    `next_part_only`: for the next part of the plan to pay in parts, where there is one.

    Clicking twice, going back or trying again after a failure leads to the same page: a row with its idempotency key
    exists before Stripe is called. Raises Refused (nothing to pay, bank still at work), GatewayUnavailable (the row
    stays `creating`, trying again is safe) and GatewayRefused. Call it outside any transaction.
    """
    checkout, outdated = _claim_checkout(enrollment_id, language, actor, next_part_only=next_part_only)
    for session_id in outdated:
        if not close_session(session_id):
            return None
    if checkout.state == "open":
        return checkout.url
    try:
        made = gateway().create_checkout(
            amount_cents=checkout.amount_cents,
            currency=checkout.currency,
            description=DESCRIPTION,
            statement_suffix=STATEMENT_SUFFIX,
            reference=str(checkout.id),
            success_url=pages.thanks,
            cancel_url=pages.canceled,
            locale=checkout.idempotency_key.rpartition(":")[2],
            idempotency_key=checkout.idempotency_key,
            expires_at=checkout.expires_at,
        )
    except GatewayRefused as refused:
        _note_refused(checkout.id, refused.code)
        raise
    return _note_session(checkout.id, made)


def _claim_checkout(
    enrollment_id: UUID, language: str, actor: Actor, *, next_part_only: bool
) -> tuple[Checkout, list[str]]:
    """The checkout to use, and the sessions of other amounts that must be closed first."""
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)  # one at a time: two clicks are one payment
        if enrollment.state in CLOSED_TO_PAYMENT:
            raise Refused(_("Your case at this court is closed. You do not need to pay here."))
        owed = balance_cents(enrollment_id)
        if owed <= 0:
            raise Refused(_("Nothing is owed. You do not need to pay."))
        if owed < SMALLEST_CENTS:
            raise Refused(_("This amount is too small for a card. Please ask the court how to settle it."))
        unfinished = current.scalars(
            select(Checkout)
            .where(Checkout.enrollment_id == enrollment_id, Checkout.state.in_(UNFINISHED))
            .order_by(Checkout.created_at.desc())
            .with_for_update()
        ).all()
        if any(one.state == "processing" for one in unfinished):
            raise Refused(_("Your bank is still moving your last payment. You do not need to pay again."))
        if any(one.state == "review" for one in unfinished):
            raise Refused(_("We are looking at your payment. You do not need to pay again."))
        now = clock.now()
        amount = part_to_pay(enrollment_id, owed) if next_part_only else owed
        usable = [one for one in unfinished if one.amount_cents == amount and one.expires_at - now > SHORTEST_LEFT]
        outdated = [one for one in unfinished if one not in usable[:1]]
        for one in outdated:
            if one.state == "creating":
                one.state = "expired"  # nobody was ever shown its page
        closing = [one.session_id for one in outdated if one.state == "open" and one.session_id]
        if usable:
            return usable[0], closing
        checkout = Checkout(
            id=uuid7(),
            enrollment_id=enrollment_id,
            amount_cents=amount,
            idempotency_key="",
            created_at=now,
            expires_at=now + VALID_FOR,
        )
        # With the language, since the same key must always come with the same request.
        checkout.idempotency_key = f"checkout:{checkout.id}:{language}"
        current.add(checkout)
        audit(
            "payments.start_checkout",
            actor=actor,
            subject=("checkout", checkout.id),
            case_id=enrollment.referral_id,
            new={"amount_cents": amount},
        )
        return checkout, closing


def part_to_pay(enrollment_id: UUID, owed: int) -> int:
    """What the next part of the plan asks for, at least what a card can pay; all that is owed without a plan."""
    plan = plan_of(enrollment_id)
    if plan is None or plan.next is None:
        return owed
    rest = owed - plan.next.left_cents
    return plan.next.left_cents if plan.next.left_cents >= SMALLEST_CENTS <= rest or not rest else owed


def close_session(session_id: str) -> bool:
    """Close a session that should not be paid any more; False when something was paid there, which then counts."""
    try:
        found = gateway().expire_checkout(session_id)
    except GatewayRefused:
        found = gateway().get_checkout(session_id)  # complete, or expired already
    receive(facts_seen(found, status=seen_status(found), at=clock.now()))
    return found.status == "expired"


def seen_status(found: CheckoutSession, *, bank_refused: bool = False) -> str:
    """What a session that we looked up tells: paid, processing, failed, expired or open."""
    if found.status != "complete":
        return found.status
    if found.payment_status == "unpaid":
        return "failed" if bank_refused else "processing"
    return "paid"


def _note_session(checkout_id: UUID, made: CheckoutSession) -> str:
    """Store what Stripe made, so that its events find their way home; returns the address to send the payer to."""
    with transaction() as current:
        checkout = _locked(checkout_id)
        if checkout.state == "creating":
            checkout.state, checkout.session_id, checkout.url = "open", made.id, made.url or ""
            checkout.livemode, checkout.payment_intent_id = made.livemode, made.payment_intent_id
            ids = [made.id, *([made.payment_intent_id] if made.payment_intent_id else [])]
            current.execute(
                insert(StripeObject)
                .values(
                    [
                        {
                            "object_id": object_id,
                            "court_id": current_court_id(),
                            "enrollment_id": checkout.enrollment_id,
                            "checkout_id": checkout.id,
                        }
                        for object_id in ids
                    ]
                )
                .on_conflict_do_nothing()
            )
            return checkout.url
        if checkout.session_id == made.id:
            return checkout.url  # the other click of two was faster
    # Set aside while Stripe was answering (the amount changed): nobody may pay there.
    gateway().expire_checkout(made.id)
    raise Refused(_("The amount has changed. Please look at it again."))


def _note_refused(checkout_id: UUID, code: str) -> None:
    with transaction():
        checkout = _locked(checkout_id)
        if checkout.state == "creating":
            checkout.state, checkout.review_reason = "failed", code


def _locked(checkout_id: UUID) -> Checkout:
    query = select(Checkout).where(Checkout.id == checkout_id).with_for_update()
    return session().scalars(query).one()
