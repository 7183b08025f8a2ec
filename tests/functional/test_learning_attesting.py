"""Who is learning: what a learner says by starting a module and handing in its quiz, and facts that decide nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.core import clock
from app.learning.attesting.models import Attestation
from app.learning.models import PageEvent
from app.permissions.identity import Role
from tenants.database import transaction
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.functional.learning_steps import Learner
from tests.functional.test_learning_accommodations import ask, grant
from tests.functional.test_learning_time import FIRST, Sitting


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    publish(app)
    return make_court(app)


def said(learner: Learner) -> list[tuple[str, int, str]]:
    return [(row.moment, row.number, row.said) for row in sorted(learner.rows(Attestation), key=lambda row: row.at)]


def test_it_is_said_once_at_the_start_and_with_each_quiz_and_both_sides_see_it(court: TestCourt):
    learner = Learner(court)
    assert "By starting you say: I am doing this module myself." in learner.browser.get(learner.url(FIRST)).text
    assert said(learner) == [], "looking at the page says nothing"
    learner.all_before("quiz")
    assert said(learner) == [("start", 0, "myself")]
    page = learner.browser.get(learner.url("quiz")).submit("Start the quiz")
    assert "By handing in you say: These answers are my own." in page.text
    learner.answer(right=False)
    learner.answer()
    assert said(learner) == [("start", 0, "myself"), ("hand_in", 1, "myself"), ("hand_in", 2, "myself")]
    mine = learner.browser.get(court.url("my-time")).text
    theirs = court.staff_client(Role.SUPERVISOR).get(court.url(f"cases/{learner.enrollment_id}/time")).text
    for page_text in (mine, theirs):
        assert "I am doing this module myself." in page_text
        assert "was finished after" not in page_text, "without JavaScript questions have no time: that says nothing"


def test_far_faster_than_reading_is_a_fact_on_both_pages_and_stops_nothing(court: TestCourt):
    learner = Learner(court)
    learner.all_before("quiz")
    page = Sitting(learner, "quiz")
    page.sign(clock.now())
    page.sign(clock.now() + timedelta(seconds=6))
    with clock.moved_to(clock.now() + timedelta(seconds=10)):
        assert "You passed with 100%" in learner.answer().text
        mine = learner.browser.get(court.url("my-time")).text
        theirs = court.staff_client(Role.SUPERVISOR).get(court.url(f"cases/{learner.enrollment_id}/time")).text
    for page_text in (mine, theirs):
        assert "They decide nothing, and nothing was stopped because of them." in page_text
        assert "Quiz was finished after" in page_text


def test_with_a_reader_whom_the_court_allows_the_words_are_others(court: TestCourt):
    learner = Learner(court)
    ask(learner, "reader")
    grant(learner, "reader")
    page = learner.browser.get(learner.url(FIRST))
    assert "I am doing this module myself, with the help that the court allows." in page.text
    page.submit("Start reading")
    assert said(learner) == [("start", 0, "helped")]


def test_two_sign_ins_at_once_are_a_fact_on_both_pages_and_stop_nothing(court: TestCourt):
    learner = Learner(court)
    phone = Sitting(learner)
    desk = Sitting(learner, browser=court.client(learner.identity))
    start = learner.rows(PageEvent)[0].at
    for second in range(20, 220, 20):
        assert phone.sign(start + timedelta(seconds=second)).status == 200
        assert desk.sign(start + timedelta(seconds=second + 5)).status == 200
    with clock.moved_to(start + timedelta(seconds=300)):
        assert "Pages were in view in two sign-ins at once" in learner.browser.get(court.url("my-time")).text
        case = court.staff_client(Role.CLERK).get(court.url(f"cases/{learner.enrollment_id}/time"))
        assert "Pages were in view in two sign-ins at once" in case.text


def test_what_was_said_stays_as_it_was_said(court: TestCourt):
    learner = Learner(court)
    learner.browser.get(learner.url(FIRST)).submit("Start reading")
    for change in ("UPDATE attestation SET said = 'helped'", "DELETE FROM attestation"):
        with (
            court.app.app_context(),
            court.acting(),
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction() as current,
        ):
            current.execute(text(change))
    assert said(learner) == [("start", 0, "myself")]
