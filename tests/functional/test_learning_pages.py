"""Lessons, as a person with a plain phone takes them: by links and buttons only, every page inspected."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core import clock
from app.core.models import AuditEvent
from app.learning.models import LessonProgress, PageEvent, QuizAttempt, Reflection
from app.permissions.identity import Role
from tenants.database import session
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.functional.learning_steps import (
    CONTENT,
    MODULE,
    QUESTIONS,
    READING,
    WORDS,
    Learner,
    counted_statements,
    later,
    pass_time,
    quiz_answers,
    rules,
)


@pytest.fixture(scope="module", autouse=True)
def _published(app: Flask) -> None:
    publish(app)


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


@pytest.fixture
def learner(court: TestCourt) -> Learner:
    return Learner(court)


def test_a_whole_module_without_javascript(court: TestCourt, learner: Learner):
    page = learner.browser.get(court.url("lessons"))
    assert page.heading == "Lessons"
    assert "Start" in page.click("Start").text
    learner.read("how-this-program-works")
    page = learner.browser.get(learner.url("how-this-program-works?part=999"))
    assert "Nothing here is graded" in page.text
    assert "A better answer" in page.text
    learner.watch("who-sees-what")
    assert "What this way can teach" in learner.walk().text
    page = learner.write()
    assert page.heading == "One thing you keep doing"
    page = learner.promise()
    assert page.heading == "Quiz"
    page = learner.answer()
    assert "You passed with 100%" in page.text
    assert learner.module().state == "in_progress"
    assert "A facilitator is reading" in learner.browser.get(court.url("lessons")).text
    assert learner.state() == "coursework"

    reader = court.staff_client(Role.FACILITATOR)
    queue = reader.get(court.url("reflections"))
    assert "Sample" not in queue.text
    item = queue.click("Participant")
    assert "Robin" not in item.text
    assert WORDS.strip() in item.text
    item.submit("Accept", accept="1")
    assert learner.module().state == "passed"
    assert learner.module().best_percent == 100
    assert learner.module().counted_seconds >= 12 * 60
    assert learner.state() == "accountability"
    assert "You have finished all required lessons" in learner.browser.get(court.url("lessons")).text


def test_reading_too_fast_is_refused_kindly(learner: Learner):
    page = learner.browser.get(learner.url("how-this-program-works")).submit("Start reading")
    while "Continue" in page.text:
        page = page.submit("Continue")
    page = learner.think(page).submit("Finish this lesson")
    assert "This reading takes about" in page.text
    assert learner.done() == set()
    with later(minutes=2, seconds=5):
        page = page.submit("Finish this lesson")
        assert "You have read for 2 of" in page.text
        assert learner.done() == set()


def test_a_reading_is_done_when_its_questions_are_answered_too(app: Flask, learner: Learner):
    page = learner.browser.get(learner.url(READING))
    assert "A few questions to think with follow." in page.text
    early = learner.think_blindly()
    assert "Open the lesson first" in early.text
    assert learner.rows(QuizAttempt) == [], "answers from outside of the lesson open and keep nothing"
    page = learner.browser.get(learner.url(READING)).submit("Start reading")
    pass_time(app, minutes=16)
    while "Continue" in page.text:
        page = page.submit("Continue")
    assert "See what each answer means" in page.text
    token = {"csrf_token": page.form("See what").values()["csrf_token"]}
    forced = learner.browser.post(learner.url(READING), {"turn": "finish", "part": "999", **token})
    assert "Answer the questions at the end first." in forced.text
    assert learner.done() == set()
    refused = page.form("See what").submit(**{f"answer-{QUESTIONS[0].id}": QUESTIONS[0].options[0].id})
    assert refused.status == 422
    assert len(refused.errors()) == 2 * (len(QUESTIONS) - 1)
    assert refused.tree.xpath("//input[@checked]/@value") == [QUESTIONS[0].options[0].id], (
        "what was chosen stays chosen"
    )
    page = learner.think(refused)
    assert QUESTIONS[0].right_option.explanation.words("en") in page.text
    assert learner.done() == set()
    assert page.submit("Finish this lesson").heading == "Who sees what"
    assert learner.done() == {READING}


def test_the_fee_is_said_to_open_the_lessons(court: TestCourt):
    learner = Learner(court, coursework=False)
    assert "Lessons open when the program fee is paid" in learner.browser.get(court.url("lessons")).text
    page = learner.browser.get(learner.url("how-this-program-works"))
    assert page.url == court.url("lessons")
    assert learner.rows(PageEvent) == []


def test_a_failed_quiz_is_explained_and_a_facilitator_gives_new_tries(court: TestCourt, learner: Learner):
    learner.all_before("quiz")
    for left in ("2 tries left", "1 try left"):
        page = learner.answer(right=False)
        assert "You have 0%. You need 80% to pass" in page.text
        assert "A better answer" in page.text
        assert left in page.text
    page = learner.answer(right=False)
    assert "You have used all tries" in page.text
    assert learner.module().state == "attempts_exhausted"
    page = learner.browser.get(court.url("lessons"))
    assert "A facilitator will open it again" in page.text
    assert "You have used all tries" in learner.browser.get(learner.url("quiz")).text
    with later(minutes=1):
        queue = court.staff_client(Role.FACILITATOR).get(court.url("reviews?kind=quiz"))
        queue.click("Participant").submit("Allow new tries")
        assert learner.module().state == "in_progress"
        assert "You passed with 100%" in learner.answer().text
    assert len(learner.rows(QuizAttempt)) == 6  # the answers of the check and the story are kept beside the four tries


def test_an_unanswered_question_uses_up_no_try(learner: Learner):
    learner.all_before("quiz")
    page = learner.browser.get(learner.url("quiz")).submit("Start the quiz")
    answers = quiz_answers(page, right=True)
    missing = answers.popitem()[0]
    page = page.form("Hand in").submit(**answers)
    assert page.status == 422
    assert len(page.errors()) == 2  # in the summary and at the question
    page = page.form("Hand in").submit(**answers, **{missing: quiz_answers(page, right=True)[missing]})
    assert "You passed with 100%" in page.text


def test_waits_between_tries(app: Flask):
    learner = Learner(make_court(app, document=rules(quiz_wait_hours=24)))
    learner.all_before("quiz")
    page = learner.answer(right=False)
    assert "You can try again from" in page.text
    before = len(learner.rows(QuizAttempt))
    start = learner.browser.post(
        learner.url("quiz"), {"csrf_token": page.tree.xpath("//input[@name='csrf_token']")[0].get("value")}
    )
    assert "You can try again a little later" in start.text
    assert len(learner.rows(QuizAttempt)) == before
    with later(hours=25):
        learner.browser = learner.court.client(learner.identity)  # the session has ended by then
        assert "You passed" in learner.answer().text


def test_a_reflection_is_kept_too_short_long_returned_and_accepted(court: TestCourt, learner: Learner):
    learner.all_before("your-first-step")
    page = learner.browser.get(learner.url("your-first-step"))
    assert "Do not describe your arrest" in page.text
    kept = learner.browser.post(court.url("typed"), {**page.form("Hand in").values(), "text": "A first thought"})
    assert "saved for later" in kept.text
    assert page.form("Hand in").values()["text"] == ""
    assert kept.form("Hand in").values()["text"] == "A first thought"
    assert learner.rows(Reflection) == []
    page = page.submit("Hand in", text="Seven words are not enough for this")
    assert page.status == 422
    assert "You have 7" in page.text
    assert learner.rows(Reflection)[0].text == "Seven words are not enough for this"
    page = page.submit("Hand in", text=WORDS)  # the very page that was refused
    assert page.heading == "One thing you keep doing"
    assert learner.rows(Reflection)[0].text == WORDS
    facilitator = court.staff_client(Role.FACILITATOR)
    item = facilitator.get(court.url(f"reflections/{learner.rows(Reflection)[0].id}"))
    refused = item.submit("Return", feedback="", **{"return": "1"})
    assert "Say the one thing to add." in refused.errors()
    refused.submit("Return", feedback="How will you know that you did it?", **{"return": "1"})
    page = learner.browser.get(court.url("lessons"))
    page = page.click("Add to your answer")
    assert "How will you know that you did it?" in page.text
    page.submit("Hand in", text=WORDS + "I will write it down.")
    item = facilitator.get(court.url(f"reflections/{learner.rows(Reflection)[0].id}"))
    item.submit("Accept", accept="1", feedback="Thank you.")
    assert "Thank you." in learner.browser.get(learner.url("your-first-step")).text
    assert "your-first-step" in learner.done()


def test_a_court_may_let_a_reflection_count_at_once(app: Flask):
    learner = Learner(make_court(app, document=rules(reflection_needs_acceptance=False)))
    learner.all_before("quiz")
    learner.answer()
    assert learner.module().state == "passed"
    assert learner.state() == "accountability"


@pytest.mark.proves("AC-5")
def test_no_address_or_form_skips_ahead(court: TestCourt, learner: Learner):
    token = learner.browser.get(learner.url()).tree.xpath("//input[@name='csrf_token']")[0].get("value")
    for lesson in [one.slug for one in CONTENT.lessons][1:]:
        page = learner.browser.get(learner.url(lesson))
        assert page.url == learner.url("how-this-program-works"), lesson
        assert "opens when you finish the one before" in page.text
        for data in ({"turn": "start"}, {"turn": "finish", "part": "9"}, {"text": WORDS}, {"number": "1"}, {}):
            learner.browser.post(learner.url(lesson), {**data, "csrf_token": token})
        learner.browser.post(learner.url(f"{lesson}/pulse"), {"csrf_token": token})
    assert learner.rows(LessonProgress) == []
    assert learner.rows(QuizAttempt) == []
    assert learner.rows(Reflection) == []
    assert learner.rows(PageEvent) == []
    # Nor does the first reading end without having begun.
    learner.browser.post(learner.url("how-this-program-works"), {"turn": "finish", "part": "9", "csrf_token": token})
    assert learner.done() == set()
    assert learner.browser.get(learner.url("no-such-lesson")).status == 404
    assert learner.browser.get(court.url("lessons/the-law-in-general")).status == 404


def test_a_quiz_can_not_be_answered_for_another_try(learner: Learner):
    learner.all_before("quiz")
    page = learner.browser.get(learner.url("quiz")).submit("Start the quiz")
    wrong = quiz_answers(page, right=False)
    form = page.form("Hand in")
    form.submit(**wrong)
    first = form.submit(**quiz_answers(page, right=True))  # the back button, and better answers
    assert "You passed" not in first.text
    assert [row.percent for row in learner.rows(QuizAttempt) if row.lesson == "quiz"] == [0]
    second = learner.browser.get(learner.url("quiz")).submit("Try again")
    stale = second.form("Hand in").submit(number="1", **quiz_answers(second, right=True))
    assert stale.status == 409
    assert learner.done() == {one.slug for one in CONTENT.lessons} - {"quiz"}


def test_forged_and_replayed_pulses_gain_nothing(learner: Learner):
    page = learner.browser.get(learner.url("how-this-program-works")).submit("Start reading")
    shown = page.tree.xpath("//*[@data-token]")[0]
    sent = {"csrf_token": shown.get("data-token"), "mark": shown.get("data-mark")}
    began = learner.rows(PageEvent)[0].at
    with clock.moved_to(began + timedelta(seconds=4)):
        for _ in range(50):
            forged = {"at": "2030-01-01T00:00:00Z", "seconds": "9999", "tab": "another", **sent}
            assert learner.browser.post(learner.url("how-this-program-works/pulse"), forged).status == 200
    assert learner.rows(LessonProgress)[0].counted_seconds == 0
    assert len(learner.rows(PageEvent)) == 1
    for second in range(20, 100, 20):
        with clock.moved_to(began + timedelta(seconds=second)):
            learner.browser.post(learner.url("how-this-program-works/pulse"), sent)
    counted = learner.rows(LessonProgress)[0].counted_seconds
    assert counted == 80
    with clock.moved_to(began + timedelta(hours=5)):  # the phone slept: at most one gap's limit, not five hours
        learner.browser.post(learner.url("how-this-program-works/pulse"), sent)
        assert learner.rows(LessonProgress)[0].counted_seconds <= counted + 60
    assert learner.browser.http.post(learner.url("how-this-program-works/pulse")).status_code == 400


@pytest.mark.proves("AC-6")
def test_looking_changes_nothing(court: TestCourt, learner: Learner):
    learner.browser.get(court.url("lessons"))
    before = learner.module().row_version
    for address in ("lessons", "lessons/take-a-break", f"lessons/{MODULE}", f"lessons/{MODULE}/how-this-program-works"):
        assert learner.browser.get(court.url(address)).status == 200
    assert learner.rows(LessonProgress) == []
    assert learner.rows(PageEvent) == []
    assert learner.module().row_version == before
    assert learner.module().version_id is None


def test_reading_a_reflection_is_audited_and_closed_to_others(court: TestCourt, learner: Learner):
    learner.all_before("quiz")
    reflection: UUID = learner.rows(Reflection)[0].id
    url = court.url(f"reflections/{reflection}")
    for role in (Role.OFFICER, Role.CLERK, Role.JUDGE):
        assert court.staff_client(role).get(url).status == 404
    assert learner.browser.get(url).status == 404
    other = make_court(court.app)
    assert other.staff_client(Role.FACILITATOR).get(other.url(f"reflections/{reflection}")).status == 404
    court.staff_client(Role.FACILITATOR).get(url)
    with court.app.app_context(), court.acting():
        looks = session().scalar(
            select(func.count()).where(
                AuditEvent.action == "learning.read_reflection", AuditEvent.subject_id == reflection
            )
        )
    assert looks == 1


def test_lessons_in_spanish(court: TestCourt, learner: Learner):
    learner.browser.post(
        court.url("language"),
        {
            "language": "es",
            "csrf_token": learner.browser.get(court.url("lessons"))
            .tree.xpath("//input[@name='csrf_token']")[0]
            .get("value"),
        },
    )
    page = learner.browser.get(learner.url("how-this-program-works"))
    assert page.heading == CONTENT.lesson(READING).title.words("es")
    assert page.tree.getroot().get("lang") == "es"


def test_break_page_shows_help(court: TestCourt, learner: Learner):
    page = learner.browser.get(learner.url("how-this-program-works")).click("I need a break")
    assert "988" in page.text
    assert page.click("Go back to where you were").heading == CONTENT.lesson(READING).title.words("en")
    assert page.click("Go back to your lessons").heading == "Lessons"


def test_pages_ask_few_questions_of_the_database(court: TestCourt, learner: Learner):
    learner.all_before("quiz")
    with counted_statements(court.app) as statements:
        learner.browser.get(court.url("lessons"))
    assert len(statements) <= 12, "\n".join(statements)
    facilitator = court.staff_client(Role.FACILITATOR)
    facilitator.get(court.url("reflections"))
    with counted_statements(court.app) as statements:
        facilitator.get(court.url("reflections"))
    assert len(statements) <= 12, "\n".join(statements)
