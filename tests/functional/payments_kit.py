"""A served portal with the stand-in of Stripe behind it, and how a learner pays there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import event, select
from werkzeug.serving import make_server

from app.core import clock
from app.core.keyring import add_keys
from app.factory import create_app
from app.local.stripe.delivery import signature
from app.payments import lookups
from app.payments.models import Checkout, LedgerEntry, StripeEvent
from app.permissions.identity import Identity
from config import Settings
from tenants.database import db, session, transaction
from tests.client import PageClient
from tests.factories import TestCourt
from tests.functional.stripe_shapes import KEY, SECRET, StandIn, eventually

SECOND_SECRET = "whsec_of_a_rollover"


@dataclass
class World:
    """The portal served on `url`, and the stand-in that delivers to it."""

    app: Flask
    url: str
    stripe: StandIn

    def deliver(self, event: dict[str, Any], *, secret: str = SECRET, at: int | None = None) -> int:
        """Post one event as Stripe would; the status of the answer."""
        return self.deliver_raw(json.dumps(event).encode(), secret=secret, at=at)

    def deliver_raw(self, payload: bytes, *, secret: str = SECRET, at: int | None = None) -> int:
        when = int(clock.now().timestamp()) if at is None else at
        return (
            self.app.test_client()
            .post("/webhooks/stripe", data=payload, headers={"Stripe-Signature": signature(payload, secret, when)})
            .status_code
        )

    def events(self, **params: Any) -> list[dict[str, Any]]:
        """Stripe's own events, oldest first."""
        return list(reversed(self.stripe.all("events", **params)))

    def hold_webhooks(self) -> None:
        self.stripe.control("faults", {"webhooks": "hold"})

    def deliver_webhooks(self) -> None:
        self.stripe.control("faults", {"webhooks": "normal"})


@contextmanager
def served(settings: Settings, folder: Path) -> Iterator[World]:
    """The portal in a thread of this process, so that tests see its database."""
    holder: list[Flask] = []

    def late(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return holder[0].wsgi_app(environ, start_response)

    server = make_server("127.0.0.1", 0, late, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://localhost:{server.server_port}"
    stripe = StandIn(folder, f"http://127.0.0.1:{server.server_port}/webhooks/stripe")
    try:
        if not settings.keyring_file.exists():
            add_keys(settings.keyring_file)
        changed = replace(
            settings,
            public_url=url,
            stripe_secret_key=KEY,
            stripe_api_base=stripe.url,
            stripe_webhook_secrets=(SECOND_SECRET, SECRET),
        )
        holder.append(create_app(changed))
        yield World(holder[0], url, stripe)
    finally:
        stripe.stop()
        server.shutdown()
        server.server_close()


def press_pay(browser: PageClient, court: TestCourt) -> str:
    """Press the button on the fee page; where the browser is sent."""
    page = browser.get(court.url("fee"))
    form = page.form("by card")
    answer = browser.http.post(form.element.get("action"), data=form.values())
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def session_id_in(address: str) -> str:
    return address.rpartition("/")[2]


def balance(court: TestCourt, enrollment_id: UUID) -> int:
    with court.app.app_context(), court.acting():
        return lookups.balance_cents(enrollment_id)


def entries(court: TestCourt, enrollment_id: UUID) -> list[tuple[str, int]]:
    """(kind, cents) of the ledger but for what was assessed, sorted."""
    with court.app.app_context(), court.acting():
        rows = lookups.ledger_of(enrollment_id)
        return sorted((row.kind, row.amount_cents) for row in rows if row.kind != "assessed")


def effects(court: TestCourt, enrollment_id: UUID) -> list[str]:
    with court.app.app_context(), court.acting():
        return [row.effect for row in lookups.ledger_of(enrollment_id) if row.kind != "assessed"]


def checkout_of(court: TestCourt, enrollment_id: UUID) -> Checkout:
    with court.app.app_context(), court.acting():
        found = lookups.newest_checkout(enrollment_id)
        assert found is not None
        return found


def event_state(app: Flask, event_id: str) -> str | None:
    with app.app_context():
        return db.session.scalar(select(StripeEvent.state).where(StripeEvent.id == event_id))


def wait_paid(court: TestCourt, enrollment_id: UUID) -> None:
    eventually(lambda: checkout_of(court, enrollment_id).state == "paid")


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Every statement that any connection of the app runs meanwhile, and every COMMIT."""
    seen: list[str] = []

    def ran(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(" ".join(statement.split()))

    def committed(_connection: Any) -> None:
        seen.append("COMMIT")

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", ran)
    event.listen(engine, "commit", committed)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", ran)
        event.remove(engine, "commit", committed)


def open_checkout(world: World, court: TestCourt, learner: Identity, enrollment_id: UUID) -> Checkout:
    """A checkout that Stripe knows and nobody has paid."""
    press_pay(court.client(learner), court)
    return checkout_of(court, enrollment_id)


def completed(checkout: Checkout, **changed: Any) -> dict[str, Any]:
    """A `checkout.session.completed` event for a checkout, as Stripe would send it, with changes."""
    value = {
        "id": checkout.session_id,
        "object": "checkout.session",
        "amount_total": checkout.amount_cents,
        "currency": "usd",
        "client_reference_id": str(checkout.id),
        "payment_intent": f"pi_{checkout.id.hex}",
        "payment_status": "paid",
        "status": "complete",
        "metadata": {"reference": str(checkout.id)},
        **changed.pop("object", {}),
    }
    return stripe_event("checkout.session.completed", value, **changed)


def stripe_event(kind: str, value: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "type": kind,
        "created": int(clock.now().timestamp()),
        "livemode": False,
        "data": {"object": value},
        **changed,
    }


def fresh_ledger_of(court: TestCourt, enrollment_id: UUID) -> list[LedgerEntry]:
    with court.app.app_context(), court.acting(), transaction():
        session().expire_all()
        return list(lookups.ledger_of(enrollment_id))
