"""The stand-in's practice payment page, as a payer's browser meets it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.functional.stripe_shapes import StandIn


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[StandIn]:
    made = StandIn(tmp_path / "stripe", "http://127.0.0.1:9/nobody-listens")
    yield made
    made.stop()


def click(session: dict[str, Any], action: str) -> requests.Response:
    return requests.post(session["url"], {"action": action}, allow_redirects=False, timeout=5)


def test_paying_on_the_page_leads_back_with_the_session_id(standin: StandIn) -> None:
    session = standin.session()
    text = requests.get(session["url"], timeout=5).text
    assert "$400.00 USD" in text
    assert "Court program fee" in text
    assert "practice payment page" in text
    assert "<script" not in text
    for _ in range(2):  # a double click is one payment
        found = click(session, "card")
        assert found.status_code == 303
        assert found.headers["Location"] == f"http://localhost:1/paid?session={session['id']}"
    assert len(standin.all("charges")) == 1
    assert "already done" in requests.get(session["url"], timeout=5).text


def test_a_declined_card_says_so_and_can_try_again(standin: StandIn) -> None:
    session = standin.session()
    found = click(session, "declined")
    assert found.status_code == 200
    assert 'role="alert"' in found.text
    now = standin.api("GET", f"checkout/sessions/{session['id']}").json()
    assert (now["status"], now["payment_status"], now["url"]) == ("open", "unpaid", session["url"])
    assert click(session, "card").status_code == 303
    intents = standin.all("payment_intents")
    assert [(it["status"], it["last_payment_error"]) for it in intents] == [("succeeded", None)]


def test_cancel_goes_back_and_leaves_the_session_open(standin: StandIn) -> None:
    session = standin.session()
    assert click(session, "cancel").headers["Location"] == "http://localhost:1/cancelled"
    assert standin.all("checkout/sessions")[0]["status"] == "open"
    assert standin.all("payment_intents") == []


def test_the_page_speaks_the_sessions_language(standin: StandIn) -> None:
    text = requests.get(standin.session(locale="es")["url"], timeout=5).text
    assert '<html lang="es">' in text
    assert "Pagar con tarjeta" in text
    english = requests.get(standin.session(locale="en")["url"], headers={"Accept-Language": "es"}, timeout=5)
    assert '<html lang="en">' in english.text
    auto = requests.get(standin.session()["url"], headers={"Accept-Language": "es-MX,en"}, timeout=5)
    assert '<html lang="es">' in auto.text


def test_an_expired_and_an_unknown_page_take_no_payment(standin: StandIn) -> None:
    session = standin.session()
    standin.api("POST", f"checkout/sessions/{session['id']}/expire")
    assert "expired" in click(session, "card").text
    assert standin.all("payment_intents") == []
    assert requests.get(session["url"] + "x", timeout=5).status_code == 404


def test_what_a_caller_sends_is_shown_as_text(standin: StandIn) -> None:
    name = "line_items[0][price_data][product_data][name]"
    text = requests.get(standin.session(**{name: "<img src=x onerror=alert(1)>"})["url"], timeout=5).text
    assert "<img" not in text
