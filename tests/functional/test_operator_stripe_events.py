"""Stripe's events that no court knows are on a page of the console: no money is invisible, nobody's data is shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from app.core import clock
from app.operator import stripe_events
from app.payments.event_words import EVENT_WORDS, event_words
from app.payments.events import LISTED, SEEN
from app.payments.models import StripeEvent
from tenants.database import transaction
from tests import operators
from tests.factories import TestCourt
from tests.operators import Browser

console, browser, court, statements = operators.console, operators.browser, operators.court, operators.statements


def kept(court: TestCourt, **fields: Any) -> StripeEvent:
    now, key = clock.now(), uuid4().hex
    row = StripeEvent(
        **{
            "id": f"evt_{key}",
            "type": "refund.created",
            "created": now,
            "received_at": now,
            "livemode": False,
            "object_id": f"pi_{key}",
            "court_id": None,
            "state": "unmatched",
            "error": "",
            "payload": {"reference": "canary"},
            **fields,
        }
    )
    with court.app.app_context(), court.acting(), transaction() as current:
        current.add(row)
        current.flush()
        current.expunge(row)
    return row


def test_what_no_court_knows_is_listed_with_its_number_at_stripe_and_counted(browser: Browser, court: TestCourt):
    lost = kept(court)
    unread = kept(court, state="failed", type="charge.dispute.created")
    theirs = kept(court, state="failed", court_id=court.id)
    done = kept(court, state="applied", court_id=court.id)
    ignored = kept(court, state="ignored", type="customer.created")
    health = browser.get("/operator/health")
    assert "Events from Stripe that no court knows: " in health.text
    page = health.click("Events from Stripe that no court knows")
    assert page.status == 200
    for shown in (lost, unread):
        assert shown.id in page.text
        assert shown.object_id in page.text
    assert "A refund began" in page.text
    assert "refund.created" not in page.text
    assert "could not be read" in page.text
    for hidden in (theirs, done, ignored):
        assert hidden.id not in page.text, "a court's own events are that court's business"
    assert "canary" not in page.response.get_data(as_text=True)


def test_many_are_paged_with_few_statements(
    browser: Browser, court: TestCourt, statements: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stripe_events, "SHOWN", 2)
    made = [kept(court, received_at=clock.now() + timedelta(hours=1, seconds=n)) for n in range(3)]
    statements.clear()
    page = browser.get("/operator/stripe-events")
    assert len(statements) <= 12, statements
    assert [one.id in page.text for one in made] == [False, True, True]
    assert made[0].id in page.click("Older").text
    for nonsense in ("x", "2026-01-01", "~", "2026-01-01T00:00:00+00:00~a\x00b"):
        assert browser.get(f"/operator/stripe-events?before={nonsense}").status == 200


def test_every_event_that_we_ask_for_has_words(app: Flask):
    assert set(EVENT_WORDS) == {*LISTED, SEEN}
    with app.test_request_context():
        assert event_words("invoice.paid") == "Stripe’s event “invoice.paid”"
