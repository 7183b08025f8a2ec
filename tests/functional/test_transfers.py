"""A case moves to another court: asked, agreed to, accepted, handed over. Each court keeps its own; nothing twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from app.cases.holding import withdraw as withdraw_case
from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import NotFound, Refused, StaleForm
from app.core.models import AuditEvent
from app.permissions.identity import Identity, Role
from app.transfers import answering, asking, carrying
from app.transfers.models import Transfer, TransferParcel
from app.transfers.parcels import opened, the_parcel
from app.transfers.rules import DAYS_TO_ANSWER
from tenants.database import session, transaction
from tests.caseloads import statements
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.test_moving_cases import days
from tests.functional.transfer_steps import (
    accept,
    agree,
    ask_for,
    enroll_with,
    modules,
    new_code,
    owed,
    pass_module,
    running,
    transfers,
    turn,
)


def _forge(here: TestCourt, third: TestCourt) -> None:
    """As a court, put a parcel into the mailbox that another one seems to send."""
    times = {"offered_at": clock.now(), "expires_at": clock.now() + DAYS_TO_ANSWER}
    with transaction() as current:
        current.add(TransferParcel(from_court=here.id, to_court=third.id, **times))


def two_courts(app: Flask) -> tuple[TestCourt, TestCourt]:
    here, there = make_court(app), make_court(app, preset="municipal")
    turn(here, there)
    return here, there


@pytest.mark.proves("CO-7", "AD-1")
def test_a_case_moves_with_its_progress_when_the_person_agrees_and_the_other_court_accepts(app):
    here, there = two_courts(app)
    learner, enrollment_id = make_learner(here, family_names="Wanderer", email="w@mail.example")
    slug = pass_module(here, enrollment_id)
    money_here = owed(here)
    clerk, other = here.staff_client(Role.CLERK), there.staff_client(Role.SUPERVISOR)
    with app.app_context(), here.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
    page = clerk.get(here.url(f"referrals/{referral_id}")).click("Move to another court")
    page = clerk.get(f"{page.url.partition('?')[0]}?to={there.slug}")
    assert "Months of check-ins" in page.text
    empty = page.submit("Ask the participant", reason="")
    assert empty.status == 422
    empty.submit("Ask the participant", reason="Lives there now")
    assert "No case was offered" in other.get(there.url("transfers")).text, "not before the person agrees"
    mine = here.client(learner)
    with statements(app) as seen:
        asked = mine.get(here.url("moving-court"))
    assert len(seen) <= 12
    assert "Lives there now" in asked.text
    asked.submit("Yes, I agree")
    turn(here, there)
    listed = other.get(there.url("transfers"))
    with statements(app) as seen:
        offer = listed.click(f"Test Court {here.slug[-6:]}")
    assert len(seen) <= 12
    assert "Robin Wanderer" in offer.text
    wrong = offer.submit("Accept the case", **days("deadline", clock.now().date() - timedelta(days=2)))
    assert wrong.status == 422
    wrong.submit("Accept the case", **days("deadline", clock.now().date() + timedelta(days=50)))
    assert "Wanderer" not in there.staff_client(Role.CLERK).get(there.url("referrals")).text, (
        "the case ends there before it comes here"
    )
    turn(here, there)
    assert (running(here), running(there)) == (0, 1)
    assert (transfers(here), transfers(there)) == ([("out", "moved")], [("in", "received")])
    new_id = enroll_with(there, new_code(here, learner))
    assert modules(there, new_id)[slug] == ("exempted", 2400), "not asked for again, with its time"
    assert owed(here) == money_here, "the sending court's ledger stays as it is"
    assert owed(there)[1] > 0, "the receiving court's own fee"
    told = other.get(listed.link(f"Test Court {here.slug[-6:]}"))
    assert "What was handed over" in told.text
    assert "Enroll there with this code" in mine.get(here.url("moving-court")).text
    assert clerk.get(here.url(f"referrals/{referral_id}")).status == 200
    with app.app_context(), there.acting():
        deeds = set(session().scalars(select(AuditEvent.action).where(AuditEvent.action.startswith("transfers."))))
    assert deeds == {"transfers.read_offer", "transfers.accept", "transfers.receive", "transfers.bring_progress"}
    judge = there.staff_client(Role.JUDGE)
    case = judge.get(there.url(f"cases/{new_id}"))
    assert f"Came from another court: Test Court {here.slug[-6:]}" in case.text, "its history says so"
    assert "What was passed there is not asked for again" in case.text
    assert "40" in case.click("See what was handed over").text
    assert here.staff_client(Role.JUDGE).get(here.url(f"cases/{enrollment_id}/handed-over")).status == 404


@pytest.mark.proves("CO-7")
def test_without_the_persons_own_agreement_nothing_leaves_the_court(app):
    here, there = two_courts(app)
    learner, enrollment_id = make_learner(here, family_names="Stayer")
    stranger, _id = make_learner(here)
    transfer_id = ask_for(here, enrollment_id, there)
    for actor in (stranger, here.member(Role.CLERK)):
        with app.test_request_context(), here.acting(), pytest.raises(NotFound):
            asking.agree(transfer_id, actor=actor)
    turn(here, there)
    with app.app_context(), there.acting():
        assert session().scalars(select(TransferParcel)).all() == []
    here.client(learner).get(here.url("moving-court")).submit("No, I do not agree")
    turn(here, there)
    assert transfers(here) == [("out", "declined")]
    assert (running(here), running(there)) == (2, 0)
    with app.test_request_context(), here.acting(), pytest.raises(StaleForm):
        asking.agree(transfer_id, actor=learner)
    again = ask_for(here, enrollment_id, there)
    with pytest.raises(Refused, match="already asked"):
        ask_for(here, enrollment_id, there)
    with app.test_request_context(), here.acting():
        asking.withdraw(again, actor=here.member(Role.CLERK))
    assert transfers(here)[-1] == ("out", "withdrawn")


@pytest.mark.proves("CO-1", "CO-7")
def test_a_parcel_shows_at_its_two_courts_and_is_sealed_and_emptied(app):
    here, there = two_courts(app)
    third = make_court(app)
    learner, enrollment_id = make_learner(here, family_names="Sealedcanary")
    parcel_id = agree(here, learner, ask_for(here, enrollment_id, there))
    with app.app_context(), third.acting():
        with pytest.raises(NotFound):
            the_parcel(parcel_id)
        assert session().execute(text("UPDATE transfer_parcel SET state = 'accepted'")).rowcount == 0
    with app.app_context(), third.acting(), pytest.raises(ProgrammingError, match="row-level security"):
        _forge(here, third)
    assert third.staff_client(Role.CLERK).get(third.url(f"transfers/arriving/{parcel_id}")).status == 404
    assert here.staff_client(Role.CLERK).get(here.url(f"transfers/arriving/{parcel_id}")).status == 404
    with app.app_context(), there.acting():
        parcel = the_parcel(parcel_id)
        assert "Sealedcanary" not in parcel.offer
        assert opened(parcel, "offer")["person"]["family_names"] == "Sealedcanary"
        parcel.package = parcel.offer
        with pytest.raises(InvalidTag):
            opened(parcel, "package")
    with app.test_request_context(), there.acting():
        answering.refuse(parcel_id, reason="Too far away", actor=there.member(Role.CLERK))
    turn(here, there)
    assert transfers(here) == [("out", "refused")]
    assert "Too far away" in here.client(learner).get(here.url("moving-court")).text
    with app.app_context(), there.acting():
        parcel = the_parcel(parcel_id)
        assert (parcel.offer, parcel.package, parcel.reply) == ("", "", "")


@pytest.mark.proves("FA-1")
def test_what_is_cut_off_between_the_courts_is_done_at_the_next_turn_and_never_twice(app, monkeypatch):
    here, there = two_courts(app)
    learner, enrollment_id = make_learner(here)
    accept(there, agree(here, learner, ask_for(here, enrollment_id, there)))

    def killed(*_args: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    for name, court, before in (("_tell_who_asked", here, (1, 0)), ("put_on", there, (0, 0))):
        with monkeypatch.context() as broken:
            broken.setattr(carrying, name, killed)
            with pytest.raises(KeyboardInterrupt):
                turn(court)
        assert (running(here), running(there)) == before, "all of it or nothing"
        turn(court)
    for _again in range(2):
        turn(here, there)
    assert (running(here), running(there)) == (0, 1)
    assert transfers(there) == [("in", "received")]


def test_an_offer_that_nobody_answers_or_whose_case_ends_comes_to_nothing_on_both_sides(app):
    here, there = two_courts(app)
    learner, enrollment_id = make_learner(here)
    first = agree(here, learner, ask_for(here, enrollment_id, there))
    with clock.moved_to(clock.now() + DAYS_TO_ANSWER + timedelta(minutes=1)):
        with pytest.raises(StaleForm):
            accept(there, first)
        turn(here, there)
    assert transfers(here) == [("out", "expired")]
    second = agree(here, learner, ask_for(here, enrollment_id, there))
    accept(there, second)
    with app.test_request_context(), here.acting():
        withdraw_case(enrollment_id, reason="Dismissed", actor=SYSTEM)
    turn(here, there)
    assert transfers(there) == [("in", "withdrawn")]
    assert (running(here), running(there)) == (0, 0)
    assert "This is over" in there.staff_client(Role.CLERK).get(there.url(f"transfers/arriving/{second}")).text


class Moving(RuleBasedStateMachine):
    """Two courts and one person of each; everybody does what they may, in any order, at any time."""

    app: ClassVar[Flask]

    def __init__(self) -> None:
        super().__init__()
        self.courts = two_courts(self.app)
        self.people: list[tuple[Identity, UUID]] = [
            make_learner(court, family_names=name)
            for court, name in zip(self.courts, ("Quillfeather", "Oxbowlantern"), strict=True)
        ]
        self.money = [owed(court) for court in self.courts]

    def _try(self, side: int, act: Any) -> None:
        court = self.courts[side]
        try:
            with self.app.test_request_context(), court.acting():
                act(court)
        except (Refused, NotFound, StaleForm):
            pass

    def _rows(self, side: int, direction: str) -> list[Transfer]:
        with self.app.app_context(), self.courts[side].acting():
            return list(session().scalars(select(Transfer).where(Transfer.direction == direction)))

    @rule(side=st.integers(0, 1))
    def ask(self, side: int) -> None:
        to, clerk = self.courts[1 - side], self.courts[side].member(Role.CLERK)
        enrollment_id = self.people[side][1]
        self._try(side, lambda _c: asking.ask(enrollment_id, to.id, reason="x", documents=(), actor=clerk))

    @rule(side=st.integers(0, 1), yes=st.booleans())
    def answer(self, side: int, yes: bool) -> None:
        verb = asking.agree if yes else asking.decline
        for row in self._rows(side, "out"):
            self._try(side, lambda _c, row=row: verb(row.id, actor=self.people[side][0]))

    @rule(side=st.integers(0, 1))
    def take_back(self, side: int) -> None:
        clerk = self.courts[side].member(Role.CLERK)
        for row in self._rows(side, "out"):
            self._try(side, lambda _c, row=row: asking.withdraw(row.id, actor=clerk))

    @rule(side=st.integers(0, 1), yes=st.booleans())
    def decide(self, side: int, yes: bool) -> None:
        clerk = self.courts[side].member(Role.CLERK)
        tomorrow = clock.now().date() + timedelta(days=30)
        for row in self._rows(1 - side, "out"):
            key = row.parcel_id
            if yes:
                self._try(
                    side,
                    lambda _c, key=key: answering.accept(
                        key, deadline=tomorrow, officer_id=None, check_ins_counted=0, actor=clerk
                    ),
                )
            else:
                self._try(side, lambda _c, key=key: answering.refuse(key, reason="no", actor=clerk))

    @rule(side=st.integers(0, 1))
    def go_round(self, side: int) -> None:
        turn(self.courts[side])

    @invariant()
    def each_case_runs_at_one_court_at_most_and_is_never_lost(self) -> None:
        for side in (0, 1):
            with self.app.app_context(), self.courts[side].acting():
                gone = the_enrollment(self.people[side][1]).state == "transferred"
            moved = [row for row in self._rows(side, "out") if row.state == "moved"]
            assert len(moved) == int(gone)
            came = [row for row in self._rows(1 - side, "in") if row.state == "received"]
            assert len(came) <= len(moved), "nothing comes that has not left"
        assert sum(running(court) for court in self.courts) <= 2
        assert [owed(court) for court in self.courts] == self.money, "no ledger changes"

    def teardown(self) -> None:
        turn(*self.courts, *self.courts)
        assert sum(running(court) for court in self.courts) == 2, "each runs at one court in the end"
        for side, name in ((0, "Oxbowlantern"), (1, "Quillfeather")):
            page = self.courts[side].staff_client(Role.CLERK).get(self.courts[side].url("referrals")).text
            came = any(row.state == "received" for row in self._rows(side, "in"))
            assert (name in page) == came, "what was not handed over does not show"


@pytest.mark.proves("CO-7")
@pytest.mark.parametrize(("runs", "steps"), [(2, 8), pytest.param(20, 20, marks=pytest.mark.slow)])
def test_separation_holds_whatever_happens_in_whatever_order(app: Flask, runs: int, steps: int):
    Moving.app = app
    run_state_machine_as_test(
        Moving,
        settings=settings(
            max_examples=runs, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
