"""A morning's work of an officer with 300 people: open, filter, act on five, write a note, ask for the packet of the
day's hearings, print; axe on each page, on a desk and on a phone."""

from __future__ import annotations

import os
from datetime import time
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update

from app.cases.models import Enrollment, Hearing
from app.core import clock
from app.permissions.identity import Role
from tenants.database import transaction
from tests.browser import test_enroll_pages
from tests.browser.test_batches_pages import looker
from tests.browser.test_enroll_pages import take_on
from tests.caseloads import fill, give_history
from tests.factories import TestCourt, make_court

pytestmark = pytest.mark.browser
address = test_enroll_pages.address
PEOPLE = 300
PICTURES = os.environ.get("BATCHES_PICTURES", "")


@pytest.fixture
def court(app: Flask) -> TestCourt:
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    found = fill(court, officer, PEOPLE)
    with app.test_request_context():
        give_history(court, found)
    with court.app.app_context(), court.acting(), transaction() as current:  # five are heard today
        today = clock.today("America/Los_Angeles")
        heard = select(Enrollment.referral_id).where(Enrollment.id.in_(found[1:11:2]))
        current.execute(
            update(Hearing).where(Hearing.referral_id.in_(heard)).values(on_date=today, at_time=time(9, 30))
        )
    return court


def test_a_morning_of_an_officer_with_300_people(court: TestCourt, browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US", reduced_motion="reduce")
    page = context.new_page()
    here = f"{address}/{court.slug}"
    take_on(page, court, Role.OFFICER)
    for width in (1280, 375):
        look = looker(page, str(width))
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{here}/")
        expect(page.get_by_role("heading", name="Hearings today (5)")).to_be_visible()
        look("today")
        if width == 1280:
            # The calendar's packet is asked for from the list of the day.
            page.get_by_role("link", name="Have the packet of this day made").first.click()
            page.get_by_role("button", name="Make the packet now").click()
            expect(page.locator("main")).to_contain_text("Waiting to be made")
            page.goto(f"{here}/today")
        else:
            # The five hearings are recorded together, one of them with an outcome of its own.
            page.get_by_role("button", name="Record 5 hearings together").click()
            page.get_by_label("Kind of hearing").select_option("review")
            page.get_by_text("Held", exact=True).first.click()
            page.get_by_label("What the judge ordered", exact=False).first.fill("Go on as before.")
            page.locator("summary").filter(has_text="Number003").click()
            page.get_by_role("group").filter(has_text="Number003").get_by_label("What came of it").select_option(
                "did_not_appear"
            )
            look("record")
            page.get_by_role("button", name="See what would happen").click()
            look("record-preview")
            page.get_by_role("button", name="Do it for 5 people").click()
            expect(page.locator("#act-progress")).to_contain_text("5 done, 0 not done")
            page.get_by_role("link", name="Back: Today").click()
            expect(page.locator("main")).to_contain_text("Did not appear")
            look("today-recorded")
        page.get_by_role("navigation").get_by_role("link", name="Caseload").first.click()
        expect(page.get_by_role("link", name="All (300)")).to_be_visible()
        look("list")
        page.get_by_role("link", name="Coursework (150)").click()
        page.get_by_text("Narrow down and sort").click()
        page.get_by_label("Sort by").select_option("name")
        page.get_by_role("button", name="Show", exact=True).click()
        first = page.locator("tbody tr").first
        expect(first).to_contain_text("Number001")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
        for number in range(5):
            page.locator(".portal-choose label").nth(number).click()
        look("chosen")
        page.get_by_label("For several people").select_option("report")
        page.get_by_role("button", name="See what would happen").click()
        expect(page.get_by_role("heading", name="For 5 people")).to_be_visible()
        look("preview")
        page.get_by_role("button", name="Do it for 5 people").click()
        expect(page.locator("#act-progress")).to_contain_text("5 done, 0 not done")
        look("result")
        page.goto(f"{here}/caseload")
        page.get_by_label("Name or case number").fill("number007 pat")
        page.get_by_role("button", name="Find").click()
        expect(page.get_by_role("heading", name="1 person found")).to_be_visible()
        assert "007" not in page.url
        look("found")
    page.get_by_role("link", name="Pat Number007").click()
    page.get_by_label("Note", exact=True).fill("Called. Comes on Thursday.")
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator("main")).to_contain_text("Called. Comes on Thursday.")
    page.goto(f"{here}/caseload?per=300")
    page.emulate_media(media="print")
    assert page.locator("tbody tr").first.evaluate("row => getComputedStyle(row).display") == "table-row"
    expect(page.get_by_role("button", name="Find")).to_be_hidden()
    expect(page.locator(".portal-choose").first).to_be_hidden()
    if PICTURES:
        (Path(PICTURES) / "caseload-print.pdf").write_bytes(page.pdf(prefer_css_page_size=True))
    page.emulate_media(media="screen")
    page.goto(f"{here}/caseload/views/new?tab=coursework&sort=name")
    looker(page, "375")("view")
    page.get_by_label("Name of the view").fill("In classes, by name")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Change saved views").click()
    looker(page, "375")("views")
    context.close()
