"""A step that was agreed on after a possible violation: reminded of, asked about, and what a no does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.opening import note_by_hand
from app.accountability.violations.rules import ViolationKind
from app.accountability.violations.steps.reminding import remind_of_agreed_steps
from app.accountability.violations.steps.rules import Kept
from app.accountability.violations.steps.services import say_whether_done
from app.core import clock
from app.core.errors import NotFound, Refused
from app.permissions.identity import Identity, Role
from tests.client import Page
from tests.factories import TestCourt, make_court
from tests.functional.violation_steps import START, deciding, document, in_check_ins, state, the_one, told

ZONE = ZoneInfo("America/Los_Angeles")
AGREED = "Call the group on Main Street and go there once."
ASKED = "Was the agreed step done?"


@pytest.fixture
def agreed(app: Flask) -> Iterator[tuple[TestCourt, Identity, UUID, Identity]]:
    """Noted by hand and answered with a step in ten days; the officer's case."""
    court = make_court(app, document=document())
    with clock.moved_to(START):
        officer = court.member(Role.OFFICER)
        learner, enrollment_id = in_check_ins(court, officer_id=officer.id, family_names="Stepping")
        with app.test_request_context(), court.acting():
            today = clock.today("America/Los_Angeles")
            note_by_hand(
                enrollment_id,
                ViolationKind.APPOINTMENT,
                event_on=today,
                facts="Did not come at 9:30.",
                not_money=True,
                actor=officer,
            )
        due = today + timedelta(days=10)
        day = {"due_on-month": str(due.month), "due_on-day": str(due.day), "due_on-year": str(due.year)}
        row = the_one(court, enrollment_id)
        page = deciding(court, officer, row, outcome="response", reason=AGREED, **day)
        assert "The decision is saved" in page.text
        yield court, learner, enrollment_id, officer


def days_later(row: PossibleViolation, days: int) -> AbstractContextManager[None]:
    """The clock at noon, so many days after the step's day."""
    assert row.response_due_on is not None
    return clock.moved_to(datetime.combine(row.response_due_on + timedelta(days=days), time(12), ZONE))


def saying(court: TestCourt, who: Identity, row: PossibleViolation, **answers: str) -> Page:
    page = court.client(who).get(court.url(f"cases/violations/{row.id}"))
    return page.form("Save").submit(**answers)


def test_the_learner_is_reminded_before_once_for_each_day_of_the_rules(agreed):
    court, learner, enrollment_id, officer = agreed
    row = the_one(court, enrollment_id)
    for days, so_far in ((-8, 0), (-7, 1), (-7, 1), (-3, 2)):
        with days_later(row, days), court.app.app_context(), court.acting():
            remind_of_agreed_steps()
        assert told(court, "agreed_step_due") == so_far, days
    with days_later(row, -2):
        home = court.client(learner).get(court.url("my-program"))
        (link,) = home.tree.xpath("//main//dd//a/@href")
        assert "The step that you agreed on, by" in home.text
        assert AGREED in court.client(learner).get(link).text
        saying(court, officer, row, kept="kept")
    with days_later(row, -1), court.app.app_context(), court.acting():
        remind_of_agreed_steps()
    assert "The step that you agreed on, by" not in court.client(learner).get(court.url("my-program")).text
    assert told(court, "agreed_step_due") == 2, "what is done is not reminded of"


def test_the_officer_is_asked_from_the_day_after_and_a_yes_ends_it(agreed):
    court, _learner, enrollment_id, officer = agreed
    row = the_one(court, enrollment_id)
    with days_later(row, 0):
        assert ASKED not in court.client(officer).get(court.url("caseload")).text
        early = saying(court, officer, row, kept="not_kept", note="Did not call.")
        assert "The day is not over yet." in early.errors()[0]
        assert "Did not call." in early.text
    with days_later(row, 1):
        browser = court.client(officer)
        assert f"{ASKED} It was due 1 day ago" in browser.get(court.url("caseload")).text
        listed = browser.get(court.url("violations"))
        assert "Agreed steps whose day is over" in listed.text
        assert AGREED in listed.text
        assert "It is noted." in saying(court, officer, row, kept="kept").text
        assert ASKED not in browser.get(court.url("caseload")).text
        assert "Agreed steps whose day is over" not in browser.get(court.url("violations")).text
        assert "Agreed step: Done" in browser.get(court.url(f"cases/{enrollment_id}")).text
    assert told(court, "agreed_step_not_done") == 0


def test_a_no_stands_on_both_lists_is_told_and_moves_nothing(agreed):
    court, learner, enrollment_id, officer = agreed
    row = the_one(court, enrollment_id)
    with days_later(row, 2):
        page = saying(court, officer, row, kept="not_kept")
        assert "Write a note. The participant can read it." in page.errors()
        saying(court, officer, row, kept="not_kept", note="The group has no record of a call.")
        browser = court.client(officer)
        assert "Agreed step not done, due 2 days ago" in browser.get(court.url("caseload")).text
        assert "Not done" in browser.get(court.url("violations")).text
        assert told(court, "agreed_step_not_done") == 1
        mine = court.client(learner).get(court.url(f"possible-violations/{row.id}"))
        assert "The group has no record of a call." in mine.text
        assert "Nothing happens by itself." in mine.text
        assert (state(court, enrollment_id), the_one(court, enrollment_id).state) == ("accountability", "response")
        later = saying(court, officer, row, kept="let_go", note="Moved to another group.")
        assert "It is noted." in later.text
        assert "Agreed step" not in browser.get(court.url("caseload")).text
        over = browser.get(court.url(f"cases/violations/{row.id}"))
        assert not over.tree.xpath("//input[@name='kept']")


def test_two_people_say_it_at_once_and_the_first_counts(agreed):
    court, _learner, enrollment_id, officer = agreed
    row, judge = the_one(court, enrollment_id), court.member(Role.JUDGE)
    with days_later(row, 1), court.app.test_request_context(), court.acting():
        say_whether_done(row.id, Kept.KEPT, "", actor=officer)
        with pytest.raises(Refused, match="Somebody has said this already"):
            say_whether_done(row.id, Kept.NOT_KEPT, "I saw no call.", actor=judge)
    assert the_one(court, enrollment_id).response_kept == "kept"


def test_only_those_who_decide_say_it(agreed):
    court, learner, enrollment_id, _officer = agreed
    row = the_one(court, enrollment_id)
    with days_later(row, 1), court.app.test_request_context(), court.acting():
        for who in (learner, court.member(Role.FACILITATOR), court.member(Role.PROSECUTOR)):
            with pytest.raises(NotFound):
                say_whether_done(row.id, Kept.KEPT, "", actor=who)
    assert the_one(court, enrollment_id).response_kept is None
