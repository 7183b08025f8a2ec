"""A learner in coursework and a plain browser: what the tests of lessons do again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import event, select

from app.cases.lookups import the_enrollment
from app.cases.services import open_coursework
from app.core import clock
from app.curriculum.loader import load_all
from app.curriculum.schema import ModuleContent
from app.learning.models import LessonProgress, ModuleProgress
from tenants.database import db, session
from tenants.program import ProgramDocument, load_preset
from tests.client import Page, PageClient
from tests.factories import TestCourt, make_learner

MODULE = "accountability-without-shame"
STORY = "rays-second-week"
WORDS = "My own words about people I had not thought of before, and one small step that I will take. " * 6
CONTENT: ModuleContent = load_all()[0]
READING, REFLECTION, COMMITMENT = "how-this-program-works", "your-first-step", "one-thing-you-keep-doing"
QUESTIONS = CONTENT.lesson(READING).check.questions


def rules(**coursework: object) -> ProgramDocument:
    document = load_preset("county_probation").to_json()
    document["coursework"].update(coursework)
    return ProgramDocument.model_validate(document)


@contextmanager
def later(**delta: int) -> Iterator[None]:
    with clock.moved_to(clock.now() + timedelta(**delta)):
        yield


def pass_time(app: Flask, **delta: int) -> None:
    """Move everybody's clock on, for the rest of this module."""
    file: Path = app.extensions["portal"].settings.clock_file
    seconds = float(file.read_text()) if file.exists() else 0
    file.write_text(str(seconds + timedelta(**delta).total_seconds()))


class Learner:
    """A learner in coursework with a browser, and what is stored about them."""

    def __init__(self, court: TestCourt, *, coursework: bool = True) -> None:
        self.court = court
        self.identity, self.enrollment_id = make_learner(court)
        self.browser: PageClient = court.client(self.identity)
        if coursework:
            with court.app.app_context(), court.acting():
                open_coursework(self.enrollment_id)

    def url(self, lesson: str = "") -> str:
        return self.court.url(f"lessons/{MODULE}" + (f"/{lesson}" if lesson else ""))

    def mark(self, lesson: str) -> str:
        """The mark that an opened lesson's page carries in this browser; empty where no page gives one."""
        page = self.browser.get(self.url(lesson))
        return next(iter(page.tree.xpath("//*[@data-mark]/@data-mark")), "")

    def rows(self, entity: type) -> list:
        with self.court.app.app_context(), self.court.acting():
            return list(session().scalars(select(entity).where(entity.enrollment_id == self.enrollment_id)))

    def done(self) -> set[str]:
        return {row.lesson for row in self.rows(LessonProgress) if row.completed_at is not None}

    def module(self) -> ModuleProgress:
        return next(row for row in self.rows(ModuleProgress) if row.slug == MODULE)

    def state(self) -> str:
        with self.court.app.app_context(), self.court.acting():
            return the_enrollment(self.enrollment_id).state

    def read(self, lesson: str) -> Page:
        """Read a lesson honestly without JavaScript: start, wait, turn every page, finish."""
        page = self.browser.get(self.url(lesson)).submit("Start reading")
        pass_time(self.court.app, minutes=16)
        while "Continue" in page.text:
            page = page.submit("Continue")
        if "See what each answer means" in page.text:
            page = self.think(page)
        return page.submit("Finish this lesson")

    def watch(self, lesson: str) -> Page:
        """Read the transcript of a video honestly, without JavaScript."""
        page = self.browser.get(self.url(lesson)).submit("Start")
        pass_time(self.court.app, minutes=10)
        return page.submit("Finish this lesson")

    def think(self, page: Page | None = None) -> Page:
        """Answer the questions at the end of the reading."""
        page = page or self.browser.get(self.url(f"{READING}?part=999"))
        return page.form("See what").submit(**{f"answer-{one.id}": one.options[-1].id for one in QUESTIONS})

    def think_blindly(self) -> Page:
        """Answers to the questions at the end of the reading, from a page that never showed them."""
        token = self.browser.get(self.url()).tree.xpath("//input[@name='csrf_token']/@value")[0]
        answers = {f"answer-{one.id}": one.options[0].id for one in QUESTIONS}
        return self.browser.post(self.url(READING), {**answers, "csrf_token": token})

    def promise(self, what: str = "Look at my next step.") -> Page:
        """Put one thing into the plan."""
        page = self.browser.get(self.url(COMMITMENT))
        item = {"what": what, "how_often": "Every Sunday", "sign": "A mark on the calendar"}
        return page.form("Save my plan").submit(**{f"items-0-{name}": words for name, words in item.items()})

    def walk(self) -> Page:
        """Through the story by the first choice of each scene."""
        page = self.browser.get(self.url(STORY))
        while "Start the story again" not in page.text:
            page = page.submit("Go on", choice=page.tree.xpath("//input[@name='choice']/@value")[0])
        return page

    def write(self, text: str = WORDS) -> Page:
        return self.browser.get(self.url(REFLECTION)).submit("Hand in", text=text)

    def answer(self, *, right: bool = True, page: Page | None = None) -> Page:
        page = page or self.browser.get(self.url("quiz"))
        if "Hand in the quiz" not in page.text:
            page = page.submit("Try again" if "Try again" in page.text else "Start the quiz")
        return page.form("Hand in").submit(**quiz_answers(page, right=right))

    def all_before(self, lesson: str) -> None:
        for one in CONTENT.lessons:
            if one.slug == lesson:
                return
            steps = {"reflection": self.write, "scenario": self.walk, "commitment": self.promise}
            if one.kind == "video":
                self.watch(one.slug)
            elif one.kind == "reading":
                self.read(one.slug)
            else:
                steps[one.kind]()


def quiz_answers(page: Page, *, right: bool) -> dict[str, str]:
    questions = {one.id: one for one in CONTENT.lesson("quiz").pool}
    asked = set(page.tree.xpath("//input[@type='radio']/@name"))
    found = {}
    for name in asked:
        options = questions[name.removeprefix("answer-")].options
        found[name] = next(one.id for one in options if one.right == right)
    return found


@contextmanager
def counted_statements(app: Flask) -> Iterator[list[str]]:

    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
