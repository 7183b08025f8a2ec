"""Stripe's events: believed for their signature, matched with what we stored, counted once, in any order."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.models import AuditEvent
from app.payments.events import LISTED
from app.payments.models import Checkout, LedgerEntry, StripeEvent, StripeObject
from app.payments.services import retry_event, sweep_open_checkouts
from config import Settings
from tenants.database import acting_as, db, transaction
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import (
    SECOND_SECRET,
    World,
    balance,
    checkout_of,
    completed,
    effects,
    entries,
    event_state,
    fresh_ledger_of,
    open_checkout,
    served,
    statements,
    stripe_event,
)
from tests.functional.stripe_shapes import SECRET


@pytest.fixture(scope="module")
def world(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(settings, tmp_path_factory.mktemp("stripe")) as made:
        yield made


@pytest.fixture(scope="module")
def court(world: World) -> TestCourt:
    return make_court(world.app)


@pytest.fixture
def checkout(world: World, court: TestCourt) -> Checkout:
    learner, enrollment_id = make_learner(court)
    return open_checkout(world, court, learner, enrollment_id)


def state_of(court: TestCourt, checkout: Checkout) -> str:
    with court.app.app_context(), court.acting():
        return the_enrollment(checkout.enrollment_id).state


# --- the signature -------------------------------------------------------------------------------------------------


@pytest.mark.proves("MO-1")
def test_only_a_signature_of_now_under_a_known_secret_is_believed(world: World, court: TestCourt, checkout: Checkout):
    event = completed(checkout)
    now = int(clock.now().timestamp())
    assert world.deliver(event, secret="whsec_wrong") == 400
    assert world.deliver(event, at=now - 302) == 400
    assert world.deliver(event, at=now + 302) == 400
    assert world.app.test_client().post("/webhooks/stripe", data=json.dumps(event)).status_code == 400
    assert entries(court, checkout.enrollment_id) == []
    assert event_state(world.app, event["id"]) is None
    assert world.deliver(event, secret=SECOND_SECRET, at=now - 290) == 200
    assert [kind for kind, _cents in entries(court, checkout.enrollment_id)] == ["paid"]


@pytest.mark.proves("MO-1")
def test_the_raw_bytes_are_what_is_signed(world: World, court: TestCourt, checkout: Checkout):
    odd = json.dumps(completed(checkout), indent=5, sort_keys=True).encode() + b"\n\n"
    assert world.deliver_raw(odd) == 200
    assert [kind for kind, _cents in entries(court, checkout.enrollment_id)] == ["paid"]


@pytest.mark.parametrize(
    "payload",
    [b"[]", b"{}", b"not json", b'{"id": "evt_1", "type": "checkout.session.completed"}', b'{"id": 7, "data": []}'],
)
def test_signed_nonsense_is_refused_and_breaks_nothing(world: World, payload: bytes):
    assert world.deliver_raw(payload) == 400


# --- matching ------------------------------------------------------------------------------------------------------


@pytest.mark.proves("MO-2")
@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"livemode": True}, "livemode"),
        ({"object": {"amount_total": 1}}, "amount"),
        ({"object": {"amount_total": None, "payment_status": "no_payment_required"}}, "amount"),
        ({"object": {"currency": "mxn"}}, "currency"),
        ({"object": {"client_reference_id": str(uuid4())}}, "reference"),
        ({"object": {"client_reference_id": "not an id"}}, "reference"),
    ],
)
def test_what_differs_from_what_we_stored_goes_to_a_person(
    world: World, court: TestCourt, checkout: Checkout, changed: dict[str, Any], reason: str
):
    event = completed(checkout, **changed)
    assert world.deliver(event) == 200
    assert event_state(world.app, event["id"]) == "review"
    assert entries(court, checkout.enrollment_id) == []
    assert state_of(court, checkout) == "enrolled"
    after = checkout_of(court, checkout.enrollment_id)
    assert after.state == "review"
    assert reason in after.review_reason


@pytest.mark.proves("MO-2")
def test_a_known_object_under_another_enrollment_or_session_goes_to_a_person(
    world: World, court: TestCourt, checkout: Checkout
):
    learner, other_id = make_learner(court)
    other = open_checkout(world, court, learner, other_id)
    # The payment of one session, claimed by the event of another.
    assert world.deliver(completed(checkout)) == 200
    stolen = completed(other, object={"payment_intent": f"pi_{checkout.id.hex}"})
    assert world.deliver(stolen) == 200
    assert event_state(world.app, stolen["id"]) == "review"
    assert entries(court, other_id) == []


@pytest.mark.proves("MO-2", "CO-7")
def test_what_an_event_says_of_itself_never_decides_the_court(world: World, court: TestCourt, checkout: Checkout):
    other = make_court(world.app)
    lying = completed(checkout)
    lying["data"]["object"]["metadata"] = {"reference": str(uuid4()), "court": str(other.id), "court_id": str(other.id)}
    assert world.deliver(lying) == 200
    assert [kind for kind, _cents in entries(court, checkout.enrollment_id)] == ["paid"]
    with world.app.app_context(), other.acting(), transaction() as current:
        assert current.scalars(select(AuditEvent).where(AuditEvent.action == "payments.settle")).all() == []


def test_an_event_about_nothing_of_ours_is_kept_and_answered(world: World):
    event = stripe_event("refund.created", {"id": "re_foreign", "amount": 5, "currency": "usd", "status": "succeeded"})
    assert world.deliver(event) == 200
    assert event_state(world.app, event["id"]) == "unmatched"
    other = stripe_event("customer.created", {"id": "cus_1", "object": "customer"})
    assert world.deliver(other) == 200
    assert event_state(world.app, other["id"]) == "ignored"


def test_nothing_personal_of_an_event_is_kept(world: World, checkout: Checkout):
    event = completed(checkout, object={"customer_details": {"email": "canary@mail.example", "name": "Canary"}})
    assert world.deliver(event) == 200
    with world.app.app_context():
        kept = db.session.scalars(select(StripeEvent).where(StripeEvent.id == event["id"])).one()
        assert "anary" not in json.dumps(kept.payload)


# --- once, in any order --------------------------------------------------------------------------------------------


@pytest.mark.proves("MO-3")
def test_twenty_duplicates_at_once_are_one(world: World, court: TestCourt, checkout: Checkout):
    event = completed(checkout)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _n: world.deliver(event), range(20)))
    assert answers == [200] * 20
    assert effects(court, checkout.enrollment_id) == [f"{checkout.session_id}:paid"]
    assert settled_audits(court, checkout) == 1
    assert state_of(court, checkout) == "coursework"


def settled_audits(court: TestCourt, checkout: Checkout) -> int:
    with court.app.app_context(), court.acting(), transaction() as current:
        query = select(AuditEvent).where(AuditEvent.action == "payments.settle", AuditEvent.subject_id == checkout.id)
        return len(current.scalars(query).all())


def story(checkout: Checkout) -> list[dict[str, Any]]:
    """Paid, partly refunded, disputed and won: every event that Stripe sends of it."""
    intent, charge = f"pi_{checkout.id.hex}", f"ch_{checkout.id.hex}"
    about = {"payment_intent": intent, "charge": charge, "currency": "usd"}
    refund = {"id": f"re_{checkout.id.hex}", "object": "refund", "amount": 1500, **about}
    dispute = {"id": f"dp_{checkout.id.hex}", "object": "dispute", "amount": 5000, **about}
    return [
        completed(checkout),
        stripe_event("refund.created", {**refund, "status": "succeeded"}),
        stripe_event("charge.dispute.created", {**dispute, "status": "needs_response"}),
        stripe_event("charge.dispute.funds_withdrawn", {**dispute, "status": "needs_response"}),
        stripe_event("charge.dispute.closed", {**dispute, "status": "won"}),
    ]


@pytest.mark.proves("MO-3")
def test_any_order_of_paid_refunded_and_disputed_ends_the_same(world: World, court: TestCourt):
    end_the_same(world, court, 12)


@pytest.mark.slow
@pytest.mark.proves("MO-3")
def test_every_order_of_paid_refunded_and_disputed_ends_the_same(world: World, court: TestCourt):
    end_the_same(world, court, 120)


def end_the_same(world: World, court: TestCourt, how_many: int) -> None:
    orders = list(itertools.permutations(range(5)))
    random.Random(20261104).shuffle(orders)
    seen = set()
    for order in orders[:how_many]:
        learner, enrollment_id = make_learner(court)
        checkout = open_checkout(world, court, learner, enrollment_id)
        events = story(checkout)
        for at in order:
            assert world.deliver(events[at]) == 200
            if at % 2:
                assert world.deliver(events[at]) == 200
        states = {event_state(world.app, event["id"]) for event in events}
        assert states == {"applied"}, order
        seen.add((tuple(entries(court, enrollment_id)), checkout_of(court, enrollment_id).state))
        assert balance(court, enrollment_id) == 1500, order
        assert unknown_objects(court, enrollment_id) == [], order
    assert len(seen) == 1


def unknown_objects(court: TestCourt, enrollment_id: UUID) -> list[str]:
    """What moved money in the ledger and is not known as this payment's: refunds and comparisons would not find it."""
    known = select(StripeObject.object_id).where(StripeObject.enrollment_id == enrollment_id)
    moved = select(LedgerEntry.stripe_object).where(LedgerEntry.enrollment_id == enrollment_id)
    with court.app.app_context(), court.acting():
        wanted = moved.where(LedgerEntry.stripe_object != "", LedgerEntry.stripe_object.not_in(known))
        return list(db.session.scalars(wanted))


