"""The list of everyone in the browser: narrowed down, searched, acted on for five, on paper; axe on each page."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from app.permissions.identity import Role
from tests.browser import test_enroll_pages
from tests.browser.test_batches_pages import looker
from tests.browser.test_enroll_pages import take_on
from tests.caseloads import fill, give_history
from tests.factories import TestCourt, make_court

pytestmark = pytest.mark.browser
address = test_enroll_pages.address
PICTURES = os.environ.get("BATCHES_PICTURES", "")


@pytest.fixture
def court(app: Flask) -> TestCourt:
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    found = fill(court, officer, 60)
    with app.test_request_context():
        give_history(court, found)
    return court


def test_a_list_is_narrowed_searched_and_acted_on(court: TestCourt, browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US", reduced_motion="reduce")
    page = context.new_page()
    here = f"{address}/{court.slug}"
    take_on(page, court, Role.OFFICER)
    for width in (1280, 375):
        look = looker(page, str(width))
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{here}/caseload")
        expect(page.get_by_role("link", name="All (60)")).to_be_visible()
        look("list")
        page.get_by_role("link", name="Coursework (30)").click()
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
