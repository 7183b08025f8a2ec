"""The main menu of whoever has most pages: groups in one row at a desk, all of it in the phone's drawer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from app.permissions.identity import Role
from tests.browser import test_enroll_pages
from tests.browser.chromium import Watched
from tests.browser.test_payments_pages import sign_in
from tests.factories import make_court

pytestmark = pytest.mark.browser
address = test_enroll_pages.address
PICTURES = os.environ.get("PICTURES_OF_MENU")  # a folder for somebody who wants to look


@pytest.mark.proves("CD-1")
@pytest.mark.parametrize("width", [320, 1280])
def test_every_item_is_reached_through_its_group(app: Flask, browser: Browser, address: str, width: int):
    court = make_court(app)
    page = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce").new_page()
    watched = Watched(page)
    sign_in(page, court, court.staff_client(Role.ADMINISTRATOR))
    page.goto(f"{address}{court.url('dashboard')}")
    menu = page.get_by_role("navigation", name="Main menu")
    if width < 1024:
        page.get_by_role("button", name="Menu", exact=True).click()
    else:
        expect(menu.get_by_role("link", name="Corrections")).to_be_hidden()
        tops = {link.bounding_box()["y"] for link in menu.get_by_role("link").all()}  # type: ignore[index]  # all are shown
        assert len(tops) == 1, "the groups fit one row"
        menu.get_by_role("link", name="Fees").click()
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"menu-{width}.png", full_page=True)
    menu.get_by_role("link", name="Corrections").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Corrections to approve")
    expect(page.locator(".usa-nav [aria-current]")).to_have_text("Corrections")
    if width >= 1024:
        expect(menu.get_by_role("link", name="Waivers")).to_be_visible()
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"menu-inside-{width}.png", full_page=True)
    watched.check()