@pytest.mark.proves("MO-3")
def test_the_events_of_a_payment_all_at_once_end_the_same(world: World, court: TestCourt):
    for _round in range(5):
        learner, enrollment_id = make_learner(court)
        events = story(open_checkout(world, court, learner, enrollment_id)) * 3
        random.Random(_round).shuffle(events)
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(world.deliver, events)) == {200}
        assert balance(court, enrollment_id) == 1500
        assert len(effects(court, enrollment_id)) == 4


def test_expired_first_and_paid_after_counts_and_expired_never_undoes_paid(
    world: World, court: TestCourt, checkout: Checkout
):
    expired = completed(checkout, object={"payment_status": "unpaid", "status": "expired", "payment_intent": None})
    expired["type"] = "checkout.session.expired"
    assert world.deliver(expired) == 200
    assert checkout_of(court, checkout.enrollment_id).state == "expired"
    assert world.deliver(completed(checkout)) == 200
    assert world.deliver({**expired, "id": f"evt_{uuid4().hex}"}) == 200
    assert checkout_of(court, checkout.enrollment_id).state == "paid"
    assert effects(court, checkout.enrollment_id) == [f"{checkout.session_id}:paid"]


def test_a_failed_refund_is_undone(world: World, court: TestCourt, checkout: Checkout):
    refund = {
        "id": f"re_{checkout.id.hex}",
        "amount": 900,
        "currency": "usd",
        "payment_intent": f"pi_{checkout.id.hex}",
    }
    for event in (
        stripe_event("refund.failed", {**refund, "status": "failed"}),
        completed(checkout),
        stripe_event("refund.created", {**refund, "status": "succeeded"}),
    ):
        assert world.deliver(event) == 200
    assert balance(court, checkout.enrollment_id) == 0


