"""The gateway, by way of Stripe's real library, against the stand-in."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.payments.gateway import (
    CheckoutSession,
    GatewayRefused,
    GatewayUnavailable,
    StripeGateway,
    as_event,
)
from app.payments.signature import verify
from tests.functional.stripe_shapes import (
    KEY,
    SECRET,
    Receiver,
    StandIn,
    eventually,
    published,
    violations,
)

COMPLETED = "checkout.session.completed"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[StandIn]:
    made = StandIn(tmp_path_factory.mktemp("stripe"), receiver.url)
    yield made
    made.stop()


@pytest.fixture
def standin(running: StandIn, receiver: Receiver) -> StandIn:
    running.control("faults", {"fail_next": 0, "timeout_before": 0, "timeout_after": 0, "webhooks": "normal"})
    running.control("requests/clear", {})
    receiver.got.clear()
    return running


@pytest.fixture
def gateway(standin: StandIn) -> StripeGateway:
    return StripeGateway(secret_key=KEY, api_base=standin.url, timeout_seconds=0.7)


def in_an_hour() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)


def checkout(gateway: StripeGateway, key: str, **more: Any) -> CheckoutSession:
    wanted: dict[str, Any] = {
        "amount_cents": 12500,
        "description": "Court program fee",
        "statement_suffix": "COURT PROGRAM",
        "reference": "0199aa00-opaque",
        "success_url": "https://portal.example/riverside/paid?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://portal.example/riverside/pay",
        "locale": "es_US",
        "idempotency_key": key,
        "expires_at": in_an_hour(),
    }
    return gateway.create_checkout(**(wanted | more))


def charges(standin: StandIn, session: CheckoutSession) -> list[dict[str, Any]]:
    intent = standin.api("GET", f"checkout/sessions/{session.id}").json()["payment_intent"]
    return standin.all("charges", payment_intent=intent)


# --- what comes back -------------------------------------------------------------------------------------------


def test_a_checkout_from_creation_to_payment_to_refund(gateway: StripeGateway, standin: StandIn) -> None:
    expires = in_an_hour()
    made = checkout(gateway, "thread-1", expires_at=expires)
    assert made == CheckoutSession(
        id=made.id,
        url=f"{standin.url}/c/pay/{made.id}",
        status="open",
        payment_status="unpaid",
        amount_total_cents=12500,
        currency="usd",
        livemode=False,
        payment_intent_id=None,
        expires_at=expires,
    )
    standin.control(f"sessions/{made.id}/pay", {"method": "card"})
    paid = gateway.get_checkout(made.id)
    assert paid.payment_intent_id is not None
    assert paid == replace(
        made, url=None, status="complete", payment_status="paid", payment_intent_id=paid.payment_intent_id
    )
    intent = gateway.get_payment_intent(paid.payment_intent_id)
    assert (intent.status, intent.amount_received_cents, intent.currency) == ("succeeded", 12500, "usd")
    refund = gateway.refund(payment_intent_id=paid.payment_intent_id, amount_cents=2500, idempotency_key="thread-2")
    assert (refund.status, refund.amount_cents, refund.charge_id) == (
        "succeeded",
        2500,
        intent.latest_charge_id,
    )
    with pytest.raises(GatewayRefused):
        gateway.refund(payment_intent_id=paid.payment_intent_id, amount_cents=10001, idempotency_key="thread-3")


def test_expiring_works_once(gateway: StripeGateway) -> None:
    made = checkout(gateway, "expire")
    assert gateway.expire_checkout(made.id).status == "expired"
    assert gateway.get_checkout(made.id).url is None
    with pytest.raises(GatewayRefused):
        gateway.expire_checkout(made.id)


def test_events_come_oldest_first_over_several_pages(
    gateway: StripeGateway, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = datetime.now(UTC) - timedelta(hours=1)
    sessions = [checkout(gateway, f"events-{at}") for at in range(5)]
    for session in sessions:
        standin.control(f"sessions/{session.id}/pay", {"method": "card"})
    monkeypatch.setattr("app.payments.gateway.PAGE", 2)
    seen = list(gateway.list_events(since=since, types=[COMPLETED]))[-5:]
    assert [it.object["id"] for it in seen] == [session.id for session in sessions]
    assert {it.type for it in seen} == {COMPLETED}
    assert seen[0].created.tzinfo is UTC
    assert type(seen[0].object) is dict
    assert type(seen[0].object["metadata"]) is dict
    later = gateway.list_events(since=since, types=[COMPLETED], after=seen[1].id)
    assert list(later) == seen[2:]
    assert list(gateway.list_events(since=since, types=[COMPLETED], after=seen[-1].id)) == []
    future = datetime.now(UTC) + timedelta(days=1)
    assert list(gateway.list_events(since=future, types=[COMPLETED])) == []


def test_a_delivered_event_reads_as_the_listed_one(
    gateway: StripeGateway, standin: StandIn, receiver: Receiver
) -> None:
    session = checkout(gateway, "delivered")
    standin.control(f"sessions/{session.id}/pay", {"method": "card"})
    eventually(lambda: COMPLETED in receiver.types())
    payload, header = next(it for it in receiver.got if COMPLETED.encode() in it[0])
    delivered = as_event(verify(payload, header, secrets=[SECRET], now=datetime.now(UTC)))
    listed = list(gateway.list_events(since=delivered.created, types=[COMPLETED]))
    assert delivered in listed


# --- what goes out ---------------------------------------------------------------------------------------------


def every_request(gateway: StripeGateway, standin: StandIn) -> list[dict[str, Any]]:
    """One of each call, in each of its forms; as the stand-in recorded them."""
    made = checkout(gateway, "recorded-1")
    gateway.expire_checkout(checkout(gateway, "recorded-2", locale="en").id)
    checkout(gateway, "recorded-3", locale="vi")
    standin.control(f"sessions/{made.id}/pay", {"method": "card"})
    intent = gateway.get_checkout(made.id).payment_intent_id or ""
    gateway.get_payment_intent(intent)
    gateway.refund(payment_intent_id=intent, amount_cents=1, idempotency_key="recorded-4")
    since = datetime.now(UTC) - timedelta(days=1)
    events = list(gateway.list_events(since=since, types=[COMPLETED, "charge.refunded"]))
    list(gateway.list_events(since=since, types=[COMPLETED], after=events[0].id))
    return list(standin.control("requests"))


def test_every_request_is_one_that_stripe_publishes(gateway: StripeGateway, standin: StandIn) -> None:
    paths = published("requests.json")["paths"]
    sent = every_request(gateway, standin)
    assert len({(it["method"], it["path"].split("_")[0]) for it in sent}) >= 6
    assert [fault for it in sent for fault in violations(paths, it)] == []


def test_the_request_check_notices_unknown_missing_and_wrong_parameters() -> None:
    paths = published("requests.json")["paths"]
    fine = {"success_url": "https://x", "expires_at": "1", "locale": "es", "line_items": [{"quantity": "1"}]}
    for change in (
        {"colour": "x"},
        {"expires_at": "soon"},
        {"locale": "es_US"},
        {"line_items": [{"quantity": "1", "colour": "x"}]},
        {"client_reference_id": "x" * 201},
        {"metadata": "x"},
    ):
        sent = {"method": "POST", "path": "/v1/checkout/sessions", "params": fine | change}
        assert len(violations(paths, sent)) == 1, change
    assert violations(paths, {"method": "POST", "path": "/v1/checkout/sessions", "params": fine}) == []
    assert violations(paths, {"method": "POST", "path": "/v1/checkout/sessions", "params": {}}) != []
    assert violations(paths, {"method": "GET", "path": "/v1/customers", "params": {}}) != []


def test_only_these_facts_leave_the_portal(gateway: StripeGateway, standin: StandIn) -> None:
    checkout(gateway, "facts")
    (sent,) = standin.control("requests")
    reference = {"reference": "0199aa00-opaque"}
    assert sent["idempotency_key"] == "facts"
    assert sent["params"].pop("expires_at").isdigit()
    assert sent["params"] == {
        "mode": "payment",
        "line_items": [
            {
                "quantity": "1",
                "price_data": {
                    "currency": "usd",
                    "unit_amount": "12500",
                    "product_data": {"name": "Court program fee"},
                },
            }
        ],
        "payment_intent_data": {
            "description": "Court program fee",
            "statement_descriptor_suffix": "COURT PROGRAM",
            "metadata": reference,
        },
        "metadata": reference,
        "client_reference_id": "0199aa00-opaque",
        "success_url": "https://portal.example/riverside/paid?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://portal.example/riverside/pay",
        "locale": "es",
    }


# --- trouble ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after", "fail_next"])
def test_the_library_tries_again_and_makes_one_session(gateway: StripeGateway, standin: StandIn, fault: str) -> None:
    before = len(standin.all("checkout/sessions"))
    standin.control("faults", {fault: 2, "status": 500})
    assert checkout(gateway, f"again-{fault}").status == "open"
    assert len(standin.all("checkout/sessions")) == before + 1
    sent = [it for it in standin.control("requests") if it["method"] == "POST"]
    assert [it["idempotency_key"] for it in sent] == [f"again-{fault}"] * 3


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after"])
def test_a_refund_whose_answers_are_lost_is_made_once_when_asked_again(
    gateway: StripeGateway, standin: StandIn, fault: str
) -> None:
    session = checkout(gateway, f"lost-{fault}")
    standin.control(f"sessions/{session.id}/pay", {"method": "card"})
    intent = gateway.get_checkout(session.id).payment_intent_id or ""
    standin.control("faults", {fault: 3})
    wanted: dict[str, Any] = {"payment_intent_id": intent, "amount_cents": 500}
    with pytest.raises(GatewayUnavailable):
        gateway.refund(**wanted, idempotency_key=f"refund-{fault}")
    again = gateway.refund(**wanted, idempotency_key=f"refund-{fault}")
    assert [it["id"] for it in standin.all("refunds", payment_intent=intent)] == [again.id]
    assert charges(standin, session)[0]["amount_refunded"] == 500


@pytest.mark.parametrize(("status", "failures"), [(500, 3), (503, 3), (429, 1)])
def test_failures_at_stripe_may_be_tried_again(
    gateway: StripeGateway, standin: StandIn, status: int, failures: int
) -> None:
    standin.control("faults", {"fail_next": failures, "status": status})
    with pytest.raises(GatewayUnavailable):
        checkout(gateway, f"down-{status}")
    assert checkout(gateway, f"down-{status}").status == "open"


def test_nobody_listening_is_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        gateway = StripeGateway(secret_key=KEY, api_base=f"http://127.0.0.1:{unused.getsockname()[1]}/")
        with pytest.raises(GatewayUnavailable):
            gateway.get_checkout("cs_test_x")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount_cents": 10}, "amount_too_small"),
        ({"success_url": "not an address"}, "url_invalid"),
        ({"statement_suffix": "<>"}, "invalid_request_error"),
        ({"amount_cents": 99999}, "idempotency_error"),
    ],
)
def test_a_refusal_carries_stripes_code(
    gateway: StripeGateway, standin: StandIn, change: dict[str, Any], code: str
) -> None:
    expires = in_an_hour()
    if code == "idempotency_error":
        checkout(gateway, "refused", expires_at=expires)
    with pytest.raises(GatewayRefused) as refused:
        checkout(gateway, "refused", **change, expires_at=expires)
    assert refused.value.code == code
    assert refused.value.message


def test_missing_objects_and_wrong_keys_are_refused(gateway: StripeGateway, standin: StandIn) -> None:
    with pytest.raises(GatewayRefused) as missing:
        gateway.get_payment_intent("pi_nothing")
    assert missing.value.code == "resource_missing"
    stranger = StripeGateway(secret_key="sk_live_nobody", api_base=standin.url)
    with pytest.raises(GatewayRefused) as unknown:
        stranger.get_checkout("cs_test_x")
    assert "sk_live_nobody" not in str(unknown.value)
