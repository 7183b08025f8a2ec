"""Six months of check-ins, lived through; what is sent, missed, returned and excused, and who reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread
from uuid import UUID

import pytest
from sqlalchemy import select

from app.accountability import services
from app.accountability.lookups import check_ins_of
from app.accountability.models import CheckIn
from app.accountability.schedule import midnight
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.services import finish_coursework, open_coursework
from app.core import clock
from app.core.models import AuditEvent
from app.learning.pseudonym import pseudonym
from app.permissions.identity import Identity, Role
from tenants.database import session, transaction
from tenants.program import ProgramDocument, load_preset
from tests.factories import TestCourt, make_court, make_learner

START = datetime(2027, 1, 31, 18, 0, tzinfo=UTC)
ZONE = "America/Los_Angeles"
ANSWERS = {"going": "mostly", "support": "none", "statement": "I kept my plan this month."}


def in_accountability(court: TestCourt, **fields: object) -> tuple[Identity, UUID]:
    """A learner whose lessons are done at the clock's time."""
    learner, enrollment_id = make_learner(court, **fields)
    with court.app.test_request_context(), court.acting():
        open_coursework(enrollment_id)
        finish_coursework(enrollment_id)
    return learner, enrollment_id


def rules_with(**fields: object) -> ProgramDocument:
    document = load_preset("county_probation")
    return document.model_copy(update={"accountability": document.accountability.model_copy(update=fields)})


def plan_of(court: TestCourt, enrollment_id: UUID) -> list[CheckIn]:
    with court.app.app_context(), court.acting():
        return list(check_ins_of(enrollment_id))


def state_of_case(court: TestCourt, enrollment_id: UUID) -> str:
    with court.app.app_context(), court.acting():
        return the_enrollment(enrollment_id).state


def sweep(court: TestCourt) -> None:
    with court.app.app_context(), court.acting():
        services.mark_missed()


def audits(court: TestCourt, action: str) -> int:
    with court.app.app_context(), court.acting():
        return len(session().scalars(select(AuditEvent).where(AuditEvent.action == action)).all())


def assign(court: TestCourt, enrollment_id: UUID, officer: Identity) -> None:
    with court.app.app_context(), court.acting(), transaction():
        the_enrollment(enrollment_id, lock=True).officer_id = officer.id


@pytest.mark.proves("FA-6")
def test_six_months_lived_through(app):
    """Month ends, a leap-free February and the change to daylight-saving time; each check-in comes once."""
    court = make_court(app)
    with clock.moved_to(START):
        learner, enrollment_id = in_accountability(court)
        reader = court.member(Role.FACILITATOR)
    plan = plan_of(court, enrollment_id)
    assert [row.number for row in plan] == [1, 2, 3, 4, 5, 6]
    # Nominal days stay at the month's end; one on a weekend or a holiday of the state moves to the next open day.
    assert [row.due_on.isoformat() for row in plan] == [
        "2027-03-01",
        "2027-04-01",
        "2027-04-30",
        "2027-06-01",
        "2027-06-30",
        "2027-08-02",
    ]
    for row in plan:
        with clock.moved_to(row.opens_at - timedelta(minutes=1)):
            page = court.client(learner).get(court.url(f"check-ins/{row.number}"))
            assert "Opens on" in page.text
            assert not page.tree.xpath("//main//form")
        with clock.moved_to(row.opens_at):
            browser = court.client(learner)
            page = browser.get(court.url("check-ins")).click(f"Do check-in {row.number}")
            page = page.submit("Send check-in", **ANSWERS)
            assert "Your check-in was sent" in page.text
        with clock.moved_to(row.opens_at + timedelta(hours=1)):
            staff = court.client(reader)
            page = staff.get(court.url("check-ins/review")).click(pseudonym(enrollment_id))
            assert "I kept my plan this month." in page.text
            page.submit("Accept")
            sweep(court)
        expected = "report_due" if row.number == 6 else "accountability"
        assert state_of_case(court, enrollment_id) == expected
    with clock.moved_to(plan[-1].grace_until + timedelta(days=1)):
        sweep(court)
        page = court.client(learner).get(court.url("check-ins"))
    assert page.text.count("Accepted") == 6
    assert audits(court, "accountability.miss_check_in") == 0


