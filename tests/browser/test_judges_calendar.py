"""A judge's calendar and the unit's page of facts, on a phone and on a desk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import time
from pathlib import Path
from tempfile import gettempdir

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.accountability.terminating.services import propose, respond
from app.cases.holding import return_to_court
from app.core import clock
from app.permissions.identity import Role
from tests.browser import test_enroll_pages
from tests.browser.chromium import Watched
from tests.browser.test_enroll_pages import take_on
from tests.curriculum import publish
from tests.daily import daily
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.test_judges_calendar import ANSWER, ORDERED, REASONS, ZONE, of_a_judge
from tests.functional.waiver_steps import ask
from tests.reports import ask as ask_for_report
from tests.reports import in_accountability, run_renders

pytestmark = pytest.mark.browser
address = test_enroll_pages.address

SIZES = [(375, 720), (1280, 900)]


@pytest.fixture
def court(app: Flask) -> TestCourt:
    """A court whose judge has a hearing with a bench card, one without, an end to decide and a request."""
    publish(app)
    court = make_court(app, document=of_a_judge())
    today, officer = clock.today(ZONE), court.member(Role.OFFICER)
    court.member(Role.JUDGE)
    _learner, heard = in_accountability(
        court, family_names="Heardtoday", hearing_on=today, hearing_at=time(9, 30), officer_id=officer.id
    )
    make_referral(
        court,
        actor=court.member(Role.PROSECUTOR),
        family_names="Heardlater",
        hearing_on=today,
        hearing_at=time(10, 0),
    )
    learner, ending = in_accountability(court, family_names="Endingone", officer_id=officer.id)
    asks, _asking = make_learner(court, family_names="Askingone")
    assert ask(court, asks, household_size="3", income="1,900").status == 200
    with app.test_request_context(), court.acting():
        return_to_court(ending, reason="No contact since March.", actor=officer)
        row = propose(ending, reasons=REASONS, counsel="Ms. Park", not_money=True, actor=officer)
        respond(row.id, ANSWER, actor=learner)
    ask_for_report(court, heard, "bench_card")
    with ThreadPoolExecutor(1) as apart:  # the signing library starts an event loop; the browser's runs in this one
        assert set(apart.submit(run_renders, court).result()) == {"done"}
    return court


@pytest.mark.parametrize("size", daily(SIZES, SIZES[:1]))
def test_a_judges_calendar(court: TestCourt, browser: Browser, address: str, size: tuple[int, int]) -> None:
    view = {"width": size[0], "height": size[1]}
    page: Page = browser.new_context(viewport=view, reduced_motion="reduce").new_page()
    watched = Watched(page)
    take_on(page, court, Role.JUDGE)
    base = f"{address}/{court.slug}"
    page.goto(f"{base}/calendar")
    watched.check()
    page.locator("summary", has_text="Bench card").first.click()
    page.locator("summary", has_text="Let the program go on").first.click()
    watched.check()
    picture(page, f"calendar-{size[0]}")
    page.get_by_label("What the court ordered").fill(ORDERED)
    page.get_by_role("button", name="Check the order").click()
    watched.check()
    picture(page, f"confirm-{size[0]}")
    page.get_by_role("button", name="Yes, this is the decision").click()
    watched.check()
    assert "The program goes on." in page.locator("main").inner_text()
    page.goto(f"{base}/calendar?show=cards")
    watched.check()
    picture(page, f"cards-{size[0]}")
    take_on(page, court, Role.PROSECUTOR)
    page.goto(f"{base}/compliance")
    watched.check()
    picture(page, f"unit-{size[0]}")
    page.get_by_role("link", name="Robin Heardlater").click()
    watched.check()
    picture(page, f"facts-{size[0]}")


def picture(page: Page, name: str) -> None:
    """For whoever looks at the pages: kept where a folder for it stands."""
    folder = Path(gettempdir()) / "portal-pictures"
    if folder.is_dir():
        page.screenshot(path=folder / f"{name}.png", full_page=True)
