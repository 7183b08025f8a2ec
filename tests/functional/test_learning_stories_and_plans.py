"""A story with choices and the learner's own plan, by links and buttons; and the check-ins that come back to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from app.accountability.services import make_plan
from app.cases.services import finish_coursework
from app.core import clock
from app.curriculum.loader import load_all
from app.learning.models import Commitment, LessonProgress, QuizAttempt
from app.permissions.identity import Role
from tenants.database import transaction
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.functional.learning_steps import Learner, rules

MODULE = "making-it-right"
MODULES = [module for module in load_all() if module.status == "whole"]
CONTENT = next(module for module in MODULES if module.slug == MODULE)
STORY = next(lesson for lesson in CONTENT.lessons if lesson.kind == "scenario")
PLAN = next(lesson for lesson in CONTENT.lessons if lesson.kind == "commitment")
ITEM = {"what": "Go to the group", "how_often": "On Tuesdays", "sign": "I am on the list"}


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    publish(app)
    return make_court(app, document=rules(modules=[{"slug": MODULE, "required": True, "minimum_minutes": 0}]))


@pytest.fixture
def learner(court: TestCourt) -> Iterator[Learner]:
    return Learner(court)


def before(learner: Learner, kind: str) -> None:
    """All lessons before the one of this kind are done."""
    from_here = [lesson.slug for lesson in CONTENT.lessons]
    wanted = next(lesson.slug for lesson in CONTENT.lessons if lesson.kind == kind)
    with learner.court.app.app_context(), learner.court.acting(), transaction() as session:
        for slug in from_here[: from_here.index(wanted)]:
            session.add(
                LessonProgress(
                    enrollment_id=learner.enrollment_id,
                    slug=MODULE,
                    lesson=slug,
                    opened_at=clock.now(),
                    completed_at=clock.now(),
                )
            )


def url(learner: Learner, lesson: str) -> str:
    return learner.court.url(f"lessons/{MODULE}/{lesson}")


def item(number: int, **boxes: str) -> dict[str, str]:
    return {f"items-{number}-{name}": words for name, words in boxes.items()}


def test_a_story_is_walked_to_an_end_and_again(learner: Learner):
    before(learner, "scenario")
    page = learner.browser.get(url(learner, STORY.slug))
    assert page.heading == STORY.title.words("en")
    assert STORY.intro.words("en") in page.text
    first = STORY.scene(STORY.start)
    page = page.form("Go on").submit()
    assert page.status == 422
    assert "Choose how to go on." in page.text
    assert learner.done() & {STORY.slug} == set()
    here = first
    while not here.is_ending:
        choice = here.choices[-1]
        page = page.form("Go on").submit(choice=choice.id)
        assert choice.text.words("en") in page.text
        here = STORY.scene(choice.to)
    assert "What this way can teach" in page.text
    assert STORY.slug in learner.done()
    assert "Go on:" in page.text

    page = page.submit("Start the story again")
    assert STORY.intro.words("en") in page.text
    assert len(page.tree.xpath("//input[@name='choice']")) == len(first.choices)
    assert STORY.slug in learner.done()


def test_a_story_can_not_be_jumped_through(learner: Learner):
    before(learner, "scenario")
    page = learner.browser.get(url(learner, STORY.slug))
    last_but_one = next(scene for scene in STORY.scenes if any(STORY.scene(c.to).is_ending for c in scene.choices))
    jumped = page.form("Go on").submit(scene=last_but_one.id, choice=last_but_one.choices[0].id)
    assert "The story went on from there already" in jumped.text
    assert STORY.slug not in learner.done()
    choice = STORY.scene(STORY.start).choices[0]
    on = page.form("Go on").submit(choice=choice.id)
    # The back button and the same choice again: nothing is chosen twice, nothing is lost.
    again = page.form("Go on").submit(choice=choice.id)
    assert on.heading == again.heading
    assert [row.answers for row in learner.rows(QuizAttempt)] == [{STORY.start: choice.id}]
    other = STORY.scene(STORY.start).choices[1]
    assert "The story went on from there already" in page.form("Go on").submit(choice=other.id).text
    assert [row.answers for row in learner.rows(QuizAttempt)] == [{STORY.start: choice.id}]


def test_a_plan_is_kept_changed_and_never_half(learner: Learner):
    before(learner, "commitment")
    page = learner.browser.get(url(learner, PLAN.slug))
    assert "Who reads this: a facilitator, your officer" in page.text
    page = page.form("Save my plan").submit()
    assert page.status == 422
    assert page.text.count("Write what you will do.") == 2  # in the summary and at the box; of the first item only
    page = page.form("Save my plan").submit(**item(0, **ITEM), **item(1, what="Call my brother"))
    assert page.status == 422
    assert "Write how you will know." in page.text
    assert page.tree.xpath("//input[@name='items-1-what']/@value") == ["Call my brother"]
    assert learner.rows(Commitment) == []
    page.form("Save my plan").submit(**item(1, how_often="Each time", sign="A mark on the calendar"))
    assert [row.what for row in learner.rows(Commitment)] == [ITEM["what"], "Call my brother"]
    assert PLAN.slug in learner.done()

    page = learner.browser.get(url(learner, PLAN.slug))
    page.form("Save my plan").submit(**item(1, what="", how_often="", sign=""))
    assert [(row.what, row.how_often, row.sign) for row in learner.rows(Commitment)] == [tuple(ITEM.values())]


def test_what_earlier_modules_put_into_the_plan_is_in_it(app: Flask):
    """Modules 1, 3 and 9 each end in the plan; the check-ins come back to all of it."""
    slugs = [module.slug for module in MODULES]
    court = make_court(app, document=rules(modules=[{"slug": slug, "required": True} for slug in slugs]))
    learner = Learner(court)
    promises = []
    with app.app_context(), court.acting(), transaction() as session:
        for module in MODULES:
            for lesson in module.lessons:
                if lesson.kind != "commitment":
                    row = {"slug": module.slug, "lesson": lesson.slug, "enrollment_id": learner.enrollment_id}
                    session.add(LessonProgress(**row, opened_at=clock.now(), completed_at=clock.now()))
    for module in MODULES:
        plan = next(lesson for lesson in module.lessons if lesson.kind == "commitment")
        page = learner.browser.get(court.url(f"lessons/{module.slug}/{plan.slug}"))
        for earlier in promises:
            assert earlier in page.text, "what is in the plan already is shown"
        assert ("Already in your plan" in page.text) == bool(promises)
        promises.append(f"What I do after module {module.number}")
        page.form("Save my plan").submit(**item(0, **{**ITEM, "what": promises[-1]}))
    assert [row.what for row in learner.rows(Commitment)] == promises
    with app.app_context(), court.acting():
        finish_coursework(learner.enrollment_id)
        make_plan(learner.enrollment_id)
    with clock.moved_to(clock.now() + timedelta(days=31)):
        page = court.client(learner.identity).get(court.url("check-ins/1"))
        for promise in promises:
            assert promise in page.text


def test_check_ins_come_back_to_each_item(app: Flask, court: TestCourt, learner: Learner):
    before(learner, "commitment")
    page = learner.browser.get(url(learner, PLAN.slug))
    page.form("Save my plan").submit(**item(0, **ITEM), **item(2, what="Walk", how_often="Daily", sign="My shoes"))
    with app.app_context(), court.acting():
        finish_coursework(learner.enrollment_id)
        make_plan(learner.enrollment_id)
    with clock.moved_to(clock.now() + timedelta(days=31)):
        browser = court.client(learner.identity)
        page = (
            browser.get(court.url("check-ins/1"))
            .form("Send check-in")
            .submit(support="none", statement="A good month.", kept_1="well")
        )
        assert page.status == 422
        assert "Choose how this is going." in page.text
        page = page.form("Send check-in").submit(kept_2="hard")
        sent = browser.get(court.url("check-ins/1")).text
        assert "Go to the group" in sent
        assert "I am keeping it" in sent
        assert "It has been hard" in sent
        reader = court.staff_client(Role.FACILITATOR)
        queue = reader.get(court.url("check-ins/review"))
        link = queue.tree.xpath("//main//table//a/@href")[0]
        assert "Go to the group" in reader.get(link).text
