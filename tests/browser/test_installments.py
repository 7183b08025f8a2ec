"""Paying in parts on a phone, and the counter's pages on a desk, in Chromium."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.cases.lookups import the_enrollment
from app.permissions.identity import Role
from tenants.program import ProgramDocument, load_preset
from tests.browser.chromium import Watched
from tests.browser.test_payments_pages import DESK, PHONE, look, sign_in
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import World, balance
from tests.functional.stripe_shapes import eventually

pytestmark = pytest.mark.browser


def court_with_parts(app: Flask) -> TestCourt:
    data = load_preset("county_probation").to_json()
    data["fees"]["installments"] = {"parts": 3, "days_apart": 30}
    return make_court(app, document=ProgramDocument.model_validate(data))


def text_of(page: Page) -> str:
    return page.locator("main").inner_text()


def test_the_first_part_paid_on_a_phone_opens_the_lessons(browser: Browser, world: World) -> None:
    court = court_with_parts(world.app)
    learner, enrollment_id = make_learner(court)
    phone = Watched(browser.new_context(viewport=PHONE).new_page())
    page = phone.page
    sign_in(page, court, court.client(learner))
    page.goto(f"{world.url}{court.url('fee')}")
    page.get_by_role("link", name="Pay in parts instead").click()
    look(phone, "choose-parts")
    page.get_by_role("button", name="Pay in parts").click()
    look(phone, "choose-parts-errors")
    page.get_by_text("3 parts").click()
    page.get_by_role("button", name="Pay in parts").click()
    page.wait_for_url("**/fee")
    look(phone, "parts")
    page.get_by_role("button", name="Pay the next part, $116.67").click()
    page.wait_for_url(f"{world.stripe.url}/**")
    page.locator("button[value=cancel]").click()
    page.wait_for_url("**/fee/canceled")
    page.get_by_role("button", name="Go to the card page again").click()
    page.wait_for_url(f"{world.stripe.url}/**")
    page.locator("button[value=card]").click()
    page.wait_for_url("**/fee/thanks**")
    page.get_by_text("Your payment has arrived").wait_for(timeout=15_000)
    assert balance(court, enrollment_id) == 35_000 - 11_667
    look(phone, "part-paid")

    def opened() -> bool:
        with court.app.app_context(), court.acting():
            return the_enrollment(enrollment_id).state == "coursework"

    eventually(opened)
    page.goto(f"{world.url}{court.url('fee')}")
    assert "Settled" in text_of(page)
    look(phone, "part-settled")
    page.get_by_role("link", name="See every charge and payment").click()
    assert "Paid by card" in text_of(page)
    look(phone, "statement")


@pytest.mark.slow  # without a browser: tests/functional/test_payments_counter.py
def test_a_check_at_the_counter_and_a_correction_on_a_desk(browser: Browser, world: World) -> None:
    court = court_with_parts(world.app)
    _learner, enrollment_id = make_learner(court)
    desk = Watched(browser.new_context(viewport=DESK).new_page())
    page = desk.page
    sign_in(page, court, court.staff_client(Role.CLERK))
    case = f"{world.url}{court.url(f'cases/{enrollment_id}')}"
    page.goto(case)
    page.get_by_role("link", name="Record a payment at the counter").click()
    page.get_by_text("Check", exact=True).click()
    page.get_by_label("Amount", exact=True).fill("400")
    page.get_by_role("button", name="Record the payment").click()
    look(desk, "counter-errors")
    page.get_by_label("Number of the check").fill("1207")
    page.get_by_label("Amount", exact=True).fill("100")
    page.get_by_role("button", name="Record the payment").click()
    page.wait_for_url("**/cases/**")
    assert balance(court, enrollment_id) == 25_000
    page.get_by_role("link", name="Correct what is owed").click()
    look(desk, "correction")
    page.get_by_text("less", exact=True).click()
    page.get_by_label("By how much").fill("80")
    page.get_by_label("Reason").fill("The order sets a lower fee.")
    page.get_by_role("button", name="Correct it").click()
    page.wait_for_url("**/cases/**")
    look(desk, "case-money")
    page.get_by_role("link", name="Void").click()
    look(desk, "void")
    page.goto(f"{world.url}{court.url('money/payees')}")
    look(desk, "payees")
    sign_in(page, court, court.staff_client(Role.JUDGE))
    page.goto(f"{world.url}{court.url('corrections')}")
    look(desk, "corrections")
    page.get_by_role("link", name="Robin").click()
    look(desk, "correction-decide")
    page.get_by_text("Approve: it applies at once").click()
    page.get_by_role("button", name="Send the answer").click()
    page.wait_for_url("**/corrections")
    assert balance(court, enrollment_id) == 17_000
    page.set_viewport_size(PHONE)
    page.goto(case)
    look(desk, "case-money")
    page.get_by_role("link", name="Statement with every entry").click()
    look(desk, "court-statement")
