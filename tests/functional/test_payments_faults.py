"""Answers of Stripe that never come, before or after it did what was asked, and webhooks that come days late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.models import Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.payments import checkouts
from app.payments.gateway import GatewayUnavailable, StripeGateway
from app.payments.reconciling.services import reconcile_court
from app.payments.refunds.services import SEND, ask_refund
from app.permissions.identity import Role
from config import Settings
from tenants.database import session, transaction
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import World, balance, entries, open_checkout, served
from tests.functional.stripe_shapes import KEY, eventually
from tests.functional.stripe_steps import intent_of, paid_by_card, refund_row, work


@pytest.fixture(scope="module")
def world(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(settings, tmp_path_factory.mktemp("stripe")) as made:
        yield made


@pytest.fixture
def court(world: World) -> TestCourt:
    return make_court(world.app)


@pytest.mark.proves("MO-5")
@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after"])
def test_a_refund_without_an_answer_goes_back_once(
    world: World, court: TestCourt, monkeypatch: pytest.MonkeyPatch, fault: str
):
    _learner, checkout = paid_by_card(world, court)
    impatient = StripeGateway(secret_key=KEY, api_base=world.stripe.url, timeout_seconds=0.5)
    with world.app.test_request_context(), court.acting():
        refund_id = ask_refund(checkout.id, 700, "no answer", actor=court.member(Role.ADMINISTRATOR)).id
    world.stripe.control("faults", {fault: 3})
    with monkeypatch.context() as patch:
        patch.setattr(checkouts, "_gateway", lambda *_: impatient)
        assert work(court) == ["retry"]
    assert refund_row(court, refund_id).state == "waiting"
    world.stripe.control("faults", {"timeout_before": 0, "timeout_after": 0})
    assert work(court) == ["done"]
    made = world.stripe.all("refunds", payment_intent=intent_of(court, checkout))
    assert [one["amount"] for one in made] == [700]
    eventually(lambda: refund_row(court, refund_id).state == "succeeded")
    assert balance(court, checkout.enrollment_id) == 700


@pytest.mark.proves("MO-3", "MO-4")
def test_a_webhook_that_comes_three_days_late_counts_once(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    checkout = open_checkout(world, court, learner, enrollment_id)
    world.stripe.control("faults", {"webhooks": "drop"})
    world.stripe.control(f"sessions/{checkout.session_id}/pay", {"method": "card"})
    told = [one for one in world.events() if one["data"]["object"].get("id") == checkout.session_id]
    with clock.moved_to(clock.now() + timedelta(days=3)):
        for event in (*told, *told):
            assert world.deliver(event) == 200
    world.stripe.control("faults", {"webhooks": "normal"})
    assert entries(court, enrollment_id) == [("paid", -checkout.amount_cents)]


def attempt(court: TestCourt, refund_id: UUID, number: int, at: datetime) -> tuple[str, float]:
    """Run the job of a refund as the relay sends it the `number`th time: how it ended, seconds until the next try."""
    with clock.moved_to(at), court.app.app_context(), court.acting():
        with transaction() as current:
            job = current.scalars(select(Outbox).where(Outbox.kind == SEND, Outbox.subject_id == refund_id)).one()
            job.attempt = number
            job_id = job.id
        ended = run_job(job_id, runtime().registry.jobs)
        due_at = session().scalars(select(Outbox.due_at).where(Outbox.id == job_id)).one()
        return ended, (due_at - clock.now()).total_seconds()


@pytest.mark.proves("MO-5")
def test_a_stripe_that_is_too_busy_is_asked_ever_more_seldom_then_a_person_is_told(world: World, court: TestCourt):
    _learner, checkout = paid_by_card(world, court)
    with world.app.test_request_context(), court.acting():
        refund_id = ask_refund(checkout.id, 700, "too busy", actor=court.member(Role.ADMINISTRATOR)).id
    world.stripe.control("faults", {"fail_next": 1000, "status": 429})
    tries, at = [], clock.now()
    for number in range(1, 9):
        tries.append(attempt(court, refund_id, number, at))
        at += timedelta(seconds=tries[-1][1])
    world.stripe.control("faults", {"fail_next": 0, "status": 500})
    assert [ended for ended, _wait in tries] == ["retry"] * 7 + ["failed"]
    waits = [wait for _ended, wait in tries[:7]]
    assert all(later > earlier * 1.8 for earlier, later in pairwise(waits)), waits
    queue = court.staff_client(Role.ADMINISTRATOR).get(court.url("money/review"))
    assert "Stripe did not answer for a long time." in queue.text
    assert work(court) == []  # nothing happens until somebody says so
    queue.submit("Send it again")
    with clock.moved_to(at + timedelta(minutes=30)):  # until then Stripe is left alone
        assert work(court) == ["done"]
    made = world.stripe.all("refunds", payment_intent=intent_of(court, checkout))
    assert [one["amount"] for one in made] == [700]
    eventually(lambda: refund_row(court, refund_id).state == "succeeded")


@pytest.mark.proves("MO-4")
def test_a_comparison_that_stripe_is_too_busy_for_says_so_and_can_be_asked_for_again(world: World, court: TestCourt):
    paid_by_card(world, court)
    world.stripe.control("faults", {"fail_next": 1, "status": 429})
    with world.app.app_context(), court.acting(), pytest.raises(GatewayUnavailable):
        reconcile_court()
    world.stripe.control("faults", {"fail_next": 0, "status": 500})
    with world.app.app_context(), court.acting():
        report = reconcile_court()
    assert (report.compared, report.differences) == (1, [])
