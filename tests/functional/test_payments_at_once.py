"""Two who work at one payment, or begin the same thing, at the same moment: nobody waits for ever, nothing is twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.core.errors import Refused
from app.exports import services as exports
from app.payments.models import Checkout
from app.payments.reconciling.services import look_again
from app.payments.reviewing.rules import Outcome
from app.payments.reviewing.services import resolve
from app.payments.settling import lock_payment
from app.permissions.identity import Role
from config import Settings
from tenants.database import session
from tests.at_once import while_open
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import World, checkout_of, completed, event_state, open_checkout, served


@pytest.fixture(scope="module")
def world(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(settings, tmp_path_factory.mktemp("stripe")) as made:
        yield made


@pytest.fixture
def court(world: World) -> TestCourt:
    made = make_court(world.app)
    made.member(Role.ADMINISTRATOR)
    return made


def waiting(world: World, court: TestCourt) -> Checkout:
    """A checkout that nobody has paid; Stripe tells nothing by itself."""
    learner, enrollment_id = make_learner(court)
    checkout = open_checkout(world, court, learner, enrollment_id)
    world.hold_webhooks()
    return checkout


def lock_checkouts(enrollment_id: object) -> None:
    session().scalars(select(Checkout).where(Checkout.enrollment_id == enrollment_id).with_for_update()).all()


def test_a_review_and_a_payment_that_begins_do_not_wait_for_each_other(world: World, court: TestCourt):
    checkout = waiting(world, court)
    intent = world.stripe.control(f"sessions/{checkout.session_id}/pay", {"method": "card"})["payment_intent"]
    told = {"amount_total": checkout.amount_cents - 500, "payment_intent": intent}
    assert world.deliver(completed(checkout, object=told)) == 200
    version = str(checkout_of(court, checkout.enrollment_id).row_version)
    actor = court.member(Role.ADMINISTRATOR)

    def decide() -> None:
        with court.app.test_request_context(), court.acting():
            resolve(checkout.id, Outcome.GIVEN_BACK, "Looked it up.", actor=actor, row_version=version)

    # The two steps of whoever presses "pay": the case, then its checkouts.
    while_open(
        court,
        lambda: the_enrollment(checkout.enrollment_id, lock=True),
        decide,
        lambda: lock_checkouts(checkout.enrollment_id),
    ).result()
    assert checkout_of(court, checkout.enrollment_id).state == "set_aside"


def test_an_event_that_comes_in_waits_for_nobody_who_holds_the_case(world: World, court: TestCourt):
    checkout = waiting(world, court)
    event = completed(checkout)
    # The two steps of whoever decides about a payment: the case, then the payment.
    answer = while_open(
        court,
        lambda: the_enrollment(checkout.enrollment_id, lock=True),
        lambda: world.deliver(event),
        lambda: lock_payment(checkout.session_id or "", event["data"]["object"]["payment_intent"]),
    )
    assert answer.result() == 200
    assert event_state(world.app, event["id"]) == "applied"


def twice(court: TestCourt, act: Callable[..., object]) -> BaseException | None:
    """What the second of two who do the same at once is told."""
    actor = court.member(Role.ADMINISTRATOR)

    def again() -> None:
        with court.app.test_request_context(), court.acting():
            act(actor=actor)

    return while_open(court, lambda: act(actor=actor), again).exception()


def test_two_who_have_the_payments_compared_at_once_begin_one_comparison(court: TestCourt):
    assert isinstance(twice(court, look_again), Refused)


def test_two_who_ask_for_an_export_at_once_get_one(court: TestCourt):
    assert isinstance(twice(court, partial(exports.ask, reason="for a test")), Refused)
