"""What is typed in a lesson survives: no network, a sign-in that ends, another phone. And the time stays honest."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from app.accounts import sessions
from app.accounts.drafts.models import KeptText
from app.learning.models import Reflection
from tenants.database import session
from tests.browser.chromium import Watched
from tests.browser.test_learning_module import take_on
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.functional.learning_steps import WORDS, Learner, pass_time

pytestmark = pytest.mark.browser

LESSON = "your-first-step"
SAVED, OFFLINE = "Saved. It is not sent yet.", "No network. What you type stays in this browser"


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    publish(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def court(app: Flask, address: str) -> TestCourt:
    return make_court(app)


@pytest.fixture
def writer(court: TestCourt) -> Learner:
    learner = Learner(court)
    learner.all_before(LESSON)
    return learner


@pytest.fixture
def context(browser: Browser, court: TestCourt, writer: Learner) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 375, "height": 900})
    take_on(context, court, writer.identity)
    yield context
    context.close()


def write(page: Page, url: str, text: str) -> None:
    page.goto(url)
    page.get_by_label("Your answer").fill(text)


def kept(writer: Learner) -> list[str]:
    with writer.court.app.app_context(), writer.court.acting():
        rows = session().scalars(select(KeptText).where(KeptText.account_id == writer.identity.id))
        return [row.fields["text"] for row in rows]


def in_browser(page: Page) -> int:
    return int(page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('portal-typed:')).length"))


@pytest.mark.proves("SE-3")
def test_typing_is_saved_by_itself_and_back_on_another_phone(
    browser: Browser, address: str, court: TestCourt, writer: Learner, context: BrowserContext
):
    page, url = context.new_page(), address + writer.url(LESSON)
    watched = Watched(page)
    write(page, url, "Words that nobody sent")
    expect(page.locator("[data-keep-status]")).to_contain_text(SAVED)
    assert kept(writer) == ["Words that nobody sent"]
    assert in_browser(page) == 0
    watched.check()
    other = browser.new_context(viewport={"width": 1280, "height": 900})
    take_on(other, court, writer.identity)
    desk = other.new_page()
    desk.goto(url)
    expect(desk.get_by_label("Your answer")).to_have_value("Words that nobody sent")
    expect(desk.get_by_text("What you typed is back")).to_be_visible()
    Watched(desk).check()
    other.close()


@pytest.mark.proves("SE-3")
def test_without_network_nothing_is_lost_and_no_time_is_made_up(
    app: Flask, address: str, writer: Learner, context: BrowserContext
):
    page, url = context.new_page(), address + writer.url(LESSON)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    before = writer.module().counted_seconds
    context.set_offline(True)
    page.get_by_label("Your answer").fill("Typed on the train, under ground")
    expect(page.locator("[data-keep-status]")).to_contain_text(OFFLINE)
    assert kept(writer) == []
    assert in_browser(page) == 1
    pass_time(app, minutes=25)
    page.close()  # the phone closes the tab
    context.set_offline(False)
    page = context.new_page()
    page.goto(url)
    expect(page.get_by_label("Your answer")).to_have_value("Typed on the train, under ground")
    expect(page.locator("[data-keep-status]")).to_contain_text(SAVED)
    assert kept(writer) == ["Typed on the train, under ground"]
    assert in_browser(page) == 0
    page.wait_for_load_state("networkidle")
    assert writer.module().counted_seconds - before <= 90, "at most one gap's limit of the time under ground"


@pytest.mark.proves("SE-3")
def test_handing_in_without_network_keeps_the_text_and_works_afterwards(
    address: str, writer: Learner, context: BrowserContext
):
    page, url = context.new_page(), address + writer.url(LESSON)
    write(page, url, WORDS)
    context.set_offline(True)
    page.get_by_role("button", name="Hand in", exact=True).click()
    page.wait_for_timeout(500)
    assert writer.rows(Reflection) == []
    context.set_offline(False)
    page.goto(url)
    expect(page.get_by_label("Your answer")).to_have_value(WORDS)
    page.get_by_role("button", name="Hand in", exact=True).click()
    page.wait_for_url(lambda now: now != url)
    assert writer.rows(Reflection)[0].text.split() == WORDS.split()
    assert kept(writer) == []
    assert in_browser(page) == 0


@pytest.mark.proves("SE-3")
def test_what_is_typed_after_the_sign_in_ended_is_there_after_signing_in(
    court: TestCourt, address: str, writer: Learner, context: BrowserContext
):
    page, url = context.new_page(), address + writer.url(LESSON)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    with court.app.app_context(), court.acting():
        sessions.end_all(learner_account_id=writer.identity.id)
    page.get_by_label("Your answer").fill("Typed after it ended")
    expect(page.locator("[data-keep-status]")).to_contain_text("You are signed out")
    page.goto(url)  # leads to the sign-in
    assert "/sign-in" in page.url
    take_on(context, court, writer.identity)
    page.goto(url)
    expect(page.get_by_label("Your answer")).to_have_value("Typed after it ended")
    expect(page.locator("[data-keep-status]")).to_contain_text(SAVED)
    assert kept(writer) == ["Typed after it ended"]


def test_signing_out_leaves_nothing_in_a_shared_computer(address: str, writer: Learner, context: BrowserContext):
    page, url = context.new_page(), address + writer.url(LESSON)
    page.goto(url)
    page.route("**/typed", lambda route: route.abort())
    page.get_by_label("Your answer").fill("Only here")
    expect(page.locator("[data-keep-status]")).to_contain_text(OFFLINE)
    assert in_browser(page) == 1
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_load_state("load")
    assert in_browser(page) == 0


@pytest.mark.proves("SE-3")
def test_the_end_of_a_sign_in_is_warned_of_and_put_off_by_a_button(
    address: str, court: TestCourt, writer: Learner, context: BrowserContext
):
    page = context.new_page()
    page.clock.install()
    page.goto(address + court.url("lessons"))
    dialog = page.get_by_role("dialog")
    page.clock.run_for(114 * 60_000)
    expect(dialog).not_to_be_visible()
    page.clock.run_for(2 * 60_000)
    expect(dialog).to_contain_text("you will be signed out in")
    Watched(page).check()
    with page.expect_response("**/stay-signed-in") as answer:
        dialog.get_by_role("button", name="Stay signed in").click()
    assert answer.value.ok
    expect(dialog).not_to_be_visible()
