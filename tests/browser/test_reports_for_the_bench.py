"""A judge's bench card and an officer's non-compliance report, on the narrowest phone and on a desk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.accountability.violations.opening import note_by_hand
from app.accountability.violations.rules import ViolationKind
from app.core import clock
from app.permissions.identity import Role
from tests.browser import test_enroll_pages
from tests.browser.chromium import Watched
from tests.browser.test_enroll_pages import take_on
from tests.curriculum import publish
from tests.daily import daily
from tests.factories import TestCourt, make_court
from tests.reports import ask, in_accountability, run_renders

pytestmark = pytest.mark.browser
address = test_enroll_pages.address

SIZES = [(320, 720), (1280, 900)]


@pytest.fixture
def noted(app: Flask) -> tuple[TestCourt, UUID]:
    """Somebody in check-ins of whom the officer has noted something today."""
    publish(app)
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    _learner, enrollment_id = in_accountability(court, officer_id=officer.id)
    with app.app_context(), app.test_request_context(), court.acting():
        note_by_hand(
            enrollment_id,
            ViolationKind.APPOINTMENT,
            event_on=clock.today("America/Los_Angeles"),
            facts="Did not come. Two calls were not answered.",
            not_money=True,
            actor=officer,
        )
    return court, enrollment_id


def make_them(court: TestCourt) -> None:
    """In a thread of its own: the signing library starts an event loop, and the browser's runs in this one."""
    with ThreadPoolExecutor(1) as apart:
        assert set(apart.submit(run_renders, court).result()) == {"done"}


@pytest.mark.parametrize("size", daily(SIZES, SIZES[:1]))
@pytest.mark.proves("CD-1")
def test_the_pages_of_reports_for_the_bench(
    noted: tuple[TestCourt, UUID],
    browser: Browser,
    address: str,
    size: tuple[int, int],
) -> None:
    court, enrollment_id = noted
    cards = [ask(court, enrollment_id, kind) for kind in ("bench_card", "progress")]
    make_them(court)
    view = {"width": size[0], "height": size[1]}
    page: Page = browser.new_context(viewport=view, reduced_motion="reduce").new_page()
    watched = Watched(page)
    take_on(page, court, Role.OFFICER)
    base = f"{address}/{court.slug}"
    page.goto(f"{base}/cases/{enrollment_id}/reports/non-compliance")
    watched.check()
    page.get_by_role("button", name="Make the report").click()
    watched.check()
    assert "Choose what you ask of the court." in page.locator("main").inner_text()
    page.get_by_text("Set a hearing").click()
    page.get_by_label("In your words").fill("A short hearing.")
    page.get_by_label("What else was tried").fill("Two calls.")
    page.get_by_role("button", name="Make the report").click()
    make_them(court)
    page.reload()
    watched.check()
    assert "A short hearing." in page.locator("main").inner_text()
    for card in cards:
        page.goto(f"{base}/reports/{card.id}")
        watched.check()
        assert card.number in page.locator("main").inner_text()
