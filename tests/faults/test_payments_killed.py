"""Workers killed at any moment while refunds and sweeps run: nobody is paid back twice, the ledger equals Stripe."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests
import sqlalchemy as sa
from flask import Flask

from app.core import clock
from app.core.models import Outbox
from app.factory import create_app
from app.payments import jobs
from app.payments.checkouts import ReturnPages, start_checkout
from app.payments.models import Checkout, LedgerEntry
from app.payments.reconciling.services import reconcile_court
from app.payments.refunds.models import Refund
from app.payments.refunds.services import ask_refund
from app.payments.services import sweep_open_checkouts
from app.permissions.identity import Role
from tenants.database import session
from tests.factories import TestCourt, make_court, make_learner
from tests.servers import Servers
from tests.stack import Stack, running

PATIENCE = 90  # seconds; what is waited for mostly comes within two
PAGES = ReturnPages(thanks="http://localhost/thanks", canceled="http://localhost/canceled")
STRIKES = 3  # fewer than a job has attempts
SLOW_MS = 250  # what Stripe takes for an answer while we strike: so that we strike in every place
LEASE = timedelta(seconds=100)


@dataclass
class Ground:
    """The real processes over a database of their own, the stand-in and a court."""

    app: Flask
    court: TestCourt
    stack: Stack

    def control(self, path: str, body: dict[str, Any]) -> None:
        requests.post(f"{self.stack.stripe_url}/_control/{path}", json=body, timeout=30).raise_for_status()

    def at_stripe(self, path: str, **params: str) -> list[dict[str, Any]]:
        key = {"Authorization": f"Bearer {self.stack.environment['STRIPE_SECRET_KEY']}"}
        address = f"{self.stack.stripe_url}/v1/{path}"
        found = requests.get(address, {**params, "limit": "100"}, headers=key, timeout=30)
        found.raise_for_status()
        return list(found.json()["data"])

    def paid(self, *, heard: bool) -> UUID:
        """The checkout of a learner who has paid; unless `heard`, no webhook tells of it."""
        learner, enrollment_id = make_learner(self.court)
        with self.app.test_request_context(), self.court.acting():
            address = start_checkout(enrollment_id, language="en", pages=PAGES, actor=learner)
            checkout_id = session().scalars(sa.select(Checkout.id).where(Checkout.enrollment_id == enrollment_id)).one()
        assert address is not None
        self.control("faults", {"webhooks": "normal" if heard else "drop"})
        self.control(f"sessions/{address.rpartition('/')[2]}/pay", {"method": "card"})
        if heard:
            self.until(lambda: self.checkout(checkout_id).state == "paid")
        return checkout_id

    def checkout(self, checkout_id: UUID) -> Checkout:
        with self.app.app_context(), self.court.acting():
            return session().scalars(sa.select(Checkout).where(Checkout.id == checkout_id)).one()

    def ask_back(self, checkout_id: UUID, *amounts: int) -> None:
        with self.app.test_request_context(), self.court.acting():
            for cents in amounts:
                ask_refund(checkout_id, cents, "a test", actor=self.court.member(Role.ADMINISTRATOR))

    def of_payments(self, *conditions: sa.ColumnElement[bool]) -> int:
        """How many jobs of payments meet the conditions."""
        with self.app.app_context(), self.court.acting():
            query = sa.select(sa.func.count()).select_from(Outbox).where(Outbox.kind.in_(jobs.JOBS), *conditions)
            return session().scalar(query) or 0

    def until(self, what: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < end, "\n".join(self.stack.log(name)[-2000:] for name in self.stack.processes)
            time.sleep(0.05)

    # --- striking ---

    def at_work(self) -> list[int]:
        """The processes that the worker has forked for jobs."""
        worker = self.stack.processes["worker0"].pid
        children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
        return [int(pid) for pid in children if "app.worker" in _command(pid)]

    def strike(self, chance: random.Random, *, the_worker_too: bool) -> None:
        self.until(self.at_work)
        time.sleep(chance.uniform(0, SLOW_MS * 2 / 1000))
        doomed = self.at_work()
        if the_worker_too:
            self.stack.kill("worker0")
        for pid in doomed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if the_worker_too:
            self.stack.start_worker(0)

    def settle(self) -> None:
        """Let every lease run out, until all jobs of payments are done."""
        waiting = Outbox.done_at.is_(None)
        end = time.monotonic() + PATIENCE
        while self.of_payments(waiting):
            assert time.monotonic() < end, self.stack.log("worker0")[-2000:]
            self.stack.move_clock(clock.now() + LEASE)
            time.sleep(1)
        assert self.of_payments(Outbox.failed_at.is_not(None)) == 0


def _command(pid: str) -> str:
    """Empty for one that has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


@pytest.fixture
def ground(servers: Servers, tmp_path: Path) -> Iterator[Ground]:
    with running(servers, tmp_path, schedulers=1) as stack:
        app = create_app(stack.settings("web"))
        try:
            yield Ground(app, make_court(app), stack)
        finally:
            clock.follow(None)


def round_of(ground: Ground, seed: int) -> None:
    chance = random.Random(seed)
    heard = [ground.paid(heard=True) for _n in range(2)]
    unheard = [ground.paid(heard=False) for _n in range(2)]
    ground.stack.move_clock(clock.now() + timedelta(minutes=3))
    ground.control("faults", {"latency_ms": SLOW_MS, "webhooks": chance.choice(["normal", "drop"])})
    ground.ask_back(heard[0], 700, 900)
    ground.ask_back(heard[1], ground.checkout(heard[1]).amount_cents)
    with ground.app.app_context(), ground.court.acting():
        sweep_open_checkouts()
    for number in range(STRIKES):
        ground.strike(chance, the_worker_too=number == seed % (2 * STRIKES))
    ground.control("faults", {"latency_ms": 0, "webhooks": "normal"})
    ground.settle()
    _equal_to_the_cent(ground)
    assert [ground.checkout(one).state for one in (*heard, *unheard)] == ["paid"] * 4


def _equal_to_the_cent(ground: Ground) -> None:
    with ground.app.app_context(), ground.court.acting():
        report = reconcile_court()
        assert report.differences == []
        refunds = session().scalars(sa.select(Refund)).all()
        assert {one.state for one in refunds} == {"succeeded"}
        entries = sa.select(LedgerEntry.stripe_object, LedgerEntry.amount_cents)
        ours = Counter(dict(session().execute(entries.where(LedgerEntry.kind == "refunded")).all()))
        intents = {one.payment_intent_id for one in refunds}
    made = [one for intent in intents for one in ground.at_stripe("refunds", payment_intent=intent)]
    wanted = sorted((one.idempotency_key, one.amount_cents) for one in refunds)
    assert sorted((one["metadata"]["reference"], one["amount"]) for one in made) == wanted
    assert sum(ours.values()) == sum(one["amount"] for one in made)


@pytest.mark.proves("FA-1", "MO-5")
@pytest.mark.slow
def test_workers_killed_while_money_moves_pay_nobody_back_twice(ground: Ground):
    round_of(ground, 0)
    assert ground.of_payments(Outbox.attempt > 1) > 0, "no job of payments was struck"


@pytest.mark.proves("FA-1", "MO-5")
@pytest.mark.slow
def test_round_after_round_of_killed_workers_ends_equal_to_the_cent(ground: Ground):
    for seed in range(1, 9):
        round_of(ground, seed)
