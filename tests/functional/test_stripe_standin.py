"""The stand-in of Stripe's API, as a real process: what the portal's other tests and the demo lean on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from tests.functional.stripe_shapes import (
    SECRET,
    SESSION,
    Receiver,
    StandIn,
    eventually,
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def standin(tmp_path: Path, receiver: Receiver) -> Iterator[StandIn]:
    made = StandIn(tmp_path / "stripe", receiver.url)
    yield made
    made.stop()


def error(found: requests.Response) -> dict[str, Any]:
    return dict(found.json()["error"])


# --- what the API takes and refuses ----------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer sk_live_abc", "Basic c2s6"])
def test_a_wrong_key_is_refused(standin: StandIn, header: str) -> None:
    found = standin.api("GET", "events", Authorization=header)
    assert (found.status_code, error(found)["type"]) == (401, "invalid_request_error")


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"line_item": "x"}, "line_item", "parameter_unknown"),
        (
            {"line_items[0][price_data][colour]": "x"},
            "line_items[0][price_data][colour]",
            "parameter_unknown",
        ),
        ({"success_url": None}, "success_url", "parameter_missing"),
        ({"success_url": "javascript:alert(1)"}, "success_url", "url_invalid"),
        ({"line_items[0][quantity]": "one"}, "line_items[0][quantity]", "parameter_invalid_integer"),
        (
            {"line_items[0][price_data][unit_amount]": 49},
            "line_items[0][price_data]",
            "amount_too_small",
        ),
        ({"locale": "tlh"}, "locale", None),
        ({"expires_at": int(time.time()) + 60}, "expires_at", None),
        ({"expires_at": int(time.time()) + 90000}, "expires_at", None),
        (
            {"payment_intent_data[statement_descriptor_suffix]": "X" * 23},
            "payment_intent_data[statement_descriptor_suffix]",
            None,
        ),
    ],
)
def test_a_session_with_a_wrong_parameter_is_refused(
    standin: StandIn, change: dict[str, Any], param: str, code: str | None
) -> None:
    found = standin.api("POST", "checkout/sessions", SESSION | change, Idempotency_Key="k")
    assert (found.status_code, error(found)["param"], error(found).get("code")) == (400, param, code)
    assert standin.all("checkout/sessions") == []
    # a request that never ran does not use up its key
    assert standin.api("POST", "checkout/sessions", SESSION, Idempotency_Key="k").status_code == 200


@pytest.mark.parametrize("path", ["checkout/sessions/cs_test_x", "payment_intents/pi_x", "refunds/re_x"])
def test_a_missing_object_is_resource_missing(standin: StandIn, path: str) -> None:
    found = standin.api("GET", path)
    assert (found.status_code, error(found)["code"]) == (404, "resource_missing")


def test_an_id_of_another_kind_is_missing_too(standin: StandIn) -> None:
    assert standin.api("GET", f"charges/{standin.paid()['payment_intent']}").status_code == 404


def test_refunds_stop_at_what_was_paid(standin: StandIn) -> None:
    intent = standin.paid()["payment_intent"]
    first = standin.api("POST", "refunds", {"payment_intent": intent, "amount": 30000})
    assert first.json()["status"] == "succeeded"
    over = standin.api("POST", "refunds", {"payment_intent": intent, "amount": 10001})
    assert (over.status_code, error(over)["param"]) == (400, "amount")
    assert standin.api("POST", "refunds", {"payment_intent": intent}).json()["amount"] == 10000
    again = standin.api("POST", "refunds", {"payment_intent": intent})
    assert error(again)["code"] == "charge_already_refunded"
    charge = standin.all("charges", payment_intent=intent)[0]
    assert (charge["amount_refunded"], charge["refunded"]) == (40000, True)
    assert sum(it["amount"] for it in standin.all("balance_transactions")) == 0


def test_a_disputed_charge_is_not_refunded_until_the_dispute_is_won(standin: StandIn) -> None:
    intent = standin.paid()["payment_intent"]
    dispute = standin.control("disputes", {"payment_intent": intent})
    refused = standin.api("POST", "refunds", {"payment_intent": intent})
    assert error(refused)["code"] == "charge_disputed"
    standin.control(f"disputes/{dispute['id']}/close", {"outcome": "won"})
    assert standin.api("POST", "refunds", {"payment_intent": intent}).status_code == 200
    assert dispute["metadata"] == {}


def test_an_accepted_dispute_is_lost_for_good(standin: StandIn) -> None:
    dispute = standin.control("disputes", {"payment_intent": standin.paid()["payment_intent"]})
    assert standin.api("POST", f"disputes/{dispute['id']}/close").json()["status"] == "lost"
    assert standin.api("POST", f"disputes/{dispute['id']}/close").status_code == 400


def test_a_failed_refund_gives_the_money_back_to_the_account(standin: StandIn) -> None:
    intent = standin.paid()["payment_intent"]
    refund = standin.api("POST", "refunds", {"payment_intent": intent}).json()
    failed = standin.control(f"refunds/{refund['id']}/settle", {"outcome": "failed"})
    assert failed["status"] == "failed"
    assert standin.all("charges", payment_intent=intent)[0]["amount_refunded"] == 0
    assert sum(it["amount"] for it in standin.all("balance_transactions")) == 40000


def test_metadata_reaches_intent_and_charge_but_no_intent_exists_before_an_attempt(standin: StandIn) -> None:
    session = standin.session()
    assert (session["payment_intent"], session["payment_status"]) == (None, "unpaid")
    paid = standin.control(f"sessions/{session['id']}/pay", {"method": "card"})
    found = standin.api("GET", f"payment_intents/{paid['payment_intent']}", {"expand[]": "latest_charge"}).json()
    assert found["metadata"] == found["latest_charge"]["metadata"] == {"reference": "ref-1"}
    assert (found["status"], found["amount_received"]) == ("succeeded", 40000)


def test_a_bank_payment_completes_unpaid_and_is_settled_later(standin: StandIn) -> None:
    session = standin.paid("bank")
    assert (session["status"], session["payment_status"]) == ("complete", "unpaid")
    settled = standin.control(f"sessions/{session['id']}/settle", {"outcome": "succeeded"})
    assert settled["payment_status"] == "paid"
    kinds = [event["type"] for event in standin.all("events")]
    assert kinds.index("checkout.session.async_payment_succeeded") < kinds.index("checkout.session.completed")


def test_events_are_filtered_and_paged_both_ways(standin: StandIn) -> None:
    for _ in range(4):
        standin.paid()
    whole = standin.all("events")
    assert len(whole) == 16
    page = standin.api("GET", "events", {"limit": 5, "starting_after": whole[4]["id"]}).json()
    assert ([it["id"] for it in page["data"]], page["has_more"]) == ([it["id"] for it in whole[5:10]], True)
    page = standin.api("GET", "events", {"limit": 5, "ending_before": whole[7]["id"]}).json()
    assert ([it["id"] for it in page["data"]], page["has_more"]) == ([it["id"] for it in whole[2:7]], True)
    page = standin.api("GET", "events", {"limit": 7, "ending_before": whole[7]["id"]}).json()
    assert page["has_more"] is False
    completed = standin.all("events", **{"types[]": ["checkout.session.completed", "charge.failed"]})
    assert [it["type"] for it in completed] == ["checkout.session.completed"] * 4
    assert standin.all("events", **{"created[gte]": int(time.time()) + 3600}) == []
    assert standin.api("GET", "events", {"starting_after": "evt_x"}).status_code == 404


# --- idempotency, restarts, the clock --------------------------------------------------------------------------


def test_the_same_key_gives_the_same_answer_even_after_a_kill(standin: StandIn) -> None:
    first = standin.api("POST", "checkout/sessions", SESSION, Idempotency_Key="one")
    again = standin.api("POST", "checkout/sessions", SESSION, Idempotency_Key="one")
    assert "Idempotent-Replayed" not in first.headers
    assert (again.headers["Idempotent-Replayed"], again.json()) == ("true", first.json())
    standin.kill()
    standin.start()
    after = standin.api("POST", "checkout/sessions", SESSION, Idempotency_Key="one")
    assert (after.headers["Idempotent-Replayed"], after.json()["id"]) == ("true", first.json()["id"])
    assert len(standin.all("checkout/sessions")) == 1


def test_the_same_key_with_other_parameters_is_an_error(standin: StandIn) -> None:
    standin.api("POST", "checkout/sessions", SESSION, Idempotency_Key="one")
    other = standin.api("POST", "checkout/sessions", SESSION | {"locale": "es"}, Idempotency_Key="one")
    assert (other.status_code, error(other)["type"]) == (400, "idempotency_error")


def test_a_refusal_that_ran_is_kept_under_its_key(standin: StandIn) -> None:
    intent = standin.paid()["payment_intent"]
    wanted = {"payment_intent": intent, "amount": 50000}
    assert standin.api("POST", "refunds", wanted, Idempotency_Key="r").status_code == 400
    again = standin.api("POST", "refunds", wanted, Idempotency_Key="r")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (400, "true")


def test_a_key_is_forgotten_after_a_day_as_stripe_says(standin: StandIn) -> None:
    first = standin.api("POST", "checkout/sessions", SESSION, Idempotency_Key="one").json()
    standin.move_clock(25 * 3600)
    later = standin.api("POST", "checkout/sessions", SESSION, Idempotency_Key="one").json()
    assert later["id"] != first["id"]


def test_unsent_webhooks_outlive_a_kill(standin: StandIn, receiver: Receiver) -> None:
    receiver.answers = [500] * 40
    session = standin.paid()
    eventually(lambda: len(receiver.got) >= 4)
    standin.kill()
    receiver.answers, receiver.got = [], []
    standin.start()
    eventually(lambda: "checkout.session.completed" in receiver.types(), 20)
    assert standin.api("GET", f"checkout/sessions/{session['id']}").json()["payment_status"] == "paid"


def test_the_moved_clock_dates_objects_and_expires_sessions(standin: StandIn, receiver: Receiver) -> None:
    session = standin.session()
    standin.move_clock(180 * 86400)
    assert abs(standin.session()["created"] - time.time() - 180 * 86400) < 5
    assert standin.api("GET", f"checkout/sessions/{session['id']}").json()["status"] == "expired"
    eventually(lambda: receiver.types() == ["checkout.session.expired"])
    payload, header = receiver.got[0]
    assert abs(int(header.split(",")[0][2:]) - time.time() - 180 * 86400) < 5
    assert json.loads(payload)["data"]["object"]["id"] == session["id"]


def test_sessions_expire_with_nobody_looking(standin: StandIn, receiver: Receiver) -> None:
    standin.session()
    standin.move_clock(2 * 86400)
    eventually(lambda: receiver.types() == ["checkout.session.expired"])


def test_it_ends_cleanly_and_listens_on_loopback_only(standin: StandIn) -> None:
    assert standin.url.startswith("http://127.0.0.1:")
    assert standin.stop() == 0
    standin.start()


# --- webhooks --------------------------------------------------------------------------------------------------


def test_webhooks_are_signed_as_stripes_library_expects(standin: StandIn, receiver: Receiver) -> None:
    session = standin.paid()
    eventually(lambda: len(receiver.got) == 4)
    for payload, header in receiver.got:
        stripe.Webhook.construct_event(payload, header, SECRET)
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(payload, header, "whsec_other")
    completed = next(it for it, _ in receiver.got if b'"checkout.session.completed"' in it)
    assert json.loads(completed)["data"]["object"]["id"] == session["id"]


def test_a_refused_webhook_comes_again(standin: StandIn, receiver: Receiver) -> None:
    receiver.answers = [500, 301, 404, 503]
    standin.paid()
    eventually(lambda: len(receiver.got) == 8)
    assert sorted(receiver.types()) == sorted(2 * list(set(receiver.types())))
    assert {row["state"] for row in eventually(lambda: settled(standin))} == {"delivered"}
    assert {row["attempts"] for row in standin.control("deliveries")} == {2}


def settled(standin: StandIn) -> list[dict[str, Any]]:
    rows = list(standin.control("deliveries"))
    return rows if all(row["state"] != "pending" for row in rows) else []


def test_webhooks_can_be_dropped_and_doubled(standin: StandIn, receiver: Receiver) -> None:
    standin.control("faults", {"webhooks": "drop"})
    standin.paid()
    standin.control("faults", {"webhooks": "duplicate"})
    session = standin.paid()
    eventually(lambda: len(receiver.got) == 8)
    time.sleep(0.3)
    bodies = [json.loads(payload) for payload, _ in receiver.got]
    assert len({body["id"] for body in bodies}) == 4
    completed = [body for body in bodies if body["type"] == "checkout.session.completed"]
    assert [body["data"]["object"]["id"] for body in completed] == [session["id"]] * 2
    assert len(standin.all("events")) == 8  # a dropped one can still be listed


def test_held_webhooks_are_released_in_any_order(standin: StandIn, receiver: Receiver) -> None:
    standin.control("faults", {"webhooks": "hold"})
    standin.paid()
    held = [row["id"] for row in standin.control("deliveries")]
    kinds = [row["kind"] for row in standin.control("deliveries")]
    standin.control("deliveries/release", {"order": "newest"})
    assert receiver.types() == kinds[::-1]
    receiver.got.clear()
    standin.control("deliveries/release", {"ids": [held[2], held[0], held[2]]})
    assert receiver.types() == [kinds[2], kinds[0], kinds[2]]


# --- faults ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500])
def test_failures_on_request_change_nothing(standin: StandIn, status: int) -> None:
    standin.control("faults", {"fail_next": 2, "status": status})
    for _ in range(2):
        assert standin.api("POST", "checkout/sessions", SESSION).status_code == status
    assert standin.all("checkout/sessions") == []


@pytest.mark.parametrize(("fault", "made"), [("timeout_before", 0), ("timeout_after", 1)])
def test_an_answer_that_never_comes(standin: StandIn, fault: str, made: int) -> None:
    standin.control("faults", {fault: 1})
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{standin.url}/v1/checkout/sessions",
            SESSION,
            headers={"Authorization": "Bearer sk_test_practice"},
            timeout=0.5,
        )
    assert len(standin.all("checkout/sessions")) == made


def test_latency(standin: StandIn) -> None:
    standin.control("faults", {"latency_ms": 300})
    start = time.monotonic()
    standin.session()
    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize("body", [{"fail_nxt": 1}, {"fail_next": -1}, {"webhooks": "lose"}, {"status": 418}])
def test_an_unknown_fault_is_refused(standin: StandIn, body: dict[str, Any]) -> None:
    assert requests.post(f"{standin.url}/_control/faults", json=body, timeout=5).status_code == 400


def test_a_web_page_elsewhere_cannot_drive_the_controls(standin: StandIn) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        found = requests.post(
            f"{standin.url}/_control/faults", '{"fail_next": 1}', headers={"Content-Type": kind}, timeout=5
        )
        assert found.status_code == 415


def test_an_open_page_can_ask_for_another_amount(standin: StandIn) -> None:
    """As the demo needs it for a payment that a person has to look at."""
    session = standin.session()
    standin.control(f"sessions/{session['id']}/amount", {"amount": 25000})
    paid = standin.control(f"sessions/{session['id']}/pay", {"method": "card"})
    assert paid["amount_total"] == 25000
    assert standin.all("charges", payment_intent=paid["payment_intent"])[0]["amount"] == 25000
