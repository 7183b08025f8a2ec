"""A flood of webhooks in any order, some twice, and what comparing a court's payments with Stripe takes."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import requests
from flask import Flask
from sqlalchemy import Text, cast, func, insert, update

from app.core import clock
from app.factory import create_app
from app.local.stripe.delivery import signature
from app.local.stripe.store import Object, Store
from app.payments.models import Checkout, LedgerEntry, StripeObject
from app.payments.reconciling.services import reconcile_court
from tenants.database import transaction
from tests.bench.bench_webhook import (
    FEE_CENTS,
    MOST_STATEMENTS,
    SENDERS,
    _check_ledger,
    _open_checkouts,
    _payloads,
    _post_all,
)
from tests.bench.ground import own_servers
from tests.factories import TestCourt, make_court
from tests.functional.payments_kit import completed, statements
from tests.stack import Stack, running

WEBHOOKS = 10_000
TWICE = WEBHOOKS // 10
SIGNED_AT_ONCE = 500  # a signature is good for five minutes, and a slow machine drains few in that time
SIZES = (1_000, 10_000)
AT_MOST_TIMES = 12.0  # what ten times the payments may take to compare
SAMPLE = 50

Row = tuple[str, float, float, str]


def rows() -> list[Row]:
    """Name, ours, limit, note. Raises RuntimeError where a limit is not kept or a cent is lost."""
    with own_servers() as servers, running(servers, Path(servers.folder), workers=0) as stack:
        app = create_app(stack.settings("web"))
        counted = _statements(app, make_court(app), stack)
        drained = _flood(make_court(app), stack)
        paid = _a_payment_at_stripe(stack)
        took = [_compare(make_court(app), size, paid, stack) for size in SIZES]
    return [*counted, drained, *_compared(took)]


# --- webhooks ---------------------------------------------------------------------------------------------------------


def _statements(app: Flask, court: TestCourt, stack: Stack) -> list[Row]:
    """Each of a sample comes twice: what settles it, and what finds out that it is settled already."""
    post = app.test_client().post
    settling: list[int] = []
    again: list[int] = []
    payloads = _payloads(_open_checkouts(court, SAMPLE + 1), stack)
    for number, (body, headers) in enumerate(payloads):
        for seen_before, counts in ((False, settling), (True, again)):
            with statements(app) as seen:
                status = post("/webhooks/stripe", data=body, headers=headers).status_code
            if status != 200 or "COMMIT" not in seen:
                raise RuntimeError(f"an event, seen before: {seen_before}, was answered {status} after {seen}")
            if number:  # the first does what is done once in a process
                counts.append(seen.index("COMMIT"))
            if seen_before and seen.count("COMMIT") != 1:
                raise RuntimeError(f"an event that came again took {seen.count('COMMIT')} commits")
    if max(settling + again) > MOST_STATEMENTS:
        raise RuntimeError(f"{max(settling)} statements settle an event, {max(again)} one that comes again")
    note = f"the most of {SAMPLE}, in one commit; asserted"
    return [
        ("webhooks: statements that settle an event", max(settling), MOST_STATEMENTS, note),
        ("webhooks: statements of an event that comes again", max(again), MOST_STATEMENTS, note),
    ]


def _flood(court: TestCourt, stack: Stack) -> Row:
    """The events of payments, some of them twice, in random order, by as many senders as Stripe might use."""
    checkouts = _open_checkouts(court, WEBHOOKS - TWICE)
    chance = random.Random(WEBHOOKS)
    bodies = [json.dumps(completed(one)).encode() for one in checkouts]
    bodies += chance.sample(bodies, TWICE)
    chance.shuffle(bodies)
    url, milliseconds = f"{stack.url}/webhooks/stripe", 0.0
    for at in range(0, len(bodies), SIGNED_AT_ONCE):
        signed = [_signed(body, stack) for body in bodies[at : at + SIGNED_AT_ONCE]]
        milliseconds += _post_all(url, signed).since_first[-1]
    _check_ledger(court, checkouts, settled_by="ours")
    rate = len(bodies) / milliseconds * 1000
    note = f"one web process, {SENDERS} senders, random order, {TWICE:,} twice; none lost, none counted twice; asserted"
    return f"webhooks: {len(bodies):,} drained, a second", rate, 0, note


def _signed(body: bytes, stack: Stack) -> tuple[bytes, dict[str, str]]:
    header = signature(body, stack.environment["STRIPE_WEBHOOK_SECRET"], int(time.time()))
    return body, {"Stripe-Signature": header, "Content-Type": "application/json"}


# --- the comparison ---------------------------------------------------------------------------------------------------


def _compared(took: Sequence[float]) -> list[Row]:
    ratio = took[1] / took[0]
    if ratio > AT_MOST_TIMES:
        raise RuntimeError(f"comparing 10 times the payments took {ratio:.1f} times as long")
    note = "each payment asked of the stand-in over HTTP, whose payments were laid in bulk"
    return [
        *(
            (f"comparing {size:,} payments with Stripe (s)", one, 0, note)
            for size, one in zip(SIZES, took, strict=True)
        ),
        ("comparing: times as long for 10 times the payments", ratio, AT_MOST_TIMES, "asserted"),
    ]


def _a_payment_at_stripe(stack: Stack) -> Object:
    """The intent of one payment that was made the whole way, to copy."""
    key = {"Authorization": f"Bearer {stack.environment['STRIPE_SECRET_KEY']}"}
    asked = {
        "mode": "payment",
        "success_url": "https://portal.example/thanks",
        "line_items[0][quantity]": 1,
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": FEE_CENTS,
        "line_items[0][price_data][product_data][name]": "Court program",
    }
    sessions = f"{stack.stripe_url}/v1/checkout/sessions"
    made = requests.post(sessions, asked, headers=key, timeout=30)
    made.raise_for_status()
    paying = f"{stack.stripe_url}/_control/sessions/{made.json()['id']}/pay"
    requests.post(paying, json={"method": "card"}, timeout=30).raise_for_status()
    intent = requests.get(f"{sessions}/{made.json()['id']}", headers=key, timeout=30).json()["payment_intent"]
    found = requests.get(f"{stack.stripe_url}/v1/payment_intents/{intent}", headers=key, timeout=30).json()
    if found.get("amount_received") != FEE_CENTS:
        raise RuntimeError(f"the stand-in took no payment: {found}")
    return dict(found)


def _compare(court: TestCourt, size: int, paid: Object, stack: Stack) -> float:
    """Seconds for the whole of `portal payments reconcile` of one court with `size` payments."""
    checkouts = _open_checkouts(court, size)
    _pay_in_bulk(court, checkouts)
    store = Store(stack.folder / "stripe")
    with store.transaction():
        for one in checkouts:
            store.put({**paid, "id": f"pi_{one.id.hex}"})
    with court.app.app_context(), court.acting():
        began = time.perf_counter()
        report = reconcile_court()
        took = time.perf_counter() - began
    if report.compared != size or report.differences:
        raise RuntimeError(f"{report.compared} compared, {len(report.differences)} differ: {report.differences[:3]}")
    return took


def _pay_in_bulk(court: TestCourt, checkouts: Sequence[Checkout]) -> None:
    """The checkouts as their webhooks would have left them."""
    now, ids = clock.now(), [one.id for one in checkouts]
    intent = func.concat("pi_", func.replace(cast(Checkout.id, Text), "-", ""))
    with court.app.app_context(), court.acting(), transaction() as current:
        current.execute(
            update(Checkout)
            .where(Checkout.id.in_(ids))
            .values(state="paid", settled_at=now, payment_intent_id=intent)
            .execution_options(synchronize_session=False)
        )
        current.execute(insert(LedgerEntry), [_entry(one, now) for one in checkouts])
        current.execute(insert(StripeObject), [_object(court, one) for one in checkouts])


def _entry(one: Checkout, now: object) -> dict[str, object]:
    return {
        "enrollment_id": one.enrollment_id,
        "kind": "paid",
        "amount_cents": -FEE_CENTS,
        "effect": f"paid:pi_{one.id.hex}",
        "stripe_object": f"pi_{one.id.hex}",
        "at": now,
        "actor_kind": "system",
    }


def _object(court: TestCourt, one: Checkout) -> dict[str, object]:
    return {
        "object_id": f"pi_{one.id.hex}",
        "court_id": court.id,
        "enrollment_id": one.enrollment_id,
        "checkout_id": one.id,
    }


if __name__ == "__main__":
    for name, ours, limit, note in rows():
        sys.stdout.write(f"{name}: {ours:.2f} (limit {limit:g}): {note}\n")
