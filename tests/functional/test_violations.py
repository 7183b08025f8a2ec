"""Possible violations: what opens one and what never does, the own side, one decision, and who may see and do what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from app.accountability import services
from app.accountability.lookups import check_ins_of
from app.accountability.violations.deciding import ViolationDecision, decide
from app.accountability.violations.opening import note_by_hand
from app.accountability.violations.rules import Outcome, ViolationKind
from app.cases.holding import resume
from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.errors import Refused
from app.permissions.identity import Identity, Role
from tests.at_once import while_open
from tests.factories import TestCourt, make_court
from tests.functional.violation_steps import (
    ANSWERS,
    SIDE,
    START,
    deciding,
    document,
    found,
    in_check_ins,
    state,
    sweep,
    the_one,
    told,
    two_missed,
)


@pytest.fixture
def missed(app: Flask) -> Iterator[tuple[TestCourt, Identity, UUID, Identity]]:
    yield from two_missed(app)


def test_misses_beyond_the_allowance_open_one_once_and_tell_the_person_and_the_officer(missed):
    court, _learner, enrollment_id, _officer = missed
    sweep(court)
    row = the_one(court, enrollment_id)
    assert (row.kind, row.state, row.occasion) == ("missed_check_ins", "open", "check-in 2")
    assert row.opened_by is None
    assert row.notified_at == clock.now()
    assert told(court, "possible_violation") == 1
    assert told(court, "possible_violation_officer") == 1
    assert state(court, enrollment_id) == "accountability"


def test_within_the_allowance_nothing_opens(app):
    court = make_court(app, document=document(months=3, misses_allowed=1))
    with clock.moved_to(START):
        _learner, enrollment_id = in_check_ins(court)
        with app.app_context(), court.acting():
            first = check_ins_of(enrollment_id)[0]
    with clock.moved_to(first.grace_until):
        sweep(court)
    assert found(court, enrollment_id) == []


def test_the_person_sees_what_the_court_sees_and_says_the_own_side_once(missed):
    court, learner, enrollment_id, officer = missed
    browser = court.client(learner)
    home = browser.get(court.url("my-program"))
    assert "Nothing is decided yet" in home.text
    page = home.click("More check-ins missed than allowed")
    assert "You missed more check-ins than the rules of your program allow." in page.text
    assert "Do not describe your arrest or any crime here" in page.text
    assert "Check-in 2, due on" in page.text
    for label in ("What happened", "Noted", "Officer told", "Decided", "Court told"):
        assert label in page.text
    sent = page.submit("Send", statement=SIDE)
    assert "Your side was sent" in sent.text
    again = page.submit("Send", statement="Something else.")
    assert "Something else." not in again.text
    assert the_one(court, enrollment_id).statement == SIDE
    as_officer = court.client(officer).get(court.url(f"cases/violations/{the_one(court, enrollment_id).id}"))
    assert SIDE in as_officer.text
    row = the_one(court, enrollment_id)
    assert "Missing" in court.client(officer).get(court.url("violations")).text
    assert SIDE not in court.client(officer).get(court.url(f"cases/{enrollment_id}")).text
    deciding(court, officer, row, outcome="excused", reason="The phone was repaired.")
    page = browser.get(court.url(f"possible-violations/{row.id}"))
    assert "The phone was repaired." in page.text
    assert "It is excused." in page.text
    assert not page.tree.xpath("//main//form")


def test_excused_excuses_the_misses_and_the_program_goes_on(missed):
    court, _learner, enrollment_id, officer = missed
    page = deciding(court, officer, the_one(court, enrollment_id), outcome="excused", reason="In the hospital.")
    assert "The decision is saved" in page.text
    row = the_one(court, enrollment_id)
    assert (row.state, row.reason, row.decided_by) == ("excused", "In the hospital.", officer.id)
    with court.app.app_context(), court.acting():
        assert [one.state for one in check_ins_of(enrollment_id)] == ["missed", "excused"]
    assert state(court, enrollment_id) == "report_due"
    assert told(court, "possible_violation_decided") == 1


def test_an_agreed_make_up_check_in_has_to_be_done_and_then_all_is_done(missed):
    court, learner, enrollment_id, officer = missed
    row = the_one(court, enrollment_id)
    page = deciding(court, officer, row, outcome="response", reason="One more check-in.", make_up="y")
    assert "Give the day by which it is to be done." in page.errors()
    due = clock.today("America/Los_Angeles") + timedelta(days=10)
    day = {"due_on-month": str(due.month), "due_on-day": str(due.day), "due_on-year": str(due.year)}
    deciding(court, officer, row, outcome="response", reason="One more check-in.", make_up="y", **day)
    row = the_one(court, enrollment_id)
    assert (row.state, row.response_due_on >= due) == ("response", True)
    assert state(court, enrollment_id) == "accountability"
    assert "Possible violation to decide" not in court.client(officer).get(court.url("caseload")).text
    with clock.moved_to(clock.now() + timedelta(hours=1)):
        page = court.client(learner).get(court.url("check-ins")).click("Do check-in 3")
        page.submit("Send check-in", **ANSWERS)
        with court.app.test_request_context(), court.acting():
            services.review(check_ins_of(enrollment_id)[2].id, "accepted", actor=officer)
    assert state(court, enrollment_id) == "report_due"


def test_a_make_up_check_in_that_is_missed_too_is_another_one(missed):
    court, _learner, enrollment_id, officer = missed
    due = clock.today("America/Los_Angeles") + timedelta(days=10)
    decision = ViolationDecision(Outcome.RESPONSE, "One more check-in.", due, make_up=True)
    with court.app.test_request_context(), court.acting():
        decide(the_one(court, enrollment_id).id, decision, actor=officer)
        third = check_ins_of(enrollment_id)[2]
    with clock.moved_to(third.grace_until):
        sweep(court)
        assert [row.occasion for row in found(court, enrollment_id)] == ["check-in 2", "check-in 3"]
        caseload = court.client(officer).get(court.url("caseload")).text
        assert "Was the agreed step done?" not in caseload, "a check-in tells by itself"


def test_back_to_the_court_only_after_the_own_side_or_its_days(missed):
    court, learner, enrollment_id, officer = missed
    row = the_one(court, enrollment_id)
    page = deciding(court, officer, row, outcome="returned", reason="No answer to three calls.")
    assert "can say the own side until" in page.errors()[0]
    assert the_one(court, enrollment_id).state == "open"
    with clock.moved_to(clock.now() + timedelta(days=3)):
        page = deciding(court, officer, row, outcome="returned", reason="No answer to three calls.")
        assert page.status == 422
    court.client(learner).get(court.url(f"possible-violations/{row.id}")).submit("Send", statement=SIDE)
    deciding(court, officer, row, outcome="returned", reason="No answer to three calls.")
    row = the_one(court, enrollment_id)
    assert (row.state, row.court_told_at) == ("returned", clock.now())
    assert state(court, enrollment_id) == "returned_to_court"
    with court.app.test_request_context(), court.acting():
        resume(enrollment_id, reason="By order of today", actor=court.member(Role.CLERK))
    sweep(court)
    assert [one.state for one in found(court, enrollment_id)] == ["returned"]
    assert state(court, enrollment_id) == "report_due"


def test_after_the_days_for_the_own_side_it_can_be_decided(missed):
    court, _learner, enrollment_id, officer = missed
    row = the_one(court, enrollment_id)
    with clock.moved_to(clock.now() + timedelta(days=4)):
        deciding(court, officer, row, outcome="returned", reason="No answer to three calls.")
        assert the_one(court, enrollment_id).state == "returned"


def test_excusing_the_check_in_itself_decides_it_too(missed):
    court, _learner, enrollment_id, officer = missed
    with court.app.test_request_context(), court.acting():
        services.excuse(check_ins_of(enrollment_id)[0].id, "In the hospital.", actor=officer)
    row = the_one(court, enrollment_id)
    assert (row.state, row.reason, row.decided_by) == ("excused", "In the hospital.", officer.id)
    assert state(court, enrollment_id) == "report_due"


def test_two_people_decide_at_once_and_one_decision_stands(missed):
    court, _learner, enrollment_id, officer = missed
    row, supervisor = the_one(court, enrollment_id), court.member(Role.SUPERVISOR)
    due = clock.today("America/Los_Angeles") + timedelta(days=20)

    def second() -> None:
        with court.app.app_context(), court.app.test_request_context(), court.acting():
            decide(row.id, ViolationDecision(Outcome.RESPONSE, "A talk.", due), actor=supervisor)

    answer = while_open(
        court, lambda: decide(row.id, ViolationDecision(Outcome.EXCUSED, "Ill."), actor=officer), second
    )
    assert isinstance(answer.exception(), Refused)
    row = the_one(court, enrollment_id)
    assert (row.state, row.reason, row.decided_by) == ("excused", "Ill.", officer.id)
    assert told(court, "possible_violation_decided") == 1


def test_nothing_is_finished_while_something_waits_to_be_decided(app):
    court = make_court(app, document=document(months=1))
    with clock.moved_to(START):
        officer = court.member(Role.OFFICER)
        learner, enrollment_id = in_check_ins(court, officer_id=officer.id)
        with app.app_context(), court.acting():
            only = check_ins_of(enrollment_id)[0]
    with clock.moved_to(only.opens_at), app.test_request_context(), court.acting():
        today = clock.today("America/Los_Angeles")
        facts = "Did not come on Monday."
        kind = ViolationKind.APPOINTMENT
        row = note_by_hand(enrollment_id, kind, event_on=today, facts=facts, not_money=True, actor=officer)
        services.submit(enrollment_id, 1, dict(ANSWERS), actor=learner)
        services.review(only.id, "accepted", actor=officer)
        assert the_enrollment(enrollment_id).state == "accountability"
        decide(row.id, ViolationDecision(Outcome.EXCUSED, "Was at work."), actor=officer)
        assert the_enrollment(enrollment_id).state == "report_due"
