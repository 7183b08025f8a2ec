"""Signs of life from a lesson's page: what games with them gain (nothing), and the ledger that explains each minute."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from app.cases.lookups import the_enrollment
from app.core import clock
from app.learning.counting import counting_begins, lesson_key, rules_for, signs_of
from app.learning.ledger.lookups import time_of
from app.learning.lookups import course_of
from app.learning.models import LessonProgress, PageEvent, SeatCount
from app.learning.seat_time import count_seat_time
from app.permissions.identity import Role
from app.reports.facts import collect, the_court
from app.reports.snapshot import ReportKind
from tests.client import Page, PageClient
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.functional.learning_steps import MODULE, Learner, counted_statements

FIRST, SECOND = "how-this-program-works", "who-sees-what"


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    publish(app)
    return make_court(app)


@pytest.fixture
def learner(court: TestCourt) -> Learner:
    return Learner(court)


class Sitting:
    """One browser with a lesson's page open, and a clock that the test moves."""

    def __init__(self, learner: Learner, lesson: str = FIRST, browser: PageClient | None = None) -> None:
        self.learner, self.lesson = learner, lesson
        self.browser = browser or learner.browser
        page = self.browser.get(learner.url(lesson))
        start = {"Start", "Start reading"} & {button.strip() for button in page.tree.xpath("//main//button/text()")}
        if start:
            page = page.submit(start.pop())
        shown = page.tree.xpath("//*[@data-mark]")[0]
        self.token, self.mark = shown.get("data-token"), shown.get("data-mark")

    def sign(self, at: datetime, mark: str | None = None, lesson: str = "") -> Page:
        with clock.moved_to(at):
            data = {"csrf_token": self.token, "mark": self.mark if mark is None else mark}
            return self.browser.post(self.learner.url(f"{lesson or self.lesson}/pulse"), data)


def counted(learner: Learner) -> int:
    return sum(row.counted_seconds for row in learner.rows(LessonProgress))


def began(learner: Learner) -> datetime:
    return learner.rows(PageEvent)[0].at


def pure(learner: Learner, now: datetime) -> dict[str, int]:
    """What the rule makes of all signs."""
    with learner.court.app.app_context(), learner.court.acting(), clock.moved_to(now):
        course = course_of(the_enrollment(learner.enrollment_id), "en")
        ledgers = count_seat_time(
            signs_of(learner.enrollment_id), rules_for(course), counting_begins(course.enrollment), now
        )
        return {key: one.counted_seconds for key, one in ledgers.items() if one.counted_seconds}


def test_what_is_stored_sign_after_sign_is_what_the_rule_makes_of_all(learner: Learner):
    page = Sitting(learner)
    start = began(learner)
    seconds = [20, 40, 43, 60, 200, 205, 230, 2600, 2620, 2640]
    for second in seconds:
        assert page.sign(start + timedelta(seconds=second)).status == 200
    assert counted(learner) == 60 + 60 + 5 + 25 + 0 + 20 + 20
    assert pure(learner, start + timedelta(hours=1)) == {lesson_key(MODULE, FIRST): counted(learner)}
    assert learner.module().counted_seconds == counted(learner)
    assert [row.credited_seconds for row in learner.rows(SeatCount)] == [counted(learner)]


def test_two_browsers_at_once_count_once(court: TestCourt, learner: Learner):
    phone, desk = Sitting(learner), Sitting(learner, browser=court.client(learner.identity))
    start = began(learner)
    for second in range(20, 320, 20):
        phone.sign(start + timedelta(seconds=second))
        desk.sign(start + timedelta(seconds=second + 7))
    assert 280 <= counted(learner) <= 307


def test_two_lessons_in_two_tabs_count_once(learner: Learner):
    learner.read(FIRST)
    before, again = counted(learner), Sitting(learner, SECOND)
    other = Sitting(learner, FIRST)
    start = max(row.at for row in learner.rows(PageEvent))
    for second in range(20, 320, 20):
        other.sign(start + timedelta(seconds=second))
        again.sign(start + timedelta(seconds=second + 5))
    assert counted(learner) - before <= 306


def test_the_mark_of_another_lesson_person_or_sign_in_counts_nothing(court: TestCourt, learner: Learner):
    mine, start = Sitting(learner), None
    start = began(learner)
    somebody = Sitting(Learner(court))
    elsewhere = Sitting(learner, browser=court.client(learner.identity))
    for second, mark in ((20, somebody.mark), (40, elsewhere.mark), (60, ""), (80, "0" * 32), (100, "ü")):
        assert mine.sign(start + timedelta(seconds=second), mark).status == 409
    assert counted(learner) == 0
    refused = [row for row in learner.rows(PageEvent) if row.kind == "refused"]
    assert len(refused) == 2, "noted once a minute, so that a flood writes nothing"
    # Nor does the mark of an open lesson open another.
    assert mine.sign(start + timedelta(seconds=120), lesson=SECOND).status == 409
    assert {row.lesson for row in learner.rows(LessonProgress)} == {FIRST}


