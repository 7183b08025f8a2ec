"""The learner's first page: one next step at every stage, the way, and the same facts that the court has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.accountability import services as accountability
from app.accountability.lookups import check_ins_of
from app.cases.lookups import the_enrollment
from app.cases.services import complete, finish_coursework, open_coursework
from app.core import clock
from app.payments.models import Checkout
from app.permissions.identity import Role
from tenants.database import transaction
from tests.client import Page
from tests.factories import make_court, make_learner
from tests.functional.test_accountability_check_ins import ANSWERS, plan_of, rules_with, sweep

START = datetime(2027, 1, 31, 18, 0, tzinfo=UTC)


def next_step(page: Page) -> str:
    return " ".join("".join(page.tree.xpath("//*[@id='next-step']")[0].itertext()).split())


def marks(page: Page) -> list[str]:
    return [one.get("class") for one in page.tree.xpath("//ol[@class='portal-steps']/li")]


def test_one_next_step_at_every_stage(app):
    court = make_court(app, document=rules_with(months=1, misses_allowed=0))
    with clock.moved_to(START):
        learner, enrollment_id = make_learner(court, given_names="Robin Lee")
        page = court.client(learner).get(court.url("my-program"))
        assert page.heading == "Hello, Robin"
        assert len(page.tree.xpath("//section[@class='portal-next']")) == 1
        assert marks(page)[0] == "is-done"
        with app.test_request_context(), court.acting():
            open_coursework(enrollment_id)
        assert court.client(learner).get(court.url("my-program")).status == 200
        with app.test_request_context(), court.acting():
            finish_coursework(enrollment_id)
        page = court.client(learner).get(court.url("my-program"))
        assert next_step(page) == "Nothing to do now. Come back when your next check-in opens."
        assert "Opens on Sunday, February 21" in page.text
        assert marks(page) == ["is-done", "is-later", "is-done", "is-current", "is-later"]  # the fee is still open
    (only,) = plan_of(court, enrollment_id)
    with clock.moved_to(only.opens_at):
        page = court.client(learner).get(court.url("my-program"))
        assert next_step(page) == "Do your check-in."
        assert "By Monday, March 1" in page.text
        assert page.click("Do the check-in").heading == "Check-in 1"
    with clock.moved_to(only.closes_at):
        page = court.client(learner).get(court.url("my-program"))
        assert "You missed Monday, March 1. You can still do it until Thursday, March 4." in page.text
        page.click("Do the check-in").submit("Send check-in", **ANSWERS)
        page = court.client(learner).get(court.url("my-program"))
        assert next_step(page).startswith("Nothing to do now.")
        with app.test_request_context(), court.acting():
            officer = court.member(Role.OFFICER)
            accountability.review(only.id, "returned", "Please name your plan.", actor=officer)
        page = court.client(learner).get(court.url("my-program"))
        assert next_step(page) == "Add one thing to your check-in."
        page.click("Do the check-in").submit("Send", addition="I walk.")
        with app.test_request_context(), court.acting():
            accountability.review(only.id, "accepted", actor=officer)
        page = court.client(learner).get(court.url("my-program"))
        assert next_step(page) == "You are done. We are sending the report to the court."
        with app.test_request_context(), court.acting():
            complete(enrollment_id)
        page = court.client(learner).get(court.url("my-program"))
        assert next_step(page) == "You finished the program. The court has the report."
        assert marks(page) == ["is-done", "is-later", "is-done", "is-done", "is-done"]


@pytest.mark.proves("CD-4")
def test_the_fee_is_named_kindly_before_lessons_open(app):
    court = make_court(app)
    learner, enrollment_id = make_learner(court)
    page = court.client(learner).get(court.url("my-program"))
    with app.app_context(), court.acting():
        state = the_enrollment(enrollment_id).state
    assert state == "enrolled"
    assert next_step(page) == "Pay the enrollment fee, or ask for a fee waiver."
    assert "Not being able to pay is not, by itself, a violation." in page.text
    assert marks(page) == ["is-done", "is-current", "is-later", "is-later", "is-later"]


def test_learner_and_staff_read_the_same_facts(app):
    court = make_court(app)
    with clock.moved_to(START):
        learner, enrollment_id = make_learner(court)
        with app.test_request_context(), court.acting():
            open_coursework(enrollment_id)
            finish_coursework(enrollment_id)
            first, second = check_ins_of(enrollment_id)[:2]
    with clock.moved_to(first.opens_at), app.test_request_context(), court.acting():
        accountability.submit(enrollment_id, 1, dict(ANSWERS), actor=learner)
        accountability.review(first.id, "accepted", actor=court.member(Role.OFFICER))
    with clock.moved_to(second.grace_until + timedelta(hours=1)):
        sweep(court)
        mine = court.client(learner).get(court.url("my-program"))
        theirs = court.staff_client(Role.CLERK).get(court.url(f"cases/{enrollment_id}"))
    assert _fact(mine, "Check-ins accepted") == _fact(theirs, "Check-ins done") == "1 of 6"
    assert _fact(mine, "Check-ins missed") == "1"
    assert _fact(theirs, "Check-ins missed") == "1 (1 allowed)"
    assert _fact(mine, "Modules passed") == _fact(theirs, "Modules passed")


def _fact(page: Page, name: str) -> str:
    cell = page.tree.xpath(f"//dt[normalize-space()='{name}']/following-sibling::dd[1]")[0]
    return " ".join("".join(cell.itertext()).split())


def test_staff_and_strangers_have_no_such_page(app, client):
    court = make_court(app)
    assert court.staff_client(Role.OFFICER).get(court.url("my-program")).status == 404
    assert client.get(court.url("my-program")).url.endswith("/sign-in")


def test_spanish_names_the_days_in_spanish(app):
    court = make_court(app, document=rules_with(months=1))
    with clock.moved_to(START):
        learner, enrollment_id = make_learner(court)
        with app.test_request_context(), court.acting():
            open_coursework(enrollment_id)
            finish_coursework(enrollment_id)
    (only,) = plan_of(court, enrollment_id)
    with clock.moved_to(only.closes_at):
        browser = court.client(learner)
        token = browser.get(court.url("my-program")).tree.xpath("//input[@name='csrf_token']/@value")[0]
        browser.post(court.url("language"), {"csrf_token": token, "language": "es"})
        page = browser.get(court.url("check-ins"))
    assert "lunes 1 de marzo" in page.text
    assert "jueves 4 de marzo" in page.text


def test_a_request_that_was_begun_and_a_payment_on_its_way_are_the_next_step(app):
    court = make_court(app)
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    browser.get(court.url("fee/waiver")).click("Start").submit("Save and go on")
    page = browser.get(court.url("my-program"))
    assert next_step(page) == "Finish your request for a fee waiver, or pay the fee."
    assert page.click("Go on with your request").heading == "Ask for a waiver"
    other, enrollment_id = make_learner(court)
    with app.test_request_context(), court.acting(), transaction() as current:
        now = clock.now()
        current.add(
            Checkout(
                enrollment_id=enrollment_id,
                state="processing",
                amount_cents=35_000,
                currency="usd",
                idempotency_key=str(enrollment_id),
                created_at=now,
                expires_at=now + timedelta(hours=1),
            )
        )
    page = court.client(other).get(court.url("my-program"))
    assert next_step(page) == "Wait for your payment to arrive. You do not need to do anything."
    assert "$350.00 left to pay" in page.text
