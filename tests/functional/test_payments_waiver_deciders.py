"""Who may answer a request for a waiver, and what no court, rule or missing person may do: only a person says no."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core import clock
from app.core.errors import Refused
from app.notices.models import Notice
from app.payments.deciding.lookups import letter_facts
from app.payments.deciding.models import WaiverDecision
from app.payments.deciding.rules import ANSWERS, DENIAL_REASONS, Outcome, may_decide, open_answers
from app.payments.deciding.services import grant_presumed
from app.permissions.identity import STAFF_ROLES, Role
from app.permissions.permissions import GRANTS, Permission
from tenants.database import transaction
from tenants.keys import uuid7
from tenants.program import Decider, Waivers
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.deciding_steps import (
    answers_of,
    asked,
    decide,
    document,
    inside,
    open_request,
    send_request,
    state_of,
    waiver_of,
)
from tests.functional.payments_kit import balance, statements


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app, document=document(fees={"installments": {"parts": 4, "days_apart": 30}}))


@pytest.mark.parametrize(
    ("full", "partial", "words"),
    [
        ("clerk", "clerk", "Clerk or judge"),
        ("clerk", "judge", "A judge, or a clerk who waives all of it"),
        ("judge", "clerk", "A judge, or a clerk who waives a part"),
        ("judge", "judge", "A judge"),
    ],
)
def test_the_queue_says_whose_decision_a_request_waits_for(app: Flask, full: str, partial: str, words: str):
    court = make_court(app, document=document(waivers={"decides_full": full, "decides_partial": partial}))
    asked(court)
    queue = court.staff_client(Role.CLERK).get(court.url("waivers"))
    (cell,) = queue.tree.xpath("//td[@data-label='Who decides']")
    assert "".join(cell.itertext()).strip() == words


# --- Without a person ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def generous(app: Flask) -> TestCourt:
    return make_court(app, document=document(waivers={"grant_presumed": True}))


@pytest.mark.proves("CD-3")
def test_a_presumptive_benefit_is_granted_at_once_where_the_rules_say_so(generous: TestCourt):
    learner, enrollment_id = asked(generous, benefits=("SNAP",), monthly_income_cents=900_000)
    assert balance(generous, enrollment_id) == 0
    (answer,) = answers_of(generous, enrollment_id)
    assert (answer.kind, answer.decided_by, answer.rule) == ("granted_full", None, "presumed")
    shown = generous.client(learner).get(generous.url("fee/waiver-answer"))
    assert "Somebody in your household gets SNAP." in shown.text
    assert "by the rules of this court, without a person" in shown.text
    page = open_request(generous, enrollment_id)
    assert "The court’s rules" in page.text


@pytest.mark.parametrize(
    ("waivers", "told"),
    [
        ({"grant_presumed": False}, {"benefits": ("SNAP",)}),
        ({"grant_presumed": True}, {"benefits": ()}),
        ({"grant_presumed": True}, {"benefits": ("SNAP",), "asked_for": "more_time"}),
        ({"grant_presumed": True, "proof": "always"}, {"benefits": ("SNAP",)}),
    ],
    ids=["not in the rules", "no benefit", "time asked for", "proof missing"],
)
def test_else_a_person_decides(app: Flask, waivers: dict[str, Any], told: dict[str, Any]):
    court = make_court(app, document=document(waivers=waivers))
    _learner, enrollment_id = asked(court, monthly_income_cents=0, **told)
    assert waiver_of(court, enrollment_id).state == "submitted"
    assert answers_of(court, enrollment_id) == []


def test_what_a_person_denied_the_rules_do_not_grant_behind_the_back(generous: TestCourt):
    learner, enrollment_id = asked(generous, benefits=())
    decide(generous, enrollment_id, Outcome.DENIED, reason="facts_differ")
    send_request(generous, learner, benefits=("SNAP",))
    assert waiver_of(generous, enrollment_id).state == "submitted"


@pytest.mark.proves("CD-3")
@settings(max_examples=8, phases=[Phase.generate])
@given(
    by_rule=st.booleans(),
    income=st.integers(0, 2_000_000),
    size=st.integers(1, 12),
    benefits=st.sampled_from([(), ("SNAP",), ("SSI", "TANF")]),
    asked_for=st.sampled_from(["full", "part", "more_time"]),
)
def test_no_way_of_asking_is_denied_without_a_person(
    court: TestCourt,
    generous: TestCourt,
    by_rule: bool,
    income: int,
    size: int,
    benefits: tuple[str, ...],
    asked_for: str,
):
    where = generous if by_rule else court
    _learner, enrollment_id = asked(
        where,
        household_size=size,
        monthly_income_cents=income,
        benefits=benefits,
        asked_for=asked_for,
        can_pay_cents=1000,
    )
    with inside(where):
        grant_presumed(enrollment_id)  # what the portal does by itself, once more: nothing follows
    waiver = waiver_of(where, enrollment_id)
    assert waiver.state in ("submitted", "granted_full")
    assert waiver.state != "granted_full" or (by_rule and benefits)
    assert all(one.kind == "granted_full" for one in answers_of(where, enrollment_id))


@pytest.mark.proves("CD-3")
@pytest.mark.parametrize("kind", ["denied", "granted_partial", "needs_proof", "more_time", "revoked"])
def test_the_database_itself_keeps_a_denial_from_having_no_person(court: TestCourt, kind: str):
    _learner, enrollment_id = asked(court)
    waiver = waiver_of(court, enrollment_id)
    row = WaiverDecision(
        id=uuid7(),
        waiver_id=waiver.id,
        enrollment_id=enrollment_id,
        kind=kind,
        parts={},
        refund_cents=0,
        rule="judgment",
        basis={},
        at=clock.now(),
    )
    with inside(court), pytest.raises(IntegrityError, match="only_a_person_denies"), transaction() as current:
        current.add(row)


def test_an_answer_stands_as_it_was_given(court: TestCourt):
    _learner, enrollment_id = asked(court)
    decide(court, enrollment_id, Outcome.DENIED)
    for statement in ("UPDATE waiver_decision SET kind = 'granted_full'", "DELETE FROM waiver_decision"):
        with inside(court), pytest.raises(DBAPIError, match="permission denied"), transaction() as current:
            current.execute(text(statement))


# --- Who may ---------------------------------------------------------------------------------------------------------

DECIDERS = {Role.CLERK, Role.JUDGE, Role.ADMINISTRATOR}


@given(
    st.sampled_from(ANSWERS),
    st.sampled_from(STAFF_ROLES),
    st.sampled_from(Decider),
    st.sampled_from(Decider),
    st.sampled_from(["full", "part", "more_time", "installments"]),
)
def test_nobody_denies_who_could_not_grant_everything(
    outcome: Outcome, role: Role, full: Decider, partial: Decider, asked_for: str
):
    rules = Waivers(decides_full=full, decides_partial=partial)
    if may_decide(Outcome.DENIED, role, rules, asked_for):
        assert all(may_decide(other, role, rules, asked_for) for other in ANSWERS)
    if may_decide(outcome, role, rules, asked_for):
        assert role in DECIDERS


@pytest.mark.parametrize(
    ("full", "partial", "clerk_may"),
    [
        ("clerk", "clerk", {"granted_full", "granted_partial", "more_time", "needs_proof", "denied"}),
        ("clerk", "judge", {"granted_full", "needs_proof"}),
        ("judge", "clerk", {"granted_partial", "needs_proof"}),
        ("judge", "judge", {"needs_proof"}),
    ],
)
def test_the_matrix_of_deciders(full: str, partial: str, clerk_may: set[str]):
    rules = document(waivers={"decides_full": full, "decides_partial": partial})
    everything = {"granted_full", "granted_partial", "more_time", "needs_proof", "denied"}
    assert set(open_answers(Role.CLERK, rules)) == clerk_may
    assert set(open_answers(Role.ADMINISTRATOR, rules)) == clerk_may
    assert set(open_answers(Role.JUDGE, rules)) == everything
    for role in set(STAFF_ROLES) - DECIDERS:
        assert open_answers(role, rules) == ()
        assert Permission.WAIVER_DECIDE not in GRANTS[role]


def test_what_only_a_judge_may_decide_a_clerk_is_not_offered(app: Flask):
    court = make_court(app, document=document(waivers={"decides_partial": "judge"}))
    _learner, enrollment_id = asked(court)
    page = open_request(court, enrollment_id)
    assert "a judge decides the rest" in page.text
    assert "Waive a part" not in page.text
    forged = page.submit("Decide", outcome="denied", reason="other", explanation="No.")
    assert forged.status == 422
    assert waiver_of(court, enrollment_id).state == "submitted"
    with pytest.raises(Refused, match="a judge decides"):
        decide(court, enrollment_id, Outcome.DENIED)
    decide(court, enrollment_id, Outcome.DENIED, actor=court.member(Role.JUDGE))
    assert waiver_of(court, enrollment_id).state == "denied"


@pytest.mark.proves("AC-2")
def test_other_roles_and_other_courts_find_nothing(app: Flask, court: TestCourt):
    learner, enrollment_id = asked(court)
    decide(court, enrollment_id, Outcome.FULL)
    path = f"waivers/{waiver_of(court, enrollment_id).id}"
    for role in (Role.OFFICER, Role.PROSECUTOR, Role.FACILITATOR, Role.SUPERVISOR):
        for page in (path, f"{path}/revoke", "waivers"):
            assert court.staff_client(role).get(court.url(page)).status == 404
    assert court.client(learner).get(court.url(path)).status == 404
    other = make_court(app)
    assert other.staff_client(Role.CLERK).get(other.url(path)).status == 404
    assert learner.display_name not in other.staff_client(Role.CLERK).get(other.url("waivers?show=decided")).text
    somebody, _id = make_learner(court)
    assert court.client(somebody).get(court.url("fee/waiver-answer")).status == 404


# --- What is told ----------------------------------------------------------------------------------------------------


def test_the_mail_says_only_that_there_is_an_answer(court: TestCourt):
    learner, enrollment_id = asked(court)
    decide(court, enrollment_id, Outcome.DENIED, explanation="CANARY")
    with inside(court), transaction() as current:
        notice = current.scalars(select(Notice).where(Notice.recipient_id == learner.id)).one()
        assert notice.template == "waiver_decided"
        assert "CANARY" not in str(notice.context)
        assert notice.context["link"].endswith(court.url("fee/waiver-answer"))


def test_a_letter_says_what_stood_when_it_was_decided(court: TestCourt):
    learner, enrollment_id = asked(court)
    first = decide(court, enrollment_id, Outcome.PARTIAL, amount_cents=10000, explanation="A part.")
    send_request(court, learner, monthly_income_cents=0)
    decide(court, enrollment_id, Outcome.FULL)
    with inside(court):
        facts = letter_facts(first.id)
        assert facts.person_name == learner.display_name
        assert facts.answer.balance_cents == 25000
        assert sum(line.waived_cents for line in facts.answer.lines) == 10000
        assert "After this, $250.00 is left to pay." in facts.answer.amounts()
        assert "an income of $1,900.50 a month" in " ".join(facts.answer.why())


@pytest.mark.proves("CD-3")
def test_every_reason_has_words_and_every_answer_says_what_to_do(court: TestCourt):
    for outcome, reason in [(Outcome.DENIED, key) for key in DENIAL_REASONS]:
        _learner, enrollment_id = asked(court)
        made = decide(court, enrollment_id, outcome, reason=reason)
        with inside(court):
            answer = letter_facts(made.id).answer
            assert answer.reason_words() == str(DENIAL_REASONS[reason])
            assert any("look again until" in step for step in answer.next_steps())


# --- What it costs ---------------------------------------------------------------------------------------------------


def test_pages_cost_the_same_for_any_number(app: Flask):
    court = make_court(app)
    people = [asked(court) for _number in range(4)]
    for _learner, enrollment_id in people[:2]:
        decide(court, enrollment_id, Outcome.DENIED)
    clerk, learner = court.staff_client(Role.CLERK), court.client(people[0][0])
    request = f"waivers/{waiver_of(court, people[0][1]).id}"
    for client, path, most in (
        (clerk, "waivers", 14),
        (clerk, "waivers?show=decided", 14),
        (clerk, request, 30),
        (learner, "fee/waiver-answer", 24),
        (learner, "fee/waiver-answer/ask-again", 20),
    ):
        client.get(court.url(path))
        with statements(app) as seen:
            assert client.get(court.url(path)).status == 200
        assert len([one for one in seen if one != "COMMIT"]) <= most, (path, len(seen))


def test_a_long_queue_comes_page_by_page(app: Flask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.payments.deciding.lookups.PAGE", 2)
    court = make_court(app)
    names = [asked(court)[0].display_name for _number in range(5)]
    page, seen = court.staff_client(Role.CLERK).get(court.url("waivers")), []
    while True:
        seen += [name for name in names if name in page.text]
        if "More" not in ["".join(link.itertext()).strip() for link in page.tree.iter("a")]:
            break
        page = page.click("More")
    assert seen == names


def test_a_court_without_a_fee_opens_lessons_at_once(app: Flask):
    court = make_court(app, document=document(fees={"components": []}))
    learner, enrollment_id = make_learner(court)
    assert state_of(court, enrollment_id) == "coursework"
    assert "Nothing is left to pay" in court.client(learner).get(court.url("fee")).text


def test_the_case_leads_to_its_request(court: TestCourt):
    _learner, enrollment_id = asked(court)
    case = court.staff_client(Role.CLERK).get(court.url(f"cases/{enrollment_id}"))
    assert "I lost my work." in case.click("The request to waive the fee").text
    _other, other_id = make_learner(court)
    case = court.staff_client(Role.CLERK).get(court.url(f"cases/{other_id}"))
    assert "The request to waive the fee" not in case.text
    assert court.staff_client(Role.CLERK).get(court.url(f"waivers/of/{other_id}")).status == 404
