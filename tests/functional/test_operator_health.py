"""Health and usage: numbers over all courts, jobs sent again, and nothing of a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.models import Outbox
from app.core.outbox import enqueue
from app.core.runtime import runtime
from app.operator import health, usage
from app.operator.models import CourtUsage, ProcessHeartbeat
from tenants.database import acting_as, role_transaction, session, transaction
from tests import operators
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.operators import Browser, audited
from tests.reports import run_renders

console, browser, court, statements = operators.console, operators.browser, operators.court, operators.statements


def cells(page: Page, row: str) -> list[str]:
    """The cells of the first row of a table in which `row` stands."""
    for found in page.tree.xpath("//tr"):
        if row in " ".join(found.itertext()):
            return [" ".join(" ".join(cell.itertext()).split()) for cell in found.xpath("./td")]
    raise AssertionError(f"no row {row}")


def failed_job(court: TestCourt, kind: str = "notices.send") -> UUID:
    with court.app.app_context(), court.acting(), transaction() as current:
        job_id = enqueue(kind, None, payload={"to": "canary@mail.example"})
        failed = {"failed_at": clock.now(), "attempt": 8, "error": "Refused: canary@mail.example"}
        current.execute(sa.update(Outbox).where(Outbox.id == job_id).values(failed))
    return job_id


def test_health_counts_each_courts_and_each_kinds_waiting_jobs(browser: Browser, app: Flask, court: TestCourt):
    kind = f"test.{uuid4().hex[:8]}"
    with app.app_context(), court.acting():
        enqueue(kind, None, due_at=clock.now() - timedelta(days=400))
        enqueue(kind, None)
    failed_job(court, kind)
    page = browser.get("/operator/health")
    assert cells(page, kind)[:4] == ["2", "1", "0", "1"]
    named = page.tree.xpath(f"//tr[.//a[contains(@href, '{court.id}')]]")[0]
    counts = [" ".join(cell.itertext()).strip() for cell in named.xpath("./td")]
    assert counts[:4] == ["2", "1", "0", "1"]
    assert "canary" not in page.response.get_data(as_text=True)


def test_health_takes_few_statements_however_many_courts(browser: Browser, app: Flask, statements: list[str]):
    for _court in range(15):
        failed_job(make_court(app))
    statements.clear()
    assert browser.get("/operator/health").status == 200
    assert len(statements) <= 12, statements
    statements.clear()
    assert browser.get("/operator/failed-jobs").status == 200
    assert len(statements) <= 12, statements


def test_a_silent_part_of_the_scheduler_is_named(browser: Browser, app: Flask):
    with app.app_context():
        for name in health.PARTS:
            health.beat(name)
        health.beat("relay")
        with clock.moved_to(clock.now() - timedelta(minutes=3)):
            health.beat("sealer")
        with role_transaction("platform") as platform:
            assert len(platform.scalars(select(ProcessHeartbeat)).all()) == 3
    page = browser.get("/operator/health")
    assert "The sealer has not worked for two minutes" in page.text
    assert "The relay has not worked" not in page.text


def test_without_redis_the_page_says_so_and_the_rest_is_there(
    browser: Browser, console: Flask, court: TestCourt, monkeypatch: pytest.MonkeyPatch
):
    page = browser.get("/operator/health")
    assert "Redis does not answer" not in page.text
    for url, words in (
        ("redis://127.0.0.1:1/0", "Redis does not answer: jobs wait, nothing is lost"),
        ("", "The console was not told where Redis is"),
    ):
        with console.app_context():
            before = runtime()
        settings = replace(before.settings, redis_url=url)
        monkeypatch.setitem(console.extensions, "portal", replace(before, settings=settings))
        page = browser.get("/operator/health")
        assert page.status == 200
        assert words in page.text
        assert "Jobs by kind" in page.text
        monkeypatch.undo()


def test_a_failed_job_is_sent_again_and_its_court_can_see_who_did(browser: Browser, court: TestCourt):
    kind = f"test.{uuid4().hex[:8]}"
    job_id = failed_job(court, kind)
    page = browser.get("/operator/failed-jobs")
    assert "canary" not in page.response.get_data(as_text=True)
    button = page.form(f"Retry {kind}")
    assert "The job is sent again" in button.submit().text
    with court.app.app_context(), court.acting():
        row = session().scalars(select(Outbox).where(Outbox.id == job_id)).one()
        assert (row.failed_at, row.attempt, row.sent_at) == (None, 0, None)
        assert row.payload == {"to": "canary@mail.example"}
    ((happened, detail),) = audited(court, "operator.retry_job")
    assert (happened.actor_id, happened.subject_id, detail.new) == (browser.operator.id, job_id, {"kind": kind})
    assert "does not wait for a retry any more" in button.submit().text
    assert len(audited(court, "operator.retry_job")) == 1


def test_a_job_is_retried_in_its_own_court_only(browser: Browser, app: Flask, court: TestCourt):
    other = make_court(app)
    job_id = failed_job(other)
    page = browser.get("/operator/failed-jobs")
    values = page.form("Retry").values()
    browser.pages.post(f"/operator/court/{court.id}/jobs/{job_id}/retry", values)
    with app.app_context(), other.acting():
        assert session().scalars(select(Outbox.failed_at).where(Outbox.id == job_id)).one() is not None
    assert audited(court, "operator.retry_job") == []


@pytest.mark.proves("CO-8")
def test_the_console_may_ask_for_its_own_kinds_of_job_only(console: Flask, court: TestCourt):
    with console.app_context(), acting_as(court.id):
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            enqueue("notices.send", None, payload={"to": "anybody@mail.example"})
        enqueue("exports.make", court.id)


def test_failed_jobs_are_paged(browser: Browser, app: Flask):
    kind = f"test.{uuid4().hex[:8]}"
    court = make_court(app)
    jobs = {failed_job(court, kind) for _job in range(27)}
    page = browser.get("/operator/failed-jobs")
    seen: list[str] = []
    for _page in range(10):
        seen += page.tree.xpath("//form[contains(@action, '/retry')]/@action")
        if "Older" not in page.text:
            break
        page = page.click("Older")
    assert len(seen) == len(set(seen))
    assert {str(job) for job in jobs} <= {action.split("/")[-2] for action in seen}
    assert browser.get("/operator/failed-jobs?before=nonsense").status == 200


# --- usage -----------------------------------------------------------------------------------------------------------


def test_usage_counts_a_court_by_month_and_nothing_else_crosses(browser: Browser, app: Flask, court: TestCourt):
    make_learner(court, given_names="Canary")
    make_referral(court)
    run_renders(court)
    with app.app_context(), court.acting():
        usage.count_month()
        month = f"{clock.local(clock.now(), 'America/Los_Angeles'):%Y-%m}"
        row = session().scalars(select(CourtUsage).where(CourtUsage.month == month)).one()
        assert (row.referred, row.enrolled, row.active, row.completed, row.reports) == (2, 1, 1, 0, 1)
        assert len(session().scalars(select(CourtUsage)).all()) == 2, "this month and the one before"
    page = browser.get(f"/operator/court/{court.id}")
    assert cells(page, month)[:5] == ["2", "1", "1", "0", "1"]
    assert "Canary" not in page.text
    with app.app_context(), make_court(app).acting():
        assert session().scalars(select(CourtUsage)).all() == [], "no other court sees them"


def test_usage_is_counted_once_an_hour_and_a_month_keeps_its_last_count(app: Flask, court: TestCourt):
    make_learner(court)
    begin = clock.now()

    def counted() -> dict[str, int]:
        with app.app_context(), court.acting():
            usage.count_month()
            return {row.month: row.active for row in session().scalars(select(CourtUsage))}

    first = counted()
    make_learner(court)
    assert counted() == first, "not again within the hour"
    month = max(first)
    with clock.moved_to(begin + timedelta(hours=2)):
        second = counted()
    assert second[max(second)] == 2
    make_learner(court)
    with clock.moved_to(begin + timedelta(days=32)):
        third = counted()
    assert third[month] in (2, 3)
    assert third[max(third)] == 3
    if month != max(second):  # the test ran over the turn of a month
        return
    assert third[month] == 2, "how many were active is not known afterwards"


def test_usage_pages_by_court_with_few_statements(browser: Browser, app: Flask, statements: list[str]):
    made = [make_court(app) for _court in range(27)]
    for one in made:
        with app.app_context(), one.acting():
            usage.count_month()
    month = f"{clock.local(clock.now(), 'America/Los_Angeles'):%Y-%m}"
    statements.clear()
    page = browser.get(f"/operator/usage?month={month}")
    assert len(statements) <= 12, statements
    seen: list[str] = []
    for _page in range(10):
        seen += page.tree.xpath("//tbody/tr/th//a/@href")
        if "More courts" not in page.text:
            break
        page = page.click("More courts")
    assert {f"/operator/court/{one.id}" for one in made} <= set(seen)
    assert len(seen) == len(set(seen))
    assert browser.get("/operator/usage?month=1999-01").status == 200
    assert browser.get("/operator/usage?month=%27;drop").status == 200