def test_missed_monday_can_be_done_until_thursday(app):
    court = make_court(app)
    with clock.moved_to(START):
        learner, enrollment_id = in_accountability(court)
    first = plan_of(court, enrollment_id)[0]
    with clock.moved_to(first.closes_at + timedelta(hours=9)):
        browser = court.client(learner)
        page = browser.get(court.url("check-ins"))
        assert "You missed Monday, March 1. You can still do it until Thursday, March 4." in page.text
        page.click("Do check-in 1").submit("Send check-in", **ANSWERS)
    with clock.moved_to(first.grace_until + timedelta(hours=1)):
        sweep(court)
        assert "You sent it." in court.client(learner).get(court.url("check-ins")).text
    assert plan_of(court, enrollment_id)[0].state == "submitted"


def test_missed_once_noted_once_and_kindly(app):
    court = make_court(app)
    with clock.moved_to(START):
        learner, enrollment_id = in_accountability(court)
    first = plan_of(court, enrollment_id)[0]
    with clock.moved_to(first.grace_until - timedelta(seconds=1)):
        sweep(court)
    assert plan_of(court, enrollment_id)[0].state == "scheduled"
    with clock.moved_to(first.grace_until):
        sweep(court)
        sweep(court)
        page = court.client(learner).get(court.url("check-ins/1"))
        assert "The time for this one is over" in page.text
        assert not page.tree.xpath("//main//form")
    assert [row.state for row in plan_of(court, enrollment_id)] == ["missed"] + ["scheduled"] * 5
    assert audits(court, "accountability.miss_check_in") == 1


def test_two_sweeps_at_once_note_a_miss_once(app):
    court = make_court(app)
    with clock.moved_to(START):
        _learner, enrollment_id = in_accountability(court)
    last = plan_of(court, enrollment_id)[-1]

    def run() -> None:
        with clock.moved_to(last.grace_until):
            sweep(court)

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audits(court, "accountability.miss_check_in") == 6


def test_misses_within_the_allowance_end_in_a_report_beyond_stay_for_a_person(app):
    court = make_court(app, document=rules_with(months=2, misses_allowed=1))
    with clock.moved_to(START):
        officer = court.member(Role.OFFICER)
        within, within_id = in_accountability(court, officer_id=officer.id)
        _beyond, beyond_id = in_accountability(court, officer_id=officer.id)
    first, second = plan_of(court, within_id)
    with clock.moved_to(first.opens_at), app.test_request_context(), court.acting():
        services.submit(within_id, 1, dict(ANSWERS), actor=within)
        services.review(first.id, "accepted", actor=officer)
    with clock.moved_to(second.grace_until):
        sweep(court)
        assert state_of_case(court, within_id) == "report_due"
        assert state_of_case(court, beyond_id) == "accountability"
        missed = plan_of(court, beyond_id)[0]
        page = court.client(officer).get(court.url(f"check-ins/{missed.id}/excuse"))
        assert "Give the reason" in page.submit("Excuse this check-in").errors()[0]
        page = page.submit("Excuse this check-in", reason="In the hospital; the note is in the file.")
        assert page.status == 200
    assert plan_of(court, beyond_id)[0].state == "excused"
    assert state_of_case(court, beyond_id) == "report_due"


def test_nobody_misses_anything_while_paused(app):
    court = make_court(app)
    with clock.moved_to(START):
        learner, enrollment_id = in_accountability(court)
        with app.test_request_context(), court.acting():
            services.note_activity(enrollment_id)
    with app.app_context(), court.acting(), transaction() as current:
        current.scalars(select(Enrollment).where(Enrollment.id == enrollment_id)).one().state = "on_hold"
    first = plan_of(court, enrollment_id)[0]
    with clock.moved_to(first.grace_until):
        sweep(court)
        assert "Nothing is open now" in court.client(learner).get(court.url("check-ins")).text
    with clock.moved_to(first.opens_at):
        page = court.client(learner).get(court.url("check-ins/1"))
        assert not page.tree.xpath("//main//form")
    assert plan_of(court, enrollment_id)[0].state == "scheduled"


