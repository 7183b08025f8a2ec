"""Asking for a waiver with proof on a phone, the court's answers on a desk, and asking again, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from app.permissions.identity import Role
from tests.browser.chromium import Watched
from tests.browser.test_payments_pages import DESK, PHONE, look, sign_in
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import World, balance
from tests.functional.waiver_steps import photo

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport=PHONE)
    yield Watched(context.new_page())
    context.close()


@pytest.fixture
def desk(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport=DESK)
    yield Watched(context.new_page())
    context.close()


def text_of(page: Page) -> str:
    return page.locator("main").inner_text()


def go_on(watched: Watched, name: str) -> None:
    look(watched, name)
    watched.page.get_by_role("button", name="Save and go on").click()


def add_photo(page: Page, name: str, button: str) -> None:
    page.get_by_label("Photo or PDF").set_input_files({"name": name, "mimeType": "image/jpeg", "buffer": photo()})
    page.get_by_role("button", name=button).click()
    page.get_by_text("The file is added.").wait_for()


def ask(phone: Watched) -> None:
    """Every step, with a photo as proof."""
    page = phone.page
    page.get_by_role("link", name="Ask for a waiver").first.click()
    look(phone, "waiver-start")
    assert "Not being able to pay is not, by itself, a violation." in text_of(page)
    page.get_by_role("link", name="Start").click()
    go_on(phone, "waiver-benefits")
    page.get_by_label("How many people").fill("4")
    go_on(phone, "waiver-household")
    page.get_by_label("household's income").fill("1,500")
    page.get_by_text("every two weeks", exact=False).first.click()
    go_on(phone, "waiver-income")
    add_photo(page, "pay slip.jpg", "Add this file")
    page.get_by_text("I have added my proof above").click()
    go_on(phone, "waiver-proof")
    page.get_by_text("To pay nothing").click()
    go_on(phone, "waiver-asking")
    page.get_by_label("anything else").fill("I lost my work in May and support two children.")
    go_on(phone, "waiver-words")
    look(phone, "waiver-check")
    page.get_by_label("Your full name").fill("Robin Sample")
    page.get_by_text("I sign this request").click()
    page.get_by_role("button", name="Sign and send to the court").click()
    page.wait_for_url("**/fee/waiver/sent")
    look(phone, "waiver-sent")


def open_request(desk: Watched, world: World, court: TestCourt, name: str, *, pile: str = "waiting") -> Page:
    page = desk.page
    page.goto(f"{world.url}{court.url('waivers')}?show={pile}")
    look(desk, f"waivers-{pile}")
    page.get_by_role("link", name=name).click()
    return page


@pytest.mark.slow  # its steps without a browser: tests/functional/test_payments_waiver_*.py; the wizard stays
def test_a_waiver_with_proof_to_its_answer_and_a_second_look(phone: Watched, desk: Watched, world: World) -> None:
    court = make_court(world.app)
    learner, enrollment_id = make_learner(court)
    page, home = phone.page, f"{world.url}{court.url('fee/waiver-answer')}"
    sign_in(page, court, court.client(learner))
    page.goto(f"{world.url}{court.url('fee')}")
    ask(phone)
    page.goto(home)
    assert "The court has your request for a waiver" in text_of(page)
    look(phone, "waiver-waits")

    sign_in(desk.page, court, court.staff_client(Role.CLERK))
    clerk = open_request(desk, world, court, learner.display_name)
    look(desk, "waiver-request")
    clerk.get_by_text("Ask for proof first").click()
    clerk.get_by_label("Explain your decision").fill("Please send a pay slip of this month, too.")
    clerk.get_by_role("button", name="Decide").click()
    clerk.wait_for_url("**/waivers")

    page.goto(home)
    look(phone, "waiver-proof-asked")
    page.get_by_role("link", name="Send proof, or say that you have none").click()
    page.get_by_role("button", name="Send to the court").click()
    look(phone, "waiver-proof-errors")
    add_photo(page, "november.jpg", "Add the file")
    look(phone, "waiver-proof-added")
    page.get_by_text("I added what I have").click()
    page.get_by_role("button", name="Send to the court").click()
    page.wait_for_url("**/fee/waiver-answer")

    clerk = open_request(desk, world, court, learner.display_name)
    assert clerk.get_by_role("link", name="november.jpg").is_visible()
    clerk.get_by_text("Waive a part", exact=True).click()
    clerk.get_by_role("button", name="Decide").click()
    look(desk, "waiver-decide-errors")
    clerk.get_by_label("Amount to waive").fill("300")
    clerk.get_by_label("Explain your decision").fill("You told of some income, so a part is left.")
    clerk.get_by_role("button", name="Decide").click()
    clerk.wait_for_url("**/waivers")
    assert balance(court, enrollment_id) == 5000

    page.goto(home)
    look(phone, "waiver-granted-in-part")
    assert "The court waived $300.00." in text_of(page)
    page.get_by_role("link", name="Ask the court to look again").click()
    look(phone, "waiver-ask-again")
    page.get_by_label("What should the court look at again?").fill("My hours were cut since.")
    page.get_by_role("button", name="Send to the court").click()
    page.wait_for_url("**/fee/waiver-answer")
    look(phone, "waiver-asked-again")

    court.member(Role.JUDGE)
    clerk = open_request(desk, world, court, learner.display_name)
    assert "Another person at the court decides now." in text_of(clerk)
    look(desk, "waiver-somebody-else")
    sign_in(clerk, court, court.staff_client(Role.JUDGE))
    judge = open_request(desk, world, court, learner.display_name)
    judge.get_by_text("Waive all of it").click()
    judge.get_by_role("button", name="Decide").click()
    judge.wait_for_url("**/waivers")
    assert balance(court, enrollment_id) == 0

    page.goto(home)
    look(phone, "waiver-granted")
    assert "The court waived your fee." in text_of(page)
    judge = open_request(desk, world, court, learner.display_name, pile="decided")
    look(desk, "waiver-decided")
    judge.get_by_role("link", name="Take the waiver back").click()
    look(desk, "waiver-revoke")
