"""Ending a program: reasons, approval, notice, answer, and a decision only by whom the rules name, after the time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from app.accountability.terminating.lookups import terminations_of
from app.accountability.terminating.models import Termination
from app.accountability.terminating.rules import Verdict
from app.accountability.terminating.services import approve, decide_termination, propose
from app.cases.holding import resume, return_to_court
from app.core import clock
from app.core.errors import NotFound, Refused
from app.permissions.identity import Identity, Role
from tenants.program import Decider, ProgramDocument
from tests.at_once import while_open
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.violation_steps import START, document, in_check_ins, state, told

REASONS = "Ordered on January 4. No check-in since March. Three calls and two letters were not answered."
ANSWER = "I was in the hospital. My sister can show the papers."
NOT_MONEY = "Not being able to pay is not, by itself, a violation."


def rules(*, approves: bool = False, decider: Decider = Decider.JUDGE, days: int = 14) -> ProgramDocument:
    usual = document()
    return usual.model_copy(
        update={
            "people": usual.people.model_copy(update={"decides_termination": decider}),
            "termination": usual.termination.model_copy(
                update={"supervisor_approves": approves, "days_to_respond": days}
            ),
        }
    )


def back_at_court(app: Flask, wanted: ProgramDocument) -> tuple[TestCourt, Identity, UUID, Identity]:
    """A case that was returned to the court, and its officer."""
    court = make_court(app, document=wanted)
    officer = court.member(Role.OFFICER)
    learner, enrollment_id = in_check_ins(court, officer_id=officer.id, family_names="Ending")
    with app.test_request_context(), court.acting():
        return_to_court(enrollment_id, reason="No contact.", actor=officer)
    return court, learner, enrollment_id, officer


@pytest.fixture
def noticed(app: Flask) -> Iterator[tuple[TestCourt, Identity, Termination, Identity]]:
    """Proposed by the officer; the person was told today, and the fourteenth day is a holiday. A judge decides."""
    with clock.moved_to(START):
        court, learner, enrollment_id, officer = back_at_court(app, rules())
        court.member(Role.JUDGE)
        proposing(court, officer, enrollment_id)
        yield court, learner, the_one(court, enrollment_id), officer


def proposing(court: TestCourt, who: Identity, enrollment_id: UUID, **answers: str) -> Page:
    page = court.client(who).get(court.url(f"cases/{enrollment_id}")).click("Propose to end the program")
    given = {"reasons": REASONS, "counsel": "Ms. Park, by mail", "not_money": "y", **answers}
    return page.submit("Propose it", **given)


def the_one(court: TestCourt, enrollment_id: UUID) -> Termination:
    with court.app.app_context(), court.acting():
        (row,) = terminations_of(enrollment_id)
        return row


def page_of(court: TestCourt, who: Identity, row: Termination) -> Page:
    return court.client(who).get(court.url(f"cases/terminations/{row.id}"))


def test_proposed_told_answered_and_decided_by_the_judge(noticed):
    court, learner, row, officer = noticed
    assert (row.state, row.noticed_at, row.respond_by) == ("noticed", clock.now(), START.date() + timedelta(days=16))
    assert told(court, "termination_notice") == 1
    letter = page_of(court, officer, row).click("Print the letter for the participant and the lawyer")
    for words in (REASONS, "Ms. Park, by mail", NOT_MONEY, "You can answer in writing until the end of February 16"):
        assert words in letter.text
    browser = court.client(learner)
    page = browser.get(court.url("my-program")).click("Read the notice")
    for words in (REASONS, NOT_MONEY, "Do not describe your arrest or any crime here", "February 16, 2027"):
        assert words in page.text
    assert "Your answer was sent." in page.submit("Send the answer", response=ANSWER).text
    assert ANSWER not in page.submit("Send the answer", response="Other words.").errors()
    assert the_one(court, row.enrollment_id).response == ANSWER
    judge = court.member(Role.JUDGE)
    page = page_of(court, judge, row)
    assert ANSWER in page.text
    refused = page.submit("Save the decision", verdict="terminated")
    assert "Write the reason. The participant can read it." in refused.errors()
    assert "Read the answer first, and say so." in refused.errors()
    assert state(court, row.enrollment_id) == "returned_to_court"
    refused.submit("Save the decision", considered="y", reason="No way to go on.")
    assert state(court, row.enrollment_id) == "terminated"
    assert the_one(court, row.enrollment_id).decided_by == judge.id
    assert "The court has ended your program." in browser.get(court.url("notice-from-the-court")).text
    home = browser.get(court.url("my-program"))
    assert "The court has ended your program. Talk to your lawyer" in home.text
    assert "you are here" not in home.text
    case = court.client(officer).get(court.url(f"cases/{row.enrollment_id}"))
    assert "End of the program proposed" in case.text
    assert ANSWER not in case.text


def test_not_before_the_time_to_answer_is_over(noticed):
    court, learner, row, _officer = noticed
    judge = court.member(Role.JUDGE)
    page = page_of(court, judge, row)
    assert "The participant can still answer." in page.text
    assert not page.tree.xpath("//form[contains(@action, '/decide')]")
    for day, ends in ((14, False), (16, False), (17, True)):
        with clock.moved_to(START + timedelta(days=day)), court.app.test_request_context(), court.acting():
            try:
                decide_termination(row.id, Verdict.TERMINATED, reason="No contact.", considered=False, actor=judge)
            except Refused:
                assert not ends
            else:
                assert ends
    assert state(court, row.enrollment_id) == "terminated"
    with clock.moved_to(START + timedelta(days=18)):
        assert "Send the answer" not in court.client(learner).get(court.url("notice-from-the-court")).text


@pytest.mark.proves("AC-2")
def test_only_whom_the_rules_name_decides_and_nobody_their_own_proposal(app):
    with clock.moved_to(START):
        court, _learner, enrollment_id, officer = back_at_court(app, rules(decider=Decider.CLERK))
        clerk, other = court.member(Role.CLERK), court.member(Role.CLERK, "Other")
        proposing(court, clerk, enrollment_id)
        row = the_one(court, enrollment_id)
    with clock.moved_to(START + timedelta(days=17)):
        judge, supervisor = court.member(Role.JUDGE), court.member(Role.SUPERVISOR)
        with app.test_request_context(), court.acting():
            for who in (judge, officer, supervisor):
                with pytest.raises(NotFound):
                    decide_termination(row.id, Verdict.TERMINATED, reason="x", considered=True, actor=who)
            with pytest.raises(Refused):
                decide_termination(row.id, Verdict.TERMINATED, reason="x", considered=True, actor=clerk)
        page = page_of(court, judge, row)
        token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
        forged = {"csrf_token": token, "verdict": "terminated", "reason": "x"}
        assert page.client.post(court.url(f"cases/terminations/{row.id}/decide"), forged).status == 404
        assert state(court, enrollment_id) == "returned_to_court"
        page_of(court, other, row).submit("Save the decision", verdict="declined", reason="One more chance.")
    assert the_one(court, enrollment_id).state == "declined"
    assert state(court, enrollment_id) == "returned_to_court"


def test_where_the_rules_say_so_a_supervisor_approves_before_anybody_is_told(app):
    with clock.moved_to(START):
        court, learner, enrollment_id, _officer = back_at_court(app, rules(approves=True))
        supervisor, another = court.member(Role.SUPERVISOR), court.member(Role.SUPERVISOR, "Another")
        proposing(court, supervisor, enrollment_id)
        row = the_one(court, enrollment_id)
        assert (row.state, row.noticed_at) == ("proposed", None)
        assert told(court, "termination_notice") == 0
        assert (
            "There is no notice from the court for you."
            in court.client(learner).get(court.url("notice-from-the-court")).text
        )
        with app.test_request_context(), court.acting():
            with pytest.raises(Refused):
                approve(row.id, actor=supervisor)
            with pytest.raises(NotFound):
                approve(row.id, actor=court.member(Role.JUDGE))
        with clock.moved_to(START + timedelta(days=3)):
            page_of(court, another, row).submit("Approve, and tell the participant")
        row = the_one(court, enrollment_id)
        assert (row.state, row.approved_by) == ("noticed", another.id)
        assert row.respond_by >= START.date() + timedelta(days=17)
        assert told(court, "termination_notice") == 1


def test_reasons_lawyer_and_that_it_is_not_money_are_asked_for(app):
    with clock.moved_to(START):
        court, _learner, enrollment_id, officer = back_at_court(app, rules())
        page = court.client(officer).get(court.url(f"cases/{enrollment_id}/termination/new"))
        assert NOT_MONEY in page.text
        faults = page.submit("Propose it").errors()
        assert "Write the reasons. The participant reads them." in faults
        assert "Write how the lawyer is told, or that no lawyer is known." in faults
        assert "Not paying can not be the reason. Tick the box if it is not." in faults
        with app.test_request_context(), court.acting(), pytest.raises(Refused):
            propose(enrollment_id, reasons=REASONS, counsel="none known", not_money=False, actor=officer)


def test_only_a_case_that_is_with_the_court_and_only_one_proposal_at_a_time(app):
    court = make_court(app, document=rules())
    officer = court.member(Role.OFFICER)
    _learner, running = in_check_ins(court, officer_id=officer.id)
    given = {"reasons": REASONS, "counsel": "none known", "not_money": True, "actor": officer}
    with app.test_request_context(), court.acting(), pytest.raises(Refused):
        propose(running, **given)
    with app.test_request_context(), court.acting():
        return_to_court(running, reason="x", actor=officer)
        propose(running, **given)
    with app.test_request_context(), court.acting(), pytest.raises(Refused):
        propose(running, **given)


def test_taken_back_with_a_reason_or_by_going_on(noticed):
    court, _learner, row, officer = noticed
    page_of(court, officer, row).submit("Take it back", why="Came back today.")
    assert (the_one(court, row.enrollment_id).state, told(court, "termination_decided")) == ("withdrawn", 1)
    proposing(court, officer, row.enrollment_id)
    with court.app.test_request_context(), court.acting():
        resume(row.enrollment_id, reason="By order of today", actor=court.member(Role.CLERK))
        assert [one.state for one in terminations_of(row.enrollment_id)] == ["withdrawn", "withdrawn"]


def test_two_decide_at_once_and_one_decision_stands(noticed):
    court, _learner, row, _officer = noticed
    one, two = court.member(Role.JUDGE), court.member(Role.JUDGE, "Second")

    def second() -> None:
        with court.app.app_context(), court.app.test_request_context(), court.acting():
            decide_termination(row.id, Verdict.TERMINATED, reason="Ended.", considered=False, actor=two)

    with clock.moved_to(START + timedelta(days=17)):
        answer = while_open(
            court,
            lambda: decide_termination(row.id, Verdict.DECLINED, reason="Goes on.", considered=False, actor=one),
            second,
        )
    assert isinstance(answer.exception(), Refused)
    assert (the_one(court, row.enrollment_id).state, state(court, row.enrollment_id)) == (
        "declined",
        "returned_to_court",
    )


@pytest.mark.proves("AC-2", "AC-3")
def test_who_sees_what(noticed):
    court, learner, row, _officer = noticed
    answered = court.client(learner).get(court.url("notice-from-the-court")).submit("Send the answer", response=ANSWER)
    assert "Your answer is in, and is read before anybody decides." in answered.text
    path = court.url(f"cases/terminations/{row.id}")
    for role in (Role.JUDGE, Role.CLERK, Role.ADMINISTRATOR, Role.SUPERVISOR):
        assert ANSWER in court.staff_client(role).get(path).text, role
    stranger, _id = make_learner(court)
    for client in (
        court.client(court.member(Role.OFFICER, "Other")),
        court.staff_client(Role.PROSECUTOR),
        court.staff_client(Role.FACILITATOR),
        court.client(stranger),
        court.client(learner),
    ):
        assert client.get(path).status == client.get(f"{path}/letter").status == 404
    assert REASONS not in court.client(stranger).get(court.url("notice-from-the-court")).text
    assert "Ending" in court.staff_client(Role.JUDGE).get(court.url("violations")).text


def test_a_proposal_stands_among_the_reasons_of_the_caseload_until_it_is_decided(noticed):
    court, _learner, row, officer = noticed
    caseload = court.client(officer).get(court.url("caseload")).text
    assert "Ending the program is proposed, since today" in caseload
    with clock.moved_to(clock.now() + timedelta(days=3)):
        caseload = court.client(officer).get(court.url("caseload")).text
        assert "Ending the program is proposed, for 3 days" in caseload
        page = court.client(officer).get(court.url(f"cases/terminations/{row.id}"))
        page.submit("Take it back", why="They came back.")
        assert "Ending the program is proposed" not in court.client(officer).get(court.url("caseload")).text
