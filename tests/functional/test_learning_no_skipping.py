"""Whatever somebody sends in whatever order: no lesson is done before the one before it, and time is never invented."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import clock
from app.curriculum.lessons import Scene
from app.learning.models import LessonProgress, QuizAttempt
from tests.client import PageClient
from tests.curriculum import publish
from tests.factories import make_court
from tests.functional.learning_steps import (
    COMMITMENT,
    CONTENT,
    QUESTIONS,
    READING,
    REFLECTION,
    STORY,
    WORDS,
    Learner,
    quiz_answers,
)

LESSONS = [one.slug for one in CONTENT.lessons]
READINGS = {one.slug for one in CONTENT.lessons if one.kind in ("reading", "video")}

ACTIONS = st.one_of(
    st.tuples(st.just("start"), st.sampled_from(LESSONS)),
    st.tuples(st.just("next"), st.sampled_from(LESSONS)),
    st.tuples(st.just("finish"), st.sampled_from(LESSONS)),
    st.tuples(st.just("pulse"), st.sampled_from(LESSONS)),
    st.tuples(st.just("look"), st.sampled_from(LESSONS)),
    st.tuples(st.just("think"), st.just(READING)),
    st.tuples(st.just("write"), st.just(REFLECTION)),
    st.tuples(st.just("promise"), st.just(COMMITMENT)),
    st.tuples(st.just("walk"), st.just(STORY)),
    st.tuples(st.just("quiz"), st.just("quiz")),
    st.tuples(st.just("wait"), st.integers(1, 400)),
    st.tuples(st.just("honest"), st.just("")),
)


def way_on(scene: Scene) -> str:
    """The choice of a scene that lies on the longest way."""
    way = [one.id for one in CONTENT.lesson(STORY).longest_way()]
    return next(choice.id for choice in scene.choices if choice.to == way[way.index(scene.id) + 1])


class Walk:
    """One learner, a clock of its own, and everything that they send."""

    def __init__(self, learner: Learner) -> None:
        self.learner, self.browser = learner, learner.browser
        self.began = self.now = clock.now()
        home = self.browser.get(learner.court.url("lessons"))
        self.token = home.tree.xpath("//input[@name='csrf_token']")[0].get("value")

    def send(self, lesson: str, data: dict[str, str], suffix: str = "") -> None:
        page = self.browser.post(self.learner.url(lesson) + suffix, {**data, "csrf_token": self.token})
        assert page.status < 500

    def act(self, action: str, what: str | int) -> None:
        if action == "wait":
            self.now += timedelta(seconds=int(what))
            return
        with clock.moved_to(self.now):
            lesson = str(what)
            match action:
                case "start" | "next" | "finish":
                    self.send(lesson, {"turn": action, "part": "1"})
                case "pulse":
                    self.send(lesson, {"mark": self.learner.mark(lesson)}, "/pulse")
                case "look":
                    assert self.browser.get(self.learner.url(lesson)).status == 200
                case "think":
                    self.send(lesson, {f"answer-{one.id}": one.options[0].id for one in QUESTIONS})
                case "promise":
                    self.send(lesson, dict.fromkeys(("items-0-what", "items-0-how_often", "items-0-sign"), WORDS[:99]))
                case "write":
                    self.send(lesson, {"text": WORDS})
                case "walk":
                    for scene in CONTENT.lesson(lesson).longest_way():
                        if scene.choices:
                            self.send(lesson, {"scene": scene.id, "choice": way_on(scene)})
                case "quiz":
                    self.quiz(self.browser)
                case "honest":
                    self.next_honestly()

    def quiz(self, browser: PageClient) -> None:
        self.send("quiz", {})
        page = browser.get(self.learner.url("quiz"))
        if "Hand in the quiz" in page.text:
            page.form("Hand in").submit(**quiz_answers(page, right=True))

    def next_honestly(self) -> None:
        """Do the next lesson as it is meant to be done."""
        done = self.learner.done()
        lesson = next((one for one in LESSONS if one not in done), None)
        if lesson is None:
            return
        if lesson in READINGS:
            self.send(lesson, {"turn": "start"})
            with clock.moved_to(self.now):
                mark = self.learner.mark(lesson)
            for _ in range(50):
                self.now += timedelta(seconds=20)
                with clock.moved_to(self.now):
                    self.send(lesson, {"mark": mark}, "/pulse")
        with clock.moved_to(self.now):
            if lesson == READING:
                self.act("think", lesson)
            others = {REFLECTION: "write", COMMITMENT: "promise", "quiz": "quiz", STORY: "walk"}
            action = others.get(lesson, "finish")
            self.act(action, lesson)
        assert lesson in self.learner.done()

    def check(self) -> None:
        rows = {row.lesson: row for row in self.learner.rows(LessonProgress)}
        done = [lesson in rows and rows[lesson].completed_at is not None for lesson in LESSONS]
        assert done == sorted(done, reverse=True), "a lesson was done before the one before it"
        for before, lesson in zip(done, LESSONS[1:], strict=False):
            assert before or lesson not in rows, f"{lesson} was opened too early"
        passed = (self.now - self.began).total_seconds()
        assert sum(row.counted_seconds for row in rows.values()) <= passed
        for lesson in READINGS & {one for one, row in rows.items() if row.completed_at is not None}:
            assert rows[lesson].counted_seconds >= 60, "nobody reads a lesson in less than a minute"
        finished = {one for one, row in rows.items() if row.completed_at is not None}
        answered = {row.lesson for row in self.learner.rows(QuizAttempt)}
        assert READING not in finished or READING in answered, "a reading was finished and its questions were not"
        quizzes = [row for row in self.learner.rows(QuizAttempt) if row.lesson == "quiz"]
        assert not quizzes or all(done[:-1])
        assert self.learner.state() == "coursework"  # the reflection is with its reader, whatever was sent


@pytest.mark.proves("AC-5")
@settings(max_examples=settings().max_examples // 8, deadline=None, suppress_health_check=list(HealthCheck))
@given(actions=st.lists(ACTIONS, min_size=5, max_size=14))
def test_no_sequence_of_requests_skips_a_lesson(app, actions):
    publish(app)
    walk = Walk(Learner(make_court(app)))
    for action, what in actions:
        walk.act(action, what)
        walk.check()


@pytest.mark.proves("AC-5")
def test_whoever_does_everything_arrives(app):
    publish(app)
    walk = Walk(Learner(make_court(app)))
    for _lesson in LESSONS:
        walk.next_honestly()
        walk.check()
    assert walk.learner.done() == set(LESSONS)
