"""The judge's day on one page: who is heard with the bench card, and what only a judge decides, decided in place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.accountability.terminating.services import propose, respond
from app.caseload.bench.rules import next_court_days, only_a_judge_answers
from app.caseload.bench.services import let_go_on
from app.cases.holding import return_to_court
from app.cases.lookups import the_enrollment
from app.cases.models import Hearing
from app.core import clock
from app.core.errors import NotFound
from app.core.models import AuditEvent
from app.learning.models import ModuleProgress
from app.payments.ledger import write_entries
from app.payments.lookups import newest_waiver
from app.permissions.identity import Role
from tenants.closed_days import ClosedDays
from tenants.database import session, transaction
from tenants.program import Decider, Holidays, ProgramDocument, Referrer, Waivers, load_preset
from tests.caseloads import statements
from tests.client import Form, Page
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.waiver_steps import ask
from tests.reports import ask as ask_for_report
from tests.reports import in_accountability, run_renders

ZONE = "America/Los_Angeles"
REASONS = "No check-in since March. Three calls were not answered."
ANSWER = "I was in the hospital."
ORDERED = "Two more months, then a hearing."


def test_the_next_court_days_leave_out_weekends_and_closed_days() -> None:
    closed = ClosedDays(Holidays(state_holidays=True), "CA")
    days = next_court_days(date(2026, 12, 23), closed)
    assert days[:2] == [date(2026, 12, 24), date(2026, 12, 28)]
    assert len(days) == 5


@pytest.mark.parametrize(
    ("full", "partial", "judges"), [("clerk", "clerk", False), ("clerk", "judge", True), ("judge", "judge", True)]
)
def test_which_requests_wait_for_a_judge(full: str, partial: str, judges: bool) -> None:
    rules = Waivers().model_copy(update={"decides_full": Decider(full), "decides_partial": Decider(partial)})
    assert only_a_judge_answers(rules, "full") is judges


def of_a_judge() -> ProgramDocument:
    """A court where a judge answers every request and decides about the end of a program."""
    usual = load_preset("county_probation")
    return usual.model_copy(
        update={
            "people": usual.people.model_copy(
                update={"decides_termination": Decider.JUDGE, "refers": (Referrer.CLERK, Referrer.PROSECUTOR)}
            ),
            "termination": usual.termination.model_copy(update={"supervisor_approves": False}),
            "waivers": usual.waivers.model_copy(
                update={"decides_full": Decider.JUDGE, "decides_partial": Decider.JUDGE}
            ),
        }
    )


@dataclass
class Day:
    """A court on a day with one hearing, two cases that are back, and one request."""

    court: TestCourt
    heard: UUID
    ending: UUID
    returned: UUID
    asking: UUID
    proposal: UUID

    def calendar(self, role: Role = Role.JUDGE) -> Page:
        return self.court.staff_client(role).get(self.court.url("calendar"))

    def state(self, enrollment_id: UUID) -> str:
        with self.court.app.app_context(), self.court.acting():
            return the_enrollment(enrollment_id).state


def case_of(court: TestCourt, enrollment_id: UUID) -> UUID:
    with court.app.app_context(), court.acting():
        return the_enrollment(enrollment_id).referral_id


@pytest.fixture
def day(app: Flask) -> Day:
    court = make_court(app, document=of_a_judge())
    today, officer = clock.today(ZONE), court.member(Role.OFFICER)
    court.member(Role.JUDGE)
    with clock.moved_to(clock.now() - timedelta(days=30)):
        _learner, heard = make_learner(court, family_names="Heardtoday", hearing_on=today, hearing_at=time(9, 30))
        before = Hearing(referral_id=case_of(court, heard), on_date=today - timedelta(days=20))
    with app.app_context(), court.acting(), transaction() as current:
        current.add(before)
        write_entries(heard, [("paid", "", 5_000, "a:now")], actor=officer)
        current.add(
            ModuleProgress(
                enrollment_id=heard, slug="m", position=9, required=False, state="passed", passed_at=clock.now()
            )
        )
    learner, ending = in_accountability(court, family_names="Endingone", officer_id=officer.id)
    _learner, returned = in_accountability(court, family_names="Backone", officer_id=officer.id)
    asks, asking = make_learner(court, family_names="Askingone")
    assert ask(court, asks, household_size="3", income="1,900").status == 200
    with app.test_request_context(), court.acting():
        for one in (ending, returned):
            return_to_court(one, reason="No contact since March.", actor=officer)
        row = propose(ending, reasons=REASONS, counsel="Ms. Park", not_money=True, actor=officer)
        respond(row.id, ANSWER, actor=learner)
    return Day(court, heard, ending, returned, asking, row.id)


@pytest.mark.proves("AC-2", "AD-1")
def test_a_judge_reads_one_page(day: Day) -> None:
    court = day.court
    ask_for_report(court, day.heard, "bench_card")
    run_renders(court)
    judge = court.staff_client(Role.JUDGE)
    page = judge.get(court.url())  # where a judge lands
    assert page.heading.startswith("Today, ")
    for words in (
        "9:30",
        "Robin Heardtoday",
        "Bench card",
        "At a glance",
        "Still missing",
        "3 decisions wait for you",
        "1 module passed, $50.00 paid",
    ):
        assert words in page.text, words
    assert "Hearing today" not in page.text, "that is what the calendar says"
    for words in (REASONS, ANSWER, "No contact since March.", "To pay nothing", "The next court days"):
        assert words in page.text, words
    with statements(court.app) as seen:
        judge.get(court.url("calendar"))
    assert len(seen) <= 12, "\n".join(one for one, _values in seen)
    cards = page.click("All bench cards in order")
    assert "At a glance" in cards.text
    assert "Askingone" not in cards.text
    other = judge.get(court.url(f"calendar?day={clock.today(ZONE) + timedelta(days=1)}"))
    assert "Nobody is heard on this day" in other.text
    with court.app.app_context(), court.acting():
        looks = select(AuditEvent.subject_id).where(AuditEvent.actor_id == court.member(Role.JUDGE).id)
        assert {day.heard, day.proposal} <= set(session().scalars(looks))


@pytest.mark.proves("AC-2")
def test_a_judge_decides_in_place_and_nothing_happens_before_it_is_confirmed(day: Day) -> None:
    # A program that goes on.
    page = day.calendar()
    (form,) = page.tree.xpath(f"//form[contains(@action, 'returned/{day.returned}')]")
    check = Form(page, form).submit(reason=ORDERED)
    assert "The program goes on where it stopped: In check-ins." in check.text
    assert day.state(day.returned) == "returned_to_court"
    assert "The program goes on." in check.submit("Yes, this is the decision").text
    assert day.state(day.returned) == "accountability"
    assert "Back with the court" in day.calendar().text  # the other one
    # The end of a program: the answer has to be read first.
    again = day.calendar().submit("Check the decision", verdict="terminated", reason=ORDERED)
    assert "Read the answer first, and say so." in again.errors()
    check = again.submit("Check the decision", verdict="terminated", considered="y", reason=ORDERED)
    assert "The program ends now." in check.text
    assert day.state(day.ending) == "returned_to_court"
    check.submit("Yes, this is the decision")
    assert day.state(day.ending) == "terminated"
    # A request.
    check = day.calendar().submit("Check the answer", outcome="granted_full")
    assert "All of the fee that can be waived is waived at once." in check.text
    waiver = _waiver(day)
    assert waiver == "submitted"
    assert "The decision is saved" in check.submit("Yes, this is the decision").text
    assert _waiver(day) == "granted_full"
    assert "Nothing waits for you." in day.calendar().text


def _waiver(day: Day) -> str:
    with day.court.app.app_context(), day.court.acting():
        found = newest_waiver(day.asking)
        assert found is not None
        return found.state


@pytest.mark.proves("AC-2", "CO-7")
def test_only_a_judge_of_this_court_does(day: Day) -> None:
    court, abroad = day.court, make_court(day.court.app, document=of_a_judge())
    waiver_id = _waiver_id(day)
    paths = (
        f"calendar/terminations/{day.proposal}",
        f"calendar/returned/{day.returned}",
        f"calendar/waivers/{waiver_id}",
    )
    for role in (Role.CLERK, Role.OFFICER, Role.SUPERVISOR, Role.PROSECUTOR, Role.FACILITATOR):
        browser = court.staff_client(role)
        assert [browser.get(court.url(path)).status for path in ("calendar", *paths)] == [404] * 4, role
    judge = abroad.staff_client(Role.JUDGE)
    assert [judge.get(abroad.url(path)).status for path in paths] == [404] * 3
    for word in ("Endingone", "Backone", "Askingone", "Heardtoday"):
        assert word not in judge.get(abroad.url("calendar")).text
    with court.app.test_request_context(), court.acting():
        for role in (Role.CLERK, Role.OFFICER):
            with pytest.raises(NotFound):
                let_go_on(day.returned, reason="x", actor=court.member(role))


def _waiver_id(day: Day) -> UUID:
    with day.court.app.app_context(), day.court.acting():
        found = newest_waiver(day.asking)
        assert found is not None
        return found.id


def test_what_a_clerk_may_answer_too_is_counted_and_left_to_the_list(app: Flask) -> None:
    court = make_court(app)
    learner, _id = make_learner(court, family_names="Simpleone")
    assert ask(court, learner, household_size="3", income="1,900").status == 200
    page = court.staff_client(Role.JUDGE).get(court.url("calendar"))
    assert "Simpleone" not in page.text
    assert "1 more request that the clerk may answer too" in page.text


def test_bench_cards_of_a_day_are_made_with_one_press(day: Day) -> None:
    court = day.court
    make_referral(court, family_names="Notenrolled", hearing_on=clock.today(ZONE))
    page = day.calendar()
    assert "No bench card was made yet." in page.text
    page = page.submit("Make all bench cards of this day anew")
    assert "1 bench card is being made." in page.text
    run_renders(court)
    assert "At a glance" in day.calendar().text
