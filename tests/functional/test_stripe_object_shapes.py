"""The stand-in's objects against the examples that Stripe publishes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.functional.stripe_shapes import StandIn, disagreements, published

KINDS = ["checkout.session", "payment_intent", "charge", "refund", "dispute", "balance_transaction", "event"]


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[StandIn]:
    made = StandIn(tmp_path / "stripe", "http://127.0.0.1:9/nobody-listens")
    yield made
    made.stop()


def everything(standin: StandIn) -> list[dict[str, Any]]:
    """Every object, in every state that the stand-in can bring about, by way of the API."""
    kept = standin.paid()
    standin.api("POST", "refunds", {"payment_intent": kept["payment_intent"], "amount": 1500})
    for outcome in ("won", "lost"):
        dispute = standin.control("disputes", {"payment_intent": standin.paid()["payment_intent"]})
        standin.api("POST", f"disputes/{dispute['id']}", {"evidence[uncategorized_text]": "x"})
        standin.control(f"disputes/{dispute['id']}/close", {"outcome": outcome})
    standin.paid("declined")
    for outcome in ("succeeded", "failed"):
        session = standin.paid("bank")
        standin.control(f"sessions/{session['id']}/settle", {"outcome": outcome})
        if outcome == "succeeded":
            refund = standin.control("refunds", {"payment_intent": session["payment_intent"], "amount": 100})
            standin.control(f"refunds/{refund['id']}/settle", {"outcome": "failed"})
    standin.api("POST", f"checkout/sessions/{standin.session()['id']}/expire")
    lists = "checkout/sessions payment_intents charges refunds disputes balance_transactions events"
    return [thing for path in lists.split() for thing in standin.all(path)]


def test_every_object_has_the_keys_and_types_that_stripe_publishes(standin: StandIn) -> None:
    examples = published("objects.json")["resources"]
    things = everything(standin)
    assert {thing["object"] for thing in things} == set(KINDS)
    for thing in things:
        if thing["object"] == "event":
            about = thing.pop("data")["object"]
            assert disagreements(about, examples[about["object"]], thing["type"]) == []
            thing["data"] = examples["event"]["data"]
        assert disagreements(thing, examples[thing["object"]], thing["object"]) == []


def test_the_events_are_the_ones_the_portal_handles(standin: StandIn) -> None:
    everything(standin)
    assert {event["type"] for event in standin.all("events")} >= {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
        "payment_intent.payment_failed",
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    }


def test_the_shape_check_notices_a_lost_key_an_added_key_and_another_type() -> None:
    example = published("objects.json")["resources"]["charge"]
    assert disagreements(example, example) == []
    for change in ({"extra": 1}, {"amount": "100"}, {"amount": True}, {"billing_details": {"email": None}}):
        assert disagreements({**example, **change}, example) != [], change
    assert disagreements({key: example[key] for key in example if key != "disputed"}, example) != []
