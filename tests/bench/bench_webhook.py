"""What settling a paid event takes, and how soon a burst of 500 of them is settled, in a real web process."""

from __future__ import annotations

import http.client
import json
import queue
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask
from sqlalchemy import insert, select, update

from app.cases.models import Enrollment
from app.core import clock
from app.core.models import AuditEvent
from app.factory import create_app
from app.local.ports import free_port
from app.local.stripe.delivery import signature
from app.payments.models import Checkout, LedgerEntry, StripeEvent, StripeObject
from app.permissions.identity import Role
from tenants.database import session, transaction
from tenants.keys import uuid7
from tenants.models import ProgramRules
from tests.bench.ground import own_servers
from tests.caseloads import fill
from tests.factories import TestCourt, make_court
from tests.functional.payments_kit import completed, statements
from tests.stack import Stack, running, wait_for

EVENTS = 500
SENDERS = 16
MOST_STATEMENTS = 6
SETTLED_IN = ("stripe_event", "ledger_entry", "stripe_object", "audit_event")
FEE_CENTS = 25_000

Row = tuple[str, float, float, str]


@dataclass(frozen=True)
class Burst:
    """Milliseconds: from posting each event to its answer, and from the first post to each answer."""

    alone: list[float]
    since_first: list[float]


def rows() -> list[Row]:
    """Name, ours, floor, note. An event counts as settled when it is answered: it is committed before."""
    with own_servers() as servers, running(servers, Path(servers.folder), workers=0) as stack:
        app = create_app(stack.settings("web"))
        court = make_court(app)
        counted = _count(app, court, stack)
        url = f"{stack.url}/webhooks/stripe"
        _post_all(url, _payloads(_open_checkouts(court, 40), stack))  # warm
        ours_of, floor_of = _open_checkouts(court, EVENTS), _open_checkouts(court, EVENTS)
        ours = _post_all(url, _payloads(ours_of, stack))
        _check_ledger(court, ours_of, settled_by="ours")
        with _bare_server(stack) as bare:
            _post_all(bare, _payloads(_open_checkouts(court, 40), stack))
            floor = _post_all(bare, _payloads(floor_of, stack))
        _check_ledger(court, floor_of, settled_by="the floor")
    note = f"{EVENTS} events, {SENDERS} senders, one web process of 8 threads; the floor: a bare view, the same tables"
    rate = f"{EVENTS / ours.since_first[-1] * 1000:.0f} a second, the floor {EVENTS / floor.since_first[-1] * 1000:.0f}"
    return [
        *counted,
        ("webhook: p95 from post to settled, in the burst (ms)", _p95(ours.alone), _p95(floor.alone), note),
        ("webhook: p95 from first post to settled (ms)", _p95(ours.since_first), _p95(floor.since_first), rate),
    ]


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


# --- rows and events --------------------------------------------------------------------------------------------------


def _open_checkouts(court: TestCourt, count: int) -> list[Checkout]:
    """People who enrolled and have been sent to Stripe's page: straight into the tables, as the services leave them."""
    clerk, now = court.member(Role.CLERK), clock.now()
    enrollments = fill(court, clerk, count)
    with court.app.app_context(), court.acting(), transaction() as current:
        rules_id = current.scalars(select(ProgramRules.id)).first()
        current.execute(
            update(Enrollment).where(Enrollment.id.in_(enrollments)).values(state="enrolled", rules_id=rules_id)
        )
        fees = [
            {
                "enrollment_id": key,
                "kind": "assessed",
                "component": "program",
                "amount_cents": FEE_CENTS,
                "effect": f"assessed:{key}:program",
                "at": now,
                "actor_kind": "system",
            }
            for key in enrollments
        ]
        current.execute(insert(LedgerEntry), fees)
        checkouts = [_checkout(key) for key in enrollments]
        current.add_all(checkouts)
        current.flush()
        objects = [
            {
                "object_id": one.session_id,
                "court_id": court.id,
                "enrollment_id": one.enrollment_id,
                "checkout_id": one.id,
            }
            for one in checkouts
        ]
        current.execute(insert(StripeObject), objects)
    return checkouts


def _checkout(enrollment_id: UUID) -> Checkout:
    key, now = uuid7(), clock.now()
    return Checkout(
        id=key,
        enrollment_id=enrollment_id,
        state="open",
        amount_cents=FEE_CENTS,
        idempotency_key=f"checkout:{key}:en",
        session_id=f"cs_test_{key.hex}",
        url="https://checkout.stripe.example/",
        livemode=False,
        created_at=now,
        expires_at=now + timedelta(hours=12),
    )


def _payloads(checkouts: Sequence[Checkout], stack: Stack) -> list[tuple[bytes, dict[str, str]]]:
    secret, now = stack.environment["STRIPE_WEBHOOK_SECRET"], int(time.time())
    signed = []
    for one in checkouts:
        body = json.dumps(completed(one)).encode()
        signed.append((body, {"Stripe-Signature": signature(body, secret, now), "Content-Type": "application/json"}))
    return signed


# --- statements -------------------------------------------------------------------------------------------------------


