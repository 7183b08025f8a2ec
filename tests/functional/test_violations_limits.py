"""Possible violations: by hand, for a deadline, never for money; who may see and decide; numbers and audit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.accountability.violations import opening
from app.accountability.violations.deciding import ViolationDecision, decide
from app.accountability.violations.opening import note_by_hand
from app.accountability.violations.rules import Outcome, ViolationKind
from app.cases.lookups import the_enrollment
from app.cases.models import Referral
from app.cases.services import open_coursework
from app.core import clock
from app.core.errors import NotFound, Refused
from app.core.models import AuditEvent
from app.learning.rules import Waiting
from app.payments.ledger import write_entries
from app.permissions.identity import Identity, Role
from tenants.database import session, transaction
from tests.caseloads import statements
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.violation_steps import (
    SIDE,
    deciding,
    document,
    found,
    in_check_ins,
    state,
    sweep,
    the_one,
    two_missed,
)


@pytest.fixture
def missed(app: Flask) -> Iterator[tuple[TestCourt, Identity, UUID, Identity]]:
    yield from two_missed(app)


# --- By hand ---------------------------------------------------------------------------------------------------------


def test_an_officer_notes_one_by_hand_in_facts_and_once_for_a_day(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    learner, enrollment_id = in_check_ins(court, officer_id=officer.id)
    today = clock.today("America/Los_Angeles")
    day = {"event_on-month": str(today.month), "event_on-day": str(today.day), "event_on-year": str(today.year)}
    staff = court.client(officer)
    page = staff.get(court.url(f"cases/{enrollment_id}")).click("Note a possible violation")
    assert "Not being able to pay is not, by itself, a violation." in page.text
    page = page.submit("Note it", kind="appointment", facts="Did not come at 9.", **day)
    assert any("Money that is owed is no reason" in error for error in page.errors())
    assert found(court, enrollment_id) == []
    page = page.submit("Note it", not_money="y")
    assert "It is noted" in page.text
    row = the_one(court, enrollment_id)
    assert (row.kind, row.opened_by, row.notified_at is not None) == ("appointment", officer.id, True)
    again = staff.get(court.url(f"cases/{enrollment_id}/violations/new"))
    again = again.submit("Note it", kind="appointment", facts="Again.", not_money="y", **day)
    assert "This is noted for that day already." in again.errors()
    mine = court.client(learner).get(court.url(f"possible-violations/{row.id}"))
    assert "Did not come at 9." in mine.text
    case = staff.get(court.url(f"cases/{enrollment_id}"))
    assert "Possible violation noted" in case.text
    told_page = staff.get(court.url(f"cases/violations/{row.id}")).submit(
        "Note that the court was told", how="Report of today"
    )
    assert "It is noted that the court was told." in told_page.text
    assert the_one(court, enrollment_id).court_told_how == "Report of today"


@pytest.mark.parametrize("kind", [ViolationKind.MISSED_CHECK_INS, ViolationKind.LESSONS_NOT_DONE])
def test_what_rules_open_can_not_be_noted_by_hand(app, kind: ViolationKind):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    _learner, enrollment_id = in_check_ins(court, officer_id=officer.id)
    today = clock.today("America/Los_Angeles")
    with app.test_request_context(), court.acting(), pytest.raises(Refused):
        note_by_hand(enrollment_id, kind, event_on=today, facts="x", not_money=True, actor=officer)


# --- The deadline, and money -----------------------------------------------------------------------------------------


def past_the_deadline(court: TestCourt, *, begun: bool) -> UUID:
    _learner, enrollment_id = make_learner(court)
    with court.app.test_request_context(), court.acting(), transaction() as current:
        if begun:
            open_coursework(enrollment_id)
        referral_id = the_enrollment(enrollment_id).referral_id
        row = current.scalars(select(Referral).where(Referral.id == referral_id)).one()
        row.deadline = clock.today("America/Los_Angeles") - timedelta(days=1)
        row.order_date = row.deadline - timedelta(days=90)
    return enrollment_id


def test_a_passed_deadline_opens_one_where_the_rules_say_so_and_nowhere_else(app):
    publish(app)
    strict, usual = make_court(app, document=document()), make_court(app)
    late, late_too = past_the_deadline(strict, begun=True), past_the_deadline(usual, begun=True)
    for court in (strict, usual):
        sweep(court)
        sweep(court)
    assert [row.kind for row in found(strict, late)] == ["lessons_not_done"]
    assert found(usual, late_too) == []


def test_a_search_that_was_cut_short_is_made_again_and_what_was_noted_is_left_alone(app):
    publish(app)
    court = make_court(app, document=document())
    late = {past_the_deadline(court, begun=True) for _person in range(2)}
    note, calls = opening._note_deadline, iter(range(2))

    def stopped_at_the_second(*given: Any) -> None:
        if next(calls):
            raise KeyboardInterrupt
        note(*given)

    with pytest.MonkeyPatch.context() as cut:
        cut.setattr(opening, "_note_deadline", stopped_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            sweep(court)
    assert sorted(len(found(court, one)) for one in late) == [0, 1]
    sweep(court)
    assert [len(found(court, one)) for one in late] == [1, 1]
    with clock.moved_to(clock.now() + timedelta(days=1)), statements(app) as seen:
        sweep(court)
    assert not [one for one, _values in seen if "enrollment" in one and "FOR UPDATE" in one]


def test_waiting_for_a_reader_is_nobodys_violation(app, monkeypatch: pytest.MonkeyPatch):
    publish(app)
    court = make_court(app, document=document())
    enrollment_id = past_the_deadline(court, begun=True)
    monkeypatch.setattr("app.learning.lookups.next_lesson", lambda *_: Waiting.REVIEW)
    sweep(court)
    assert found(court, enrollment_id) == []


@pytest.mark.proves("CD-4")
def test_money_never_opens_one(app):
    """Unpaid, disputed, long past every deadline: no kind is money, and no rule makes it one."""
    publish(app)
    court = make_court(app, document=document())
    enrollment_id = past_the_deadline(court, begun=False)
    with app.app_context(), court.acting():
        entries = [("paid", "", 1_000, f"a:{enrollment_id}"), ("disputed", "", 1_000, f"b:{enrollment_id}")]
        write_entries(enrollment_id, entries, actor=court.member(Role.CLERK))
    for days in (0, 1, 400):
        with clock.moved_to(clock.now() + timedelta(days=days)):
            sweep(court)
    assert state(court, enrollment_id) == "enrolled"
    assert found(court, enrollment_id) == []
    words = " ".join(kind.value for kind in ViolationKind)
    assert not any(word in words for word in ("fee", "pay", "money", "balance", "installment"))


@pytest.mark.proves("CD-4")
def test_lessons_that_wait_for_the_bank_open_none(app):
    publish(app)
    strict = document()
    strict = strict.model_copy(update={"fees": strict.fees.model_copy(update={"dispute_pauses_access": True})})
    court = make_court(app, document=strict)
    enrollment_id = past_the_deadline(court, begun=True)
    with app.app_context(), court.acting():
        entries = [("paid", "", 35_000, f"a:{enrollment_id}"), ("disputed", "", 35_000, f"b:{enrollment_id}")]
        write_entries(enrollment_id, entries, actor=court.member(Role.CLERK))
    sweep(court)
    assert found(court, enrollment_id) == []


# --- Who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.proves("AC-2", "AC-3")
def test_who_may_see_and_decide(missed):
    court, learner, enrollment_id, _officer = missed
    prosecutor = court.member(Role.PROSECUTOR)
    row = the_one(court, enrollment_id)
    court.client(learner).get(court.url(f"possible-violations/{row.id}")).submit("Send", statement=SIDE)
    path = court.url(f"cases/violations/{row.id}")
    for role in (Role.SUPERVISOR, Role.CLERK, Role.ADMINISTRATOR, Role.JUDGE):
        assert SIDE in court.staff_client(role).get(path).text, role
    other = court.client(court.member(Role.OFFICER, "Other"))
    stranger, _id = make_learner(court)
    for client in (other, court.staff_client(Role.FACILITATOR), court.client(stranger), court.client(learner)):
        assert client.get(path).status == 404
        assert client.get(court.url(f"cases/{enrollment_id}/violations/new")).status == 404
    assert court.client(stranger).get(court.url(f"possible-violations/{row.id}")).status == 404
    with court.app.app_context(), court.acting(), transaction():
        the_enrollment(enrollment_id, lock=True).officer_id = prosecutor.id
    assert court.client(prosecutor).get(path).status == 404  # the unit has a page of facts instead
    token = court.client(prosecutor).get(court.url()).form("Español").values()
    for verb in ("decide", "court-told"):
        assert court.client(prosecutor).post(f"{path}/{verb}", token).status == 404
    with court.app.test_request_context(), court.acting(), pytest.raises(NotFound):
        decide(row.id, ViolationDecision(Outcome.EXCUSED, "x"), actor=prosecutor)
    assert the_one(court, enrollment_id).state == "open"


def test_a_judge_can_decide_and_only_those_who_may_return_can_return(missed):
    court, _learner, enrollment_id, _officer = missed
    row, judge = the_one(court, enrollment_id), court.member(Role.JUDGE)
    with clock.moved_to(clock.now() + timedelta(days=5)):
        page = deciding(court, judge, row, outcome="returned", reason="x")
        assert "Your role can not return a case to the court." in page.errors()
        deciding(court, judge, row, outcome="excused", reason="Heard in court.")
    assert the_one(court, enrollment_id).state == "excused"


def test_numbers_are_summed_for_the_court(missed):
    court, _learner, enrollment_id, officer = missed
    page = court.staff_client(Role.CLERK).get(court.url("dashboard"))
    assert "The oldest possible violation is of" in page.text
    page = page.click("Possible violations by month")
    assert "April 2027" in page.text
    assert "1 day" in page.text
    with clock.moved_to(clock.now() + timedelta(days=4)):
        deciding(court, officer, the_one(court, enrollment_id), outcome="excused", reason="Ill.")
        page = court.staff_client(Role.SUPERVISOR).get(court.url("violations"))
    assert "Nothing waits for you" in page.text
    assert "5 days" in page.text


def test_each_step_is_in_the_audit_without_the_words(missed):
    court, learner, enrollment_id, officer = missed
    row = the_one(court, enrollment_id)
    court.client(learner).get(court.url(f"possible-violations/{row.id}")).submit("Send", statement=SIDE)
    deciding(court, officer, row, outcome="excused", reason="Ill.")
    with court.app.app_context(), court.acting():
        actions = set(session().scalars(select(AuditEvent.action)))
    assert {
        "accountability.open_violation",
        "accountability.tell_officer",
        "accountability.say_own_side",
        "accountability.read_violation",
        "accountability.decide_violation",
    } <= actions