def test_a_replayed_and_a_flooding_page_gain_no_more_than_the_clock(learner: Learner):
    page = Sitting(learner)
    start = began(learner)
    for second in range(1, 61):
        for _again in range(2):
            page.sign(start + timedelta(seconds=second))
    assert counted(learner) <= 60
    assert len(learner.rows(PageEvent)) <= 14


def test_a_clock_that_goes_back_gives_nothing(learner: Learner):
    page = Sitting(learner)
    start = began(learner)
    for second in (20, 40, 30, 10, 35, 60, 50, 60):
        page.sign(start + timedelta(seconds=second))
    assert counted(learner) <= 60
    assert counted(learner) == sum(pure(learner, start + timedelta(minutes=2)).values())


def test_answers_posted_by_a_script_finish_nothing_early(learner: Learner):
    page = Sitting(learner)
    for lesson in ("your-first-step", "one-thing-you-keep-doing", "quiz"):
        for data in ({"text": "word " * 80}, {"number": "1", "answer-a": "b"}, {}):
            learner.browser.post(learner.url(lesson), {**data, "csrf_token": page.token})
    for turn in ("next", "next", "finish", "finish"):
        learner.browser.post(learner.url(FIRST), {"turn": turn, "part": "9", "csrf_token": page.token})
    assert learner.done() == set()
    assert counted(learner) <= 60, "what the machine took"
    assert {row.lesson for row in learner.rows(LessonProgress)} == {FIRST}


def test_a_sign_asks_two_questions_of_its_own(court: TestCourt, learner: Learner):
    page = Sitting(learner)
    start = began(learner)
    page.sign(start + timedelta(seconds=20))
    page.sign(start + timedelta(seconds=40))
    with counted_statements(court.app) as statements:
        page.sign(start + timedelta(seconds=55))  # a sign-in is noted as seen once a minute, in a statement of its own
    assert len(statements) <= 5, "\n".join(statements)  # the court, who signs, a dispute, reading, writing


def test_the_ledger_explains_each_minute_to_learner_and_court(court: TestCourt, learner: Learner):
    assert "No time yet" in learner.browser.get(court.url("my-time")).text
    page = Sitting(learner)
    start = began(learner)
    for second in (*range(20, 320, 20), 1500, 1520):
        page.sign(start + timedelta(seconds=second))
    page.sign(start + timedelta(seconds=1530), "forged")
    with clock.moved_to(start + timedelta(seconds=1600)):
        mine = learner.browser.get(court.url("my-time"))
        assert "Counted in this module: 6 min 20 s. Reports show 6 minutes." in mine.text
        assert "The page was not in view, the device slept, or the network was gone." in mine.text
        assert "did not come from a page of this lesson" in mine.text
        assert learner.module().counted_seconds == 380
        with court.app.test_request_context(), court.acting():
            enrollment = the_enrollment(learner.enrollment_id)
            sums = [(one.counted, sum(lesson.counted for lesson in one.lessons)) for one in time_of(enrollment)]
            assert sums == [(380, 380)]
        for role in (Role.CLERK, Role.JUDGE, Role.SUPERVISOR, Role.ADMINISTRATOR):
            case = court.staff_client(role).get(court.url(f"cases/{learner.enrollment_id}"))
            assert "6 min 20 s" in case.click("How the time was counted").text
        for role in (Role.FACILITATOR, Role.PROSECUTOR, Role.OFFICER):  # an officer: only of an assigned case
            assert court.staff_client(role).get(court.url(f"cases/{learner.enrollment_id}/time")).status == 404
        other = make_court(court.app)
        assert other.staff_client(Role.CLERK).get(other.url(f"cases/{learner.enrollment_id}/time")).status == 404


def test_the_ledger_adds_up_to_what_reports_say(court: TestCourt, learner: Learner):
    learner.all_before("your-first-step")
    with court.app.test_request_context(), court.acting():
        enrollment = the_enrollment(learner.enrollment_id)
        for module in time_of(enrollment):
            assert module.counted == sum(one.counted for one in module.lessons)
            for one in module.lessons:
                stretches = sum(span.length.total_seconds() for span in one.spans if span.verdict.value == "counted")
                assert one.counted == int(stretches) + one.adjusted
        reported = collect(enrollment, ReportKind.PROGRESS, the_court(), language="en")["modules"]
    shown = learner.browser.get(court.url("my-time")).text
    minutes = [module.counted_minutes for module in reported if module.counted_minutes]
    assert minutes
    for number in minutes:
        assert f"Reports show {number} minutes." in shown


def test_the_ledger_in_spanish_has_the_same_numbers(court: TestCourt, learner: Learner):
    page = Sitting(learner)
    start = began(learner)
    for second in range(20, 320, 20):
        page.sign(start + timedelta(seconds=second))
    home = learner.browser.get(court.url("my-time"))
    token = home.tree.xpath("//input[@name='csrf_token']")[0].get("value")
    learner.browser.post(court.url("language"), {"language": "es", "csrf_token": token})
    assert "5 min 0 s" in learner.browser.get(court.url("my-time")).text
