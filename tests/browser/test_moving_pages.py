"""Cases that move, as their people see it, at a desk and on a phone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.cases.lookups import the_enrollment
from app.permissions.identity import Identity, Role
from tests.browser import test_enroll_pages
from tests.browser.chromium import Watched
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.transfer_steps import pass_module, turn

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


@pytest.mark.proves("CD-1")
def test_a_case_moves_from_one_court_to_the_other(app: Flask, browser: Browser, address: str) -> None:
    here, there = make_court(app, name="Riverside Court"), make_court(app, preset="municipal", name="Lakeview Court")
    turn(here, there)
    officer = here.member(Role.OFFICER)
    learner, enrollment_id = make_learner(here, family_names="Wanderer", officer_id=officer.id)
    pass_module(here, enrollment_id)
    with app.app_context(), here.acting():
        referral_id = the_enrollment(enrollment_id).referral_id

    clerk = Desk(browser, address, here, here.member(Role.CLERK))
    clerk.go(f"referrals/{referral_id}/transfer")
    clerk.press("Compare the two courts")
    clerk.page.get_by_label("Why the case should move").fill("Lives in that county now.")
    clerk.look("ask")
    clerk.press("Ask the participant")
    clerk.look("list")

    person = Desk(browser, address, here, learner)
    person.go("my-program")
    person.look("home-asked")
    person.page.get_by_role("link", name="Read it and answer").click()
    person.look("mine-asked")
    person.press("Español")
    person.look("mine-asked-es")
    person.press("English")
    person.press("Yes, I agree")
    person.look("mine-agreed")

    turn(here, there)
    other = Desk(browser, address, there, there.member(Role.CLERK))
    other.go("transfers")
    other.page.get_by_role("link", name="Riverside Court").click()
    other.look("offer")
    other.press("Accept the case")
    other.look("accepted")
    turn(here, there)
    other.page.reload()
    other.look("received")
    person.page.reload()
    person.look("mine-code")
    person.go("my-program")
    person.look("home-moved")
