"""The main journeys with the keyboard alone, and without JavaScript: nobody is shut out by either.

A lesson and a quiz without JavaScript: tests/browser/test_learning_module.py.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from app.accountability.models import CheckIn
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.core import clock
from app.payments.lookups import newest_waiver
from app.permissions.identity import Role
from app.reports.models import Report
from tenants.database import session, transaction
from tests.browser.hands import Hands, Way
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import World, balance, wait_paid

pytestmark = pytest.mark.browser

BORN = date(1986, 4, 28)
WAYS = [pytest.param(Way.KEYBOARD, marks=pytest.mark.slow), pytest.param(Way.PLAIN, marks=pytest.mark.slow)]


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


@pytest.mark.proves("CD-1")
@pytest.mark.parametrize("way", WAYS)
def test_a_waiver(browser: Browser, world: World, court: TestCourt, way: Way) -> None:
    identity, enrollment_id = make_learner(court)
    learner = Hands(browser, way, world.url, court, court.client(identity))
    learner.open("fee/waiver")
    learner.follow("Start")
    while "Save and go on" in learner.text:
        if learner.page.get_by_label("How many people").count():
            learner.fill("How many people", "3")
        elif learner.page.get_by_label("What is your household's income").count():
            learner.fill("What is your household's income", "800")
            learner.check("every two weeks")
        elif learner.page.get_by_label("To pay nothing").count():
            learner.check("To pay nothing")
        elif learner.page.get_by_label("I have no").count():
            learner.check("I have no")
        before = learner.page.url
        learner.press("Save and go on")
        assert learner.page.url != before, learner.text
    learner.fill("Your full name", "Robin Sample")
    learner.check("I sign this request with my typed name")
    learner.press("Sign and send to the court")
    with world.app.app_context(), court.acting():
        waiver = newest_waiver(enrollment_id)
    assert waiver is not None
    assert waiver.state == "submitted"
    learner.page.context.close()


@pytest.mark.proves("CD-1")
@pytest.mark.parametrize("way", WAYS)
def test_a_check_in(browser: Browser, world: World, court: TestCourt, way: Way) -> None:
    identity, enrollment_id = make_learner(court)
    now, today = clock.now(), clock.today("America/Los_Angeles")
    with world.app.app_context(), court.acting(), transaction() as current:
        the_enrollment(enrollment_id, lock=True).state = "accountability"
        row = CheckIn(enrollment_id=enrollment_id, number=1, opens_at=now - timedelta(days=1), due_on=today, answers={})
        row.closes_at, row.grace_until = now + timedelta(days=1), now + timedelta(days=3)
        current.add(row)
    learner = Hands(browser, way, world.url, court, court.client(identity))
    learner.open("check-ins/1")
    learner.check("I am keeping most of it")
    learner.check("No, not now")
    learner.fill("In your own words: what went well lately, and what was hard?", "A steady month.")
    learner.press("Send check-in")
    with world.app.app_context(), court.acting():
        sent = session().get(CheckIn, (court.id, row.id))
        assert sent is not None
        assert sent.state == "submitted"
    learner.page.context.close()


@pytest.mark.proves("CD-1")
@pytest.mark.parametrize("way", WAYS)
def test_a_report(browser: Browser, world: World, court: TestCourt, way: Way) -> None:
    _identity, enrollment_id = make_learner(court)
    supervisor = Hands(browser, way, world.url, court, court.staff_client(Role.SUPERVISOR))
    supervisor.open(f"cases/{enrollment_id}")
    supervisor.press("Request a progress report")
    with world.app.app_context(), court.acting():
        kinds = {report.kind for report in session().query(Report)}
    assert "progress" in kinds
    supervisor.page.context.close()