def test_an_inquiry_and_a_declined_card_move_nothing(world: World, court: TestCourt, checkout: Checkout):
    intent = {"id": f"pi_{checkout.id.hex}", "amount": checkout.amount_cents, "currency": "usd"}
    assert (
        world.deliver(stripe_event("payment_intent.payment_failed", {**intent, "status": "requires_payment_method"}))
        == 200
    )
    assert checkout_of(court, checkout.enrollment_id).state == "open"
    assert world.deliver(completed(checkout)) == 200
    about = {"payment_intent": intent["id"], "currency": "usd", "amount": 700}
    inquiry = {"id": "dp_inquiry", **about, "status": "warning_needs_response"}
    assert world.deliver(stripe_event("charge.dispute.created", inquiry)) == 200
    assert balance(court, checkout.enrollment_id) == 0


# --- faults --------------------------------------------------------------------------------------------------------


def test_a_failed_effect_is_kept_changes_nothing_and_is_tried_again(world: World, court: TestCourt, checkout: Checkout):
    # Our own bookkeeping is broken for a moment: the object points to a checkout that is not there.
    intent = f"pi_broken_{checkout.id.hex}"
    with world.app.app_context(), court.acting(), transaction() as current:
        wrong = StripeObject(
            object_id=intent, court_id=court.id, enrollment_id=checkout.enrollment_id, checkout_id=uuid4()
        )
        current.add(wrong)
        current.flush()
        missing_id = wrong.checkout_id
    value = {
        "id": f"re_{checkout.id.hex}",
        "amount": 100,
        "currency": "usd",
        "payment_intent": intent,
        "status": "succeeded",
    }
    event = stripe_event("refund.created", value)
    assert world.deliver(event) == 500
    assert event_state(world.app, event["id"]) == "failed"
    assert entries(court, checkout.enrollment_id) == []
    with world.app.app_context(), court.acting(), transaction() as current:
        current.add(
            Checkout(
                id=missing_id,
                enrollment_id=checkout.enrollment_id,
                state="open",
                amount_cents=4000,
                idempotency_key="k",
                session_id=f"cs_{missing_id.hex}",
                livemode=False,
                created_at=clock.now(),
                expires_at=clock.now() + timedelta(hours=1),
            )
        )
    with world.app.app_context(), court.acting():
        sweep_open_checkouts()
    assert event_state(world.app, event["id"]) == "applied"
    with world.app.app_context(), court.acting():
        assert retry_event(event["id"]) == "gone"


