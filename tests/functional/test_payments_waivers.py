"""Asking for a waiver is free and helps at once; only a person denies, with a reason and a time to ask again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.models import AuditEvent
from app.notices.models import Notice
from app.payments.guidelines import guideline_percent
from app.payments.lookups import newest_waiver
from app.payments.models import Waiver
from app.payments.waiver_rules import Outcome, may_decide
from app.permissions.identity import STAFF_ROLES, Role
from tenants.database import transaction
from tenants.program import Decider, Fees, ProgramDocument, Waivers, load_preset
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import balance, entries, statements

PRESET = "county_probation"


def document(*, fees: dict[str, Any] | None = None, waivers: dict[str, Any] | None = None) -> ProgramDocument:
    data = load_preset(PRESET).to_json()
    data["fees"] |= fees or {}
    data["waivers"] |= waivers or {}
    return ProgramDocument.model_validate(data)


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


def state_of(court: TestCourt, enrollment_id: UUID) -> str:
    with court.app.app_context(), court.acting():
        return the_enrollment(enrollment_id).state


def waiver_of(court: TestCourt, enrollment_id: UUID) -> Waiver:
    with court.app.app_context(), court.acting():
        found = newest_waiver(enrollment_id)
        assert found is not None
        return found


def ask(court: TestCourt, learner: Any, **fields: Any) -> Page:
    told = {"household_size": "3", "monthly_income": "1,900.50", "statement": "I lost my work.", **fields}
    return court.client(learner).get(court.url("fee/waiver")).submit("Send to the court", **told)


def open_request(court: TestCourt, enrollment_id: UUID, role: Role = Role.CLERK) -> Page:
    return court.staff_client(role).get(court.url(f"waivers/{waiver_of(court, enrollment_id).id}"))


@pytest.mark.proves("CD-3")
def test_asking_is_free_and_lessons_open_at_once(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    assert state_of(court, enrollment_id) == "enrolled"
    page = ask(court, learner, benefits=["SNAP"])
    assert "The court has your request for a waiver" in page.text
    assert state_of(court, enrollment_id) == "coursework"
    waiver = waiver_of(court, enrollment_id)
    assert (waiver.state, waiver.monthly_income_cents, waiver.benefits) == ("submitted", 190050, ["SNAP"])
    assert waiver.guideline_percent is not None
    again = court.client(learner).get(court.url("fee/waiver"))
    assert "You have asked already" in again.text


def test_where_the_rules_say_so_lessons_wait_for_the_decision(app: Flask):
    court = make_court(app, document=document(fees={"may_start_while_waiver_pending": False}))
    learner, enrollment_id = make_learner(court)
    ask(court, learner)
    assert state_of(court, enrollment_id) == "enrolled"
    open_request(court, enrollment_id).submit("Decide", outcome="granted_full")
    assert state_of(court, enrollment_id) == "coursework"


def test_who_reads_it_stands_above_the_box(court: TestCourt):
    learner, _enrollment_id = make_learner(court)
    page = court.client(learner).get(court.url("fee/waiver"))
    assert "The clerk, the judge and the administrator of this court read this." in page.text
    assert "Do not describe your arrest or any crime here; talk to your lawyer first." in page.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"household_size": "0"}, "from 1 to 30"),
        ({"household_size": ""}, "from 1 to 30"),
        ({"household_size": "three"}, "Not a valid integer value."),
        ({"monthly_income": "-5"}, "Enter an amount in dollars"),
        ({"monthly_income": "a lot"}, "Enter an amount in dollars"),
        ({"monthly_income": ""}, "Enter 0 if there is none."),
        ({"benefits": ["Lottery"]}, "not a valid choice"),
        ({"statement": "x" * 1501}, "Please write a little less."),
    ],
)
def test_bad_input_is_explained_kept_and_files_nothing(court: TestCourt, fields: dict[str, Any], words: str):
    learner, enrollment_id = make_learner(court)
    page = ask(court, learner, **fields)
    assert page.status == 422
    assert any(words in error for error in page.errors()), page.errors()
    if "statement" not in fields:
        assert "I lost my work." in page.text
    with court.app.app_context(), court.acting():
        assert newest_waiver(enrollment_id) is None


def test_the_same_form_sent_twice_files_one_request(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    form = court.client(learner).get(court.url("fee/waiver")).form("Send to the court")
    form.submit(household_size="2", monthly_income="0")
    form.submit(household_size="2", monthly_income="0")
    with court.app.app_context(), court.acting(), transaction() as current:
        assert len(current.scalars(select(Waiver).where(Waiver.enrollment_id == enrollment_id)).all()) == 1


def test_a_clerk_grants_in_full(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    owed = balance(court, enrollment_id)
    ask(court, learner)
    queue = court.staff_client(Role.CLERK).get(court.url("waivers"))
    assert learner.display_name in queue.text
    page = open_request(court, enrollment_id)
    assert "I lost my work." in page.text
    assert "$1,900.50" in page.text
    assert "The decision is made" in page.submit("Decide", outcome="granted_full").text
    assert balance(court, enrollment_id) == 0
    assert sum(cents for _kind, cents in entries(court, enrollment_id)) == -owed
    assert {kind for kind, _cents in entries(court, enrollment_id)} == {"waived"}
    shown = court.client(learner).get(court.url("fee"))
    assert "Granted in full" in shown.text
    assert "Nothing is left to pay" in shown.text


def test_a_part_is_granted_with_its_explanation(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    owed = balance(court, enrollment_id)
    ask(court, learner)
    page = open_request(court, enrollment_id)
    wanting = page.submit("Decide", outcome="granted_partial")
    assert any("how much of the fee" in error for error in wanting.errors())
    wanting = wanting.submit("Decide", outcome="granted_partial", amount="200")
    assert any("Explain your decision" in error for error in wanting.errors())
    too_much = wanting.submit("Decide", outcome="granted_partial", amount="9,999", explanation="Half.")
    assert any("can be waived" in error for error in too_much.errors())
    too_much.submit("Decide", outcome="granted_partial", amount="200", explanation="You told of some income.")
    assert balance(court, enrollment_id) == owed - 20000
    shown = court.client(learner).get(court.url("fee")).text
    assert "You told of some income." in shown
    assert "The court waived $200.00." in shown


@pytest.mark.proves("CD-3")
def test_denial_needs_a_reason_is_shown_with_the_window_and_can_be_asked_again(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    owed = balance(court, enrollment_id)
    ask(court, learner)
    page = open_request(court, enrollment_id).submit("Decide", outcome="denied", explanation="No.")
    assert any("Choose a reason" in error for error in page.errors())
    assert waiver_of(court, enrollment_id).state == "submitted"
    page.submit("Decide", outcome="denied", reason="income_over_limit", explanation="Please send pay slips.")
    assert balance(court, enrollment_id) == owed
    shown = court.client(learner).get(court.url("fee"))
    assert "above the court's limit" in shown.text
    assert "Please send pay slips." in shown.text
    assert "You can ask the court to look at it again until" in shown.text
    # Lessons that were open stay open: a denial takes nothing away.
    assert state_of(court, enrollment_id) == "coursework"
    ask(court, learner, statement="Here is more.")
    assert waiver_of(court, enrollment_id).state == "reconsideration"
    open_request(court, enrollment_id).submit("Decide", outcome="granted_full")
    assert balance(court, enrollment_id) == 0
    with court.app.app_context(), court.acting(), transaction() as current:
        rows = current.scalars(
            select(AuditEvent.action).where(AuditEvent.subject_id == waiver_of(court, enrollment_id).id)
        ).all()
    done = ["payments.decide_waiver"] * 2 + ["payments.file_waiver"] * 2
    assert sorted(rows) == [*done, *["payments.read_waiver"] * 2]


def test_after_the_window_a_new_request_can_be_filed(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    ask(court, learner)
    first = waiver_of(court, enrollment_id).id
    open_request(court, enrollment_id).submit("Decide", outcome="denied", reason="other", explanation="Not now.")
    with clock.moved_to(clock.now() + timedelta(days=40)):
        client = court.client(learner)
        assert "until" not in client.get(court.url("fee")).text
        client.get(court.url("fee/waiver")).submit("Send to the court", household_size="1", monthly_income="0")
        assert waiver_of(court, enrollment_id).id != first


def test_two_people_deciding_one_request_do_not_both(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    ask(court, learner)
    first, second = open_request(court, enrollment_id), open_request(court, enrollment_id, Role.JUDGE)
    first.submit("Decide", outcome="granted_full")
    late = second.submit("Decide", outcome="denied", reason="other", explanation="No.")
    assert late.status == 409
    assert waiver_of(court, enrollment_id).state == "granted_full"


def test_what_only_a_judge_may_decide_a_clerk_is_not_offered(app: Flask):
    court = make_court(app, document=document(waivers={"decides_partial": "judge"}))
    learner, enrollment_id = make_learner(court)
    ask(court, learner)
    page = open_request(court, enrollment_id)
    assert "a judge decides the rest" in page.text
    assert "Waive a part" not in page.text
    forged = page.submit("Decide", outcome="denied", reason="other", explanation="No.")
    assert forged.status == 422
    assert waiver_of(court, enrollment_id).state == "submitted"
    judge = open_request(court, enrollment_id, Role.JUDGE)
    judge.submit("Decide", outcome="denied", reason="other", explanation="Not shown.")
    assert waiver_of(court, enrollment_id).state == "denied"


@given(st.sampled_from(Outcome), st.sampled_from(STAFF_ROLES), st.sampled_from(Decider), st.sampled_from(Decider))
def test_nobody_denies_who_could_not_grant_everything(outcome: Outcome, role: Role, full: Decider, partial: Decider):
    rules = Waivers(decides_full=full, decides_partial=partial)
    if may_decide(Outcome.DENIED, role, rules):
        assert may_decide(Outcome.FULL, role, rules)
        assert may_decide(Outcome.PARTIAL, role, rules)
    if may_decide(outcome, role, rules):
        assert role in (Role.CLERK, Role.JUDGE, Role.ADMINISTRATOR)


def test_what_can_not_be_waived_stays_owed(app: Flask):
    components = [
        {"key": "program", "label": "Program fee", "amount_cents": 30000},
        {"key": "state", "label": "State surcharge", "amount_cents": 4000, "waivable": False},
        {"key": "service", "label": "Service", "percent": 5, "percent_of": "program"},
    ]
    fees = Fees.model_validate({"components": components}).model_dump(mode="json")
    court = make_court(app, document=document(fees=fees))
    learner, enrollment_id = make_learner(court)
    assert balance(court, enrollment_id) == 30000 + 4000 + 1500
    ask(court, learner)
    open_request(court, enrollment_id).submit("Decide", outcome="granted_full")
    assert balance(court, enrollment_id) == 4000


def test_a_court_without_a_fee_opens_lessons_at_once(app: Flask):
    court = make_court(app, document=document(fees={"components": []}))
    learner, enrollment_id = make_learner(court)
    assert state_of(court, enrollment_id) == "coursework"
    assert "Nothing is left to pay" in court.client(learner).get(court.url("fee")).text


def test_the_mail_says_only_that_there_is_an_answer(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    ask(court, learner)
    open_request(court, enrollment_id).submit("Decide", outcome="denied", reason="other", explanation="CANARY")
    with court.app.app_context(), court.acting(), transaction() as current:
        notice = current.scalars(select(Notice).where(Notice.recipient_id == learner.id)).one()
        assert notice.template == "waiver_decided"
        assert "CANARY" not in str(notice.context)
        assert notice.context["link"].endswith(court.url("fee"))


@pytest.mark.proves("AC-2")
def test_other_roles_and_other_courts_find_nothing(app: Flask, court: TestCourt):
    learner, enrollment_id = make_learner(court)
    ask(court, learner)
    path = f"waivers/{waiver_of(court, enrollment_id).id}"
    for role in (Role.OFFICER, Role.PROSECUTOR, Role.FACILITATOR, Role.SUPERVISOR):
        assert court.staff_client(role).get(court.url(path)).status == 404
        assert court.staff_client(role).get(court.url("waivers")).status == 404
    assert court.client(learner).get(court.url(path)).status == 404
    other = make_court(app)
    assert other.staff_client(Role.CLERK).get(other.url(path)).status == 404
    assert learner.display_name not in other.staff_client(Role.CLERK).get(other.url("waivers")).text


def test_the_queue_costs_the_same_for_any_number(app: Flask):
    court = make_court(app)
    for _number in range(4):
        learner, _enrollment_id = make_learner(court)
        ask(court, learner)
    clerk = court.staff_client(Role.CLERK)
    clerk.get(court.url("waivers"))
    with statements(app) as seen:
        page = clerk.get(court.url("waivers"))
    assert page.text.count("Robin Sample") == 4
    assert len([one for one in seen if one != "COMMIT"]) <= 12


@pytest.mark.proves("CD-3")
@pytest.mark.parametrize(
    ("region", "household", "percent"),
    [("CA", 1, 76), ("AK", 1, 61), ("HI", 1, 66), ("CA", 12, 16)],
)
def test_income_is_compared_with_the_guideline_of_the_day(region: str, household: int, percent: int):
    on = date(2026, 6, 1)
    found = guideline_percent(monthly_income_cents=100000, household_size=household, region=region, on=on)
    assert found == percent
    assert guideline_percent(monthly_income_cents=1, household_size=1, region="CA", on=date(2020, 1, 1)) is None


def test_a_second_tab_is_told_kindly_and_keeps_what_was_typed(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    first, second = browser.get(court.url("fee/waiver")), browser.get(court.url("fee/waiver"))
    first.submit("Send to the court", household_size="1", monthly_income="0")
    late = second.submit("Send to the court", household_size="2", monthly_income="10")
    assert late.status == 422
    assert "You have asked already" in late.text
    assert waiver_of(court, enrollment_id).household_size == 1
