"""What the processes say of themselves: log lines and numbers, and nothing about a person in either."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import LearnerAccount
from app.core import clock, logs
from app.core.jobs import JobHandler
from app.core.outbox import enqueue, run_job
from app.permissions.identity import Role
from tenants.database import transaction
from tests import operators
from tests.client import PageClient
from tests.factories import make_court, make_learner
from tests.operators import Browser
from tests.reports import run_renders

console, browser = operators.console, operators.browser
CANARY = "Quetzalcanary"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged meanwhile, as production writes it, down to the last detail."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.JsonLines("web"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.proves("WE-2")
def test_log_lines_hold_what_is_needed_to_find_a_fault_and_nothing_of_a_person(
    app: Flask, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
):
    court = make_court(app)
    learner, _enrollment_id = make_learner(court, given_names=CANARY)
    run_renders(court)
    visitor = PageClient(app)
    visitor.get(court.url("sign-in")).submit(None, name=f"{CANARY}@mail.example", password=f"{CANARY} password")
    visitor.get(f"/{court.slug}/{CANARY}")
    clerk = court.staff_client(Role.CLERK)
    clerk.get(court.url("referrals"))

    def broken(*_args: object, **_named: object) -> None:
        with transaction() as current:  # PostgreSQL quotes the whole row in its complaint
            row = {"id": learner.id, "sign_in_name": f"{CANARY}@mail.example", "kind": "email"}
            more = {"display_name": CANARY, "password_hash": CANARY, "created_at": clock.now()}
            current.execute(sa.insert(LearnerAccount).values(**row, **more))

    monkeypatch.setitem(app.view_functions, "cases.referrals", broken)
    assert clerk.get(court.url("referrals")).status == 500
    with app.app_context(), court.acting():
        with transaction() as current:
            job_id = enqueue("test.broken", uuid4(), payload={"name": CANARY})
            current.flush()

        def fails(_job: object) -> None:
            raise ValueError(CANARY)

        def gave_up(_job: object, _why: str) -> None:
            raise LookupError(CANARY)

        assert run_job(job_id, {"test.broken": JobHandler(fails, attempts=0, gave_up=gave_up)}) == "failed"
    said = lines.getvalue()
    assert CANARY.lower() not in said.lower()
    assert learner.display_name not in said
    found = [json.loads(line) for line in said.splitlines()]
    (fault,) = [one for one in found if one["message"].startswith("unexpected error")]
    assert (fault["court"], fault["method"], fault["rule"]) == (str(court.id), "GET", "/<court_slug>/referrals")
    assert "IntegrityError 23505" in fault["message"]
    assert len(fault["request"]) == 32
    (untold,) = [one for one in found if "could not be told" in one["message"]]
    assert "LookupError" in untold["error"]
    assert untold["court"] == str(court.id)
    assert str(job_id) in untold["message"]


def test_a_line_is_one_json_object_in_production_and_plain_words_for_the_demo(app: Flask):
    record = logging.LogRecord("x", logging.WARNING, __file__, 1, "two\nlines of %s", ("words",), None)
    assert json.loads(logs.JsonLines("worker").format(record))["message"] == "two\nlines of words"
    assert "\n" not in logs.JsonLines("worker").format(record)
    assert logs.PlainLines().format(record) == "two\nlines of words"
    for given, kept in (("0a1b2c3d-4e5f", True), ("Robin Sample", False), ("a" * 65, False)):
        with app.test_request_context(headers={"X-Request-ID": given}):
            assert (logs.request_id() == given) is kept


def test_numbers_name_rules_and_kinds_and_nobody(app: Flask, browser: Browser):
    court = make_court(app)
    _learner, enrollment_id = make_learner(court, given_names=CANARY)
    court.staff_client(Role.CLERK).get(court.url("referrals"))
    PageClient(app).get(f"/{court.slug}/{CANARY}")
    PageClient(app).http.open("/", method="BREW")
    told = PageClient(app).get("/metrics").text
    assert 'portal_requests_total{method="GET",rule="/<court_slug>/referrals",status="2xx"}' in told
    assert 'rule="-",status="4xx"' in told
    assert "BREW" not in told
    assert "portal_request_seconds_bucket" in told
    with app.app_context(), court.acting():
        enqueue("test.kind", enrollment_id)
    across = browser.pages.get("/metrics")
    assert across.status == 200
    assert 'portal_jobs_waiting{kind="test.kind"} 1.0' in across.text
    for name in (
        "portal_jobs_failed",
        "portal_jobs_oldest_seconds",
        'portal_part_seconds{part="relay"}',
        "portal_redis_up 1.0",
    ):
        assert name in across.text, name
    for text in (told, across.text):
        for hidden in (CANARY, court.slug, str(court.id), str(enrollment_id)):
            assert hidden not in text
