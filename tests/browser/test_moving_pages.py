"""Cases that move, as their people see it, at a desk and on a phone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.permissions.identity import Identity, Role
from tests.browser import test_enroll_pages
from tests.browser.chromium import Watched
from tests.factories import TestCourt, make_court, make_referral

pytestmark = pytest.mark.browser
address = test_enroll_pages.address
PICTURES = os.environ.get("MOVING_PICTURES", "")  # a folder: leave pictures there to be looked at


class Desk:
    """One browser of one person, looked at in both sizes on every page."""

    def __init__(self, browser: Browser, base: str, court: TestCourt, person: Identity) -> None:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        name, path = f"portal-{court.slug}", f"/{court.slug}"
        cookie = court.client(person).http.get_cookie(name, domain="localhost", path=path)
        assert cookie is not None
        context.add_cookies([{"name": name, "value": cookie.value, "domain": "localhost", "path": path}])
        self.page: Page = context.new_page()
        self.base, self.watched = f"{base}/{court.slug}", Watched(self.page)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.base}/{path}")

    def look(self, name: str) -> None:
        for width in (375, 1280):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.watched.check()
            if PICTURES:
                self.page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=words).click()


@pytest.mark.proves("CD-1")
def test_a_supervisor_gives_some_cases_of_one_officer_to_another(app: Flask, browser: Browser, address: str) -> None:
    court = make_court(app)
    anna, ben = court.member(Role.OFFICER, "Anna Ortiz"), court.member(Role.OFFICER, "Ben Miller")
    for name in ("Alder", "Birch", "Cedar", "Doe"):
        make_referral(court, family_names=name, officer_id=anna.id, case_numbers=(f"CR-27-{name}",))
    make_referral(court, family_names="Willow")
    desk = Desk(browser, address, court, court.member(Role.SUPERVISOR))
    desk.go("caseload/reassign")
    desk.look("reassign-from")
    desk.page.get_by_role("link", name="Anna Ortiz").click()
    desk.look("reassign")
    desk.press("See what would happen")
    desk.look("reassign-errors")
    desk.page.get_by_label("New officer").select_option(str(ben.id))
    desk.page.get_by_label("Reason").fill("New district")
    desk.page.get_by_text("Only those that I choose below").click()
    for name in ("Birch", "Doe"):
        desk.page.get_by_text(f"{name}, Robin").click()
    desk.press("See what would happen")
    desk.look("reassign-preview")
    desk.press("Do it for 2 people")
    desk.look("reassign-result")
    desk.page.get_by_role("link", name="Robin Birch").click()
    desk.page.get_by_text("What you can do with this case").click()
    desk.page.get_by_role("link", name="Give to another officer").click()
    desk.look("reassign-one")
