"""What somebody types into a waiver request is kept while typing, until that step is sent; never at the counter."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.drafts.models import KeptText
from app.cases.lookups import the_enrollment
from app.core import clock
from app.permissions.identity import Identity, Role
from tenants.database import session
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.waiver_steps import document

WORDS = "My hours were cut in half in May, and the rent went up."


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app, document=document())


def kept(court: TestCourt, learner: Identity) -> list[str]:
    with court.app.app_context(), court.acting():
        rows = session().scalars(select(KeptText).where(KeptText.account_id == learner.id))
        return sorted(row.place for row in rows)


def typed(page: Page, **told: str) -> Page:
    """What the script sends every few seconds, and the button "Save for later" at a press."""
    values = page.form("Save and go on").values() | told
    return page.client.post(page.url.partition("/fee/")[0] + "/typed", values)


def test_it_is_back_on_another_device_and_after_the_sign_in_ended(court: TestCourt):
    learner, _enrollment_id = make_learner(court)
    phone, desk = court.client(learner), court.client(learner)
    step = phone.get(court.url("fee/waiver/step/words"))
    assert "What you typed is saved for later." in typed(step, statement=WORDS).text
    page = desk.get(court.url("fee/waiver/step/words"))
    assert WORDS in page.text
    assert "What you typed is back" in page.text
    with clock.moved_to(clock.now() + timedelta(hours=3)):
        assert phone.get(court.url("fee/waiver/step/words")).heading != page.heading, "signed out meanwhile"
        again = court.client(learner).get(court.url("fee/waiver/step/words"))
        assert WORDS in again.text


def test_numbers_come_back_too_and_a_step_that_was_sent_is_forgotten(court: TestCourt):
    learner, _enrollment_id = make_learner(court)
    browser = court.client(learner)
    typed(browser.get(court.url("fee/waiver/step/household")), household_size="4")
    typed(browser.get(court.url("fee/waiver/step/income")), income="1,250", period="month")
    page = browser.get(court.url("fee/waiver/step/income"))
    assert page.form("Save and go on").values()["income"] == "1,250"
    assert page.form("Save and go on").values()["period"] == "month"
    page = browser.get(court.url("fee/waiver/step/household"))
    assert page.form("Save and go on").values()["household_size"] == "4"
    page.submit("Save and go on")
    assert kept(court, learner) == ["waiver/income"]
    page = browser.get(court.url("fee/waiver/step/household"))
    assert "What you typed is back" not in page.text
    assert page.form("Save and go on").values()["household_size"] == "4"


def test_throwing_the_request_away_throws_away_what_was_typed(court: TestCourt):
    learner, _enrollment_id = make_learner(court)
    browser = court.client(learner)
    browser.get(court.url("fee/waiver/step/household")).submit("Save and go on", household_size="2")
    typed(browser.get(court.url("fee/waiver/step/words")), statement=WORDS)
    browser.get(court.url("fee/waiver/throw-away")).form().submit()
    assert kept(court, learner) == []


def test_at_the_counter_nothing_is_kept_and_nobody_else_sees_it(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    typed(court.client(learner).get(court.url("fee/waiver/step/words")), statement=WORDS)
    stranger, _other = make_learner(court)
    assert WORDS not in court.client(stranger).get(court.url("fee/waiver/step/words")).text
    with court.app.app_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
    clerk = court.staff_client(Role.CLERK)
    counter = clerk.get(court.url(f"referrals/{referral_id}/waiver/step/words"))
    assert counter.form("Save and go on")
    assert not counter.tree.xpath("//form[@data-keep]")
    for page in (counter, clerk.get(court.url("waivers")), clerk.get(court.url(f"cases/{enrollment_id}"))):
        assert WORDS not in page.text