def test_an_event_that_came_before_its_object_was_known_is_swept_up(world: World, court: TestCourt, checkout: Checkout):
    unknown = f"cs_early_{checkout.id.hex}"
    early = completed(checkout, object={"id": unknown, "payment_intent": None})
    assert world.deliver(early) == 200
    assert event_state(world.app, early["id"]) == "unmatched"
    with world.app.app_context(), court.acting(), transaction() as current:
        current.execute(update(Checkout).where(Checkout.id == checkout.id).values(session_id=unknown))
        current.add(
            StripeObject(
                object_id=unknown, court_id=court.id, enrollment_id=checkout.enrollment_id, checkout_id=checkout.id
            )
        )
    with world.app.app_context(), court.acting():
        sweep_open_checkouts()
    assert event_state(world.app, early["id"]) == "applied"
    assert [kind for kind, _cents in entries(court, checkout.enrollment_id)] == ["paid"]


def test_coursework_opens_by_the_sweep_if_we_were_stopped_after_the_payment(
    world: World, court: TestCourt, checkout: Checkout
):
    assert world.deliver(completed(checkout)) == 200
    with world.app.app_context(), court.acting(), transaction():
        the_enrollment(checkout.enrollment_id, lock=True).state = "enrolled"
    with world.app.app_context(), acting_as(court.id):
        sweep_open_checkouts()
    assert state_of(court, checkout) == "coursework"


# --- the price -----------------------------------------------------------------------------------------------------


def test_settling_a_payment_takes_six_statements_and_one_commit(world: World, court: TestCourt, checkout: Checkout):
    event = completed(checkout)
    with statements(world.app) as seen:
        assert world.deliver(event) == 200
    settling = seen[: seen.index("COMMIT")]
    assert len(settling) <= 6, settling
    assert sum("INSERT INTO ledger_entry" in one for one in settling) == 1
    assert len(fresh_ledger_of(court, checkout.enrollment_id)) > 1
    # Opening the coursework, once in a person's program, is a second transaction of its own.
    assert seen.count("COMMIT") == 2
    with statements(world.app) as again:
        assert world.deliver(event) == 200
    assert len([one for one in again if one != "COMMIT"]) <= 2


def test_stripe_lists_at_most_twenty_types():
    assert len(LISTED) <= 20
    assert SECRET != SECOND_SECRET
