"""The supervisor's page in Chromium: choosing by keyboard, pictures that fit a phone, a table taken along."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from app.permissions.identity import Role
from tests.browser.chromium import Watched
from tests.factories import TestCourt
from tests.functional.lived_in import lived_in

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("PORTAL_SHOTS")  # a folder to keep pictures of the page in


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def opened(browser: Browser, court: TestCourt, width: int) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900})
    name, path = f"portal-{court.slug}", f"/{court.slug}"
    cookie = court.staff_client(Role.SUPERVISOR).http.get_cookie(name, domain="localhost", path=path)
    assert cookie is not None
    context.add_cookies([{"name": name, "value": cookie.value, "domain": "localhost", "path": path}])
    return context.new_page()


@pytest.mark.proves("CD-1")
def test_a_supervisor_chooses_reads_and_takes_along(app: Flask, browser: Browser, address: str):
    court = lived_in(app, "Teampicture").court
    for width in (1280, 375):
        page = opened(browser, court, width)
        watched = Watched(page)
        page.goto(address + court.url("team"))
        watched.check()
        pictures = page.locator("svg[role=img]")
        assert pictures.count() >= 4
        for text in page.locator("svg[role=img] text").all():
            box, frame = text.bounding_box(), page.viewport_size
            assert box is not None
            assert frame is not None
            assert box["x"] + box["width"] <= frame["width"], text.text_content()
        page.get_by_text("Choose the time and whose cases").click()
        page.get_by_label("Time", exact=True).select_option("year")
        page.get_by_label("Whose cases").select_option("No officer")
        page.get_by_role("button", name="Show", exact=True).press("Enter")
        page.wait_for_selector("text=Whose cases: No officer.")
        watched.check()
        if SHOTS:
            page.goto(address + court.url("team?span=year"))
            page.screenshot(path=str(Path(SHOTS) / f"team-{width}.png"), full_page=True)
            page.goto(address + court.url("team?span=own"))
            page.screenshot(path=str(Path(SHOTS) / f"team-wrong-{width}.png"), full_page=True)
    with page.expect_download() as download:
        page.goto(address + court.url("team"))
        page.get_by_role("link", name="Download as CSV").first.click()
    assert "Officer" in Path(download.value.path()).read_text(encoding="utf-8-sig")
