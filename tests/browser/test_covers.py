"""A colleague stands in: arranged, seen, used, and over by itself after the last day."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from app.core import clock
from app.core.audit import COVERING_FOR
from app.core.models import AuditDetail, AuditEvent
from app.demo.time_travel import MovedClock
from app.permissions.identity import Identity, Role
from tenants.database import session
from tests.browser import test_enroll_pages
from tests.browser.chromium import Watched
from tests.browser.test_enroll_pages import fill_date
from tests.browser.test_seen_by_the_court import SIZES, opened
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.reports import in_accountability

pytestmark = pytest.mark.browser
address = test_enroll_pages.address
ZONE = "America/Los_Angeles"
DAYS = 3
SHOTS = os.environ.get("PORTAL_SHOTS")  # a folder to keep pictures of the pages in


@pytest.fixture
def at(app: Flask) -> Iterator[Callable[[int, time], None]]:
    """Moves the clock of every thread to a time of the day that is this many days after today."""
    moved, today = MovedClock(app.extensions["portal"].settings.clock_file), clock.today(ZONE)

    def move(days: int, hour: time) -> None:
        moved.move_to(datetime.combine(today + timedelta(days=days), hour, ZoneInfo(ZONE)))

    yield move
    moved.let_go()


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def seen_by(browser: Browser, court: TestCourt, who: Identity, size: str, base: str) -> tuple[Page, Watched]:
    """Somebody's caseload, in a new browser."""
    page, watched = opened(browser, court, who, SIZES[size])
    page.goto(f"{base}/caseload")
    return page, watched


@pytest.mark.slow
@pytest.mark.proves("AC-3", "AD-1")
def test_an_officer_goes_away_and_a_colleague_stands_in(
    app: Flask, browser: Browser, address: str, at: Callable[[int, time], None]
) -> None:
    morning, today = time(9, 30), clock.today(ZONE)
    at(0, morning)
    publish(app)
    court = make_court(app)
    base = f"{address}/{court.slug}"
    anna, ben = court.member(Role.OFFICER, "Anna Away"), court.member(Role.OFFICER, "Ben Standing")
    _learner, case_id = in_accountability(court, officer_id=anna.id, family_names="Example")

    page, watched = opened(browser, court, anna, SIZES["desk"])
    page.goto(f"{base}/covers")
    watched.check()
    page.get_by_role("link", name="Arrange it").click()
    watched.check()
    page.get_by_label("Who stands in").select_option("Ben Standing")
    fill_date(page, "First day", today + timedelta(days=1))
    fill_date(page, "Last day", today + timedelta(days=DAYS))
    page.get_by_role("button", name="Arrange it").click()
    watched.check()
    assert "It is arranged. Both were told." in page.locator("main").inner_text()
    page, _watched = seen_by(browser, court, ben, "desk", base)
    assert "Robin Example" not in page.locator("main").inner_text(), "not before the first day"

    at(1, morning)
    for size in SIZES:
        page, watched = seen_by(browser, court, ben, size, base)
        page.get_by_role("link", name="Robin Example").first.click()
        watched.check()
        assert "You stand in for Anna Away on this case until" in page.locator("main").inner_text()
        shot(page, f"cover-case-{size}")
        page.goto(f"{base}/today")
        watched.check()
        assert "You stand in for Anna Away until" in page.locator("main").inner_text()
        shot(page, f"cover-today-{size}")
        page.goto(f"{base}/covers")
        watched.check()
        shot(page, f"cover-covers-{size}")
    page.goto(f"{base}/cases/{case_id}/messages")
    page.get_by_label("Your message").fill("Hello Robin. I am here for Anna until Friday.")
    page.get_by_role("button", name="Send the message").click()
    watched.check()

    page, watched = opened(browser, court, anna, SIZES["desk"])
    page.goto(f"{base}/cases/{case_id}/history?part=messages")
    watched.check()
    assert "Ben Standing, standing in for Anna Away" in page.locator("main").inner_text(), "the case says for whom"
    shot(page, "cover-history")
    with app.app_context(), court.acting():
        sent = select(AuditEvent.id).where(AuditEvent.actor_id == ben.id, AuditEvent.action == "cases.send_message")
        (said,) = session().scalars(select(AuditDetail.new).where(AuditDetail.id.in_(sent))).all()
    assert said is not None
    assert said[COVERING_FOR] == str(anna.id), "the audit says for whom"

    at(DAYS, time(23, 59))
    page, _watched = seen_by(browser, court, ben, "phone", base)
    assert "Robin Example" in page.locator("main").inner_text(), "the whole last day"
    at(DAYS + 1, time(0, 1))
    page, watched = seen_by(browser, court, ben, "phone", base)
    watched.check()
    assert "Robin Example" not in page.locator("main").inner_text(), "gone by itself"
    answer = page.goto(f"{base}/cases/{case_id}")
    assert answer is not None
    assert answer.status == 404
    page, _watched = seen_by(browser, court, anna, "phone", base)
    assert "Robin Example" in page.locator("main").inner_text()
