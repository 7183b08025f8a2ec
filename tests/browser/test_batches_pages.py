"""A batch and a hearing packet in the browser: looked at, made, watched without touching the page, read; by keyboard
and touch sizes, and without JavaScript."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.core import clock
from app.permissions.identity import Role
from tests.browser import test_enroll_pages
from tests.browser.chromium import Watched
from tests.browser.test_enroll_pages import take_on
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.batch_steps import publish_schedules, run_jobs

pytestmark = pytest.mark.browser
address = test_enroll_pages.address
PICTURES = os.environ.get("BATCHES_PICTURES", "")  # a folder: leave pictures there to be looked at
SOON = 20_000  # milliseconds until a page has changed by itself


@pytest.fixture(scope="module")
def published(app: Flask) -> None:
    publish(app)


@pytest.fixture
def court(app: Flask, published: None) -> TestCourt:
    court = make_court(app)
    with clock.moved_to(clock.now() - timedelta(days=1)):
        publish_schedules(court, progress_monthly_day=10, progress_days_before_hearing=5, packets=True)
    officer, tomorrow = court.member(Role.OFFICER, "Dana Reyes"), the_next_day()
    for n, name in enumerate(("Alvarez-Montgomery", "Baker", "Castellanos", "Delgado Ruiz")):
        given = "Maria Guadalupe" if n == 0 else "Robin"
        at = time(9 + n, 30)
        make_learner(
            court, given_names=given, family_names=name, hearing_on=tomorrow, hearing_at=at, officer_id=officer.id
        )
    make_referral(court, family_names="Ellison", hearing_on=tomorrow, hearing_at=time(14, 0), officer_id=officer.id)
    return court


def the_next_day() -> date:
    return clock.today("America/Los_Angeles") + timedelta(days=1)


def work(court: TestCourt) -> None:
    """Run the jobs beside Playwright's own event loop, in which no seal could be put on."""
    with ThreadPoolExecutor(1) as worker:
        worker.submit(run_jobs, court).result()


def looker(page: Page, size: str) -> Callable[[str], None]:
    watched = Watched(page)

    def look(name: str) -> None:
        watched.check()
        if PICTURES:
            page.screenshot(path=str(Path(PICTURES) / f"{size}-{name}.png"), full_page=True)

    return look


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 375, 1280])
def test_a_batch_and_a_packet(court: TestCourt, browser: Browser, address: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US", reduced_motion="reduce")
    page = context.new_page()
    look, here = looker(page, str(width)), f"{address}/{court.slug}"
    take_on(page, court, Role.SUPERVISOR)
    page.goto(f"{here}/batches")
    look("batches-empty")
    page.get_by_role("link", name="Make many reports").click()
    look("batch-new")
    page.get_by_role("button", name="See what it comes to").click()
    expect(page.locator("h1")).to_have_text("4 reports")
    look("batch-preview")
    page.get_by_role("button", name="Make 4 reports").click()
    expect(page.locator("#batch-progress")).to_contain_text("4 waiting")
    look("batch-running")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#batch-progress")).to_contain_text("Paused")
    page.get_by_role("button", name="Go on").click()
    work(court)
    expect(page.locator("#batch-progress")).to_contain_text("Finished", timeout=SOON)  # by itself
    expect(page.locator("#batch-progress")).to_contain_text("4 made")
    look("batch-done")
    page.goto(f"{here}/report-schedules")
    look("schedules")
    page.goto(f"{here}/hearings?day={the_next_day()}")
    look("hearings-before")
    page.get_by_role("button", name="Make the packet now").click()
    expect(page.locator("#list-state")).to_contain_text("put together")
    look("packet-pending")
    work(court)
    expect(page.get_by_role("link", name="Download the PDF")).to_be_visible(timeout=SOON)  # by itself
    look("packet")
    page.get_by_role("link", name="Correct this report").click()
    look("packet-correct")
    page.go_back()
    take_on(page, court, Role.CLERK)
    page.reload()
    page.get_by_role("link", name="Take this report back").click()
    look("packet-take-back")
    page.go_back()
    page.goto(f"{here}/hearings?day={the_next_day()}")
    look("hearings")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the packet to print").click()
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(b"%PDF")
    if PICTURES:
        (Path(PICTURES) / "packet.pdf").write_bytes(content)
    page.goto(f"{here}/caseload")
    page.get_by_role("button", name="Make this list a signed report").click()
    work(court)
    expect(page.get_by_role("link", name="Download the PDF")).to_be_visible(timeout=SOON)
    look("caseload-report")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the PDF").click()
    if PICTURES:
        (Path(PICTURES) / "caseload.pdf").write_bytes(Path(download.value.path()).read_bytes())
    context.close()


def test_without_javascript_the_pages_come_again_by_themselves(
    court: TestCourt, browser: Browser, address: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page, here = context.new_page(), f"{address}/{court.slug}"
    take_on(page, court, Role.SUPERVISOR)
    page.goto(f"{here}/batches/new")
    page.get_by_role("button", name="See what it comes to").click()
    page.get_by_role("button", name="Make 4 reports").click()
    expect(page.locator("#batch-progress")).to_contain_text("4 waiting")
    work(court)
    expect(page.locator("#batch-progress")).to_contain_text("Finished", timeout=SOON)
    context.close()
