"""A report's place in the queue as it moves, and what becomes of it afterwards: received, corrected, printed."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.permissions.identity import Role
from app.reports.delivering import printing
from tenants.report_delivery import KindDelivery, Receiver, Way
from tests.browser import test_enroll_pages
from tests.browser.chromium import Watched
from tests.browser.test_messages import sign_in
from tests.curriculum import publish
from tests.factories import make_court, make_learner
from tests.reports import ask, rules_that_deliver, run_deliveries, run_kind, run_renders

pytestmark = pytest.mark.browser
address = test_enroll_pages.address
PICTURES = os.environ.get("DELIVERY_PICTURES", "")  # a folder: leave pictures there to be looked at


def at_work(job: Callable[[], object]) -> None:
    """Do what a worker does beside the browser: sealing needs a thread without an event loop of its own."""
    with ThreadPoolExecutor(1) as worker:
        worker.submit(job).result()


def look(page: Page, watched: Watched, name: str) -> None:
    watched.check()
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


@pytest.mark.proves("CD-1")
@pytest.mark.parametrize("width", [375, pytest.param(1280, marks=pytest.mark.slow)])
def test_the_place_in_the_queue_moves_by_itself_and_the_report_is_received(
    app: Flask, browser: Browser, address: str, width: int
) -> None:
    publish(app)
    ways = KindDelivery(ways=(Way.INBOX, Way.PRINT), to=(Receiver.JUDGES,))
    court = make_court(app, document=rules_that_deliver(progress=ways))
    court.member(Role.JUDGE)
    _learner, enrollment_id = make_learner(court)
    report = ask(court, enrollment_id, "progress")
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page, base = context.new_page(), f"{address}/{court.slug}"
    watched = Watched(page)
    sign_in(page, court, court.member(Role.CLERK))
    page.goto(f"{base}/reports/{report.id}")
    expect(page.locator("#report-state")).to_contain_text("Place in the queue: 2.")
    look(page, watched, f"{width}-queue")
    at_work(lambda: run_renders(court))
    expect(page.get_by_role("link", name="Download the PDF")).to_be_visible(timeout=15_000)  # nobody loaded it anew
    at_work(lambda: run_deliveries(court))
    page.reload()
    look(page, watched, f"{width}-report")
    page.get_by_role("link", name="Correct this report").click()
    look(page, watched, f"{width}-correct")
    page.goto(f"{base}/reports/delivery")
    look(page, watched, f"{width}-dispatch")
    page.get_by_role("button", name="Put the ticked reports together").click()
    at_work(lambda: run_kind(court, printing.MAKE))
    expect(page.get_by_role("link", name="Download the PDF to print")).to_be_visible(timeout=15_000)
    look(page, watched, f"{width}-print")
    context.close()

    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    watched = Watched(page)
    sign_in(page, court, court.member(Role.JUDGE))
    page.goto(f"{base}/reports")
    look(page, watched, f"{width}-inbox")
    page.get_by_role("button", name="I have the ticked reports").click()
    expect(page.get_by_text("1 report is noted as received.")).to_be_visible()
    look(page, watched, f"{width}-received")
    context.close()
