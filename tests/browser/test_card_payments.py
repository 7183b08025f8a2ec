"""Giving money back by card and at the counter, and payments that did not fit: at a phone's width, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from app.payments.deciding.rules import Outcome
from app.permissions.identity import Role
from tests.browser.chromium import Watched
from tests.browser.test_payments_pages import PHONE, look, sign_in
from tests.factories import make_court, make_learner
from tests.functional.deciding_steps import asked, decide, pay_by_hand
from tests.functional.payments_kit import World, balance, completed, open_checkout
from tests.functional.stripe_shapes import eventually
from tests.functional.stripe_steps import paid_by_card, work

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport=PHONE)
    yield Watched(context.new_page())
    context.close()


def text_of(page: Page) -> str:
    return page.locator("main").inner_text()


def test_a_part_is_given_back_from_the_case_page(phone: Watched, world: World) -> None:
    court = make_court(world.app)
    learner, paid = paid_by_card(world, court)
    page, case = phone.page, f"{world.url}{court.url(f'cases/{paid.enrollment_id}')}"
    sign_in(page, court, court.staff_client(Role.ADMINISTRATOR))
    page.goto(case)
    page.get_by_role("link", name="Card payments").first.click()
    look(phone, "card-payments")
    page.get_by_role("link", name="Give back").click()
    look(phone, "refund")
    page.get_by_label("Amount to give back").fill("5,000")
    page.get_by_role("button", name="Give it back").click()
    look(phone, "refund-errors")
    assert page.get_by_label("Amount to give back").input_value() == "5,000"
    page.get_by_label("Amount to give back").fill("15.50")
    page.get_by_label("Why").fill("Paid for a class that fell out.")
    page.get_by_role("button", name="Give it back").click()
    page.wait_for_url("**/card-payments")
    assert "Being sent to Stripe" in text_of(page)
    look(phone, "refund-waits")

    work(court)
    eventually(lambda: balance(court, paid.enrollment_id) == 15_50)
    page.reload()
    assert "Paid for a class that fell out." in text_of(page)
    assert "Being sent to Stripe" not in text_of(page)
    look(phone, "refund-done")

    sign_in(page, court, court.client(learner))
    page.goto(f"{world.url}{court.url('fee')}")
    assert "$15.50" in text_of(page)
    look(phone, "fee-after-refund")


def test_a_payment_of_another_amount_is_taken_as_it_is(phone: Watched, world: World) -> None:
    court = make_court(world.app)
    learner, enrollment_id = make_learner(court)
    checkout = open_checkout(world, court, learner, enrollment_id)
    world.stripe.control(f"sessions/{checkout.session_id}/amount", {"amount": checkout.amount_cents - 5_00})
    world.stripe.control(f"sessions/{checkout.session_id}/pay", {"method": "card"})
    page, queue = phone.page, f"{world.url}{court.url('money/review')}"
    sign_in(page, court, court.staff_client(Role.ADMINISTRATOR))

    def waits() -> bool:
        page.goto(queue)
        return page.get_by_role("link", name=learner.display_name).is_visible()

    eventually(waits)
    look(phone, "review-queue")
    page.get_by_role("link", name=learner.display_name).click()
    look(phone, "review")
    page.get_by_role("button", name="Save the answer").click()
    look(phone, "review-errors")
    assert balance(court, enrollment_id) == checkout.amount_cents
    page.get_by_text("Take it as it is").click()
    page.get_by_label("Why").fill("The bank took its fee off.")
    page.get_by_role("button", name="Save the answer").click()
    page.wait_for_url("**/money/review")
    assert "The bank took its fee off." in text_of(page)
    assert page.get_by_role("link", name=learner.display_name).is_visible(), "it says whose payment that was"
    assert balance(court, enrollment_id) == 5_00
    look(phone, "review-resolved")


def test_a_payment_in_another_currency_says_what_to_do_at_stripe(phone: Watched, world: World) -> None:
    court = make_court(world.app)
    learner, enrollment_id = make_learner(court)
    checkout = open_checkout(world, court, learner, enrollment_id)
    assert world.deliver(completed(checkout, object={"currency": "eur"})) == 200
    page = phone.page
    sign_in(page, court, court.staff_client(Role.ADMINISTRATOR))
    page.goto(f"{world.url}{court.url(f'money/review/{checkout.id}')}")
    assert "Refund all of the payment there." in text_of(page)
    look(phone, "review-at-stripe")


def test_a_credit_is_paid_back_at_the_counter(phone: Watched, world: World) -> None:
    court = make_court(world.app)
    _learner, enrollment_id = asked(court)
    pay_by_hand(court, enrollment_id, 200_00)
    decide(court, enrollment_id, Outcome.FULL)
    page = phone.page
    sign_in(page, court, court.staff_client(Role.ADMINISTRATOR))
    page.goto(f"{world.url}{court.url(f'cases/{enrollment_id}')}")
    page.get_by_role("link", name="Pay it back at the counter").click()
    look(phone, "pay-back")
    page.get_by_role("button", name="Record it as paid back").click()
    look(phone, "pay-back-errors")
    assert page.get_by_label("Amount to pay back").input_value() == "200.00"
    page.get_by_text("Cash", exact=True).click()
    page.get_by_label("Reason").fill("The fee was waived.")
    page.get_by_role("button", name="Record it as paid back").click()
    page.wait_for_url("**/cases/**")
    assert "Paid back at the counter" in text_of(page)
    look(phone, "pay-back-case")
    assert balance(court, enrollment_id) == 0
