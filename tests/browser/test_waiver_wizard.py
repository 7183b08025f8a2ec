"""Filling in a request for a waiver on a phone, in Chromium: every step, its mistakes, the signature, the copy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from app.payments.lookups import newest_waiver
from tests.browser.chromium import Watched
from tests.browser.test_payments_pages import PHONE, look, sign_in
from tests.factories import make_court, make_learner
from tests.functional.payments_kit import World
from tests.functional.waiver_steps import document, photo

pytestmark = pytest.mark.browser


@pytest.mark.proves("CD-3")
def test_a_request_is_filled_in_on_a_phone(browser: Browser, world: World) -> None:
    court = make_court(world.app, document=document(asks_expenses=True, proof="always"))
    learner, enrollment_id = make_learner(court)
    phone = Watched(browser.new_context(viewport=PHONE).new_page())
    page = phone.page
    sign_in(page, court, court.client(learner))

    def go_on() -> None:
        page.get_by_role("button", name="Save and go on").click()

    page.goto(f"{world.url}{court.url('fee/waiver')}")
    look(phone, "waiver-start")
    page.get_by_role("link", name="Start").click()
    look(phone, "waiver-benefits")
    page.get_by_text("Medicaid").click()
    go_on()
    go_on()
    look(phone, "waiver-household-error")
    page.get_by_label("How many people").fill("3")
    go_on()
    page.get_by_label("What is your household's income").fill("800")
    page.get_by_text("every two weeks").click()
    look(phone, "waiver-income")
    go_on()
    page.get_by_label("Rent or mortgage").fill("1,200")
    look(phone, "waiver-expenses")
    go_on()
    page.get_by_label("Photo or PDF").set_input_files({"name": "slip.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    page.get_by_role("button", name="Add this file").click()
    look(phone, "waiver-proof")
    go_on()
    page.get_by_text("To pay nothing").click()
    look(phone, "waiver-asking")
    go_on()
    look(phone, "waiver-words")
    go_on()
    look(phone, "waiver-check")
    page.get_by_label("Your full name").fill("Robin Sample")
    page.get_by_text("I sign this request with my typed name").click()
    page.get_by_role("button", name="Sign and send to the court").click()
    look(phone, "waiver-sent")
    page.get_by_role("link", name="See and print your copy").click()
    look(phone, "waiver-copy")
    with world.app.app_context(), court.acting():
        waiver = newest_waiver(enrollment_id)
    assert waiver is not None
    assert (waiver.state, waiver.proof_choice, waiver.monthly_income_cents) == ("submitted", "files", 173_333)


@pytest.mark.proves("SE-3")
def test_what_is_typed_without_network_is_there_afterwards(browser: Browser, world: World) -> None:
    court = make_court(world.app, document=document())
    learner, _enrollment_id = make_learner(court)
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    sign_in(page, court, court.client(learner))
    url = f"{world.url}{court.url('fee/waiver/step/words')}"
    page.goto(url)
    page.wait_for_load_state("networkidle")
    context.set_offline(True)
    page.locator("textarea").first.fill("Typed on the train, under ground")
    expect(page.locator("[data-keep-status]")).to_contain_text("No network.")
    page.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto(url)
    expect(page.locator("textarea").first).to_have_value("Typed on the train, under ground")
    expect(page.locator("[data-keep-status]")).to_contain_text("Saved. It is not sent yet.")
    context.close()
