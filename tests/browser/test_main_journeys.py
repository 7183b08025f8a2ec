"""From a referral to a paid fee with the keyboard alone.

A lesson and a quiz without JavaScript: tests/browser/test_learning_module.py.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from app.cases.models import Enrollment
from app.core import clock
from app.permissions.identity import Role
from tenants.database import session
from tests.browser.hands import Hands, Way
from tests.factories import TestCourt, make_court
from tests.functional.payments_kit import World, balance, wait_paid

pytestmark = pytest.mark.browser

BORN = date(1986, 4, 28)
WAYS = [pytest.param(Way.KEYBOARD, marks=pytest.mark.slow)]


@pytest.fixture
def court(world: World) -> TestCourt:
    return make_court(world.app)


@pytest.mark.proves("CD-1")
@pytest.mark.parametrize("way", WAYS)
def test_a_referral_its_code_enrolling_and_paying(browser: Browser, world: World, court: TestCourt, way: Way) -> None:
    clerk = Hands(browser, way, world.url, court, court.staff_client(Role.CLERK))
    today = clock.today("America/Los_Angeles")
    clerk.open("referrals/new")
    clerk.fill("Given names", "Alexandra Maria")
    clerk.fill("Family names", "Sample-Example")
    clerk.fill_date("Birth date", BORN)
    clerk.fill("Case number", "2026-CR-00417")
    clerk.fill_date("Date of the order", today - timedelta(days=2))
    clerk.fill_date("Deadline for the lessons", today + timedelta(days=90))
    clerk.press("Save the referral")
    clerk.press("Issue the enrollment code")
    code = clerk.page.locator(".portal-kept").inner_text().strip()
    clerk.page.context.close()

    learner = Hands(browser, way, world.url, court, None)
    learner.open("enroll")
    learner.fill("Enrollment code", code)
    learner.fill_date("Your birth date", BORN)
    learner.press("Continue")
    learner.check("I have neither")
    learner.fill("Password", "three green turtles sing")
    learner.press("Continue")
    learner.fill("Your full name", "Alexandra Sample")
    learner.check("I have read the agreement")
    learner.press("Continue")
    learner.press("Sign and enroll")
    assert "You are enrolled" in learner.text
    with world.app.app_context(), court.acting():
        enrollment_id = session().scalars(select(Enrollment.id)).one()
    learner.open("fee")
    learner.press("by card")
    learner.page.wait_for_url(f"{world.stripe.url}/**")
    learner.page.locator("button[value=card]").click()  # Stripe's page is not ours
    learner.page.wait_for_url(re.compile(r"/fee/thanks"))
    wait_paid(court, enrollment_id)
    assert balance(court, enrollment_id) == 0
    learner.page.context.close()
