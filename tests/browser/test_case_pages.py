"""The clerk's pages about a case on the narrowest phone: change, pause, end it, its codes, the counter, a file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.cases.enrolling import issue_code
from app.cases.lookups import the_enrollment
from app.cases.services import open_coursework
from app.core import clock
from app.permissions.identity import Role
from tests.browser import test_enroll_pages
from tests.browser.chromium import Watched
from tests.browser.test_enroll_pages import fill_date, take_on
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.import_steps import file_of, person

pytestmark = pytest.mark.browser
address = test_enroll_pages.address

NARROW = {"width": 320, "height": 720}
BORN = date(1986, 4, 28)
APART = 16  # pixels between two things that a finger may press


class Clerk:
    """A clerk's browser at the court; every page that it comes to is checked."""

    def __init__(self, browser: Browser, base: str, court: TestCourt) -> None:
        self.page: Page = browser.new_context(viewport=NARROW, reduced_motion="reduce").new_page()
        self.base = base
        self.watched = Watched(self.page)
        take_on(self.page, court, Role.CLERK)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.base}/{path}")
        self.watched.check()

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button).click()
        self.watched.check()

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()


def referral_of(court: TestCourt, enrollment_id: UUID, *, code: bool = False, lessons: bool = False) -> str:
    """The referral's address, after issuing a code or opening the lessons."""
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
        if code:
            issue_code(referral_id, actor=court.member(Role.CLERK))
        if lessons:
            open_coursework(enrollment_id)
    return f"referrals/{referral_id}"


@pytest.mark.proves("CD-1")
@pytest.mark.slow
def test_the_pages_of_a_case_on_the_narrowest_phone(app: Flask, browser: Browser, address: str, tmp_path: Path) -> None:
    court = make_court(app)
    waiting = referral_of(court, make_referral(court, family_names="Waiting", birth_date=BORN), code=True)
    make_referral(court, family_names="Withoutcode")
    running = referral_of(court, make_learner(court, family_names="Running")[1], lessons=True)
    clerk = Clerk(browser, f"{address}/{court.slug}", court)
    codes(clerk)
    amend(clerk, waiting)
    pause_and_end(clerk, running)
    at_the_counter(clerk, waiting)
    from_a_file(clerk, tmp_path / "people.csv")
    clerk.page.context.close()


def codes(clerk: Clerk) -> None:
    clerk.open("codes")
    replace = clerk.page.get_by_role("link", name="Replace (").bounding_box()
    take_back = clerk.page.get_by_role("link", name="Take back (").bounding_box()
    assert replace
    assert take_back
    beside = take_back["x"] - (replace["x"] + replace["width"])
    below = take_back["y"] - (replace["y"] + replace["height"])
    assert beside >= APART or below >= 0, "the two run together"
    clerk.open("codes/new")


def amend(clerk: Clerk, referral: str) -> None:
    clerk.open(f"{referral}/amend")
    more = clerk.page.get_by_label("Case number 2")
    expect(more).to_be_hidden()
    clerk.page.get_by_text("More case numbers").click()
    more.fill("26-CR-00999")
    clerk.press("Save the change")
    assert "Write why this is changed." in clerk.text
    expect(more).to_be_visible()
    clerk.page.get_by_label("Reason").fill("A second case")
    clerk.page.get_by_role("button", name="Save the change").click()
    expect(clerk.page.locator("main")).to_contain_text("26-CR-00999")


def pause_and_end(clerk: Clerk, referral: str) -> None:
    for page, button, now in (
        ("hold", "Put on hold", "On hold"),
        ("resume", "Resume", "In lessons"),
        ("withdraw", "Withdraw the referral", "Withdrawn"),
    ):
        clerk.open(f"{referral}/{page}")
        clerk.page.get_by_label("Reason").fill("The order changed")
        clerk.page.get_by_role("button", name=button).click()
        expect(clerk.page.locator("main")).to_contain_text(now)
    clerk.watched.check()


def at_the_counter(clerk: Clerk, referral: str) -> None:
    clerk.open(f"{referral}/enroll-here")
    fill_date(clerk.page, "Birth date", BORN)
    clerk.page.locator("label[for=seen]").click()
    # The steps between are everybody's own: see test_enroll_pages.
    step = clerk.page.get_by_role("button", name="Continue")
    clerk.page.get_by_role("button", name="Begin").click()
    clerk.page.get_by_text("I have neither").click()
    step.click()
    clerk.page.get_by_label("Your full name").fill("Robin Waiting")
    clerk.page.get_by_text("I have read the agreement.").click()
    step.click()
    clerk.press("Sign and enroll")
    assert "Your slip" in clerk.text


def from_a_file(clerk: Clerk, file: Path) -> None:
    today = clock.today("America/Los_Angeles")
    ordered = {"Order date": f"{today.month}/{today.day}/{today.year}"}
    rows = [person(1, **ordered), person(1, **ordered), person(2, **ordered) | {"Birth date": "31/4/1990"}]
    file.write_bytes(file_of(rows))
    clerk.page.goto(f"{clerk.base}/referrals/import")
    clerk.page.get_by_label("CSV file").set_input_files(file)
    clerk.press("Send the file")
    assert "Nothing is saved yet" in clerk.text
    assert "Refer 1 person" in clerk.text