def test_returned_with_one_thing_to_add_is_never_missed(app):
    court = make_court(app)
    with clock.moved_to(START):
        learner, enrollment_id = in_accountability(court)
        officer = court.member(Role.OFFICER)
        assign(court, enrollment_id, officer)
    first = plan_of(court, enrollment_id)[0]
    review_url = court.url(f"check-ins/review/{first.id}")
    with clock.moved_to(first.opens_at):
        court.client(learner).get(court.url("check-ins/1")).submit("Send check-in", **ANSWERS)
        staff = court.client(officer)
        form = staff.get(review_url).form("Accept").values()
        empty = staff.post(review_url, {**form, "return": "1", "feedback": " "})
        assert empty.status == 422
        assert "Say what is to be added" in empty.errors()[0]
        staff.post(review_url, {**form, "return": "1", "feedback": "Please say what your plan is."})
    with clock.moved_to(first.grace_until + timedelta(days=2)):
        sweep(court)
        page = court.client(learner).get(court.url("check-ins")).click("Add one thing")
        assert "Please say what your plan is." in page.text
        assert "I kept my plan this month." in page.text
        page.submit("Send", addition="I call my sponsor on Fridays.")
        page = court.client(officer).get(review_url)
        assert "I call my sponsor on Fridays." in page.text
        page.submit("Accept")
        sweep(court)
    row = plan_of(court, enrollment_id)[0]
    assert (row.state, row.submitted_at) == ("accepted", first.opens_at)


def test_sent_twice_is_one_and_the_first_words_stay(app):
    court = make_court(app)
    with clock.moved_to(START):
        learner, enrollment_id = in_accountability(court)
    first = plan_of(court, enrollment_id)[0]
    with clock.moved_to(first.opens_at):
        browser = court.client(learner)
        page = browser.get(court.url("check-ins/1"))
        page.submit("Send check-in", **ANSWERS)
        again = page.submit("Send check-in", **{**ANSWERS, "statement": "Something else."})
        assert again.status == 200
    row = plan_of(court, enrollment_id)[0]
    assert (row.state, row.answers["statement"]) == ("submitted", ANSWERS["statement"])
    assert audits(court, "accountability.submit_check_in") == 1


def test_a_forged_post_outside_the_window_changes_nothing(app):
    court = make_court(app)
    with clock.moved_to(START):
        learner, enrollment_id = in_accountability(court)
    first, second, *_rest = plan_of(court, enrollment_id)
    with clock.moved_to(first.opens_at):
        browser = court.client(learner)
        token = browser.get(court.url("check-ins/1")).form("Send check-in").values()
        early = browser.post(court.url("check-ins/2"), {**token, **ANSWERS, "state": "accepted", "court_id": "x"})
        assert early.status == 422
        assert "not open yet" in early.errors()[0]
    with clock.moved_to(first.grace_until):
        browser = court.client(learner)
        token = browser.get(court.url()).form("Español").values()
        late = browser.post(court.url("check-ins/1"), {**token, **ANSWERS})
        assert "The time for this check-in is over" in late.errors()[0]
    assert [row.state for row in plan_of(court, enrollment_id)] == ["scheduled"] * 6
    assert second.state == "scheduled"


def test_officers_own_questions_and_what_is_missing_is_said_at_its_field(app):
    court = make_court(app, document=rules_with(officer_questions=("Did you keep your work hours?",)))
    with clock.moved_to(START):
        learner, enrollment_id = in_accountability(court)
    first = plan_of(court, enrollment_id)[0]
    with clock.moved_to(first.opens_at):
        page = court.client(learner).get(court.url("check-ins/1"))
        assert "Do not describe your arrest or any crime here" in page.text
        assert "Your probation officer and a facilitator" in page.text
        page = page.submit("Send check-in", going="well", statement="It went well.")
        assert page.status == 422
        assert {"Choose an answer. Asking for support never counts against you.", "Write a short answer."} <= set(
            page.errors()
        )
        assert "It went well." in page.data.decode()
        page.submit("Send check-in", support="talk", question_1="Yes.")
    assert plan_of(court, enrollment_id)[0].answers["questions"] == [
        {"asked": "Did you keep your work hours?", "text": "Yes."}
    ]


