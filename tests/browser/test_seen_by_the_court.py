"""What the court sees, on a phone and on a desk: disputed, answered, and read by the participant's lawyer."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.counsel.lookups import email_of
from app.permissions.identity import Identity, Role
from tests.browser import test_enroll_pages
from tests.browser.chromium import Watched
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.reports import in_accountability

pytestmark = pytest.mark.browser
address = test_enroll_pages.address

SIZES = {"phone": (375, 800), "desk": (1280, 900)}


@pytest.fixture
def case(app: Flask) -> tuple[TestCourt, Identity, UUID, Identity]:
    """Somebody in check-ins, with the officer who supervises."""
    publish(app)
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    learner, enrollment_id = in_accountability(court, officer_id=officer.id, family_names="Example")
    return court, learner, enrollment_id, officer


def opened(browser: Browser, court: TestCourt, who: Identity, size: tuple[int, int]) -> tuple[Page, Watched]:
    """A browser of this size, signed in."""
    view = {"width": size[0], "height": size[1]}
    page = browser.new_context(viewport=view, reduced_motion="reduce").new_page()
    name, path = f"portal-{court.slug}", f"/{court.slug}"
    cookie = court.client(who).http.get_cookie(name, domain="localhost", path=path)
    assert cookie is not None
    page.context.add_cookies([{"name": name, "value": cookie.value, "domain": "localhost", "path": path}])
    return page, Watched(page)


@pytest.mark.proves("CD-1")
def test_from_the_record_to_the_answer_and_the_lawyer(
    case: tuple[TestCourt, Identity, UUID, Identity], browser: Browser, address: str
) -> None:
    court, learner, _enrollment_id, officer = case
    lawyer = court.member(Role.COUNSEL, "Dana Park")
    base = f"{address}/{court.slug}"

    page, watched = opened(browser, court, learner, SIZES["phone"])
    page.goto(f"{base}/my-record")
    watched.check()
    page.get_by_role("link", name="This is not right (Check-in 1").click()
    watched.check()
    page.get_by_role("button", name="Send").click()
    watched.check()
    assert "Write what is not right" in page.locator("main").inner_text()
    page.get_by_label("What is not right").fill("I sent it on the last day.")
    page.get_by_role("button", name="Send").click()
    watched.check()
    page.goto(f"{base}/my-lawyer")
    watched.check()
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        assert lawyer.id is not None
        mail = email_of(lawyer.id) or ""
    page.get_by_label("Your lawyer's name").fill("Dana Park")
    page.get_by_label("Your lawyer's email").fill(mail)
    page.get_by_text("I want this person to see my case.").click()
    page.get_by_role("button", name="Let this person see my case").click()
    watched.check()
    assert "Can see your case" in page.locator("main").inner_text()

    page, watched = opened(browser, court, officer, SIZES["desk"])
    page.goto(f"{base}/disputes")
    watched.check()
    page.get_by_role("link", name="Robin Example").click()
    watched.check()
    page.get_by_text("The record stands").click()
    page.get_by_label("Reason").fill("The portal received nothing that day.")
    page.get_by_role("button", name="Save the answer").click()
    watched.check()

    for size in SIZES.values():
        page, watched = opened(browser, court, lawyer, size)
        page.goto(f"{base}/clients")
        watched.check()
        page.get_by_role("link", name="Robin Example").click()
        watched.check()
        assert "The record stands" in page.locator("main").inner_text()
        page, watched = opened(browser, court, learner, size)
        for path in ("my-record", "my-lawyer"):
            page.goto(f"{base}/{path}")
            watched.check()
