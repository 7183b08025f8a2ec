"""Reviewing and raising a concern on the narrowest phone and at a desk: every page is checked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.permissions.identity import Role
from app.reviews.rules import Kind
from tests.browser import test_enroll_pages
from tests.browser.chromium import Watched
from tests.browser.test_enroll_pages import take_on
from tests.factories import make_court
from tests.functional.accounts_people import PASSWORD
from tests.functional.reviews_kit import facilitator, flagged, handed_in, lead, sent_check_in, sign_in

pytestmark = pytest.mark.browser
address = test_enroll_pages.address
PICTURES = os.environ.get("PICTURES_OF_REVIEWS")  # a folder for somebody who wants to look


class Reader:
    def __init__(self, browser: Browser, width: int) -> None:
        self.page: Page = browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce"
        ).new_page()
        self.width, self.watched = width, Watched(self.page)

    def look(self, name: str) -> None:
        self.watched.check()
        if PICTURES:
            self.page.screenshot(path=Path(PICTURES) / f"{name}-{self.width}.png", full_page=True)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button).first.click()
        self.page.wait_for_load_state("load")


@pytest.mark.proves("CD-1")
@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_of_a_reviewer(app: Flask, browser: Browser, address: str, width: int):
    court = make_court(app)
    person = facilitator(court)
    sent_check_in(court, "It went well. I kept my plan and called my brother twice.")
    sent_check_in(court, "You are all whores and I hate this.")
    handed_in(court, "I had not thought of her as somebody with a family. " * 12)
    reader = Reader(browser, width)
    reader.page.goto(f"{address}/review/")
    reader.look("sign-in")
    reader.page.locator("#email").fill(person.email)
    reader.page.locator("#password").fill(PASSWORD)
    reader.press("Continue")
    reader.look("code")
    reader.page.locator("#code").fill(person.code())
    reader.press("Sign in")
    reader.look("queue")
    reader.press("Take the next one")
    reader.look("item")
    reader.page.get_by_role("link", name="Flag for a supervisor").click()
    reader.look("flag")
    reader.page.locator("label[for=reason-0]").click()
    reader.page.locator("#words").fill("Reads like a leaflet.")
    reader.press("Flag it")
    reader.page.get_by_role("link", name="Raise a concern").click()
    reader.look("raise")
    reader.page.locator("label[for=kind-0]").click()
    reader.page.locator("#words").fill("Does not want to wake up tomorrow.")
    reader.press("Raise the concern")
    reader.look("concern")
    reader.page.context.close()
    boss = facilitator(court)
    lead(court, boss.membership_id)
    flagged(court, sent_check_in(court, "I slept very little this month."), Kind.CHECK_IN)
    leader = Reader(browser, width)
    cookie = sign_in(boss).http.get_cookie("portal-review", path="/review")
    assert cookie is not None
    leader.page.context.add_cookies(
        [{"name": cookie.key, "value": cookie.value, "domain": "localhost", "path": "/review"}]
    )
    leader.page.goto(f"{address}/review/flagged")
    leader.look("lead-queue")
    leader.page.locator("main tbody a").first.click()
    leader.look("lead-flag")
    leader.page.locator("#words").fill("It is their own. Thank you for looking.")
    leader.press("Answer, and settle it")
    leader.look("lead-queue-empty")
    leader.page.goto(f"{address}/review/my-flags")
    leader.look("my-flags")
    leader.page.context.close()
    supervisor = Reader(browser, width)
    take_on(supervisor.page, court, Role.SUPERVISOR)
    supervisor.page.goto(f"{address}/{court.slug}/reviews/oversight")
    supervisor.look("oversight")
    supervisor.page.locator("main tbody a").first.click()
    supervisor.look("flagged")
    supervisor.page.context.close()
    administrator = Reader(browser, width)
    take_on(administrator.page, court, Role.ADMINISTRATOR)
    administrator.page.goto(f"{address}/{court.slug}/concerns")
    administrator.look("concerns")
    administrator.page.locator("main tbody a").first.click()
    administrator.look("concern-on-call")
    administrator.page.context.close()
