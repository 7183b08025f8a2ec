"""Any story of payments: in whatever order things happen, are lost, doubled or late, once they settle all is equal.

The stand-in is a process of its own, called through Stripe's real library. Its events are delivered by the story, not
by itself: so that a story that fails can be told again step by step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.core.actor import SYSTEM
from app.core.errors import Refused
from app.payments import lookups
from app.payments.checkouts import ReturnPages, start_checkout
from app.payments.gateway import GatewayUnavailable
from app.payments.ledger import open_coursework_if_allowed, write_entries
from app.payments.models import Checkout, LedgerEntry, StripeObject
from app.payments.reconciling.services import reconcile_court
from app.payments.refunds.services import ask_refund
from app.payments.services import sweep_open_checkouts
from app.permissions.identity import Role
from config import Settings
from tenants.database import session
from tenants.keys import uuid7
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import World, balance, served
from tests.functional.stripe_steps import work

PAGES = ReturnPages(thanks="http://localhost/thanks", canceled="http://localhost/canceled")
NO_FAULTS = {"fail_next": 0, "timeout_before": 0, "timeout_after": 0, "webhooks": "drop"}


class Story(RuleBasedStateMachine):
    """One learner, one court, one account at Stripe. Each step goes as it goes: a refusal is a fine answer."""

    world: ClassVar[World]
    court: ClassVar[TestCourt]

    def __init__(self) -> None:
        super().__init__()
        self.world.stripe.control("faults", NO_FAULTS)
        self.told = {event["id"] for event in self.world.events()}
        self.untold: list[dict[str, Any]] = []
        self.delivered: list[dict[str, Any]] = []
        self.learner, self.enrollment_id = make_learner(self.court)
        self.intents: list[str] = []
        self.sessions: list[str] = []
        self.disputes: list[str] = []

    # --- what people do ---

    @rule(language=st.sampled_from(["en", "es"]))
    def press_pay(self, language: str) -> None:
        with self.court.app.test_request_context(), self.court.acting():
            try:
                address = start_checkout(self.enrollment_id, language=language, pages=PAGES, actor=self.learner)
            except (Refused, GatewayUnavailable):
                return
        if address:
            self.sessions.append(address.rpartition("/")[2])

    @precondition(lambda self: self.sessions)
    @rule(data=st.data(), method=st.sampled_from(["card", "card", "declined", "bank"]))
    def pay(self, data: st.DataObject, method: str) -> None:
        """On any page that was ever shown, also one left open in another window."""
        shown = data.draw(st.sampled_from(list(dict.fromkeys(self.sessions))))  # ids are random: never by id
        self._control(f"sessions/{shown}/pay", {"method": method})
        with self._calm():
            intent = self.world.stripe.api("GET", f"checkout/sessions/{shown}").json()["payment_intent"]
        if intent and intent not in self.intents:
            self.intents.append(intent)

    @precondition(lambda self: self.sessions)
    @rule(data=st.data(), outcome=st.sampled_from(["succeeded", "failed"]))
    def bank_answers(self, data: st.DataObject, outcome: str) -> None:
        self._control(f"sessions/{data.draw(st.sampled_from(self.sessions))}/settle", {"outcome": outcome})

    @precondition(lambda self: self.sessions)
    @rule(data=st.data())
    def page_expires(self, data: st.DataObject) -> None:
        self._control(f"sessions/{data.draw(st.sampled_from(self.sessions))}/expire", {})

    @precondition(lambda self: self.intents)
    @rule(part=st.sampled_from([1, 3, 2, 10]))
    def give_back(self, part: int) -> None:
        with self.court.app.test_request_context(), self.court.acting():
            paid = select(Checkout).where(Checkout.enrollment_id == self.enrollment_id, Checkout.state == "paid")
            for checkout in session().scalars(paid.order_by(Checkout.created_at, Checkout.id)):
                try:
                    cents = max(1, checkout.amount_cents // part)
                    ask_refund(checkout.id, cents, "a story", actor=self.court.member(Role.ADMINISTRATOR))
                except Refused:
                    continue
                return

    @precondition(lambda self: self.intents)
    @rule(data=st.data(), cents=st.sampled_from([None, 1, 500]))
    def give_back_at_stripe(self, data: st.DataObject, cents: int | None) -> None:
        """Somebody with the keys of the dashboard does it there."""
        body = {"payment_intent": data.draw(st.sampled_from(self.intents)), **({"amount": cents} if cents else {})}
        self._control("refunds", body)

    @precondition(lambda self: self.intents)
    @rule(outcome=st.sampled_from(["succeeded", "failed"]))
    def bank_takes_or_refuses_a_refund(self, outcome: str) -> None:
        with self._calm():
            made = [one["id"] for intent in self.intents for one in self._back(intent, "refunds")]
        if made:
            self._control(f"refunds/{made[-1]}/settle", {"outcome": outcome})

    @precondition(lambda self: self.intents)
    @rule(data=st.data(), cents=st.sampled_from([None, 700]))
    def dispute(self, data: st.DataObject, cents: int | None) -> None:
        body = {"payment_intent": data.draw(st.sampled_from(self.intents)), **({"amount": cents} if cents else {})}
        made = self._control("disputes", body)
        if made is not None:
            self.disputes.append(made["id"])

    @precondition(lambda self: self.disputes)
    @rule(data=st.data(), outcome=st.sampled_from(["won", "lost"]))
    def dispute_ends(self, data: st.DataObject, outcome: str) -> None:
        self._control(f"disputes/{data.draw(st.sampled_from(self.disputes))}/close", {"outcome": outcome})

    @rule(kind=st.sampled_from(["waived", "paid"]), part=st.sampled_from([1, 2]))
    def owe_less(self, kind: str, part: int) -> None:
        """The court waives a part, or takes cash."""
        with self.court.app.app_context(), self.court.acting():
            owed = lookups.balance_cents(self.enrollment_id)
            if owed > 0:
                effect = f"counter:{uuid7()}" if kind == "paid" else f"waiver:{uuid7()}:1:program"
                write_entries(self.enrollment_id, [(kind, "", -(-owed // part), effect)], actor=SYSTEM)
                open_coursework_if_allowed(self.enrollment_id)

    # --- what goes wrong, and what runs by itself ---

    @rule(times=st.integers(1, 4), status=st.sampled_from([500, 429, 503]))
    def stripe_stumbles(self, times: int, status: int) -> None:
        self.world.stripe.control("faults", {"fail_next": times, "status": status})

    @rule(data=st.data(), copies=st.integers(1, 3))
    def webhooks_come(self, data: st.DataObject, copies: int) -> None:
        """Some of what is under way, in any order, some twice; the rest later or never."""
        self._hear()
        if self.untold:
            for event in data.draw(st.lists(st.sampled_from(self.untold), min_size=1, max_size=4)):
                for _n in range(copies):
                    assert self.world.deliver(event) == 200
                self.delivered.append(event)

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def webhook_comes_again(self, data: st.DataObject) -> None:
        assert self.world.deliver(data.draw(st.sampled_from(self.delivered))) == 200

    @rule()
    def worker_works(self) -> None:
        work(self.court)

    @rule()
    def scheduler_looks(self) -> None:
        with self.court.app.app_context(), self.court.acting():
            sweep_open_checkouts()

    def _control(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """What the stand-in made of it; None when it says no, as Stripe would."""
        try:
            return dict(self.world.stripe.control(path, body))
        except AssertionError:
            return None

    @contextmanager
    def _calm(self) -> Iterator[None]:
        """What the story itself looks at uses up none of the trouble that the portal is to meet."""
        trouble = self.world.stripe.control("faults")
        self.world.stripe.control("faults", NO_FAULTS)
        yield
        self.world.stripe.control("faults", {name: trouble[name] for name in ("fail_next", "status")})

    def _hear(self) -> None:
        with self._calm():
            fresh = [event for event in self.world.events() if event["id"] not in self.told]
        self.told |= {event["id"] for event in fresh}
        self.untold += fresh

    # --- how it ends ---

    def teardown(self) -> None:
        self.world.stripe.control("faults", NO_FAULTS)
        with self.court.app.app_context(), self.court.acting():
            while "retry" in work(self.court):
                continue
            reconcile_court()
            while "retry" in work(self.court):
                continue
            report = reconcile_court()
            mine = [str(one) for one in session().scalars(self._checkouts(Checkout.id))]
            assert [line for line in report.differences if any(one in line for one in mine)] == []
        self._ledger_is_stripe()
        self._access_is_balance()
        self._nobody_paid_twice()

    def _checkouts(self, column: Any) -> Any:
        return select(column).where(Checkout.enrollment_id == self.enrollment_id)

    def _payments(self) -> list[dict[str, Any]]:
        """Every payment that the stand-in received for this learner."""
        with self.court.app.app_context(), self.court.acting():
            sessions = session().scalars(self._checkouts(Checkout.session_id)).all()
        found = [self.world.stripe.api("GET", f"checkout/sessions/{one}").json() for one in sessions if one]
        return [one for one in found if one["payment_status"] == "paid"]

    def _back(self, intent: str, path: str) -> list[dict[str, Any]]:
        return self.world.stripe.all(path, payment_intent=intent)

    def _ledger_is_stripe(self) -> None:
        worth = 0
        for paid in self._payments():
            intent = paid["payment_intent"]
            refunds = [one["amount"] for one in self._back(intent, "refunds") if one["status"] == "succeeded"]
            held = [one["amount"] for one in self._back(intent, "disputes") if one["status"] != "won"]
            worth += paid["amount_total"] - sum(refunds) - sum(held)
        with self.court.app.app_context(), self.court.acting():
            known = select(StripeObject.object_id).where(StripeObject.enrollment_id == self.enrollment_id)
            rows = session().scalars(select(LedgerEntry.amount_cents).where(LedgerEntry.stripe_object.in_(known)))
            assert -sum(rows) == worth

    def _access_is_balance(self) -> None:
        with self.court.app.app_context(), self.court.acting():
            state = the_enrollment(self.enrollment_id).state
            running, least = 0, 1
            for entry in lookups.ledger_of(self.enrollment_id):
                running += entry.amount_cents
                least = min(least, running)
        if balance(self.court, self.enrollment_id) <= 0:
            assert state == "coursework"
        if least > 0:
            assert state == "enrolled"

    def _nobody_paid_twice(self) -> None:
        payments = self._payments()
        back = [(one["payment_intent"], path) for one in payments for path in ("refunds", "disputes")]
        owed_again = sum(each["amount"] for intent, path in back for each in self._back(intent, path))
        with self.court.app.app_context(), self.court.acting():
            assessed = sum(e.amount_cents for e in lookups.ledger_of(self.enrollment_id) if e.kind == "assessed")
        assert sum(one["amount_total"] for one in payments) <= assessed + owed_again
        for one in payments:
            refunds = self._back(one["payment_intent"], "refunds")
            ours = [each["metadata"]["reference"] for each in refunds if each["metadata"]]
            assert len(ours) == len(set(ours))
            gone = sum(each["amount"] for each in refunds if each["status"] != "failed")
            assert gone <= one["amount_total"]


@pytest.fixture(scope="module")
def stories(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[Story]]:
    with served(settings, tmp_path_factory.mktemp("stripe")) as world:
        Story.world, Story.court = world, make_court(world.app)
        yield Story


def tell(stories: type[Story], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        stories,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=examples < 50,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.proves("MO-3", "MO-5", "MO-6", "MO-7")
def test_every_story_ends_equal_to_the_cent(stories: type[Story]):
    tell(stories, examples=8, steps=14)


@pytest.mark.slow
@pytest.mark.proves("MO-3", "MO-5", "MO-6", "MO-7")
def test_many_long_stories_end_equal_to_the_cent(stories: type[Story]):
    tell(stories, examples=150, steps=40)
