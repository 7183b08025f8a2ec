"""Help in Chromium; what a learner's pages weigh on a phone, and that nothing on them moves or comes from elsewhere."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext
from werkzeug.serving import make_server

from app.permissions.identity import Role
from tests.browser.chromium import Watched
from tests.functional.lived_in import LivedIn, lived_in

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("PORTAL_SHOTS")  # a folder to keep pictures of the pages in
FIRST_PAGE, LATER_PAGE = 120 * 1024, 25 * 1024  # bytes over the wire, compressed, without headers
MOVED = """() => new Promise(done => {
  let moved = 0;
  new PerformanceObserver(list => list.getEntries().forEach(entry => { moved += entry.value; }))
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(moved), 250);
})"""


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def visiting(browser: Browser, lived: LivedIn, width: int) -> BrowserContext:
    context = browser.new_context(viewport={"width": width, "height": 800})
    name, path = f"portal-{lived.court.slug}", f"/{lived.court.slug}"
    cookie = lived.clients[Role.LEARNER].http.get_cookie(name, domain="localhost", path=path)
    assert cookie is not None
    context.add_cookies([{"name": name, "value": cookie.value, "domain": "localhost", "path": path}])
    return context


@pytest.mark.proves("CD-1", "WE-5")
def test_a_learners_pages_are_light_stay_put_and_lead_to_help(app: Flask, browser: Browser, address: str):
    lived = lived_in(app, "Featherweight")
    page = visiting(browser, lived, 375).new_page()
    weight: dict[str, int] = {}
    page.on("requestfinished", lambda sent: weight.update({sent.url: sent.sizes()["responseBodySize"]}))
    first = True
    for path in ("my-program", "lessons", "check-ins", "fee", "help"):
        weight.clear()
        page.goto(address + lived.court.url(path), wait_until="networkidle")
        assert [url for url in weight if not url.startswith(address)] == []
        assert sum(weight.values()) <= (FIRST_PAGE if first else LATER_PAGE), (path, weight)
        assert page.evaluate(MOVED) < 0.02, f"{path} moves while it comes"
        first = False
    page.goto(address + lived.court.url("fee"))
    page.get_by_role("link", name="Help with this page").press("Enter")
    page.wait_for_url("**/help#at-payments-my-fee")
    top = page.get_by_role("heading", name="Fee", exact=True).bounding_box()
    assert top is not None
    assert 0 <= top["y"] < 400  # it is in sight
    for width in (1280, 375):
        page.set_viewport_size({"width": width, "height": 800})
        watched = Watched(page)
        page.reload()
        watched.check()
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"help-{width}.png"), full_page=True)
    page.context.close()
