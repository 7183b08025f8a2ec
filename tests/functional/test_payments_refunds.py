"""Giving card payments back: never too much, never twice, and in the ledger only once Stripe says so."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.core import clock
from app.core.errors import Refused
from app.payments.refunds.services import ask_refund, request_refund
from app.permissions.identity import Role
from config import Settings
from tenants.program import ProgramDocument, load_preset
from tests.factories import TestCourt, make_court
from tests.functional.payments_kit import World, balance, effects, entries, served, statements
from tests.functional.stripe_shapes import eventually, published, violations
from tests.functional.stripe_steps import give_back, intent_of, paid_by_card, refund_row, work
from tests.operators import audited


@pytest.fixture(scope="module")
def world(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(settings, tmp_path_factory.mktemp("stripe")) as made:
        yield made


@pytest.fixture(scope="module")
def court(world: World) -> TestCourt:
    return make_court(world.app)


@pytest.fixture(autouse=True)
def no_faults(world: World) -> None:
    world.stripe.control("faults", {"fail_next": 0, "timeout_before": 0, "timeout_after": 0, "webhooks": "normal"})


def refunded(court: TestCourt, enrollment_id) -> list[int]:
    return [cents for kind, cents in entries(court, enrollment_id) if kind == "refunded"]


@pytest.mark.proves("MO-6")
def test_a_part_is_given_back_from_the_case_page(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court)
    enrollment_id = checkout.enrollment_id
    browser = court.staff_client(Role.ADMINISTRATOR)
    page = browser.get(court.url(f"cases/{enrollment_id}/card-payments"))
    assert "Still with the court" in page.text
    form = page.click("Give back")
    assert form.submit("Give it back", amount="0", reason="typed wrong").status == 422
    answer = form.submit("Give it back", amount="15.50", reason="Paid for a class that fell out.")
    assert "The refund is on its way to Stripe." in answer.text
    assert "Being sent to Stripe" in answer.text
    assert entries(court, enrollment_id) == [("paid", -checkout.amount_cents)]  # nothing before Stripe says so
    assert work(court) == ["done"]
    eventually(lambda: refunded(court, enrollment_id) == [1550])
    assert balance(court, enrollment_id) == 1550
    after = browser.get(court.url(f"cases/{enrollment_id}/card-payments"))
    assert "Given back" in after.text
    assert "Paid for a class that fell out." in after.text
    sent = [one for one in world.stripe.control("requests") if one["path"] == "/v1/refunds"][-1]
    assert violations(published("requests.json")["paths"], sent) == []


def test_a_form_sent_twice_is_one_refund(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court)
    browser = court.staff_client(Role.ADMINISTRATOR)
    form = browser.get(court.url(f"card-payments/{checkout.id}/refund")).form("Give it back")
    form.submit(amount="10", reason="once")
    form.submit(amount="10", reason="once")
    work(court)
    eventually(lambda: refunded(court, checkout.enrollment_id) == [1000])


def test_only_whoever_may_give_back_is_shown_how(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court)
    page = court.staff_client(Role.CLERK).get(court.url(f"cases/{checkout.enrollment_id}/card-payments"))
    assert page.status == 200
    assert "Give back" not in page.text
    assert court.staff_client(Role.CLERK).get(court.url(f"card-payments/{checkout.id}/refund")).status == 404


@pytest.mark.proves("MO-6")
def test_never_more_than_is_left_even_at_once(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court)
    part = checkout.amount_cents // 2 + 1
    administrator = court.member(Role.ADMINISTRATOR)

    def ask(_n: int) -> bool:
        with world.app.test_request_context(), court.acting():
            try:
                ask_refund(checkout.id, part, "at once", actor=administrator)
            except Refused:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(ask, range(6))) == [False] * 5 + [True]
    work(court)
    eventually(lambda: refunded(court, checkout.enrollment_id) == [part])
    with world.app.test_request_context(), court.acting(), pytest.raises(Refused, match="At most"):
        ask_refund(checkout.id, checkout.amount_cents - part + 1, "one cent more", actor=administrator)
    give_back(court, checkout, checkout.amount_cents - part)
    eventually(lambda: balance(court, checkout.enrollment_id) == checkout.amount_cents)
    browser = court.staff_client(Role.ADMINISTRATOR)
    page = browser.get(court.url(f"cases/{checkout.enrollment_id}/card-payments"))
    assert "Give back" not in page.text


@pytest.mark.proves("MO-5")
def test_trying_again_is_no_second_refund(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court)
    with world.app.test_request_context(), court.acting():
        refund_id = ask_refund(checkout.id, 700, "slow", actor=court.member(Role.ADMINISTRATOR)).id
    world.stripe.control("faults", {"fail_next": 3, "status": 500})
    assert work(court) == ["retry"]
    assert refund_row(court, refund_id).state == "waiting"
    with clock.moved_to(clock.now() + timedelta(minutes=1)):
        assert work(court) == ["done"]
    made = world.stripe.all("refunds", payment_intent=intent_of(court, checkout))
    assert [one["amount"] for one in made] == [700]
    eventually(lambda: refund_row(court, refund_id).state == "succeeded")


@pytest.mark.proves("MO-5")
def test_a_day_later_it_is_looked_for_before_it_is_asked_again(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court)
    with world.app.test_request_context(), court.acting():
        refund = ask_refund(checkout.id, 700, "slow", actor=court.member(Role.ADMINISTRATOR))
    # Done at Stripe under our reference, under a key that Stripe has forgotten by now.
    world.stripe.api(
        "POST",
        "refunds",
        {
            "payment_intent": intent_of(court, checkout),
            "amount": 700,
            "metadata[reference]": refund.idempotency_key,
        },
    )
    with clock.moved_to(clock.now() + timedelta(hours=21)):
        assert work(court) == ["done"]
    made = world.stripe.all("refunds", payment_intent=intent_of(court, checkout))
    assert [one["amount"] for one in made] == [700]
    eventually(lambda: refund_row(court, refund.id).state in ("succeeded", "pending"))


@pytest.mark.proves("MO-6")
def test_a_refund_that_the_bank_refuses_can_be_sent_again(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court, "bank")
    refund_id = give_back(court, checkout, 900)
    row = refund_row(court, refund_id)
    assert row.state == "pending"
    assert refunded(court, checkout.enrollment_id) == []
    world.stripe.control(f"refunds/{row.stripe_refund_id}/settle", {"outcome": "failed"})
    eventually(lambda: refund_row(court, refund_id).state == "failed")
    assert balance(court, checkout.enrollment_id) == 0
    browser = court.staff_client(Role.ADMINISTRATOR)
    queue = browser.get(court.url("money/review"))
    assert "The bank of the payer did not take it." in queue.text
    queue.submit("Send it again")
    assert work(court) == ["done"]
    again = refund_row(court, refund_id)
    assert again.stripe_refund_id != row.stripe_refund_id
    world.stripe.control(f"refunds/{again.stripe_refund_id}/settle", {"outcome": "succeeded"})
    eventually(lambda: refund_row(court, refund_id).state == "succeeded")
    assert refunded(court, checkout.enrollment_id) == [900]


def test_a_refund_that_fails_after_it_had_succeeded_is_owed_no_more(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court)
    refund_id = give_back(court, checkout, 900)
    eventually(lambda: balance(court, checkout.enrollment_id) == 900)
    row = refund_row(court, refund_id)
    world.stripe.control(f"refunds/{row.stripe_refund_id}/settle", {"outcome": "failed"})
    eventually(lambda: refund_row(court, refund_id).state == "failed")
    assert balance(court, checkout.enrollment_id) == 0


def test_a_refund_that_stripe_refuses_is_on_the_trail(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court)
    world.hold_webhooks()
    at_stripe = {"payment_intent": intent_of(court, checkout), "amount": checkout.amount_cents}
    world.stripe.api("POST", "refunds", at_stripe)  # somebody gave it back there
    refund_id = give_back(court, checkout, 900)
    assert refund_row(court, refund_id).state == "failed"
    trail = [row for row in audited(court, "payments.refund_failed") if row[0].subject_id == refund_id]
    ((event, detail),) = trail
    assert (event.actor_kind, event.case_id is not None) == ("system", True)
    assert detail.new == {"state": "failed", "error": refund_row(court, refund_id).error}


def test_the_event_may_be_faster_than_the_answer(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court)
    with world.app.test_request_context(), court.acting():
        refund = ask_refund(checkout.id, 700, "fast", actor=court.member(Role.ADMINISTRATOR))
    intent = intent_of(court, checkout)
    reference = {"metadata[reference]": refund.idempotency_key}
    world.stripe.api(
        "POST",
        "refunds",
        {"payment_intent": intent, "amount": 700, **reference},
        Idempotency_Key=refund.idempotency_key,
    )
    eventually(lambda: refunded(court, checkout.enrollment_id) == [700])
    assert refund_row(court, refund.id).state == "waiting"
    work(court)
    assert refund_row(court, refund.id).state == "succeeded"
    assert refunded(court, checkout.enrollment_id) == [700]


def document(*components: dict[str, object]) -> ProgramDocument:
    told = load_preset("county_probation").model_dump()
    told["fees"]["components"] = list(components)
    return ProgramDocument.model_validate(told)


PART = {"label": "Part", "payee": "Somebody", "legal_basis": "", "percent_of": None, "percent": None}


def test_what_is_not_refundable_stays(world: World):
    components = [
        {**PART, "key": "program", "amount_cents": 20_000, "waivable": True, "refundable": True},
        {**PART, "key": "filing", "amount_cents": 5_000, "waivable": True, "refundable": False},
    ]
    court = make_court(world.app, document=document(*components))
    _learner, checkout = paid_by_card(world, court)
    administrator = court.member(Role.ADMINISTRATOR)
    with world.app.test_request_context(), court.acting(), pytest.raises(Refused, match="At most"):
        ask_refund(checkout.id, 20_001, "too much", actor=administrator)
    # What a waiver granted after the payment gives back: all that may go, and no more however often it is asked.
    with world.app.test_request_context(), court.acting():
        assert request_refund(checkout.enrollment_id, 25_000, "waived", actor=administrator) == 20_000
        assert request_refund(checkout.enrollment_id, 25_000, "waived", actor=administrator) == 0
    work(court)
    eventually(lambda: refunded(court, checkout.enrollment_id) == [20_000])
    with world.app.test_request_context(), court.acting():
        assert request_refund(checkout.enrollment_id, 25_000, "waived", actor=administrator) == 0


@pytest.mark.proves("MO-6")
def test_a_disputed_payment_gives_nothing_back_until_it_is_won(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court)
    administrator = court.member(Role.ADMINISTRATOR)
    dispute = world.stripe.control("disputes", {"payment_intent": intent_of(court, checkout)})
    eventually(lambda: balance(court, checkout.enrollment_id) == checkout.amount_cents)
    page = court.staff_client(Role.CLERK).get(court.url(f"cases/{checkout.enrollment_id}/card-payments"))
    assert "The bank of the payer is looking at this payment" in page.text
    with world.app.test_request_context(), court.acting(), pytest.raises(Refused, match="At most"):
        ask_refund(checkout.id, 1, "meanwhile", actor=administrator)
    world.stripe.control(f"disputes/{dispute['id']}/close", {"outcome": "won"})
    eventually(lambda: balance(court, checkout.enrollment_id) == 0)
    page = court.staff_client(Role.CLERK).get(court.url(f"cases/{checkout.enrollment_id}/card-payments"))
    assert "ended well" in page.text
    give_back(court, checkout, 500)
    eventually(lambda: refunded(court, checkout.enrollment_id) == [500])


def test_the_page_of_card_payments_asks_little(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court)
    for _n in range(3):
        give_back(court, checkout, 100)
    browser = court.staff_client(Role.ADMINISTRATOR)
    browser.get(court.url(f"cases/{checkout.enrollment_id}/card-payments"))
    with statements(world.app) as seen:
        browser.get(court.url(f"cases/{checkout.enrollment_id}/card-payments"))
    assert len([one for one in seen if one.startswith("SELECT") and "set_config" not in one]) <= 9, seen
    assert len(effects(court, checkout.enrollment_id)) >= 1
