"""Many events that nobody has looked at yet hide none and hold up none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert

from app.core import clock
from app.payments.models import StripeEvent
from app.payments.settling import waiting_events
from app.permissions.identity import Role
from config import Settings
from tenants.database import transaction
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import World, completed, event_state, open_checkout, served

MANY = 250


@pytest.fixture(scope="module")
def world(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(settings, tmp_path_factory.mktemp("stripe")) as made:
        yield made


@pytest.fixture
def court(world: World) -> TestCourt:
    return make_court(world.app)


def strangers(court: TestCourt, state: str) -> set[str]:
    """Many older events of the court, each about a payment of its own, that nobody has settled."""
    at = clock.now() - timedelta(days=1)
    rows = []
    for _number in range(MANY):
        event_id, intent = f"evt_{uuid4().hex}", f"pi_{uuid4().hex}"
        payload = {
            **dict.fromkeys(("session_id", "charge_id", "reference"), ""),
            "event_id": event_id,
            "type": "refund.updated",
            "created": at.isoformat(),
            "livemode": False,
            "object_id": f"re_{uuid4().hex}",
            "intent_id": intent,
            "status": "succeeded",
            "cents": 100,
            "currency": "usd",
        }
        known = {"created": at, "received_at": at, "livemode": False, "court_id": court.id, "state": state}
        rows.append({"id": event_id, "type": "refund.updated", "object_id": intent, "payload": payload, **known})
    with court.app.app_context(), court.acting(), transaction() as current:
        current.execute(insert(StripeEvent), rows)
    return {row["id"] for row in rows}


def test_a_review_knows_what_was_received_however_many_wait_before_it(world: World, court: TestCourt):
    strangers(court, "review")
    learner, enrollment_id = make_learner(court)
    checkout = open_checkout(world, court, learner, enrollment_id)
    event = completed(checkout, object={"amount_total": checkout.amount_cents - 500})
    assert world.deliver(event) == 200
    assert event_state(world.app, event["id"]) == "review"
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url(f"money/review/{checkout.id}"))
    assert "The amount is another one than we asked for." in page.text
    assert "Take it as it is" in page.text
    queue = court.staff_client(Role.ADMINISTRATOR).get(court.url("money/review"))
    assert "The amount is another one than we asked for." in queue.text


def test_events_that_never_can_be_applied_hold_up_no_other(world: World, court: TestCourt):
    hopeless, tried = strangers(court, "failed"), set()
    with court.app.app_context(), court.acting():
        for _sweep in range(100):
            now = waiting_events(court.id)
            assert len(now) <= 200, "one sweep has an end"
            tried.update(now)
    assert tried == hopeless
