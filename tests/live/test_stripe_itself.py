"""The portal's own gateway against Stripe's test mode: no money moves, and nothing personal goes there.

It was written from Stripe's documentation and has never been run where the portal was built: no key was at hand.
It covers what the gateway asks. A hosted page can not be paid by a program, so that the payment is made by an intent,
with a card that Stripe keeps for tests.
"""

from __future__ import annotations

import os
from datetime import timedelta
from uuid import uuid4

import pytest
import stripe

from app.core import clock
from app.payments.events import LISTED, facts_of
from app.payments.gateway import GatewayRefused, StripeGateway
from app.payments.reconciling.rules import worth_at_stripe

KEY = os.environ.get("STRIPE_TEST_KEY", "")
CENTS = 4_000

pytestmark = pytest.mark.skipif(not KEY.startswith(("sk_test_", "rk_test_")), reason="STRIPE_TEST_KEY is not set")


@pytest.fixture(scope="module")
def gateway() -> StripeGateway:
    return StripeGateway(secret_key=KEY, api_base=None)


@pytest.fixture
def paid_intent() -> str:
    made = stripe.StripeClient(KEY).v1.payment_intents.create(
        {
            "amount": CENTS,
            "currency": "usd",
            "confirm": True,
            "payment_method": "pm_card_visa",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "description": "Court program",
        }
    )
    assert made.status == "succeeded"
    return made.id


def create(gateway: StripeGateway, key: str, cents: int = CENTS) -> str:
    return gateway.create_checkout(
        amount_cents=cents,
        description="Court program",
        statement_suffix="COURT PROGRAM",
        reference=key,
        success_url="https://example.org/thanks",
        cancel_url="https://example.org/canceled",
        locale="es_US",
        idempotency_key=key,
        expires_at=clock.now().replace(microsecond=0) + timedelta(hours=1),
    ).id


def test_the_same_key_makes_one_page_that_can_be_closed(gateway: StripeGateway):
    key = f"test:{uuid4()}"
    at = clock.now()
    with clock.moved_to(at):
        first, second = create(gateway, key), create(gateway, key)
    assert first == second
    assert gateway.get_checkout(first).status == "open"
    assert gateway.expire_checkout(first).status == "expired"
    with pytest.raises(GatewayRefused):
        gateway.expire_checkout(first)


def test_refunds_in_parts_and_never_too_much(gateway: StripeGateway, paid_intent: str):
    key = f"refund:{uuid4()}:1"
    made = [gateway.refund(payment_intent_id=paid_intent, amount_cents=1500, idempotency_key=key) for _n in range(2)]
    assert made[0].id == made[1].id
    assert [one.reference for one in gateway.list_refunds(paid_intent)] == [key]
    with pytest.raises(GatewayRefused):
        gateway.refund(payment_intent_id=paid_intent, amount_cents=CENTS, idempotency_key=f"{key}:more")
    intent = gateway.get_payment_intent(paid_intent)
    assert (intent.amount_received_cents, intent.refunded_cents, intent.disputed) == (CENTS, 1500, False)
    assert worth_at_stripe(intent, gateway.list_refunds(paid_intent), gateway.list_disputes(paid_intent)) == 2500


def test_what_stripe_lists_can_be_read(gateway: StripeGateway, paid_intent: str):
    gateway.refund(payment_intent_id=paid_intent, amount_cents=100, idempotency_key=f"refund:{uuid4()}:1")
    since = clock.now() - timedelta(minutes=5)
    told = [facts_of(event) for event in gateway.list_events(since=since, types=LISTED)]
    mine = [facts for facts in told if facts.intent_id == paid_intent and facts.type.startswith("refund.")]
    assert [facts.cents for facts in mine if facts.type == "refund.created"] == [100]
