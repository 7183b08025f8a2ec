"""The console's pages about questions and versions, in Chromium at both widths."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from app.curriculum.lookups import current_versions
from app.operator.factory import create_console
from config import Settings
from tests.browser.chromium import Watched
from tests.curriculum import publish
from tests.factories import make_court
from tests.functional.learning_steps import MODULE
from tests.functional.test_curriculum_counts import count, hand_in
from tests.operators import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def console(app: Flask, settings: Settings) -> Flask:
    publish(app)
    return create_console(settings)


@pytest.fixture(scope="module")
def address(console: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, console, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@pytest.mark.slow  # the same without a browser: tests/functional/test_curriculum_*.py
@pytest.mark.parametrize("width", [375, 1280])
def test_the_pages_about_questions_and_versions(app: Flask, console: Flask, browser: Browser, address: str, width: int):
    court = make_court(app)
    for right in (True, False, False, False):
        for _person in range(7):
            hand_in(court, right=right)
    count(court)
    with app.app_context():
        home = f"/operator/modules/{MODULE}"
        version = f"{home}/{current_versions()[MODULE].version_id}"
    cookie = sign_in(console).pages.http.get_cookie("portal-operator", path="/operator")
    assert cookie is not None
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.add_cookies(
        [{"name": "portal-operator", "value": cookie.value, "domain": "localhost", "path": "/operator"}]
    )
    page = context.new_page()
    watched = Watched(page)
    for path in (home, f"{version}/questions", f"{version}/questions?language=es", f"{version}/people"):
        page.goto(address + path)
        watched.check()
    page.goto(f"{address}{version}/questions")
    for summary in page.locator("main summary").all()[:2]:
        summary.click()
    watched.check()
    context.close()
