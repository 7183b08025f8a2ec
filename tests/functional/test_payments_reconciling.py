"""Whatever no webhook brought is fetched, and every payment is compared with Stripe to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.actor import SYSTEM
from app.core.models import Outbox
from app.payments.gateway import DisputeResult, PaymentIntent, RefundResult
from app.payments.ledger import write_entries
from app.payments.models import LedgerEntry, StripeObject
from app.payments.reconciling import services
from app.payments.reconciling.models import Reconciliation
from app.payments.reconciling.rules import CAUSES, cause_of, worth_at_stripe
from app.payments.reconciling.services import COMPARE, FETCH, keep_level, reconcile_court
from app.permissions.identity import Role
from config import Settings
from tenants.database import session, transaction
from tenants.keys import uuid7
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import (
    World,
    balance,
    checkout_of,
    completed,
    entries,
    open_checkout,
    served,
    statements,
)
from tests.functional.stripe_shapes import eventually
from tests.functional.stripe_steps import causes, give_back, intent_of, paid_by_card, refund_row, work


@pytest.fixture(scope="module")
def world(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(settings, tmp_path_factory.mktemp("stripe")) as made:
        yield made


@pytest.fixture
def court(world: World) -> TestCourt:
    world.stripe.control("faults", {"fail_next": 0, "timeout_before": 0, "timeout_after": 0, "webhooks": "normal"})
    return make_court(world.app)


def waiting(court: TestCourt, kind: str) -> int:
    with court.app.app_context(), court.acting():
        return session().scalar(select(func.count()).select_from(Outbox).where(Outbox.kind == kind)) or 0


@pytest.mark.proves("MO-4", "MO-7")
def test_what_no_webhook_brought_is_fetched(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court)
    _other_learner, other = paid_by_card(world, court)
    world.stripe.control("faults", {"webhooks": "drop"})
    refund_id = give_back(court, checkout, 1200)
    world.stripe.control("disputes", {"payment_intent": intent_of(court, other)})
    assert balance(court, checkout.enrollment_id) == 0
    with court.app.app_context(), court.acting():
        keep_level()
        keep_level()
    assert waiting(court, FETCH) == 1
    assert set(work(court, [FETCH])) == {"done"}
    assert balance(court, checkout.enrollment_id) == 1200
    assert refund_row(court, refund_id).state == "succeeded"
    assert entries(court, other.enrollment_id) == [("disputed", other.amount_cents), ("paid", -other.amount_cents)]


@pytest.mark.proves("MO-7")
def test_a_court_that_has_everything_is_equal_to_the_cent(world: World, court: TestCourt):
    _learner, first = paid_by_card(world, court)
    _learner, second = paid_by_card(world, court, "bank")
    _learner, third = paid_by_card(world, court)
    give_back(court, first, 1)
    give_back(court, first, 99)
    give_back(court, second, 300)  # the bank is still moving it
    lost = world.stripe.control("disputes", {"payment_intent": intent_of(court, third), "amount": 4000})
    world.stripe.control(f"disputes/{lost['id']}/close", {"outcome": "lost"})
    eventually(lambda: balance(court, third.enrollment_id) == 4000)
    eventually(lambda: balance(court, first.enrollment_id) == 100)
    page = court.staff_client(Role.CLERK).get(court.url("money/card-payments"))
    assert "Not compared yet" in page.text
    assert "The bank took it back" in page.text
    page.submit("Compare again now")
    assert set(work(court)) == {"done"}
    after = court.staff_client(Role.CLERK).get(court.url("money/card-payments"))
    assert "Equal to the cent" in after.text
    assert "3 compared, 0 differ" in after.text


@pytest.mark.proves("MO-7")
def test_every_difference_is_shown_with_its_cause(world: World, court: TestCourt):
    _learner, gone = paid_by_card(world, court)
    _learner, more = paid_by_card(world, court)
    learner, enrollment_id = make_learner(court)
    reviewed = open_checkout(world, court, learner, enrollment_id)
    world.deliver(completed(reviewed, object={"amount_total": 1}))
    learner, enrollment_id = make_learner(court)
    unknown = open_checkout(world, court, learner, enrollment_id)
    world.deliver(completed(unknown))  # an intent that Stripe has never heard of
    # Our ledger is tampered with: one payment twice, and one refund that never was.
    with court.app.app_context(), court.acting(), transaction() as current:
        for checkout, kind, cents in ((gone, "paid", 700), (more, "refunded", 50)):
            name = f"forged_{checkout.id.hex}"
            key = {"court_id": court.id, "enrollment_id": checkout.enrollment_id, "checkout_id": checkout.id}
            current.add(StripeObject(object_id=name, **key))
            current.add(
                LedgerEntry(
                    id=uuid7(),
                    enrollment_id=checkout.enrollment_id,
                    kind=kind,
                    amount_cents=cents if kind == "refunded" else -cents,
                    effect=f"{name}:{kind}",
                    stripe_object=name,
                    at=clock.now(),
                    actor_kind="system",
                )
            )
    with court.app.app_context(), court.acting():
        report = reconcile_court()
    assert report.compared == 4
    assert len(report.differences) == 4
    assert sorted(causes(court)) == sorted(
        [
            ("gone_back", gone.amount_cents + 700, gone.amount_cents),
            ("money_missing", more.amount_cents - 50, more.amount_cents),
            ("in_review", 0, None),
            ("not_shown", unknown.amount_cents, None),
        ]
    )
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url("money/card-payments"))
    for cause in ("gone_back", "money_missing", "in_review", "not_shown"):
        assert str(CAUSES[cause]) in page.text
    assert "1 payment, event or refund has to be looked at." in page.text
    assert page.click("Payments to look at").status == 200


def test_a_comparison_goes_on_in_pieces_and_twice_is_once(
    world: World, court: TestCourt, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(services, "PIECE", 2)
    for _n in range(5):
        paid_by_card(world, court)
    with court.app.app_context(), court.acting():
        report = reconcile_court()
    assert (report.compared, report.differences) == (5, [])
    with court.app.test_request_context(), court.acting():
        run_id = services.look_again(actor=court.member(Role.CLERK)).id
    assert work(court).count("done") == 3
    with court.app.app_context(), court.acting():
        run = session().scalars(select(Reconciliation).where(Reconciliation.id == run_id)).one()
        assert (run.compared, run.state) == (5, "done")
        assert services.compare_piece(run_id)
        assert session().scalars(select(Reconciliation.compared).where(Reconciliation.id == run_id)).one() == 5


def test_only_one_comparison_at_a_time(world: World, court: TestCourt):
    paid_by_card(world, court)
    browser = court.staff_client(Role.CLERK)
    page = browser.get(court.url("money/card-payments"))
    page.submit("Compare again now")
    assert "A comparison is under way" in browser.get(court.url("money/card-payments")).text
    assert "under way already" in page.form("Compare again now").submit(submission_id=str(uuid7())).text
    assert waiting(court, COMPARE) == 1


def test_the_day_s_comparison_is_one_and_a_court_without_payments_asks_nothing(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    with court.app.app_context(), court.acting():
        keep_level()
    assert (waiting(court, FETCH), waiting(court, COMPARE)) == (0, 0)
    open_checkout(world, court, learner, enrollment_id)
    morning = clock.now().replace(hour=4, minute=0) + timedelta(days=1)
    with court.app.app_context(), court.acting():
        for hours in (0, 0, 1, 5):
            with clock.moved_to(morning + timedelta(hours=hours)):
                keep_level()
    assert (waiting(court, FETCH), waiting(court, COMPARE)) == (3, 1)


@pytest.mark.proves("MO-4")
def test_stripe_away_stops_it_midway_and_it_goes_on_later(world: World, court: TestCourt):
    paid_by_card(world, court)
    with court.app.test_request_context(), court.acting():
        services.look_again(actor=court.member(Role.CLERK))
    world.stripe.control("faults", {"fail_next": 3, "status": 503})
    assert work(court) == ["retry"]
    assert set(work(court)) == {"done"}
    assert "Equal to the cent" in court.staff_client(Role.CLERK).get(court.url("money/card-payments")).text


def test_a_counter_payment_is_none_of_stripe_s(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court)
    with court.app.app_context(), court.acting():
        write_entries(checkout.enrollment_id, [("paid", "", 500, f"counter:{uuid7()}")], actor=SYSTEM)
        assert reconcile_court().differences == []


def test_the_page_asks_little(world: World, court: TestCourt):
    for _n in range(3):
        paid_by_card(world, court)
    with court.app.app_context(), court.acting():
        reconcile_court()
    browser = court.staff_client(Role.CLERK)
    browser.get(court.url("money/card-payments"))
    with statements(world.app) as seen:
        browser.get(court.url("money/card-payments"))
    assert len([one for one in seen if one.startswith("SELECT") and "set_config" not in one]) <= 9, seen


def test_a_court_s_comparison_leaves_another_s_payments_alone(world: World, court: TestCourt):
    other = make_court(world.app)
    _learner, theirs = paid_by_card(world, other)
    world.stripe.control("faults", {"webhooks": "drop"})
    give_back(other, theirs, 100)
    paid = checkout_of(other, theirs.enrollment_id)
    with court.app.app_context(), court.acting():
        report = reconcile_court()
    assert (report.replayed, report.compared) == (0, 0)
    assert balance(other, theirs.enrollment_id) == 0
    assert paid.state == "paid"


INTENT = PaymentIntent("pi_1", "succeeded", 1000, 1000, "usd", False, "ch_1")


def refund_of(status: str, cents: int) -> RefundResult:
    return RefundResult("re_1", status, cents, "usd", "pi_1", "ch_1")


@pytest.mark.parametrize(
    ("refunds", "disputes", "worth"),
    [
        ([], [], 1000),
        ([("succeeded", 200), ("pending", 100), ("failed", 50)], [], 800),
        ([], [("needs_response", 1000)], 0),
        ([], [("won", 1000)], 1000),
        ([], [("lost", 400)], 600),
        ([], [("warning_needs_response", 1000)], 1000),
        ([("succeeded", 200)], [("lost", 1000)], -200),
    ],
)
def test_what_a_payment_is_worth_at_stripe(refunds: list[tuple[str, int]], disputes: list[tuple[str, int]], worth: int):
    told = [DisputeResult("dp", status, cents) for status, cents in disputes]
    assert worth_at_stripe(INTENT, [refund_of(*one) for one in refunds], told) == worth


@pytest.mark.parametrize(
    ("state", "ours", "theirs", "has_intent", "cause"),
    [
        ("paid", 100, 100, True, None),
        ("paid", 100, 90, True, "gone_back"),
        ("paid", 90, 100, True, "money_missing"),
        ("paid", 90, None, True, "not_shown"),
        ("paid", 90, None, False, "no_payment"),
        ("set_aside", 0, 100, True, "set_aside"),
        ("set_aside", 0, 0, True, None),
        ("review", 0, 0, True, "in_review"),
    ],
)
def test_why_books_differ(state: str, ours: int, theirs: int | None, has_intent: bool, cause: str | None):
    assert cause_of(state, ours, theirs, has_intent=has_intent) == cause
