"""A learner pays by card, through Stripe's real library and the stand-in as a process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
import requests
from sqlalchemy import func, select

from app.cases.holding import withdraw
from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.actor import SYSTEM
from app.core.models import Outbox
from app.payments.ledger import write_entries
from app.payments.lookups import newest_checkout
from app.payments.services import reconcile_court, sweep_open_checkouts
from app.payments.sweeping import SWEEP, sweep_checkout
from app.permissions.identity import Role
from config import Settings
from tenants.database import transaction
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import (
    World,
    balance,
    checkout_of,
    effects,
    entries,
    press_pay,
    served,
    session_id_in,
    wait_paid,
)
from tests.functional.stripe_shapes import eventually, published, violations
from tests.operators import run_jobs


@pytest.fixture(scope="module")
def world(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(settings, tmp_path_factory.mktemp("stripe")) as made:
        yield made


@pytest.fixture
def court(world: World) -> TestCourt:
    world.stripe.control("faults", {"fail_next": 0, "timeout_before": 0, "timeout_after": 0, "webhooks": "normal"})
    world.stripe.control("requests/clear", {})
    return make_court(world.app)


def state_of(court: TestCourt, enrollment_id: UUID) -> str:
    with court.app.app_context(), court.acting():
        return the_enrollment(enrollment_id).state


def test_fee_page_says_what_is_owed_and_that_poverty_is_no_violation(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    page = court.client(learner).get(court.url("fee"))
    assert balance(court, enrollment_id) > 0
    assert "Not being able to pay is not, by itself, a violation." in page.text
    assert "Program fee" in page.text
    assert "Ask for a waiver" in page.text
    assert "Left to pay" in page.text


def test_paying_by_card_settles_the_fee_and_opens_coursework(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    owed = balance(court, enrollment_id)
    address = press_pay(browser, court)
    assert address.startswith(world.stripe.url)
    assert state_of(court, enrollment_id) == "enrolled"
    hosted = requests.post(address, data={"action": "card"}, timeout=20, allow_redirects=False)
    assert hosted.headers["Location"].startswith(f"{world.url}{court.url('fee/thanks')}")
    wait_paid(court, enrollment_id)
    eventually(lambda: state_of(court, enrollment_id) == "coursework")
    assert entries(court, enrollment_id) == [("paid", -owed)]
    assert "Your payment has arrived" in browser.get(court.url("fee/thanks")).text
    assert "Nothing is left to pay" in browser.get(court.url("fee")).text


def test_stripe_is_told_nothing_about_the_person(world: World, court: TestCourt):
    learner, _enrollment_id = make_learner(court)
    press_pay(court.client(learner), court)
    asked = [sent for sent in world.stripe.control("requests") if sent["path"].endswith("checkout/sessions")]
    assert len(asked) == 1
    told = str(asked[0]["params"])
    assert learner.display_name.split()[1] not in told
    assert "Court program" in told
    paths = published("requests.json")
    assert violations(paths.get("paths", paths), asked[0]) == []


@pytest.mark.proves("MO-4")
def test_coming_back_proves_nothing(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    press_pay(browser, court)
    page = browser.get(court.url("fee/thanks"))
    assert "We are waiting for confirmation" in page.text
    assert entries(court, enrollment_id) == []
    assert state_of(court, enrollment_id) == "enrolled"


@pytest.mark.proves("MO-4")
def test_a_lost_webhook_is_repaired_by_asking(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    address = press_pay(court.client(learner), court)
    world.hold_webhooks()
    world.stripe.control(f"sessions/{session_id_in(address)}/pay", {"method": "card"})
    assert entries(court, enrollment_id) == []
    checkout = checkout_of(court, enrollment_id)
    with world.app.app_context(), court.acting():
        assert sweep_checkout(checkout.id) == "paid"
    assert [kind for kind, _cents in entries(court, enrollment_id)] == ["paid"]
    assert state_of(court, enrollment_id) == "coursework"
    # The webhooks come after all, late: nothing is counted twice.
    world.stripe.control("deliveries/release", {})
    assert [kind for kind, _cents in entries(court, enrollment_id)] == ["paid"]
    with world.app.app_context(), court.acting():
        report = reconcile_court()
    assert report.differences == []
    assert report.compared == 1


def test_the_schedule_has_old_checkouts_looked_up_by_a_job(world: World, court: TestCourt):
    learner, _enrollment_id = make_learner(court)
    press_pay(court.client(learner), court)
    with world.app.app_context(), court.acting():
        assert jobs_of(court) == 0
        sweep_open_checkouts()
        assert jobs_of(court) == 0  # it is still new: the webhook will come
        with clock.moved_to(clock.now() + timedelta(minutes=3)):
            sweep_open_checkouts()
            sweep_open_checkouts()
        assert jobs_of(court) == 1


def jobs_of(court: TestCourt) -> int:
    with transaction() as current:
        return int(current.scalar(select(func.count()).where(Outbox.kind == SWEEP)) or 0)


def test_pressing_twice_and_going_back_leads_to_the_same_page(world: World, court: TestCourt):
    learner, _enrollment_id = make_learner(court)
    browser = court.client(learner)
    first = press_pay(browser, court)
    assert press_pay(browser, court) == first
    with ThreadPoolExecutor(6) as pool:
        addresses = list(pool.map(lambda _n: press_pay(court.client(learner), court), range(6)))
    assert set(addresses) == {first}


@pytest.mark.proves("MO-5")
def test_stripe_away_charges_nothing_and_the_next_try_uses_the_same_key(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    world.stripe.control("faults", {"fail_next": 9})
    page = browser.get(court.url("fee")).submit("by card")
    assert "Nothing was charged" in page.text
    first = checkout_of(court, enrollment_id)
    assert first.state == "creating"
    world.stripe.control("faults", {"fail_next": 0})
    press_pay(browser, court)
    second = checkout_of(court, enrollment_id)
    assert (second.id, second.state, second.idempotency_key) == (first.id, "open", first.idempotency_key)
    keys = {sent["idempotency_key"] for sent in world.stripe.control("requests") if sent["method"] == "POST"}
    assert keys == {first.idempotency_key}


def test_a_payment_of_another_amount_closes_the_page_that_is_open(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    first = press_pay(browser, court)
    grant_part(court, enrollment_id, 10000)
    second = press_pay(browser, court)
    assert second != first
    assert world.stripe.api("GET", f"checkout/sessions/{session_id_in(first)}").json()["status"] == "expired"
    assert checkout_of(court, enrollment_id).amount_cents == balance(court, enrollment_id)


def grant_part(court: TestCourt, enrollment_id: UUID, cents: int) -> None:
    with court.app.app_context(), court.acting():
        write_entries(enrollment_id, [("waived", "program", cents, f"test:{enrollment_id}")], actor=SYSTEM)


def test_paid_on_the_old_page_meanwhile_counts_and_asks_for_no_second_payment(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    first = press_pay(browser, court)
    owed = checkout_of(court, enrollment_id).amount_cents
    world.hold_webhooks()
    world.stripe.control(f"sessions/{session_id_in(first)}/pay", {"method": "card"})
    grant_part(court, enrollment_id, 10000)
    page = browser.get(court.url("fee")).submit("by card")
    assert "Nothing is left to pay" in page.text
    assert ("paid", -owed) in entries(court, enrollment_id)
    assert "The court owes you $100.00" in page.text


def withdraw_case(court: TestCourt, enrollment_id: UUID) -> None:
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        withdraw(enrollment_id, reason="Order vacated", actor=court.member(Role.CLERK))


def test_withdrawing_the_case_closes_the_payment_page_that_is_open(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    address = press_pay(court.client(learner), court)
    withdraw_case(court, enrollment_id)
    assert run_jobs(court, SWEEP) == ["done"]
    requests.post(address, data={"action": "card"}, timeout=20, allow_redirects=False)  # on the page as it lies open
    found = world.stripe.api("GET", f"checkout/sessions/{session_id_in(address)}").json()
    assert (found["status"], found["payment_status"]) == ("expired", "unpaid")
    assert checkout_of(court, enrollment_id).state == "expired"
    assert entries(court, enrollment_id) == []


def test_what_was_paid_before_the_case_was_withdrawn_counts(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    address = press_pay(court.client(learner), court)
    owed = checkout_of(court, enrollment_id).amount_cents
    world.hold_webhooks()
    world.stripe.control(f"sessions/{session_id_in(address)}/pay", {"method": "card"})
    withdraw_case(court, enrollment_id)
    assert run_jobs(court, SWEEP) == ["done"]
    assert checkout_of(court, enrollment_id).state == "paid"
    assert entries(court, enrollment_id) == [("paid", -owed)]
    assert state_of(court, enrollment_id) == "withdrawn"


def test_a_withdrawn_case_takes_no_new_payment(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    opened_before = browser.get(court.url("fee"))
    withdraw_case(court, enrollment_id)
    assert "Your case at this court is closed" in opened_before.submit("by card").text
    assert "by card" not in browser.get(court.url("fee")).text
    with court.app.app_context(), court.acting():
        assert newest_checkout(enrollment_id) is None


def test_a_bank_payment_waits_and_can_fail(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    session_id = session_id_in(press_pay(browser, court))
    world.stripe.control(f"sessions/{session_id}/pay", {"method": "bank"})
    eventually(lambda: checkout_of(court, enrollment_id).state == "processing")
    assert entries(court, enrollment_id) == []
    assert "Your bank is moving the money" in browser.get(court.url("fee")).text
    world.stripe.control(f"sessions/{session_id}/settle", {"outcome": "failed"})
    eventually(lambda: checkout_of(court, enrollment_id).state == "failed")
    assert "did not go through" in browser.get(court.url("fee")).text
    second = session_id_in(press_pay(browser, court))
    world.stripe.control(f"sessions/{second}/pay", {"method": "card"})
    wait_paid(court, enrollment_id)
    assert effects(court, enrollment_id) == [f"{second}:paid"]


@pytest.mark.proves("MO-6")
def test_refunds_and_disputes_made_at_stripe_reach_the_ledger(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    session_id = session_id_in(press_pay(court.client(learner), court))
    owed = balance(court, enrollment_id)
    paid = world.stripe.control(f"sessions/{session_id}/pay", {"method": "card"})
    wait_paid(court, enrollment_id)
    world.stripe.control("refunds", {"payment_intent": paid["payment_intent"], "amount": 1500})
    eventually(lambda: balance(court, enrollment_id) == 1500)
    dispute = world.stripe.control("disputes", {"payment_intent": paid["payment_intent"], "amount": 5000})
    eventually(lambda: balance(court, enrollment_id) == 6500)
    world.stripe.control(f"disputes/{dispute['id']}/close", {"outcome": "won"})
    eventually(lambda: balance(court, enrollment_id) == 1500)
    assert entries(court, enrollment_id) == [
        ("dispute_won", -5000),
        ("disputed", 5000),
        ("paid", -owed),
        ("refunded", 1500),
    ]
