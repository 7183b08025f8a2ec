"""A flood of webhooks in any order, some twice, and what comparing a court's payments with Stripe takes."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import cast

import pytest
from flask import Flask

from app.factory import create_app
from app.payments.gateway import PaymentIntent, StripeGateway
from app.payments.models import Checkout
from app.payments.reconciling import services as reconciling
from tests.bench.bench_webhook import FEE_CENTS, MOST_STATEMENTS, _check_ledger, _open_checkouts, _payloads, _post_all
from tests.bench.ground import own_servers
from tests.factories import TestCourt, make_court
from tests.functional.payments_kit import statements
from tests.stack import Stack, running

SIZES = (1_000, 10_000)
AT_MOST_TIMES = 12.0  # what ten times the payments may take to compare
OPENS_COURSE = 12  # statements of the second transaction, once in a person's program
SAMPLE = 50

Row = tuple[str, float, float, str]


class EqualStripe:
    """Answers from memory that each payment arrived whole: what is measured is our side of the comparison."""

    def get_payment_intent(self, payment_intent_id: str) -> PaymentIntent:
        return PaymentIntent(payment_intent_id, "succeeded", FEE_CENTS, FEE_CENTS, "usd", False, "ch_1")


def rows() -> list[Row]:
    """Name, ours, limit, note."""
    found: list[Row] = []
    took: list[float] = []
    with own_servers() as servers, running(servers, Path(servers.folder), workers=0) as stack:
        app = create_app(stack.settings("web"))
        for size in SIZES:
            court = make_court(app)
            checkouts = [one for _n in range(size // 500) for one in _open_checkouts(court, 500)]
            found.append(_flood(court, checkouts, stack))
            took.append(_compare(court, size))
        found.append(_statements(app, make_court(app), stack))
    ratio = took[1] / took[0]
    if ratio > AT_MOST_TIMES:
        raise RuntimeError(f"comparing 10 times the payments took {ratio:.1f} times as long")
    for size, seconds in zip(SIZES, took, strict=True):
        found.append(
            (f"comparing {size:,} payments with Stripe (s)", seconds, 0, "Stripe answers at once, from memory")
        )
    return [*found, ("comparing: times as long for 10 times the payments", ratio, AT_MOST_TIMES, "asserted")]


def _flood(court: TestCourt, checkouts: list[Checkout], stack: Stack) -> Row:
    """Each payment's event, a tenth of them twice, in random order, by 16 senders."""
    payloads = _payloads(checkouts, stack)
    chance = random.Random(len(checkouts))
    payloads += chance.sample(payloads, len(payloads) // 10)
    chance.shuffle(payloads)
    burst = _post_all(f"{stack.url}/webhooks/stripe", payloads)
    _check_ledger(court, checkouts, settled_by="ours")
    rate = len(payloads) / burst.since_first[-1] * 1000
    note = "one web process, 16 senders, random order, 10 % twice; checked: none lost, none counted twice"
    return f"webhooks: {len(payloads):,} drained, a second", rate, 0, note


def _statements(app: Flask, court: TestCourt, stack: Stack) -> Row:
    payloads = _payloads(_open_checkouts(court, SAMPLE), stack)
    post = app.test_client().post
    with statements(app) as seen:
        for body, headers in payloads:
            post("/webhooks/stripe", data=body, headers=headers)
            post("/webhooks/stripe", data=body, headers=headers)
    each = sum(one != "COMMIT" for one in seen) / SAMPLE
    most = MOST_STATEMENTS + 2 + OPENS_COURSE
    if each > most:
        raise RuntimeError(f"{each:.1f} statements for an event that comes twice and opens the course")
    return "webhooks: statements of an event that comes twice", each, most, "with the opening of the course; asserted"


def _compare(court: TestCourt, size: int) -> float:
    with pytest.MonkeyPatch.context() as patch, court.app.app_context(), court.acting():
        patch.setattr(reconciling, "gateway", lambda: cast(StripeGateway, EqualStripe()))
        patch.setattr(reconciling, "fetch_events", lambda _since: 0)
        began = time.perf_counter()
        report = reconciling.reconcile_court()
        took = time.perf_counter() - began
    if report.compared != size or report.differences:
        raise RuntimeError(f"{report.compared} compared, {len(report.differences)} differ")
    return took


if __name__ == "__main__":
    for row in rows():
        print(row)
    sys.exit(0)
