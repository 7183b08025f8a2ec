"""Operators of the console and their browsers, and the fixtures that tests of the console share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.accounts.second_factor import code_at
from app.core import clock
from app.core.models import AuditDetail, AuditEvent, Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.operator.factory import create_console
from app.operator.services import NewOperator, create_operator
from config import Settings
from tenants.database import db, role_transaction, session
from tests.client import Page, PageClient
from tests.factories import TestCourt, make_court


@dataclass
class Browser:
    pages: PageClient
    operator: NewOperator

    def get(self, path: str) -> Page:
        return self.pages.get(path)


def make_operator(console: Flask) -> NewOperator:
    with console.app_context(), role_transaction("platform") as platform:
        return create_operator(platform, email=f"{uuid4().hex}@janeschool.example", display_name="Olu Operator")


def browse(console: Flask, place: str = "") -> PageClient:
    """A browser at an address of its own, so that one test's failures do not count in another."""
    client = PageClient(console)
    number = uuid4().int
    client.http.environ_base["REMOTE_ADDR"] = (
        place or f"10.{number % 250}.{number // 250 % 250}.{number // 62500 % 250}"
    )
    return client


def sign_in(console: Flask) -> Browser:
    made = make_operator(console)
    pages = browse(console)
    page = pages.get("/operator/sign-in").submit("Continue", email=made.email, password=made.password)
    page = page.submit("Sign in", code=code_at(made.totp_secret, clock.now()))
    assert page.heading == "Operator console"
    return Browser(pages, made)


def audited(court: TestCourt, action: str) -> list[tuple[AuditEvent, AuditDetail]]:
    with court.app.app_context(), court.acting():
        rows = session().execute(
            select(AuditEvent, AuditDetail)
            .join(AuditDetail, AuditDetail.id == AuditEvent.id)
            .where(AuditEvent.action == action)
        )
        return [(row[0], row[1]) for row in rows]


def run_jobs(court: TestCourt, kind: str) -> list[str]:
    """Run the court's waiting jobs of a kind as a worker does; how each ended."""
    with court.app.app_context(), court.acting():
        waiting = select(Outbox.id).where(Outbox.kind == kind, Outbox.done_at.is_(None), Outbox.failed_at.is_(None))
        ids = list(session().scalars(waiting.order_by(Outbox.due_at, Outbox.id)))
    ends = []
    for job_id in ids:
        with court.app.app_context(), court.acting():
            ends.append(run_job(job_id, runtime().registry.jobs))
    return ends


@pytest.fixture(scope="module")
def console(app: Flask, settings: Settings) -> Flask:
    """The console; `app` first, since it makes the keyring."""
    return create_console(settings)


@pytest.fixture
def browser(console: Flask) -> Browser:
    return sign_in(console)


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


@pytest.fixture
def statements(console: Flask) -> Iterator[list[str]]:
    seen: list[str] = []
    with console.app_context():
        engine = db.engine

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)
