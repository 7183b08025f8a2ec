"""A whole module in Chromium: on a phone, on a desk, and on a phone without JavaScript, under a moved clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from app.permissions.identity import Identity, Role
from tests.browser.chromium import Watched
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.functional.learning_steps import CONTENT, QUESTIONS, WORDS, Learner, pass_time

pytestmark = pytest.mark.browser

Look = Callable[[Page, str], None]
RIGHT = {
    one.prompt.words("en"): one.right_option.text.words("en") for one in (*CONTENT.lesson("quiz").pool, *QUESTIONS)
}


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


def take_on(context: BrowserContext, court: TestCourt, identity: Identity) -> None:
    """Sign the browser in."""
    name, path = f"portal-{court.slug}", f"/{court.slug}"
    cookie = court.client(identity).http.get_cookie(name, domain="localhost", path=path)
    assert cookie is not None
    context.add_cookies([{"name": name, "value": cookie.value, "domain": "localhost", "path": path}])


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()
    page.wait_for_load_state("load")


def stay_in_view(page: Page, app: Flask, minutes: int) -> None:
    """Keep the page open while the server's clock and the browser's own timers go on."""
    page.wait_for_load_state("networkidle")  # the sign that a page sends on arrival is answered before time passes
    for _ in range(minutes * 60 // 40):
        pass_time(app, seconds=40)
        with page.expect_response("**/pulse") as answer:
            page.clock.run_for(20_000)
        assert answer.value.ok


def read(page: Page, wait: Callable[[Page], None], look: Look) -> None:
    look(page, "before reading")
    press(page, "Start reading")
    look(page, "reading")
    waited = False
    while page.get_by_role("button", name="Continue", exact=True).count():
        if not waited:
            wait(page)
            waited = True
        press(page, "Continue")
    if not waited:
        wait(page)
    look(page, "end of reading")
    press(page, "See what each answer means")
    look(page, "check with errors")
    choose(page)
    press(page, "See what each answer means")
    look(page, "check explained")
    press(page, "Finish this lesson")


def watch(page: Page, wait: Callable[[Page], None], look: Look) -> None:
    """A video that was not delivered yet: its transcript stands there and counts."""
    look(page, "before the video")
    press(page, "Start")
    assert "This video is not ready yet" in page.locator("main").inner_text()
    wait(page)
    look(page, "transcript")
    press(page, "Finish this lesson")


def choose(page: Page) -> None:
    for group in page.locator("main fieldset").all():
        prompt = group.locator("legend").inner_text().partition(". ")[2]
        group.get_by_text(RIGHT[prompt.strip()], exact=True).click()


def walk_through(page: Page, look: Look) -> None:
    """Through a story by the first choice of each scene."""
    look(page, "story")
    while page.get_by_role("button", name="Go on", exact=True).count():
        page.locator("main fieldset label").first.click()
        press(page, "Go on")
    look(page, "end of the story")
    page.get_by_role("link", name="Go on:").click()


def whole_module(page: Page, base: str, wait: Callable[[Page], None], look: Look) -> None:
    page.goto(f"{base}/lessons")
    look(page, "lessons")
    page.get_by_role("link", name="Accountability without shame").first.click()
    look(page, "module")
    page.get_by_role("link", name="Start the module").click()
    read(page, wait, look)
    watch(page, wait, look)
    walk_through(page, look)
    look(page, "reflection")
    page.get_by_label("Your answer").fill("Too short.")
    press(page, "Hand in")
    look(page, "reflection too short")
    page.get_by_label("Your answer").fill(WORDS)
    press(page, "Hand in")
    look(page, "plan")
    press(page, "Save my plan")
    look(page, "plan with errors")
    page.get_by_label("What I will do").fill("Look at my next step")
    page.get_by_label("When, or how often").fill("Every Sunday")
    page.get_by_label("How I will know that I did it").fill("A mark on the calendar")
    press(page, "Save my plan")
    look(page, "quiz before")
    press(page, "Start the quiz")
    look(page, "quiz")
    choose(page)
    press(page, "Hand in the quiz")
    look(page, "quiz passed")
    page.get_by_role("link", name="I need a break").click()
    look(page, "break")
    page.get_by_role("link", name="Go back to your lessons").click()
    look(page, "lessons waiting")


def accept(page: Page, base: str, look: Look) -> None:
    page.goto(f"{base}/reviews")
    look(page, "queue")
    page.get_by_role("link", name="Participant").first.click()
    look(page, "review")
    press(page, "Accept")
    look(page, "queue empty")


def walk(app: Flask, browser: Browser, address: str, *, width: int, scripts: bool, look: Look | None = None) -> Learner:
    court = make_court(app)
    learner = Learner(court)
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    take_on(context, court, learner.identity)
    page = context.new_page()
    if scripts:
        page.clock.install()
    watched = Watched(page)

    def check(_page: Page, _name: str) -> None:
        watched.faults = [fault for fault in watched.faults if "422" not in fault]  # Chromium logs a refused form
        watched.check()

    def wait(page: Page) -> None:
        if scripts:
            stay_in_view(page, app, 16)
        else:
            pass_time(app, minutes=16)

    seen = look or (check if scripts else lambda _page, _name: None)
    whole_module(page, f"{address}/{court.slug}", wait, seen)
    staff = browser.new_context(viewport={"width": width, "height": 900})
    take_on(staff, court, court.member(Role.FACILITATOR))
    desk = staff.new_page()
    staff_watched = Watched(desk)
    accept(desk, f"{address}/{court.slug}", look or (lambda _page, _name: staff_watched.check()))
    context.close()
    staff.close()
    return learner


@pytest.mark.proves("CD-1", "WE-5")
# The thread (test_thread.py) walks these pages at both widths, and test_learning_in_spanish.py on a phone.
@pytest.mark.slow
@pytest.mark.parametrize("width", [375, 1280])
def test_a_whole_module_with_scripts(app: Flask, browser: Browser, address: str, width: int):
    learner = walk(app, browser, address, width=width, scripts=True)
    assert learner.state() == "accountability"
    # A reading and a transcript, 24 signs each, 40 seconds from one to the next; and what the other lessons took.
    assert 20 * 60 <= learner.module().counted_seconds <= 36 * 60


@pytest.mark.proves("CD-1")
@pytest.mark.slow  # the same without a browser: tests/functional/test_learning_pages.py
def test_a_whole_module_without_scripts(app: Flask, browser: Browser, address: str):
    learner = walk(app, browser, address, width=375, scripts=False)
    assert learner.state() == "accountability"
    assert learner.module().counted_seconds >= 12 * 60


def test_a_hidden_page_does_not_count(app: Flask, browser: Browser, address: str):
    court = make_court(app)
    learner = Learner(court)
    context = browser.new_context(viewport={"width": 375, "height": 900})
    take_on(context, court, learner.identity)
    page = context.new_page()
    page.clock.install()
    page.goto(f"{address}/{court.slug}/lessons/accountability-without-shame/how-this-program-works")
    press(page, "Start reading")
    stay_in_view(page, app, 1)
    page.evaluate("Object.defineProperty(document, 'visibilityState', {value: 'hidden'})")
    before = learner.module().counted_seconds
    pass_time(app, minutes=10)
    page.clock.run_for(60_000)
    assert learner.module().counted_seconds == before
    context.close()
