"""The bench card, and the non-compliance report: who asks for it, what it says, what it never says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from app.accountability.terminating.services import propose, respond
from app.accountability.violations.deciding import ViolationDecision, decide, say_own_side
from app.accountability.violations.rules import Outcome
from app.cases.holding import return_to_court
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import NotFound, Refused
from app.permissions.identity import Identity, Role
from app.reports.correcting.services import correct_report
from app.reports.court_kinds.services import RETURN, Asked, Telling, request_non_compliance
from app.reports.models import Report
from app.reports.services import request_report
from tests.client import Page
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.violation_steps import SIDE, START, document, in_check_ins, the_one, two_missed
from tests.reports import ask, file_bytes, in_accountability, report_of, reports_of, run_renders, text_of

NOT_MONEY = "Not being able to pay is not, by itself, a violation."
ASKS = {"asked": "hearing", "asked_besides": "A hearing, so that the plan can be looked at."}


@pytest.fixture(scope="module", autouse=True)
def published(app: Flask) -> None:
    publish(app)


@pytest.fixture
def missed(app: Flask) -> Iterator[tuple[TestCourt, Identity, UUID, Identity]]:
    yield from two_missed(app)


def writing(court: TestCourt, who: Identity, enrollment_id: UUID, **answers: str) -> Page:
    """Write a non-compliance report on its page, about what is chosen there already."""
    page = court.client(who).get(court.url(f"cases/{enrollment_id}/reports")).click("Write a non-compliance report")
    return page.submit("Make the report", **{**ASKS, **answers})


def non_compliance(court: TestCourt, enrollment_id: UUID) -> Report:
    (found,) = [one for one in reports_of(court, enrollment_id) if one.kind == "non_compliance"]
    return found


def paper(court: TestCourt, report: Report) -> str:
    run_renders(court)
    return text_of(file_bytes(court, report_of(court, report.id)))


def test_the_judge_asks_for_a_bench_card_and_reads_it_on_one_page(missed):
    court, _learner, enrollment_id, _officer = missed
    judge = court.staff_client(Role.JUDGE)
    page = judge.get(court.url(f"cases/{enrollment_id}/reports")).submit("Make the report", kind="bench_card")
    assert page.heading == "Bench card"
    (card,) = [one for one in reports_of(court, enrollment_id) if one.kind == "bench_card"]
    text = paper(court, card)
    web = judge.get(page.url).text
    for words in (
        "Bench card",
        "Page 1 of 1",
        "Days left",
        "Next hearing",
        "Missed check-ins:",
        "More check-ins missed than allowed",
        "To be decided",
        "Left to pay: $350.00.",
        NOT_MONEY,
    ):
        assert words in text, words
        assert words in web or words == "Page 1 of 1", words


def test_a_bench_card_needs_somebody_who_has_enrolled(app: Flask) -> None:
    court = make_court(app)
    with pytest.raises(Refused, match="has not enrolled"):
        ask(court, make_referral(court), "bench_card")


def test_a_bench_card_tells_what_the_court_did(missed):
    court, _learner, enrollment_id, officer = missed
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        step = ViolationDecision(
            Outcome.RESPONSE,
            "A make-up check-in.",
            clock.today("America/Los_Angeles") + timedelta(days=10),
            make_up=True,
        )
        decide(the_one(court, enrollment_id).id, step, actor=officer)
    card = ask(court, enrollment_id, "bench_card")
    text = paper(court, card)
    assert "A step was agreed" in text
    assert "one" not in text.partition("Still missing")[2].partition("Possible violations")[0].split()


def test_a_person_writes_what_happened_what_was_tried_and_what_is_asked(missed):
    court, _learner, enrollment_id, officer = missed
    page = writing(court, officer, enrollment_id, tried_besides="Called on Monday and on Thursday.")
    assert page.heading == "Non-compliance report"
    report = non_compliance(court, enrollment_id)
    assert (report.requested_by_kind, report.requested_by) == ("staff", officer.id)
    text = paper(court, report)
    web = court.client(officer).get(court.url(f"reports/{report.id}")).text
    for words in (
        "More check-ins missed than allowed",
        "To be decided",
        "Called on Monday and on Thursday.",
        "Set a hearing",
        "A hearing, so that the plan can be looked at.",
        "Asked by",
        NOT_MONEY,
    ):
        assert words in text, words
        assert words in web, words
    assert "$" not in text


def test_the_participant_reads_what_the_court_reads(missed):
    court, learner, enrollment_id, officer = missed
    writing(court, officer, enrollment_id)
    run_renders(court)
    page = court.client(learner).get(court.url("documents"))
    assert "Non-compliance report" in page.text
    assert "A hearing, so that the plan can be looked at." in page.click("Non-compliance report").text


def test_from_a_possible_violation_it_is_chosen_already(missed):
    court, _learner, enrollment_id, officer = missed
    row = the_one(court, enrollment_id)
    page = court.client(officer).get(court.url(f"cases/violations/{row.id}")).click("Write a non-compliance report")
    assert page.tree.xpath("//input[@name='about'][@checked]/@value") == [str(row.id)]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"about": ""}, "Choose what the report is about."),
        ({"asked": ""}, "Choose what you ask of the court."),
        ({"asked_besides": " "}, "Write what you ask for, and why."),
        ({"about": "return"}, "The case has changed meanwhile."),
        ({"about": "<script>"}, "The case has changed meanwhile."),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_the_rest_stays(missed, answers, words):
    court, _learner, enrollment_id, officer = missed
    page = writing(court, officer, enrollment_id, tried_besides="Two calls.", **answers)
    assert page.status == 422
    assert any(words in error for error in page.errors())
    assert "Two calls." in page.response.get_data(as_text=True)
    assert [one.kind for one in reports_of(court, enrollment_id)] == ["proof_of_enrollment"]


def test_sent_twice_it_is_one_report(missed):
    court, _learner, enrollment_id, officer = missed
    page = court.client(officer).get(court.url(f"cases/{enrollment_id}/reports/non-compliance"))
    form = page.form("Make the report")
    assert form.submit(**ASKS).url == form.submit(**ASKS).url
    assert non_compliance(court, enrollment_id)


@pytest.mark.proves("CD-4")
def test_nothing_makes_one_but_a_person_who_may(missed):
    court, _learner, enrollment_id, _officer = missed
    row = the_one(court, enrollment_id)
    telling = Telling(frozenset({str(row.id)}), "", Asked.NOTHING, "")
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        with pytest.raises(Refused, match="Choose a kind"):
            request_report(enrollment_id, "non_compliance", actor=SYSTEM)
        for role in (Role.PROSECUTOR, Role.FACILITATOR):
            with pytest.raises(NotFound):
                request_non_compliance(enrollment_id, telling, actor=court.member(role))
    for role in (Role.PROSECUTOR, Role.FACILITATOR):
        page = court.staff_client(role).get(court.url(f"cases/{enrollment_id}/reports/non-compliance"))
        assert page.status in (403, 404)
    assert [one.kind for one in reports_of(court, enrollment_id)] == ["proof_of_enrollment"]


def test_a_later_one_leaves_the_earlier_one_standing_and_none_is_put_right_without_its_writer(missed):
    court, _learner, enrollment_id, officer = missed
    for _ in range(2):
        writing(court, officer, enrollment_id)
        run_renders(court)
    found = [one for one in reports_of(court, enrollment_id) if one.kind == "non_compliance"]
    assert len(found) == 2
    assert not {"superseded", "revoked"} & {one.state for one in found}
    with (
        court.app.app_context(),
        court.app.test_request_context(),
        court.acting(),
        pytest.raises(Refused, match="back"),
    ):
        correct_report(found[0].id, reason="A day was wrong.", actor=officer)


def test_another_officers_case_is_not_there(missed):
    court, _learner, enrollment_id, _officer = missed
    page = court.staff_client(Role.OFFICER, "Somebody Else").get(
        court.url(f"cases/{enrollment_id}/reports/non-compliance")
    )
    assert page.status == 404


def test_a_case_in_which_nothing_happened_has_nothing_to_report(app: Flask) -> None:
    court = make_court(app)
    _learner, enrollment_id = in_accountability(court)
    page = court.staff_client(Role.CLERK).get(court.url(f"cases/{enrollment_id}/reports/non-compliance"))
    assert "There is nothing to report" in page.text
    assert not page.tree.xpath("//input[@name='about']")


def test_what_was_excused_is_never_reported(missed):
    court, _learner, enrollment_id, officer = missed
    row = the_one(court, enrollment_id)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        decide(row.id, ViolationDecision(Outcome.EXCUSED, "Was ill."), actor=officer)
        with pytest.raises(Refused, match="changed meanwhile"):
            request_non_compliance(
                enrollment_id, Telling(frozenset({str(row.id)}), "", Asked.NOTHING, ""), actor=officer
            )
    page = court.client(officer).get(court.url(f"cases/{enrollment_id}/reports/non-compliance"))
    assert "There is nothing to report" in page.text
    assert (
        "Write a non-compliance report" not in court.client(officer).get(court.url(f"cases/violations/{row.id}")).text
    )


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.proves("CD-7")
def test_their_words_are_in_it_only_where_they_were_told_so_before(app: Flask, allowed: bool) -> None:
    for court, learner, enrollment_id, officer in two_missed(app, quote_own_side=allowed):
        row = the_one(court, enrollment_id)
        told = court.client(learner).get(court.url(f"possible-violations/{row.id}")).text
        assert ("A report to the court may show your words." in told) is allowed
        assert ("Reports do not show your words." in told) is not allowed
        with court.app.app_context(), court.app.test_request_context(), court.acting():
            say_own_side(row.id, SIDE, actor=learner)
        writing(court, officer, enrollment_id)
        report = non_compliance(court, enrollment_id)
        assert (SIDE in str(report.snapshot)) is allowed
        text = paper(court, report)
        assert (SIDE in text) is allowed
        assert ("Reports do not show the words." in text) is not allowed
        assert SIDE not in paper(court, ask(court, enrollment_id, "bench_card"))


@pytest.mark.parametrize("allowed", [False, True])
def test_a_return_and_a_proposal_to_end_are_told_with_their_days(app: Flask, allowed: bool) -> None:
    usual = document(quote_own_side=allowed)
    at_once = usual.termination.model_copy(update={"supervisor_approves": False})
    court = make_court(app, document=usual.model_copy(update={"termination": at_once}))
    with clock.moved_to(START):
        officer = court.member(Role.OFFICER)
        learner, enrollment_id = in_check_ins(court, officer_id=officer.id, family_names="Ending")
        with court.app.app_context(), court.app.test_request_context(), court.acting():
            return_to_court(enrollment_id, reason="No contact since the first week.", actor=officer)
            row = propose(
                enrollment_id, reasons="No contact. " * 300, counsel="Ms. Park", not_money=True, actor=officer
            )
            respond(row.id, "I was in the hospital.", actor=learner)
            request_non_compliance(
                enrollment_id,
                Telling(frozenset({RETURN, str(row.id)}), "", Asked.END, "Please decide."),
                actor=officer,
            )
        report = non_compliance(court, enrollment_id)
        text = paper(court, report)
    for words in ("Returned", "No contact since the first week.", "January 31, 2027", "Proposal to end the program"):
        assert words in text, words
    assert ("I was in the hospital." in text) is allowed
    assert ("I was in the hospital." in str(report.snapshot)) is allowed
    assert "Ms. Park" not in text


def test_in_the_other_language(missed):
    court, _learner, enrollment_id, officer = missed
    writing(court, officer, enrollment_id, language="es")
    text = paper(court, non_compliance(court, enrollment_id))
    assert "Informe de incumplimiento" in text
    assert "Fijar una audiencia" in text


def test_to_a_judge_the_bench_card_is_proposed_to_others_the_progress_report(app: Flask) -> None:
    court = make_court(app)
    _learner, enrollment_id = make_learner(court)
    for role, proposed in ((Role.JUDGE, ["bench_card"]), (Role.CLERK, [])):
        page = court.staff_client(role).get(court.url(f"cases/{enrollment_id}/reports"))
        assert page.tree.xpath("//select[@name='kind']/option[@selected]/@value") == proposed
