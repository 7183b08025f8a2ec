"""Paying by card, a declined card, and a waiver, in Chromium on a phone and on a desk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import Watched
from tests.client import PageClient
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import World, balance, wait_paid

pytestmark = pytest.mark.browser

PHONE, DESK = {"width": 375, "height": 812}, {"width": 1280, "height": 900}
SHOTS = os.environ.get("PORTAL_SHOTS")  # a folder to keep pictures of every page in


def sign_in(page: Page, court: TestCourt, client: PageClient) -> None:
    name, path = f"portal-{court.slug}", f"/{court.slug}"
    cookie = client.http.get_cookie(name, domain="localhost", path=path)
    assert cookie is not None
    page.context.clear_cookies()
    page.context.add_cookies([{"name": name, "value": cookie.value, "domain": "localhost", "path": path}])


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


def look(watched: Watched, name: str) -> None:
    """Check the page for faults at its width; keep a picture where one is wanted."""
    # Chromium notes every answer of 422 (a form with errors) as a fault of its own.
    watched.faults = [fault for fault in watched.faults if "422" not in fault]
    watched.check()
    if SHOTS:
        width = watched.page.viewport_size["width"] if watched.page.viewport_size else 0
        watched.page.screenshot(path=Path(SHOTS) / f"payments-{name}-{width}.png", full_page=True)


def test_a_declined_card_then_another_on_a_phone(phone: Watched, world: World):
    page = phone.page
    court = make_court(world.app)
    learner, enrollment_id = make_learner(court)
    sign_in(page, court, court.client(learner))
    page.goto(f"{world.url}{court.url('fee')}")
    look(phone, "fee")
    assert "Not being able to pay is not, by itself, a violation." in page.locator("main").inner_text()
    page.get_by_role("button", name="by card").click()
    page.wait_for_url(f"{world.stripe.url}/**")
    page.locator("button[value=declined]").click()
    assert page.get_by_role("alert").is_visible()
    page.locator("button[value=cancel]").click()
    page.wait_for_url("**/fee/canceled")
    look(phone, "canceled")
    world.hold_webhooks()
    page.get_by_role("button", name="Go to the card page again").click()
    page.wait_for_url(f"{world.stripe.url}/**")
    page.locator("button[value=card]").click()
    page.wait_for_url("**/fee/thanks**")
    assert "We are waiting for confirmation" in page.locator("main").inner_text()
    look(phone, "waiting")
    assert balance(court, enrollment_id) > 0
    # Stripe's word comes: the page says so by itself.
    world.deliver_webhooks()
    world.stripe.control("deliveries/release", {})
    page.get_by_text("Your payment has arrived").wait_for(timeout=15_000)
    wait_paid(court, enrollment_id)
    look(phone, "paid")
    assert balance(court, enrollment_id) == 0
    page.go_back()
    page.goto(f"{world.url}{court.url('fee')}")
    assert page.get_by_role("button", name="by card").count() == 0
    look(phone, "settled")
