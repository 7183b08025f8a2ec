"""A payer's bank asks about a payment: who sees it, and what waits meanwhile by the court's rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.cases.lookups import the_enrollment
from config import Settings
from tenants.program import ProgramDocument, load_preset
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.functional.payments_kit import World, balance, served
from tests.functional.stripe_shapes import eventually
from tests.functional.stripe_steps import intent_of, paid_by_card


@pytest.fixture(scope="module")
def world(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(settings, tmp_path_factory.mktemp("stripe")) as made:
        publish(made.app)
        yield made


def court_that_pauses(world: World, *, pauses: bool) -> TestCourt:
    told = load_preset("county_probation").model_dump()
    told["fees"]["dispute_pauses_access"] = pauses
    return make_court(world.app, document=ProgramDocument.model_validate(told))


@pytest.mark.proves("MO-6", "CD-4")
@pytest.mark.parametrize("pauses", [False, True])
def test_lessons_wait_for_the_bank_only_where_the_court_says_so(world: World, *, pauses: bool):
    court = court_that_pauses(world, pauses=pauses)
    learner, checkout = paid_by_card(world, court)
    browser = court.client(learner)
    assert "Lessons wait for your bank" not in browser.get(court.url("lessons")).text
    dispute = world.stripe.control("disputes", {"payment_intent": intent_of(court, checkout)})
    eventually(lambda: balance(court, checkout.enrollment_id) == checkout.amount_cents)
    fee = browser.get(court.url("fee"))
    assert "Your bank is looking at your payment" in fee.text
    assert "call your bank" in fee.text
    lessons = browser.get(court.url("lessons"))
    assert ("Lessons wait for your bank" in lessons.text) is pauses
    assert ("not a violation" in lessons.text) is pauses
    opened = browser.get(court.url("lessons/accountability-without-shame/how-this-program-works"))
    assert ("Lessons are not open right now" in opened.text) is pauses
    with court.app.app_context(), court.acting():
        assert the_enrollment(checkout.enrollment_id).state == "coursework"  # nothing else changes
    world.stripe.control(f"disputes/{dispute['id']}/close", {"outcome": "won"})
    eventually(lambda: balance(court, checkout.enrollment_id) == 0)
    assert "Lessons wait for your bank" not in browser.get(court.url("lessons")).text
    assert "Your bank is looking" not in browser.get(court.url("fee")).text
