"""Answering a request for a waiver: who may say what, only a person says no, and what is said stands as it was said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.errors import Refused
from app.core.models import AuditEvent
from app.payments.deciding.lookups import court_day, letter_facts
from app.payments.deciding.replies import ask_again
from app.payments.deciding.rules import Outcome
from app.payments.installments.lookups import plan_of
from app.permissions.identity import Role
from tenants.database import session
from tenants.program import Fees
from tests.factories import TestCourt, make_court
from tests.functional.deciding_steps import (
    answers_of,
    asked,
    decide,
    document,
    inside,
    open_request,
    pay_by_hand,
    replies_to,
    send_request,
    state_of,
    waiver_of,
)
from tests.functional.payments_kit import balance, entries


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app, document=document(fees={"installments": {"parts": 4, "days_apart": 30}}))


# --- Deciding --------------------------------------------------------------------------------------------------------


def test_a_clerk_grants_in_full_and_the_learner_reads_each_number(court: TestCourt):
    learner, enrollment_id = asked(court)
    owed = balance(court, enrollment_id)
    queue = court.staff_client(Role.CLERK).get(court.url("waivers"))
    assert learner.display_name in queue.text
    page = open_request(court, enrollment_id)
    assert "I lost my work." in page.text
    assert "$1,900.50" in page.text
    assert f"Waive ${owed / 100:,.2f}" in page.text  # what the rules propose
    assert "The decision is made" in page.submit("Decide", outcome="granted_full").text
    assert balance(court, enrollment_id) == 0
    assert {kind for kind, _cents in entries(court, enrollment_id)} == {"waived"}
    shown = court.client(learner).get(court.url("fee/waiver-answer"))
    assert "The court waived your fee." in shown.text
    assert "an income of $1,900.50 a month" in shown.text
    assert "The federal poverty guideline of" in shown.text
    assert "By this court's rules, 100% of the fee is waived" in shown.text
    assert "Test Clerk, Clerk" in shown.text


def test_a_part_is_granted_as_an_amount_with_its_explanation(court: TestCourt):
    learner, enrollment_id = asked(court)
    owed = balance(court, enrollment_id)
    page = open_request(court, enrollment_id)
    wanting = page.submit("Decide", outcome="granted_partial", amount="")
    assert any("how much of the fee" in error for error in wanting.errors())
    wanting = wanting.submit("Decide", outcome="granted_partial", amount="200")
    assert any("Explain your decision" in error for error in wanting.errors())
    too_much = wanting.submit("Decide", outcome="granted_partial", amount="9,999", explanation="Half.")
    assert any("can be waived" in error for error in too_much.errors())
    too_much.submit("Decide", outcome="granted_partial", amount="200", explanation="You told of some income.")
    assert balance(court, enrollment_id) == owed - 20000
    shown = court.client(learner).get(court.url("fee/waiver-answer")).text
    assert "You told of some income." in shown
    assert "The court waived $200.00." in shown
    assert "you can ask the court to look again until" in shown


def test_a_part_is_granted_by_component_and_never_beyond_it(app: Flask):
    components = [
        {"key": "program", "label": "Program fee", "amount_cents": 30000},
        {"key": "state", "label": "State surcharge", "amount_cents": 4000, "waivable": False},
        {"key": "service", "label": "Service", "percent": 5, "percent_of": "program"},
    ]
    court = make_court(app, document=document(fees={"components": components}))
    _learner, enrollment_id = asked(court)
    page = open_request(court, enrollment_id)
    assert "State surcharge" not in [label.text for label in page.tree.iter("label")]
    late = page.submit("Decide", outcome="granted_partial", part_service="99", explanation="The service.")
    assert any("can be waived" in error for error in late.errors())
    late.submit("Decide", outcome="granted_partial", part_service="15", part_program="", explanation="The service.")
    assert balance(court, enrollment_id) == 34000
    assert answers_of(court, enrollment_id)[0].parts == {"service": 1500}


def test_what_can_not_be_waived_stays_owed(app: Flask):
    components = [
        {"key": "program", "label": "Program fee", "amount_cents": 30000},
        {"key": "state", "label": "State surcharge", "amount_cents": 4000, "waivable": False},
    ]
    fees = Fees.model_validate({"components": components}).model_dump(mode="json")
    court = make_court(app, document=document(fees=fees))
    _learner, enrollment_id = asked(court)
    decide(court, enrollment_id, Outcome.FULL)
    assert balance(court, enrollment_id) == 4000


@pytest.mark.proves("CD-3")
def test_a_denial_states_reason_and_window_takes_nothing_away_and_is_looked_at_by_another(app: Flask):
    court = make_court(app)
    learner, enrollment_id = asked(court)
    owed = balance(court, enrollment_id)
    page = open_request(court, enrollment_id).submit("Decide", outcome="denied", explanation="No.")
    assert any("Choose a reason" in error for error in page.errors())
    assert waiver_of(court, enrollment_id).state == "submitted"
    page.submit("Decide", outcome="denied", reason="income_over_limit", explanation="Please send pay slips.")
    assert balance(court, enrollment_id) == owed
    assert state_of(court, enrollment_id) == "coursework"  # lessons that were open stay open
    browser = court.client(learner)
    shown = browser.get(court.url("fee/waiver-answer"))
    assert "above the court's limit" in shown.text
    assert "Please send pay slips." in shown.text
    assert "Not being able to pay is not, by itself, a violation." in shown.text
    last_day = answers_of(court, enrollment_id)[0].ask_again_until
    with inside(court):
        assert last_day == court_day() + timedelta(days=14)

    box = shown.click("Ask the court to look again")
    assert "The clerk, the judge and the administrator of this court read this." in box.text
    assert any("what the court should look at" in error for error in box.submit("Send to the court").errors())
    sent = box.submit("Send to the court", words="My hours were cut.")
    assert "The court has your request for a waiver" in sent.text
    assert waiver_of(court, enrollment_id).state == "reconsideration"
    assert [reply.words for reply in replies_to(court, enrollment_id)] == ["My hours were cut."]

    # One clerk alone: the same person may. With a judge there: another one does.
    court.member(Role.JUDGE)
    again = open_request(court, enrollment_id)
    assert "My hours were cut." in again.text
    assert "Another person at the court decides now." in again.text
    assert again.submit("Decide", outcome="granted_full").status == 422
    with pytest.raises(Refused, match="Somebody else"):
        decide(court, enrollment_id, Outcome.FULL)
    assert waiver_of(court, enrollment_id).state == "reconsideration"
    open_request(court, enrollment_id, Role.JUDGE).submit("Decide", outcome="granted_full")
    assert balance(court, enrollment_id) == 0
    first, second = answers_of(court, enrollment_id)
    assert (first.kind, second.kind, second.reconsiders) == ("denied", "granted_full", first.id)
    with inside(court):
        rows = session().scalars(
            select(AuditEvent.action).where(AuditEvent.subject_id == waiver_of(court, enrollment_id).id)
        )
        done = sorted(rows)
    assert done.count("payments.decide_waiver") == 2
    assert done.count("payments.ask_waiver_again") == 1


@pytest.mark.proves("CD-3")
@pytest.mark.parametrize("again", [Outcome.DENIED, Outcome.PARTIAL])
def test_what_was_looked_at_twice_is_final_until_something_changes(app: Flask, again: Outcome):
    court = make_court(app)
    learner, enrollment_id = asked(court)
    decide(court, enrollment_id, Outcome.DENIED)
    browser = court.client(learner)
    box = browser.get(court.url("fee/waiver-answer/ask-again"))
    box.submit("Send to the court", words="My hours were cut.")
    assert "This answer is final: after it, only a new request" in open_request(court, enrollment_id).text
    second = decide(court, enrollment_id, again, amount_cents=100 if again is Outcome.PARTIAL else None)
    assert (second.reconsiders, second.ask_again_until) == (answers_of(court, enrollment_id)[0].id, None)
    final = "The court has looked at your request twice. This answer is final."
    with inside(court):
        told = letter_facts(second.id).answer.next_steps()
    assert final in told
    assert "If something changes in your life, you can send a new request at any time." in told
    page = browser.get(court.url("fee/waiver-answer"))
    assert final in page.text
    assert "Ask the court to look again" not in page.text
    assert final in browser.get(court.url("fee/waiver-answer/ask-again")).text
    late = box.form("Send to the court").submit(words="Once more.")
    assert waiver_of(court, enrollment_id).state == again, late.text
    with inside(court), pytest.raises(Refused, match="Its answer is final"):
        ask_again("Once more.", actor=learner)
    assert "Send a new request" in page.text
    send_request(court, learner, monthly_income_cents=0)
    decide(court, enrollment_id, Outcome.DENIED)
    assert answers_of(court, enrollment_id)[0].ask_again_until is not None, "a new request has its own second look"


def test_where_nobody_else_may_decide_the_same_person_looks_again(app: Flask):
    court = make_court(app)
    learner, enrollment_id = asked(court)
    decide(court, enrollment_id, Outcome.DENIED)
    page = court.client(learner).get(court.url("fee/waiver-answer/ask-again"))
    page.submit("Send to the court", words="Again, please.")
    assert decide(court, enrollment_id, Outcome.FULL).reconsiders is not None


def test_after_the_window_only_a_new_request_is_possible(court: TestCourt):
    learner, enrollment_id = asked(court)
    decide(court, enrollment_id, Outcome.DENIED)
    first = waiver_of(court, enrollment_id).id
    box = court.client(learner).get(court.url("fee/waiver-answer/ask-again"))
    with clock.moved_to(clock.now() + timedelta(days=15)):
        browser = court.client(learner)
        assert "Ask the court to look again" not in browser.get(court.url("fee/waiver-answer")).text
        assert box.form("Send to the court").submit(words="Too late.").status in (401, 409, 422)
        assert waiver_of(court, enrollment_id).state == "denied"
        send_request(court, learner, monthly_income_cents=0)
        assert waiver_of(court, enrollment_id).id != first
        assert "Send a new request" not in browser.get(court.url("fee/waiver-answer")).text


def test_a_changed_life_is_a_new_request_at_once(court: TestCourt):
    learner, enrollment_id = asked(court)
    decide(court, enrollment_id, Outcome.PARTIAL, amount_cents=10000)
    assert "Send a new request" in court.client(learner).get(court.url("fee/waiver-answer")).text
    send_request(court, learner, monthly_income_cents=0)
    decide(court, enrollment_id, Outcome.FULL)
    assert balance(court, enrollment_id) == 0
    assert "Other requests of this participant" in open_request(court, enrollment_id).text


def test_two_people_deciding_one_request_do_not_both(court: TestCourt):
    _learner, enrollment_id = asked(court)
    first, second = open_request(court, enrollment_id), open_request(court, enrollment_id, Role.JUDGE)
    first.submit("Decide", outcome="granted_full")
    late = second.submit("Decide", outcome="denied", reason="other", explanation="No.")
    assert late.status == 409
    assert waiver_of(court, enrollment_id).state == "granted_full"


# --- Proof -----------------------------------------------------------------------------------------------------------


@pytest.mark.proves("CD-3")
def test_the_request_keeps_its_place_while_proof_is_asked_for(app: Flask):
    court = make_court(app)
    learner, enrollment_id = asked(court)
    with clock.moved_to(clock.now() + timedelta(days=1)):
        other, _other_id = asked(court)
        page = open_request(court, enrollment_id)
        page.submit("Decide", outcome="needs_proof", explanation="Please send the last pay slip.")
        clerk = court.staff_client(Role.CLERK)
        assert learner.display_name not in clerk.get(court.url("waivers")).text
        assert learner.display_name in clerk.get(court.url("waivers?show=proof")).text
    with clock.moved_to(clock.now() + timedelta(days=2)):
        browser = court.client(learner)
        shown = browser.get(court.url("fee/waiver-answer"))
        assert "Please send the last pay slip." in shown.text
        form = shown.click("Send proof, or say that you have none")
        early = form.submit("Send to the court", answer="added", words="")
        assert any("Add a photo or a PDF first" in error for error in early.errors())
        silent = early.submit("Send to the court", answer="none", words="")
        assert any("why you have no proof" in error for error in silent.errors())
        done = silent.submit("Send to the court", answer="none", words="I am paid in cash.")
        assert "The court looks at it now" in done.text
        queue = court.staff_client(Role.CLERK).get(court.url("waivers")).text
        assert queue.index(learner.display_name) < queue.index(other.display_name)  # the older one is still first
        assert queue.index("2 days") < queue.index("1 day")
        assert "I am paid in cash." in open_request(court, enrollment_id).text
        decide(court, enrollment_id, Outcome.FULL)
    assert balance(court, enrollment_id) == 0


@pytest.mark.proves("CD-3")
def test_who_never_answers_is_denied_by_a_person_or_not_at_all(court: TestCourt):
    _learner, enrollment_id = asked(court)
    decide(court, enrollment_id, Outcome.NEEDS_PROOF)
    with clock.moved_to(clock.now() + timedelta(days=400)):
        assert waiver_of(court, enrollment_id).state == "needs_proof"
        decide(court, enrollment_id, Outcome.DENIED, reason="proof_missing")
    assert waiver_of(court, enrollment_id).state == "denied"


# --- Time, parts, money that was paid --------------------------------------------------------------------------------


def test_more_time_opens_the_lessons_and_sets_a_day(app: Flask):
    court = make_court(app, document=document(fees={"may_start_while_waiver_pending": False}))
    learner, enrollment_id = asked(court, asked_for="more_time")
    owed = balance(court, enrollment_id)
    assert state_of(court, enrollment_id) == "enrolled"
    page = open_request(court, enrollment_id)
    undated = page.submit("Decide", outcome="more_time", explanation="Take your time.")
    assert any("last day to pay" in error for error in undated.errors())
    with inside(court):
        day = court_day() + timedelta(days=60)
    dated = {"due_on-month": str(day.month), "due_on-day": str(day.day), "due_on-year": str(day.year)}
    undated.submit("Decide", outcome="more_time", explanation="Take your time.", **dated)
    assert state_of(court, enrollment_id) == "coursework"
    assert balance(court, enrollment_id) == owed
    assert "You can do your lessons now." in court.client(learner).get(court.url("fee/waiver-answer")).text
    with inside(court):
        plan = plan_of(enrollment_id)
    assert plan is not None
    assert [part.amount_cents for part in plan.parts] == [owed]


def test_paying_in_parts_is_an_answer_where_the_rules_know_it(court: TestCourt, app: Flask):
    _learner, enrollment_id = asked(court, asked_for="installments")
    decide(court, enrollment_id, Outcome.INSTALLMENTS)
    with inside(court):
        plan = plan_of(enrollment_id)
    assert plan is not None
    assert len(plan.parts) == 4
    without = make_court(app)
    _other, other_id = asked(without)
    assert "let it be paid in parts" not in open_request(without, other_id).text
    with pytest.raises(Refused, match="do not know this answer"):
        decide(without, other_id, Outcome.INSTALLMENTS)


def test_what_was_paid_and_is_waived_goes_back_but_for_what_is_not_refundable(app: Flask):
    components = [
        {"key": "program", "label": "Program fee", "amount_cents": 30000},
        {"key": "card", "label": "Workbook", "amount_cents": 4000, "refundable": False},
    ]
    court = make_court(app, document=document(fees={"components": components}))
    learner, enrollment_id = asked(court)
    pay_by_hand(court, enrollment_id, 24000)
    decision = decide(court, enrollment_id, Outcome.FULL)
    # 2,824 of what was paid are the workbook's and stay: all of the refundable part and the rest of it can be waived.
    assert decision.parts == {"program": 30000, "card": 4000 - 2824}
    assert balance(court, enrollment_id) == -(24000 - 2824)
    assert "The court owes you" in court.client(learner).get(court.url("fee")).text


# --- Taking back -----------------------------------------------------------------------------------------------------


def test_a_waiver_taken_back_is_owed_again_and_can_be_looked_at_again(court: TestCourt):
    learner, enrollment_id = asked(court)
    owed = balance(court, enrollment_id)
    decide(court, enrollment_id, Outcome.FULL)
    page = open_request(court, enrollment_id).click("Take the waiver back")
    assert f"${owed / 100:,.2f} is owed again" in page.text
    bare = page.submit("Take the waiver back", reason="", explanation="")
    assert bare.status == 422
    bare.submit("Take the waiver back", reason="told_wrong", explanation="There is a second income.")
    assert balance(court, enrollment_id) == owed
    assert state_of(court, enrollment_id) == "coursework"  # open lessons stay open
    shown = court.client(learner).get(court.url("fee/waiver-answer"))
    assert "The court took the waiver back." in shown.text
    assert "There is a second income." in shown.text
    fee = court.client(learner).get(court.url("fee")).text
    assert "Waived by the court" not in fee  # nothing is waived any more
    shown.click("Ask the court to look again").submit("Send to the court", words="It is my roommate's.")
    decide(court, enrollment_id, Outcome.FULL, actor=court.member(Role.JUDGE))
    assert balance(court, enrollment_id) == 0
    assert sum(cents for _kind, cents in entries(court, enrollment_id)) == -owed


def test_a_waiver_that_went_back_as_money_is_not_offered_to_be_taken_back(
    court: TestCourt, monkeypatch: pytest.MonkeyPatch
):
    _learner, enrollment_id = asked(court)
    decide(court, enrollment_id, Outcome.FULL)
    page = open_request(court, enrollment_id)
    address = page.link("Take the waiver back")
    monkeypatch.setattr("app.payments.deciding.views.revocable", lambda _waiver: {})
    assert "Take the waiver back" not in open_request(court, enrollment_id).text
    assert court.staff_client(Role.CLERK).get(address).status == 404