@pytest.mark.proves("AC-3")
def test_officers_read_their_own_caseloads_only_and_a_new_officer_at_once(app):
    court = make_court(app)
    with clock.moved_to(START):
        learner, enrollment_id = in_accountability(court, family_names="Readable")
        anna, ben = court.member(Role.OFFICER, "Anna"), court.member(Role.OFFICER, "Ben")
        assign(court, enrollment_id, anna)
    first = plan_of(court, enrollment_id)[0]
    one = court.url(f"check-ins/review/{first.id}")
    with clock.moved_to(first.opens_at), app.test_request_context(), court.acting():
        services.submit(enrollment_id, 1, dict(ANSWERS), actor=learner)
    with clock.moved_to(first.opens_at):
        as_anna, as_ben = court.client(anna), court.client(ben)
        queue = court.url("check-ins/review")
        assert "Readable" in as_anna.get(queue).text
        assert as_anna.get(one).status == 200
        assert "Readable" not in as_ben.get(queue).text
        assert as_ben.get(one).status == as_ben.get(court.url(f"check-ins/{first.id}/excuse")).status == 404
        assign(court, enrollment_id, ben)
        assert as_anna.get(one).status == 404
        assert "Readable" not in as_anna.get(queue).text
        assert "Readable" in as_ben.get(queue).text


@pytest.mark.proves("AC-2", "CO-7")
def test_facilitators_see_a_pseudonym_and_other_courts_and_roles_nothing(app):
    court, other = make_court(app), make_court(app)
    with clock.moved_to(START):
        learner, enrollment_id = in_accountability(court, family_names="Unnamed")
        first = plan_of(court, enrollment_id)[0]
    with clock.moved_to(first.opens_at):
        court.client(learner).get(court.url("check-ins/1")).submit("Send check-in", **ANSWERS)
        path = f"check-ins/review/{first.id}"
        page = court.staff_client(Role.FACILITATOR).get(court.url(path))
        assert pseudonym(enrollment_id) in page.text
        assert "Unnamed" not in page.data.decode()
        assert court.staff_client(Role.FACILITATOR).get(court.url(f"check-ins/{first.id}/excuse")).status == 404
        foreign = other.staff_client(Role.FACILITATOR)
        missing = foreign.get(other.url("check-ins/review/018f3c4e-0000-7000-8000-000000000000"))
        assert foreign.get(other.url(path)).status == missing.status == 404
        assert "Nothing waits for you" in foreign.get(other.url("check-ins/review")).text
        for role in (Role.CLERK, Role.JUDGE, Role.PROSECUTOR, Role.ADMINISTRATOR):
            assert court.staff_client(role).get(court.url(path)).status == 404
        assert court.client(learner).get(court.url(path)).status == 404


def test_a_plan_is_made_once_and_the_window_ends_at_the_courts_midnight(app):
    court = make_court(app)
    with clock.moved_to(START):
        _learner, enrollment_id = in_accountability(court)
    plan = plan_of(court, enrollment_id)
    with clock.moved_to(START + timedelta(days=40)), app.app_context(), court.acting():
        services.make_plan(enrollment_id)
    assert [row.id for row in plan_of(court, enrollment_id)] == [row.id for row in plan]
    assert all(row.closes_at == midnight(row.due_on + timedelta(days=1), ZONE) for row in plan)
    assert audits(court, "accountability.plan") == 1


def test_two_readers_at_once(app):
    court = make_court(app)
    with clock.moved_to(START):
        learner, enrollment_id = in_accountability(court)
        first = plan_of(court, enrollment_id)[0]
    with clock.moved_to(first.opens_at):
        court.client(learner).get(court.url("check-ins/1")).submit("Send check-in", **ANSWERS)
        url = court.url(f"check-ins/review/{first.id}")
        one, two = court.staff_client(Role.FACILITATOR), court.staff_client(Role.SUPERVISOR)
        page = two.get(url)
        one.get(url).submit("Accept")
        late = two.post(url, {**page.form("Accept").values(), "return": "1", "feedback": "More, please."})
        assert "Somebody else has just looked" in late.errors()[0]
    assert plan_of(court, enrollment_id)[0].state == "accepted"