def _count(app: Flask, court: TestCourt, stack: Stack) -> list[Row]:
    first, second = _open_checkouts(court, 2)
    post = app.test_client().post
    for body, headers in _payloads([first], stack):  # whatever is done once in a process is done
        post("/webhooks/stripe", data=body, headers=headers)
    [(body, headers)] = _payloads([second], stack)
    with statements(app) as seen:
        if post("/webhooks/stripe", data=body, headers=headers).status_code != 200:
            raise RuntimeError("the event was not settled")
    end = seen.index("COMMIT")
    settling, after = seen[:end], seen[end + 1 :]
    missing = [name for name in SETTLED_IN if not any(f"INSERT INTO {name}" in one for one in settling)]
    if missing:
        raise RuntimeError(f"the first commit lacks {missing}: {settling}")
    goal = f"goal {MOST_STATEMENTS}, set_config included; BEGIN, COMMIT and the pool's ping are not counted"
    later = f"{after.count('COMMIT')} more commit: coursework opens, once in a person's program"
    return [
        ("webhook: statements that settle a payment", len(settling), MOST_STATEMENTS, goal),
        ("webhook: commits that settle a payment", 1, 1, f"checked: the first holds {', '.join(SETTLED_IN)}"),
        ("webhook: statements of the request after that", sum(one != "COMMIT" for one in after), 0, later),
    ]


# --- the burst --------------------------------------------------------------------------------------------------------


def _post_all(url: str, payloads: list[tuple[bytes, dict[str, str]]]) -> Burst:
    """Post every event once, from as many threads as Stripe might; raises RuntimeError when one is not taken."""
    waiting: queue.SimpleQueue[tuple[bytes, dict[str, str]]] = queue.SimpleQueue()
    for one in payloads:
        waiting.put(one)
    done: list[tuple[float, float, int]] = []
    ready = threading.Barrier(SENDERS + 1)
    threads = [threading.Thread(target=_send, args=(url, waiting, ready, done), daemon=True) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    ready.wait()
    for thread in threads:
        thread.join()
    refused = [status for _began, _ended, status in done if status != 200]
    if refused or len(done) != len(payloads):
        raise RuntimeError(f"{len(done)} of {len(payloads)} answered; not taken: {refused[:5]}")
    first = min(began for began, _ended, _status in done)
    return Burst(
        [(ended - began) * 1000 for began, ended, _status in done],
        sorted((ended - first) * 1000 for _began, ended, _status in done),
    )


def _send(
    url: str,
    waiting: queue.SimpleQueue[tuple[bytes, dict[str, str]]],
    ready: threading.Barrier,
    done: list[tuple[float, float, int]],
) -> None:
    address = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", address.port or 80, timeout=60)
    ready.wait()
    while True:
        try:
            body, headers = waiting.get_nowait()
        except queue.Empty:
            break
        began = time.perf_counter()
        connection.request("POST", address.path, body, {**headers, "Host": address.netloc})
        answer = connection.getresponse()
        answer.read()
        done.append((began, time.perf_counter(), answer.status))
    connection.close()


def _check_ledger(court: TestCourt, checkouts: Sequence[Checkout], *, settled_by: str) -> None:
    """Each was paid once and to the cent: an event, an entry and an audit row apiece."""
    keys = [one.enrollment_id for one in checkouts]
    with court.app.app_context(), court.acting():
        current = session()
        entries = current.execute(
            select(LedgerEntry.enrollment_id, LedgerEntry.amount_cents).where(
                LedgerEntry.enrollment_id.in_(keys), LedgerEntry.kind == "paid"
            )
        ).all()
        events = current.scalars(
            select(StripeEvent.id).where(
                StripeEvent.object_id.in_([f"pi_{one.id.hex}" for one in checkouts]), StripeEvent.state == "applied"
            )
        ).all()
        audited = current.scalars(
            select(AuditEvent.subject_id).where(
                AuditEvent.action == "payments.settle", AuditEvent.subject_id.in_([one.id for one in checkouts])
            )
        ).all()
        paid = current.scalars(
            select(Checkout.id).where(Checkout.id.in_([one.id for one in checkouts]), Checkout.state == "paid")
        ).all()
    exact = sorted(entries) == sorted((key, -FEE_CENTS) for key in keys)
    if not exact or {len(events), len(audited), len(paid)} != {len(checkouts)}:
        found = f"{len(entries)} entries, {len(events)} events, {len(audited)} audit rows, {len(paid)} paid checkouts"
        raise RuntimeError(f"after {len(checkouts)} payments, {settled_by} left {found}")


@contextmanager
def _bare_server(stack: Stack) -> Iterator[str]:
    """The floor in a process like ours: gunicorn, one worker, eight threads."""
    port = free_port(set(stack.web_ports))
    bind = ("--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8")
    stack.start(
        "bare", "gunicorn", "--worker-class", "gthread", "--no-control-socket", *bind, "tests.bench.bare_webhook:app"
    )
    wait_for(f"http://127.0.0.1:{port}/", stack.folder / "bare.log")
    try:
        yield f"http://127.0.0.1:{port}/webhooks/stripe"
    finally:
        stack.kill("bare")


if __name__ == "__main__":
    for name, ours, floor, note in rows():
        sys.stdout.write(f"{name}: {ours:.1f} against {floor:.1f}: {note}\n")
