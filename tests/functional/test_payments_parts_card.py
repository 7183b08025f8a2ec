"""Paying a part by card: its page stays open while the part is owed, and is closed once it is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from app.core import clock
from app.core.actor import SYSTEM
from app.payments.counter.rules import Method
from app.payments.counter.services import Received, record_payment
from app.payments.deciding.rules import Outcome
from app.payments.ledger import write_entries
from app.payments.sweeping import SWEEP, sweep_checkout
from app.permissions.identity import Identity, Role
from config import Settings
from tenants.database import transaction
from tenants.program import ProgramDocument, load_preset
from tests.client import PageClient
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.deciding_steps import decide, send_request
from tests.functional.payments_kit import World, balance, checkout_of, entries, served, wait_paid
from tests.functional.stripe_shapes import eventually
from tests.functional.stripe_steps import work
from tests.operators import run_jobs

FEE, FIRST_PART = 35_000, 11_667


@pytest.fixture(scope="module")
def world(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(settings, tmp_path_factory.mktemp("stripe")) as made:
        yield made


@pytest.fixture(scope="module")
def court(world: World) -> TestCourt:
    data = load_preset("county_probation").to_json()
    data["fees"]["installments"] = {"parts": 3, "days_apart": 30}
    return make_court(world.app, document=ProgramDocument.model_validate(data))


def in_parts(court: TestCourt, parts: int = 3) -> tuple[PageClient, Identity, UUID]:
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    browser.get(court.url("fee/parts")).submit("Pay in parts", parts=str(parts))
    return browser, learner, enrollment_id


def open_card_page(court: TestCourt, browser: PageClient, pay: str) -> str:
    form = browser.get(court.url("fee")).form("by card")
    answer = browser.http.post(form.element.get("action"), data=form.values() | {"pay": pay})
    assert answer.status_code == 303
    return str(answer.headers["Location"]).rpartition("/")[2]


def look(court: TestCourt, enrollment_id: UUID) -> str:
    with court.app.app_context(), court.acting():
        return sweep_checkout(checkout_of(court, enrollment_id).id)


@pytest.mark.parametrize(("pay", "cents"), [("part", FIRST_PART), ("all", FEE)])
def test_a_page_stays_open_for_whoever_takes_time(world: World, court: TestCourt, pay: str, cents: int):
    browser, _learner, enrollment_id = in_parts(court)
    session_id = open_card_page(court, browser, pay)
    assert checkout_of(court, enrollment_id).amount_cents == cents
    assert look(court, enrollment_id) == "open"
    assert world.stripe.api("GET", f"checkout/sessions/{session_id}").json()["status"] == "open"
    world.stripe.control(f"sessions/{session_id}/pay", {"method": "card"})
    wait_paid(court, enrollment_id)
    assert entries(court, enrollment_id) == [("paid", -cents)]


def test_the_page_of_a_part_that_was_paid_otherwise_is_closed(world: World, court: TestCourt):
    browser, _learner, enrollment_id = in_parts(court)
    session_id = open_card_page(court, browser, "part")
    with court.app.app_context(), court.acting(), transaction():
        write_entries(enrollment_id, [("paid", "", 5_000, f"counter:{enrollment_id}")], actor=SYSTEM)
    assert look(court, enrollment_id) == "expired"
    assert world.stripe.api("GET", f"checkout/sessions/{session_id}").json()["status"] == "expired"


@pytest.mark.parametrize("settled_by", ["cash", "waiver"])
def test_a_card_page_is_closed_as_soon_as_the_fee_is_settled_otherwise(world: World, court: TestCourt, settled_by: str):
    learner, enrollment_id = make_learner(court)
    session_id = open_card_page(court, court.client(learner), "all")
    if settled_by == "cash":
        with court.app.test_request_context(), court.acting():
            cash = Received(Method.CASH, FEE, clock.now().date() - timedelta(days=1))
            record_payment(enrollment_id, cash, actor=court.member(Role.CLERK))
    else:
        send_request(court, learner)
        decide(court, enrollment_id, Outcome.FULL)
    assert "done" in run_jobs(court, SWEEP)
    assert world.stripe.api("GET", f"checkout/sessions/{session_id}").json()["status"] == "expired"
    assert (balance(court, enrollment_id), checkout_of(court, enrollment_id).state) == (0, "expired")


def test_a_waiver_after_one_part_leaves_nobody_in_credit(world: World):
    data = load_preset("county_probation").to_json()
    data["fees"]["installments"] = {"parts": 2, "days_apart": 30}
    data["fees"]["components"][1]["refundable"] = False  # $50 of $350
    court = make_court(world.app, document=ProgramDocument.model_validate(data))
    browser, learner, enrollment_id = in_parts(court, 2)
    session_id = open_card_page(court, browser, "part")
    world.stripe.control(f"sessions/{session_id}/pay", {"method": "card"})
    wait_paid(court, enrollment_id)
    send_request(court, learner)
    answer = decide(court, enrollment_id, Outcome.FULL)
    work(court)
    # Of $175.00 that were paid $25.00 are the court's own part and stay: so much of it can not be waived any more.
    assert (answer.refund_cents, answer.parts) == (15_000, {"program": 30_000, "court": 2_500})
    eventually(lambda: ("refunded", 15_000) in entries(court, enrollment_id))
    assert balance(court, enrollment_id) == 0
