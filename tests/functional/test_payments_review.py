"""What did not match waits for a person, who takes it, gives it back or sets it aside, with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from app.cases.lookups import the_enrollment
from app.payments.models import Checkout, StripeEvent
from app.payments.reviewing.rules import AtStripe, Outcome, to_do_at_stripe, ways_out
from app.permissions.identity import Identity, Role
from config import Settings
from tenants.database import db, session, transaction
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import (
    World,
    balance,
    checkout_of,
    completed,
    entries,
    event_state,
    open_checkout,
    served,
    statements,
    stripe_event,
)
from tests.functional.stripe_shapes import eventually
from tests.functional.stripe_steps import work


@pytest.fixture(scope="module")
def world(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(settings, tmp_path_factory.mktemp("stripe")) as made:
        yield made


@pytest.fixture
def court(world: World) -> TestCourt:
    return make_court(world.app)


def mismatched(world: World, court: TestCourt, less: int = 500) -> tuple[Identity, Checkout, str]:
    """A payment that Stripe received, but of another amount than we asked for: paid there, and told so here."""
    learner, enrollment_id = make_learner(court)
    checkout = open_checkout(world, court, learner, enrollment_id)
    world.hold_webhooks()
    paid = world.stripe.control(f"sessions/{checkout.session_id}/pay", {"method": "card"})
    told = {"amount_total": checkout.amount_cents - less, "payment_intent": paid["payment_intent"]}
    event = completed(checkout, object=told)
    assert world.deliver(event) == 200
    assert event_state(world.app, event["id"]) == "review"
    return learner, checkout, event["id"]


def resolve(court: TestCourt, checkout: Checkout, outcome: str) -> Page:
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url(f"money/review/{checkout.id}"))
    return page.submit("Save the answer", outcome=outcome, reason="Looked it up at Stripe.")


def state_of(court: TestCourt, checkout: Checkout) -> str:
    with court.app.app_context(), court.acting():
        return the_enrollment(checkout.enrollment_id).state


@pytest.mark.proves("MO-2")
def test_taken_as_it_is_what_stripe_received_counts(world: World, court: TestCourt):
    learner, checkout, event_id = mismatched(world, court)
    queue = court.staff_client(Role.ADMINISTRATOR).get(court.url("money/review"))
    assert "The amount is another one than we asked for." in queue.text
    assert entries(court, checkout.enrollment_id) == []
    answer = resolve(court, checkout, "accepted")
    assert "The payment is resolved." in answer.text
    assert "Looked it up at Stripe." in answer.text
    assert entries(court, checkout.enrollment_id) == [("paid", -(checkout.amount_cents - 500))]
    assert balance(court, checkout.enrollment_id) == 500
    assert event_state(world.app, event_id) == "applied"
    assert checkout_of(court, checkout.enrollment_id).state == "paid"
    assert state_of(court, checkout) == "enrolled"  # something is still owed
    # Told again by another event of the same payment: it counts once, and needs no person any more.
    with court.app.app_context():
        kept = db.session.scalars(select(StripeEvent).where(StripeEvent.id == event_id)).one().payload
    again = completed(checkout, object={"amount_total": kept["cents"], "payment_intent": kept["intent_id"]})
    assert world.deliver(again) == 200
    assert event_state(world.app, again["id"]) == "applied"
    assert balance(court, checkout.enrollment_id) == 500
    assert "$5.00" in court.client(learner).get(court.url("fee")).text
    case = court.staff_client(Role.CLERK).get(court.url(f"cases/{checkout.enrollment_id}/card-payments")).text
    for fact in ("Taken as it is", "Reason: Looked it up at Stripe.", "another one than we asked for", "Test Admin"):
        assert fact in case, fact
    address = court.url(f"cases/{checkout.enrollment_id}")
    history = court.staff_client(Role.CLERK).get(address).text
    assert "Payment that did not fit: taken as it is Looked it up at Stripe." in history
    assert "did not fit" not in court.staff_client(Role.PROSECUTOR).get(address).text


@pytest.mark.proves("MO-2", "MO-6")
def test_given_back_it_does_not_count_and_goes_back(world: World, court: TestCourt):
    _learner, checkout, event_id = mismatched(world, court, less=100)
    resolve(court, checkout, "given_back")
    assert work(court)[0] == "done"
    intent = world.stripe.api("GET", f"checkout/sessions/{checkout.session_id}").json()["payment_intent"]
    made = world.stripe.all("refunds", payment_intent=intent)
    assert [one["amount"] for one in made] == [checkout.amount_cents - 100]
    assert entries(court, checkout.enrollment_id) == []
    assert balance(court, checkout.enrollment_id) == checkout.amount_cents
    assert event_state(world.app, event_id) == "set_aside"


def test_set_aside_the_learner_may_pay_again(world: World, court: TestCourt):
    learner, checkout, event_id = mismatched(world, court)
    resolve(court, checkout, "set_aside")
    assert event_state(world.app, event_id) == "set_aside"
    assert checkout_of(court, checkout.enrollment_id).state == "set_aside"
    page = court.client(learner).get(court.url("fee"))
    assert "by card" in page.text
    assert entries(court, checkout.enrollment_id) == []


@pytest.mark.proves("MO-2")
def test_meanwhile_no_second_payment_is_offered(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    stale = browser.get(court.url("fee")).form("by card")
    checkout = open_checkout(world, court, learner, enrollment_id)
    world.deliver(completed(checkout, object={"amount_total": 1}))
    page = browser.get(court.url("fee"))
    assert "looking at your" in page.text
    assert "by card" not in page.text
    answer = stale.submit()
    assert "We are looking at your payment" in answer.text


def test_a_reason_is_needed_and_the_second_person_comes_too_late(world: World, court: TestCourt):
    _learner, checkout, _event_id = mismatched(world, court)
    browser = court.staff_client(Role.ADMINISTRATOR)
    page = browser.get(court.url(f"money/review/{checkout.id}"))
    assert page.submit("Save the answer", outcome="set_aside", reason=" ").status == 422
    assert checkout_of(court, checkout.enrollment_id).state == "review"
    resolve(court, checkout, "set_aside")
    assert page.submit("Save the answer", outcome="accepted", reason="too late").status in (404, 409)
    assert entries(court, checkout.enrollment_id) == []


@pytest.mark.parametrize(
    ("differing", "possible"),
    [
        (("amount",), ("accepted", "given_back", "set_aside")),
        (("reference", "amount"), ("accepted", "given_back", "set_aside")),
        (("livemode",), ("set_aside",)),
        (("amount", "currency"), ("set_aside",)),
        (("torn",), ("set_aside",)),
        (("payment intent",), ("set_aside",)),
    ],
)
def test_only_what_is_surely_ours_may_count_or_go_back(differing: tuple[str, ...], possible: tuple[str, ...]):
    assert ways_out(differing, received_cents=100, counted=False) == tuple(map(Outcome, possible))
    assert ways_out(differing, received_cents=0, counted=False) == (Outcome.SET_ASIDE,)
    assert ways_out(differing, received_cents=100, counted=True) == (Outcome.SET_ASIDE,)


@pytest.mark.parametrize(
    ("differing", "received", "counted", "to_do"),
    [
        (("amount",), 100, False, None),
        (("currency",), 100, False, AtStripe.REFUND),
        (("livemode", "amount"), 100, False, AtStripe.REFUND),
        (("payment intent",), 100, True, AtStripe.COMPARE),
        (("session",), 0, False, AtStripe.LOOK),
        (("torn", "currency"), 100, False, AtStripe.TORN),
        (("torn",), 100, True, AtStripe.TORN),
    ],
)
def test_what_is_to_be_done_at_stripe(differing: tuple[str, ...], received: int, counted: bool, to_do: AtStripe | None):
    assert to_do_at_stripe(differing, received_cents=received, counted=counted) is to_do


def test_the_page_says_what_to_do_at_stripe_and_keeps_that_it_was_done(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    checkout = open_checkout(world, court, learner, enrollment_id)
    assert world.deliver(completed(checkout, object={"currency": "eur"})) == 200
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url(f"money/review/{checkout.id}"))
    assert "The card page was completed" in page.text
    assert "checkout.session.completed" not in page.text
    assert f"search for pi_{checkout.id.hex}" in page.text
    assert "Refund all of the payment there." in page.text
    assert f"{checkout.amount_cents / 100:.2f} EUR" in page.text
    assert f"{checkout.amount_cents / 100:.2f} EUR" in page.click("Payments to look at").text
    assert "nothing goes back" not in page.text, "it goes back at Stripe"
    done = page.submit("Save the answer", outcome="set_aside", reason="Refunded at Stripe on November 3: re_123.")
    assert "Refunded at Stripe on November 3: re_123." in done.text
    assert checkout_of(court, enrollment_id).state == "set_aside"
    assert entries(court, enrollment_id) == []


@pytest.mark.proves("MO-2")
def test_a_payment_claimed_by_two_pages_can_not_be_taken(world: World, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    mine = open_checkout(world, court, learner, enrollment_id)
    assert world.deliver(completed(mine)) == 200
    other_learner, other_id = make_learner(court)
    other = open_checkout(world, court, other_learner, other_id)
    world.deliver(completed(other, object={"payment_intent": f"pi_{mine.id.hex}"}))
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url(f"money/review/{other.id}"))
    assert "belongs to two different payments" in page.text
    assert "Take it as it is" not in page.text
    assert "Refund only what counts nowhere" in page.text
    assert "Refund all of the payment" not in page.text
    assert "Give it back" not in page.text
    resolve(court, other, "set_aside")
    assert entries(court, other_id) == []
    assert entries(court, enrollment_id) == [("paid", -mine.amount_cents)]


def failed_event(world: World, court: TestCourt, less: int = 0) -> str:
    learner, enrollment_id = make_learner(court)
    checkout = open_checkout(world, court, learner, enrollment_id)
    event = completed(checkout)
    with court.app.app_context(), court.acting():
        real = checkout.session_id
        row = stripe_event("checkout.session.completed", {"id": real})
        with transaction() as current:
            current.add(
                StripeEvent(
                    id=row["id"],
                    type="checkout.session.completed",
                    created=checkout.created_at,
                    received_at=checkout.created_at,
                    livemode=False,
                    object_id=real,
                    court_id=court.id,
                    state="failed",
                    error="LookupError",
                    payload={
                        "event_id": row["id"],
                        "type": event["type"],
                        "created": checkout.created_at.isoformat(),
                        "livemode": False,
                        "object_id": real,
                        "session_id": real,
                        "intent_id": f"pi_{checkout.id.hex}",
                        "charge_id": "",
                        "status": "paid",
                        "cents": checkout.amount_cents - less,
                        "currency": "usd",
                        "reference": str(checkout.id),
                    },
                )
            )
        return str(row["id"])


def test_an_event_that_failed_is_tried_again_or_set_aside(world: World, court: TestCourt):
    first, second = failed_event(world, court), failed_event(world, court)
    browser = court.staff_client(Role.ADMINISTRATOR)
    page = browser.get(court.url("money/review"))
    assert "Events that could not be applied" in page.text
    form = next(f for f in page.tree.xpath("//main//form") if first in (f.get("action") or ""))
    values = {box.get("name"): box.get("value", "") for box in form.xpath(".//input")}
    assert browser.http.post(form.get("action"), data=values).status_code == 302
    assert event_state(world.app, first) == "applied"
    aside = browser.get(court.url(f"money/events/{second}/set-aside"))
    assert aside.submit("Set it aside", reason="").status == 422
    aside.submit("Set it aside", reason="A test of Stripe's.")
    assert event_state(world.app, second) == "set_aside"
    assert browser.get(court.url(f"money/events/{second}/set-aside")).status == 404


def test_an_event_that_turns_out_not_to_fit_is_not_called_applied(world: World, court: TestCourt):
    failed = failed_event(world, court, less=500)
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url("money/review"))
    page = page.submit("Try it again")
    assert event_state(world.app, failed) == "review"
    assert "The event is applied." not in page.text
    assert "does not fit the payment that it is about" in page.text


def test_another_court_s_event_is_not_there(world: World, court: TestCourt):
    theirs = failed_event(world, make_court(world.app))
    browser = court.staff_client(Role.ADMINISTRATOR)
    assert theirs not in browser.get(court.url("money/review")).data.decode()
    assert browser.get(court.url(f"money/events/{theirs}/set-aside")).status == 404
    assert browser.get(court.url(f"money/review/{uuid4()}")).status == 404
    assert event_state(world.app, theirs) == "failed"


def test_the_queue_goes_on_behind_its_first_page_and_asks_little(world: World, court: TestCourt):
    for _n in range(2):
        mismatched(world, court)
    learners = [make_learner(court) for _n in range(25)]
    with court.app.app_context(), court.acting(), transaction() as current:
        model = current.scalars(select(Checkout).limit(1)).one()
        for _learner, enrollment_id in learners:
            key = uuid4()
            current.add(
                Checkout(
                    id=key,
                    enrollment_id=enrollment_id,
                    state="review",
                    amount_cents=100,
                    idempotency_key=str(key),
                    session_id=f"cs_{key.hex}",
                    created_at=model.created_at,
                    expires_at=model.expires_at,
                )
            )
    browser = court.staff_client(Role.ADMINISTRATOR)
    page = browser.get(court.url("money/review"))
    with statements(world.app) as seen:
        page = browser.get(court.url("money/review"))
    assert len([one for one in seen if one.startswith("SELECT") and "set_config" not in one]) <= 10, seen
    rows = page.tree.xpath("//tbody/tr")
    further = page.click("More").tree.xpath("//tbody/tr")
    assert (len(rows), len(further)) == (25, 2)


def test_accepting_is_kept_in_the_audit_with_its_reason(world: World, court: TestCourt):
    _learner, checkout, _event_id = mismatched(world, court)
    resolve(court, checkout, "accepted")
    eventually(lambda: checkout_of(court, checkout.enrollment_id).state == "paid")
    trail = court.staff_client(Role.ADMINISTRATOR).get(court.url("audit"))
    assert "Decided about a payment that did not fit" in trail.text


def test_the_money_of_a_review_is_never_changed_behind_a_person(world: World, court: TestCourt):
    _learner, checkout, _event_id = mismatched(world, court)
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url(f"money/review/{checkout.id}"))
    with court.app.app_context(), court.acting(), transaction():
        session().execute(
            update(Checkout).where(Checkout.id == checkout.id).values(row_version=Checkout.row_version + 1)
        )
    assert page.submit("Save the answer", outcome="accepted", reason="stale").status == 409
    assert entries(court, checkout.enrollment_id) == []
