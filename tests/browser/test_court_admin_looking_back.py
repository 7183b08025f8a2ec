"""The dashboard and the audit in Chromium: first steps, and an auditor at work."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from app.core import sealer
from app.permissions.identity import Role
from tests.browser.chromium import Watched
from tests.factories import TestCourt, make_court
from tests.functional.lived_in import LivedIn, lived_in

pytestmark = pytest.mark.browser

WIDTHS = {"desk": 1280, "phone": 375}
SHOTS = os.environ.get("PORTAL_SHOTS")  # a folder to keep pictures of every page in


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def lived(app: Flask) -> LivedIn:
    made = lived_in(app, "Lookingback")
    with app.app_context(), made.court.acting():
        sealer.seal()
    return made


def opened(browser: Browser, court: TestCourt, role: Role, width: int) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900})
    name, path = f"portal-{court.slug}", f"/{court.slug}"
    cookie = court.staff_client(role).http.get_cookie(name, domain="localhost", path=path)
    assert cookie is not None
    context.add_cookies([{"name": name, "value": cookie.value, "domain": "localhost", "path": path}])
    return context.new_page()


def keep(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


@pytest.mark.proves("CD-1")
def test_a_new_court_puts_its_first_steps_away_by_keyboard(app: Flask, browser: Browser, address: str):
    court = make_court(app)
    page = opened(browser, court, Role.ADMINISTRATOR, WIDTHS["phone"])
    watched = Watched(page)
    page.goto(address + court.url("dashboard"))
    watched.check()
    keep(page, "first-steps-phone")
    page.get_by_role("button", name="Put this list away").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The first steps are put away")
    watched.check()
    assert page.get_by_role("heading", name="First steps").count() == 0


def test_an_auditor_filters_opens_checks_and_takes_along(lived: LivedIn, browser: Browser, address: str):
    page = opened(browser, lived.court, Role.ADMINISTRATOR, WIDTHS["desk"])
    watched = Watched(page)
    page.goto(address + lived.court.url("audit"))
    page.get_by_text("Choose what to see").click()
    page.get_by_label("Case", exact=True).fill(lived.canary)
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**case=*")
    assert lived.canary.lower() not in page.url.lower()
    watched.check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    assert "Referred a person" in Path(download.value.path()).read_text(encoding="utf-8-sig")
    page.goto(address + lived.court.url("audit/checks"))
    page.get_by_role("button", name="Check it now").click()
    page.wait_for_selector("text=The audit is whole")
    watched.check()
    keep(page, "check-desk")
