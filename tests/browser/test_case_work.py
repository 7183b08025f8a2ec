"""An officer's work in one case, and the participant's side of it: on a desk and on a phone, with axe on every page."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.cases.lookups import the_enrollment
from app.cases.services import open_coursework
from app.core import clock
from app.permissions.identity import Identity, Role
from tenants.database import transaction
from tests.browser import test_enroll_pages
from tests.browser.chromium import Watched
from tests.browser.test_enroll_pages import fill_date, take_on
from tests.factories import TestCourt, make_court, make_learner

pytestmark = pytest.mark.browser
address = test_enroll_pages.address
PICTURES = os.environ.get("CASE_PICTURES", "")  # a folder: leave pictures there to be looked at
SIZES = ((1280, 900), (375, 720))


class Visit:
    """Somebody's browser; every page that it comes to is checked at both sizes."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.page: Page = browser.new_context(reduced_motion="reduce").new_page()
        self.base = base
        self.watched = Watched(self.page)

    def look(self, name: str) -> None:
        for width, height in SIZES:
            self.page.set_viewport_size({"width": width, "height": height})
            self.watched.check()
            if PICTURES:
                self.page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)

    def open(self, path: str, name: str) -> None:
        self.page.goto(f"{self.base}/{path}")
        self.look(name)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()


def sign_in(visit: Visit, court: TestCourt, learner: Identity) -> None:
    name, path = f"portal-{court.slug}", f"/{court.slug}"
    cookie = court.client(learner).http.get_cookie(name, domain="localhost", path=path)
    assert cookie is not None
    visit.page.context.add_cookies([{"name": name, "value": cookie.value, "domain": "localhost", "path": path}])


@pytest.mark.proves("CD-1")
def test_an_officers_work_in_a_case(app: Flask, browser: Browser, address: str) -> None:
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    learner, case = make_learner(court, family_names="Atwork", officer_id=officer.id)
    with app.test_request_context(), court.acting(), transaction():
        open_coursework(case)
        assert the_enrollment(case).state == "coursework"
    theirs = Visit(browser, f"{address}/{court.slug}")
    sign_in(theirs, court, learner)
    theirs.open("my-officer", "mine-empty")
    theirs.page.get_by_label("Your message").fill("Can I come on Tuesday?")
    theirs.press("Send the message")
    theirs.look("mine")

    ours = Visit(browser, f"{address}/{court.slug}")
    take_on(ours.page, court, Role.OFFICER)
    ours.open(f"cases/{case}", "case-before")
    ours.page.get_by_role("link", name="Read and answer").click()
    ours.look("thread")
    ours.page.get_by_label("Start from a prepared text").select_option("call")
    ours.press("Put it into the box")
    ours.press("Send the message")  # with gaps: refused
    ours.look("thread-gaps")
    assert "[phone number]" in ours.text
    ours.page.get_by_label("Your message").fill("Yes, Tuesday is good.")
    ours.press("Send the message")

    ours.open(f"cases/{case}/hearings/record", "record")
    ours.page.locator("label[for=outcome-0]").click()
    ours.page.get_by_label("What the judge ordered").fill("Go on with the program.")
    fill_date(ours.page, "Day of the next hearing", clock.today("America/Los_Angeles").replace(day=1, year=2028))
    ours.press("Record the hearing")
    ours.page.get_by_label("Note", exact=True).fill("Good start.")
    ours.page.locator("label[for=shared]").click()
    ours.press("Save the note")
    ours.look("share")
    ours.press("Yes, show it")
    ours.look("case")
    ours.page.get_by_role("link", name="Everything so far, with filters").click()
    ours.look("history")
    ours.page.get_by_role("link", name="Hearings (1)").click()
    ours.page.get_by_role("link", name="Hearing of").click()
    ours.look("hearing")
    ours.page.get_by_role("link", name="Correct this record").click()
    ours.look("correct")
    ours.open(f"cases/{case}/notes", "notes")
    ours.page.emulate_media(media="print")
    ours.open(f"cases/{case}", "case-printed")
    assert ours.page.get_by_role("button", name="Save the note").count() == 0 or not (
        ours.page.get_by_role("button", name="Save the note").is_visible()
    )

    theirs.open("my-program", "home")
    assert "Go on with the program." in theirs.text
    assert "Good start." in theirs.text
    theirs.page.get_by_role("link", name="Read the message").click()
    theirs.look("mine-answered")
    theirs.press("I have read this")
    clerk = Visit(browser, f"{address}/{court.slug}")
    take_on(clerk.page, court, Role.CLERK)
    clerk.open("message-templates", "templates")
    clerk.open("message-templates/new", "template")
