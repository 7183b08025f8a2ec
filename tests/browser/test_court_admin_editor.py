"""The rules editor and the page of permissions in Chromium, with and without scripts."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from app.permissions.identity import Role
from tests.factories import TestCourt, make_court, make_learner
from tests.rules_editor import begin, change

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("PORTAL_SHOTS")  # a folder to keep pictures of every page in
FORMAT = "program-rules/draft/parts/format-progress"


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    """A court with a draft that concerns somebody."""
    made = make_court(app)
    make_learner(made)
    change(made, begin(made), "accountability", misses_allowed="3")
    return made


def opened(browser: Browser, court: TestCourt, width: int, *, scripts: bool = True) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    name, path = f"portal-{court.slug}", f"/{court.slug}"
    cookie = court.staff_client(Role.ADMINISTRATOR).http.get_cookie(name, domain="localhost", path=path)
    assert cookie is not None
    context.add_cookies([{"name": name, "value": cookie.value, "domain": "localhost", "path": path}])
    return context.new_page()


def test_on_a_phone_a_line_names_who_may_and_leaves_out_what_is_empty(court: TestCourt, browser: Browser, address: str):
    page = opened(browser, court, 375)
    page.goto(address + court.url("staff/permissions"))
    line = page.get_by_role("row").filter(has_text="Change and publish the program rules")
    assert line.get_by_role("cell").count() == 1, "only the role that may"
    expect(line.get_by_role("cell")).to_have_attribute("data-label", "Court administrator")
    page.goto(address + court.url("audit"))
    started = page.get_by_role("row").filter(has_text="Began a draft of the program rules")
    expect(started.locator("[data-label='Case']")).to_be_hidden()
    who = started.locator("[data-label='Who']")
    name, role = who.locator("a").bounding_box(), who.locator(".usa-hint").bounding_box()
    assert name is not None
    assert role is not None
    assert role["y"] >= name["y"] + name["height"] - 2, "the role stands below the name"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_day_shows_with_its_choice_with_and_without_scripts(
    court: TestCourt, browser: Browser, address: str, scripts: bool
):
    page = opened(browser, court, 375, scripts=scripts)
    page.goto(address + court.url("program-rules/draft/preview"))
    day = page.locator("#begins_on-day")
    expect(day).to_be_hidden()
    page.get_by_text("From a later day on").click()
    expect(day).to_be_visible()
    page.get_by_text("At once", exact=True).click()
    expect(day).to_be_hidden()


@pytest.mark.parametrize("width", [375, pytest.param(1280, marks=pytest.mark.slow)])
def test_the_sample_of_a_format_follows_what_is_typed(court: TestCourt, browser: Browser, address: str, width: int):
    page = opened(browser, court, width)
    page.goto(address + court.url(FORMAT))
    sample = page.locator("[data-sample]")
    expect(sample).to_contain_text("Sample Person")
    page.get_by_label("Title in English", exact=False).first.fill("Report to the bench")
    expect(sample).to_contain_text("Report to the bench")
    page.get_by_label("First text in English").fill("Dear {victim}")
    expect(sample).to_contain_text("when everything that is marked in the form is put right")
    page.get_by_label("First text in English").fill("")
    expect(sample.get_by_role("status")).to_have_text("The sample shows what stands in the form.")
    expect(sample).to_contain_text("Sample Person")
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"format-sample-{width}.png"))
    # Nothing was saved by looking.
    page.reload()
    expect(page.locator("main")).not_to_contain_text("Report to the bench")


def test_the_sample_of_a_format_is_there_without_scripts(court: TestCourt, browser: Browser, address: str):
    page = opened(browser, court, 1280, scripts=False)
    page.goto(address + court.url(FORMAT))
    page.get_by_label("Title in English", exact=False).first.fill("Report to the bench")
    page.get_by_role("button", name="Show the sample").click()
    expect(page.locator("[data-sample]")).to_contain_text("Report to the bench")
    page.get_by_role("button", name="Large print").click()
    expect(page.locator("[data-sample] .report--large").first).to_be_attached()
