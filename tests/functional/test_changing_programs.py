"""Programs that change while they run: back to the court and on again, longer, ended by order, a plan in new words."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from app.accountability.lookups import check_ins_of
from app.accountability.models import CheckIn
from app.accountability.violations.lookups import violations_of
from app.cases.lookups import the_enrollment
from app.core import clock
from app.learning.commitments import changes_of as plan_changes
from app.learning.commitments import plan_of
from app.learning.models import Commitment
from app.permissions.identity import Identity, Role
from tenants.database import transaction
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.violation_steps import ANSWERS, START, document, in_check_ins, state, sweep

ORDER = {"ordered_on-month": "1", "ordered_on-day": "29", "ordered_on-year": "2027", "ordered_by": "Judge Alvarez"}


@pytest.fixture
def running(app) -> tuple[TestCourt, Identity, UUID, Identity]:
    """Somebody at the start of three months of check-ins, and the officer."""
    court = make_court(app, document=document(months=3))
    with clock.moved_to(START):
        officer = court.member(Role.OFFICER)
        learner, enrollment_id = in_check_ins(court, officer_id=officer.id)
        yield court, learner, enrollment_id, officer


def plan(court: TestCourt, enrollment_id: UUID) -> list[CheckIn]:
    with court.app.app_context(), court.acting():
        return list(check_ins_of(enrollment_id))


def on_case(court: TestCourt, who: Identity, enrollment_id: UUID, what: str) -> Page:
    return court.client(who).get(court.url(f"cases/{enrollment_id}")).click(what)


def test_back_to_the_court_and_on_again_moves_the_check_ins(running):
    court, learner, enrollment_id, officer = running
    before = plan(court, enrollment_id)
    page = on_case(court, officer, enrollment_id, "Return to the court")
    assert "It is no reason to return a case." in page.text
    assert "Write the reason. The participant can read it." in page.submit("Return to the court").errors()
    page.submit("Return to the court", reason="Moved without a word.")
    assert state(court, enrollment_id) == "returned_to_court"
    assert "Your case is back with the court" in court.client(learner).get(court.url("my-program")).text
    with clock.moved_to(START + timedelta(days=60)):
        sweep(court)
        assert [row.state for row in plan(court, enrollment_id)] == ["scheduled"] * 3
        with court.app.app_context(), court.acting():
            referral_id = the_enrollment(enrollment_id).referral_id
        clerk = court.staff_client(Role.CLERK)
        page = clerk.get(court.url(f"referrals/{referral_id}")).click("Resume")
        assert "Back with the court since" in page.text
        page.submit("Resume", reason="By order of today")
    assert state(court, enrollment_id) == "accountability"
    after = plan(court, enrollment_id)
    for old, new in zip(before, after, strict=True):
        assert timedelta(days=60) <= new.due_on - old.due_on <= timedelta(days=64)
    assert all(one.grace_until <= two.opens_at for one, two in pairwise(after))


def test_more_check_ins_by_order_go_on_by_the_same_rules(running):
    court, learner, enrollment_id, officer = running
    page = on_case(court, officer, enrollment_id, "Give more time")
    refused = page.submit("Save", what="check_ins", months="3", reason="More time is needed.")
    assert "needs an order" in refused.errors()[0]
    assert len(plan(court, enrollment_id)) == 3
    done = refused.submit("Save", **ORDER)
    assert "It is saved" in done.text
    rows = plan(court, enrollment_id)
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]
    # Month ends are still those of the start, January 31; weekends and holidays roll.
    assert [row.due_on for row in rows[3:]] == [date(2027, 6, 1), date(2027, 6, 30), date(2027, 8, 2)]
    assert [row.made_for for row in rows] == [None] * 3 + ["extension"] * 3
    assert all(one.grace_until <= two.opens_at for one, two in pairwise(rows))
    mine = court.client(learner).get(court.url("check-ins"))
    assert "Check-ins were added" in mine.text
    assert "Judge Alvarez" in mine.text
    assert "Check-ins added" in court.client(officer).get(court.url(f"cases/{enrollment_id}")).text
    again = page.submit("Save", what="check_ins", months="3", reason="More time is needed.", **ORDER)
    assert again.status == 200
    assert len(plan(court, enrollment_id)) == 6


def test_up_to_a_day_and_not_beyond_the_end_of_the_case(app):
    rules = document(months=2, officer_may_extend=True)
    court = make_court(app, document=rules)
    with clock.moved_to(START):
        officer = court.member(Role.OFFICER)
        _learner, enrollment_id = in_check_ins(
            court, officer_id=officer.id, case_ends_on=START.date() + timedelta(days=120)
        )
        page = on_case(court, officer, enrollment_id, "Give more time")
        assert "you may do this without an order" in page.text
        day = {"until-month": "9", "until-day": "1", "until-year": "2027"}
        refused = page.submit("Save", what="check_ins", reason="More time is needed.", **day)
        assert "The case ends before that day." in refused.errors()[0]
        refused = refused.submit("Save", **{"until-month": "4", "until-day": "10"})
        assert "No check-in fits before that day." in refused.errors()[0]
        refused.submit("Save", **{"until-month": "5", "until-day": "10"})
    assert [row.due_on for row in plan(court, enrollment_id)][2:] == [date(2027, 4, 30)]


def test_more_time_for_the_lessons_is_an_amendment_with_its_order(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    _learner, enrollment_id = make_learner(court, officer_id=officer.id)
    with app.app_context(), court.acting():
        before = the_enrollment(enrollment_id).referral.deadline
    later, today = before + timedelta(days=30), clock.today("America/Los_Angeles")
    day = {"until-month": str(later.month), "until-day": str(later.day), "until-year": str(later.year)}
    order = {"ordered_on-month": today.month, "ordered_on-day": today.day, "ordered_on-year": today.year}
    page = on_case(court, officer, enrollment_id, "Give more time")
    given = {name: str(value) for name, value in order.items()}
    page = page.submit("Save", what="deadline", reason="Was ill.", ordered_by="Judge Alvarez", **day, **given)
    assert "It is saved" in page.text
    assert "Was ill." in page.text
    with app.app_context(), court.acting():
        assert the_enrollment(enrollment_id).referral.deadline == later


def test_by_order_the_check_ins_end_early(running):
    court, learner, enrollment_id, officer = running
    first = plan(court, enrollment_id)[0]
    with clock.moved_to(first.opens_at):
        court.client(learner).get(court.url("check-ins/1")).submit("Send check-in", **ANSWERS)
        judge = court.member(Role.JUDGE)
        page = on_case(court, judge, enrollment_id, "End the check-ins by order")
        refused = page.submit("End the check-ins", reason="Did very well.")
        assert "This needs an order of the court: give its day, and who gave it." in refused.errors()
        assert state(court, enrollment_id) == "accountability"
        done = refused.submit("End the check-ins", **ORDER)
        assert "The check-ins are over." in done.text
    assert [row.state for row in plan(court, enrollment_id)] == ["submitted", "excused", "excused"]
    assert state(court, enrollment_id) != "accountability"
    assert court.client(officer).get(court.url(f"cases/{enrollment_id}/end-early")).status == 404


def test_an_early_end_by_order_answers_what_was_open(app):
    court = make_court(app, document=document(months=2, misses_allowed=0))
    with clock.moved_to(START):
        _learner, enrollment_id = in_check_ins(court)
        first = plan(court, enrollment_id)[0]
    with clock.moved_to(first.grace_until):
        sweep(court)
        page = on_case(court, court.member(Role.CLERK), enrollment_id, "End the check-ins by order")
        page.submit("End the check-ins", reason="Moved abroad.", **ORDER)
    with app.app_context(), court.acting():
        (row,) = violations_of(enrollment_id)
    assert (row.state, row.reason.startswith("Moved abroad.")) == ("excused", True)
    assert state(court, enrollment_id) == "report_due"


@pytest.mark.proves("AC-2")
@pytest.mark.parametrize("what", ["return", "extend", "end-early"])
def test_who_may_change_a_running_program(running, what: str):
    court, learner, enrollment_id, _officer = running
    path = court.url(f"cases/{enrollment_id}/{what}")
    allowed = {
        "return": {Role.CLERK, Role.ADMINISTRATOR, Role.SUPERVISOR},
        "extend": {Role.CLERK, Role.ADMINISTRATOR, Role.SUPERVISOR},
        "end-early": {Role.CLERK, Role.ADMINISTRATOR, Role.JUDGE},
    }[what]
    roles = (Role.CLERK, Role.ADMINISTRATOR, Role.SUPERVISOR, Role.JUDGE, Role.PROSECUTOR, Role.FACILITATOR)
    for role in roles:
        assert court.staff_client(role).get(path).status == (200 if role in allowed else 404), role
    assert court.client(learner).get(path).status == 404
    assert court.client(court.member(Role.OFFICER, "Other")).get(path).status == 404


# --- The learner's plan ----------------------------------------------------------------------------------------------


def test_a_plan_is_changed_and_its_old_words_are_kept_and_shown_to_the_reader(running):
    court, learner, enrollment_id, officer = running
    with court.app.app_context(), court.acting(), transaction() as current:
        current.add(
            Commitment(
                enrollment_id=enrollment_id,
                slug="making-it-right",
                lesson="your-plan",
                number=1,
                what="Go to the group.",
                how_often="Tuesdays",
                sign="My name is on the list.",
                made_at=clock.now(),
            )
        )
    browser = court.client(learner)
    page = browser.get(court.url("check-ins")).click("See or change your plan")
    assert "They also see the earlier words of your plan." in page.text
    page = page.submit("Save my plan", **{"items-0-what": "Go to the group on Fridays."})
    assert "Your plan is saved." in page.text
    with court.app.app_context(), court.acting():
        assert [row.what for row in plan_of(enrollment_id)] == ["Go to the group on Fridays."]
        assert [one.before["items"][0]["what"] for one in plan_changes(enrollment_id)] == ["Go to the group."]
    first = plan(court, enrollment_id)[0]
    with clock.moved_to(first.opens_at):
        page = court.client(learner).get(court.url("check-ins/1"))
        assert "Go to the group on Fridays." in page.text
        page.submit("Send check-in", kept_1="well", support="none", statement="Fine.")
        review = court.client(officer).get(court.url(f"check-ins/review/{first.id}"))
        assert "The plan was changed" in review.text
        assert "Go to the group." in review.text


def test_a_plan_changes_only_while_check_ins_run(app):
    court = make_court(app)
    learner, _id = make_learner(court)
    assert "No plan yet" in court.client(learner).get(court.url("check-ins/plan")).text
