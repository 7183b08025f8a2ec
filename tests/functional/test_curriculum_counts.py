"""The curriculum's owners see how each quiz question does and who is on which version, and nothing of a person."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import ProgrammingError

from app.cases.models import Enrollment
from app.core import clock
from app.curriculum.loader import CONTENT_ROOT
from app.curriculum.lookups import current_versions
from app.curriculum.models import CurriculumVersion
from app.curriculum.services import load_all_versions
from app.learning.models import ModuleProgress, QuizAttempt
from app.operator.curriculum.counting import services
from app.operator.curriculum.counting.models import CurriculumUse, QuizItemCount
from app.permissions.identity import Role
from tenants.database import role_transaction, session, transaction
from tests import operators
from tests.client import Page
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.learning_steps import CONTENT, MODULE, later
from tests.operators import Browser

console, browser = operators.console, operators.browser
POOL = CONTENT.lesson("quiz").pool


@pytest.fixture(autouse=True)
def _published(app: Flask) -> Iterator[None]:
    publish(app)
    yield
    publish(app)


def current(app: Flask) -> str:
    with app.app_context():
        return str(current_versions()[MODULE].version_id)


def hand_in(court: TestCourt, *, right: bool, language: str | None = "en", tries: int = 1) -> None:
    """A learner who began the module and handed in its quiz, all right or all wrong."""
    _identity, enrollment_id = make_learner(court, given_names="Canary")
    lesson = CONTENT.lesson("quiz")
    with court.app.app_context(), court.acting(), transaction() as current:
        version = current_versions()[MODULE].version_id
        mine = (ModuleProgress.enrollment_id == enrollment_id, ModuleProgress.slug == MODULE)
        current.execute(
            update(ModuleProgress).where(*mine).values(version_id=version, state="in_progress", started_at=clock.now())
        )
        for number in range(1, tries + 1):
            seed = f"{enrollment_id}{number}"
            drawn = services.draw(lesson.pool, seed, lesson.draw)
            answers = {
                one.question.id: next(option.id for option in one.question.options if option.right == right)
                for one in drawn
            }
            current.add(
                QuizAttempt(
                    enrollment_id=enrollment_id,
                    slug=MODULE,
                    lesson="quiz",
                    number=number,
                    seed=seed,
                    answers=answers,
                    percent=100 if right else 0,
                    passed=right,
                    language=language,
                    started_at=clock.now(),
                    submitted_at=clock.now(),
                )
            )


def count(court: TestCourt) -> None:
    with court.app.app_context(), court.acting():
        services.count_tries()
        services.count_use()


def drawn(court: TestCourt, language: str = "en") -> int:
    with court.app.app_context(), court.acting():
        rows = session().scalars(select(QuizItemCount).where(QuizItemCount.language == language)).all()
        return sum(row.drawn for row in rows)


def sheet(browser: Browser, version: str, language: str = "en") -> list[dict[str, str]]:
    answer = browser.pages.http.get(f"/operator/modules/{MODULE}/{version}/questions.csv")
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    return [row for row in rows if row["Language"] == language]


def test_a_try_that_is_handed_in_is_counted_once_in_its_language(app: Flask):
    court = make_court(app)
    hand_in(court, right=True)
    hand_in(court, right=False, language="es", tries=2)
    hand_in(court, right=False, language=None)
    for _time in range(3):
        count(court)
    draws = CONTENT.lesson("quiz").draw
    assert drawn(court) == draws
    assert drawn(court, "es") == 2 * draws
    with app.app_context(), court.acting():
        rows = session().scalars(select(QuizItemCount)).all()
        assert sum(row.first_tries for row in rows) == 2 * draws, "the second try is no first one"
        assert sum(row.first_right for row in rows) == draws
        assert {row.language for row in rows} == {"en", "es"}, "a try in no known language counts for none"
        for row in rows:
            assert sum(row.chosen.values()) == row.first_tries
    with app.app_context(), make_court(app).acting():
        assert session().scalars(select(QuizItemCount)).all() == [], "no other court sees them"


def test_answers_of_checks_and_stories_are_no_quiz(app: Flask):
    court = make_court(app)
    _identity, enrollment_id = make_learner(court)
    with app.app_context(), court.acting(), transaction() as current:
        for lesson in ("how-this-program-works", "rays-second-week"):
            at = {"started_at": clock.now(), "submitted_at": clock.now(), "number": 1, "seed": "", "answers": {}}
            current.add(QuizAttempt(enrollment_id=enrollment_id, slug=MODULE, lesson=lesson, **at))
    count(court)
    assert drawn(court) == 0


def test_the_schedule_counts_once_an_hour(app: Flask):
    court = make_court(app)

    def run() -> int:
        with app.app_context(), court.acting():
            services.count_curriculum()
        return drawn(court)

    hand_in(court, right=True)
    first = run()
    hand_in(court, right=True)
    assert first
    assert run() == first
    with later(hours=2):
        assert run() == 2 * first


def test_owners_see_figures_over_all_courts_and_nothing_of_a_person(app: Flask, browser: Browser):
    courts = [make_court(app), make_court(app)]
    for court in courts:
        for right in (True, False, False):
            for _person in range(6):
                hand_in(court, right=right)
        count(court)
    version = current(app)
    page = browser.get(f"/operator/modules/{MODULE}").click("How the questions do")
    assert page.heading == "How the questions do"
    for word in ("Canary", *(court.slug for court in courts)):
        assert word not in page.text
    rows = sheet(browser, version)
    assert {row["Question"] for row in rows} == {one.id for one in POOL}
    shown = [row for row in rows if row["People, first try"]]
    assert shown, "36 people drew six of the pool each"
    assert all(int(row["People, first try"]) >= 5 for row in shown)
    missed = [row for row in shown if int(row["Right at first try (percent)"]) < 50]
    assert missed
    assert all("Look at its wording" in row["Look at"] for row in missed)
    assert "Look at its wording" in page.text
    # Whoever had one right had all right.
    compared = [float(row["Discrimination"]) for row in shown if row["Discrimination"]]
    assert all(one > 0.9 for one in compared)


@pytest.mark.slow  # three sets of people do a whole quiz
def test_reworded_questions_begin_anew_and_few_people_show_no_figures(app: Flask, browser: Browser, tmp_path: Path):
    court = make_court(app)
    for _person in range(40):
        hand_in(court, right=False, language="es")
    count(court)
    before = current(app)
    newer = newer_version(
        app, tmp_path, file="06-quiz.toml", old='prompt.es = "', new=f'prompt.es = "{uuid4().hex[:6]} '
    )
    browser.get(f"/operator/modules/{MODULE}/{newer}/publish").submit("Publish this version")
    assert {row["Times drawn"] for row in sheet(browser, newer, "es")} == {"0"}
    assert {row["Times drawn"] for row in sheet(browser, newer)} == {
        row["Times drawn"] for row in sheet(browser, before)
    }
    for _person in range(4):
        hand_in(court, right=False, language="es")
    count(court)
    rows = [row for row in sheet(browser, newer, "es") if row["Times drawn"] != "0"]
    assert rows
    hidden = ("People, first try", "Right at first try (percent)", "Discrimination", "People who chose it")
    assert {row[name] for row in rows for name in hidden} == {""}
    assert "too few" in browser.get(f"/operator/modules/{MODULE}/{newer}/questions?language=es").text
    assert any(row["People, first try"] for row in sheet(browser, before, "es")), "the old words keep theirs"


def page_links(page: Page) -> str:
    return " ".join(page.tree.xpath("//a/@href"))


def test_who_is_on_a_version_by_court(app: Flask, browser: Browser):
    court = make_court(app)
    for state in ("coursework", "accountability", "withdrawn"):
        _identity, enrollment_id = make_learner(court)
        with app.app_context(), court.acting(), transaction() as current_session:
            version = current_versions()[MODULE].version_id
            current_session.execute(update(Enrollment).where(Enrollment.id == enrollment_id).values(state=state))
            current_session.execute(
                update(ModuleProgress)
                .where(ModuleProgress.enrollment_id == enrollment_id, ModuleProgress.slug == MODULE)
                .values(version_id=version, state="passed" if state == "accountability" else "in_progress")
            )
    count(court)
    with app.app_context(), court.acting():
        row = session().scalars(select(CurriculumUse).where(CurriculumUse.version_id == version)).one()
        assert (row.going, row.passed, row.ended) == (1, 1, 1)
    seen = browser.get(f"/operator/modules/{MODULE}/{version}/people")
    while str(court.id) not in page_links(seen) and "More courts" in seen.text:
        seen = seen.click("More courts")
    cells = seen.tree.xpath(f"//tr[th//a[contains(@href, '{court.id}')]]/td//text()")
    assert [cell.strip() for cell in cells if cell.strip()] == ["1", "1", "1"]
    assert "going through this version now" in seen.text


def newer_version(
    app: Flask,
    tmp_path: Path,
    *,
    file: str = "en/01-how-this-program-works.md",
    old: str = "## Welcome",
    new: str = "## Welcome back",
) -> str:
    """A newer version of the first module, loaded and given to nobody; its id."""
    root = tmp_path / "content"
    shutil.copytree(CONTENT_ROOT, root)
    changed = root / f"01-{MODULE}" / file
    text = changed.read_text()
    assert old in text
    changed.write_text(text.replace(old, new))
    with app.app_context(), role_transaction("platform") as platform:
        load_all_versions(platform, root)
        newest = select(CurriculumVersion.id).where(CurriculumVersion.slug == MODULE)
        return str(platform.scalar(newest.order_by(CurriculumVersion.version.desc()).limit(1)))


def test_the_page_that_publishes_says_how_many_stay(app: Flask, browser: Browser, tmp_path: Path):
    court = make_court(app)
    hand_in(court, right=False)
    count(court)
    newer = newer_version(app, tmp_path)
    page = browser.get(f"/operator/modules/{MODULE}/{newer}/publish")
    assert "in the middle of version" in page.text


def test_the_consoles_role_reads_counts_and_writes_none(app: Flask, console: Flask):
    court = make_court(app)
    hand_in(court, right=True)
    count(court)
    with console.app_context():
        assert session().scalar(select(QuizItemCount.id).limit(1)) is not None
        assert session().scalar(select(CurriculumUse.id).limit(1)) is not None
    for table in ("quiz_item_count", "curriculum_use"):
        with console.app_context(), pytest.raises(ProgrammingError, match="permission denied"), transaction() as mine:
            mine.execute(text(f"UPDATE {table} SET counted_at = counted_at"))
    with console.app_context(), pytest.raises(ProgrammingError, match="permission denied"):
        session().execute(text("SELECT answers FROM quiz_attempt"))


def test_a_court_sees_which_version_its_people_are_on_and_that_there_is_a_newer_one(
    app: Flask, browser: Browser, tmp_path: Path
):
    court = make_court(app)
    hand_in(court, right=False)
    newer = newer_version(app, tmp_path)
    staff = court.staff_client(Role.ADMINISTRATOR)
    page = staff.get(court.url("program-rules")).click("Modules: their versions")
    assert page.heading == "Modules and their versions"
    assert "1 person on version" in row_of(page)
    assert "older" not in row_of(page)
    browser.get(f"/operator/modules/{MODULE}/{newer}/publish").submit("Publish this version")
    row = row_of(staff.get(court.url("program-rules/modules")))
    assert "1 person is in the middle of an older version" in row
    with app.app_context(), court.acting():
        enrollment_id = session().scalars(select(Enrollment.id)).one()
    case = court.staff_client(Role.SUPERVISOR).get(court.url(f"cases/{enrollment_id}"))
    assert "people who begin now get" in case.text
    other = make_court(app)
    elsewhere = other.staff_client(Role.ADMINISTRATOR).get(other.url("program-rules/modules"))
    assert "0 people on version" in row_of(elsewhere), "nobody of another court is counted"


def row_of(page: Page) -> str:
    title = CONTENT.title.words("en")
    rows = (" ".join(row.itertext()) for row in page.tree.xpath("//tbody/tr"))
    return next(row for row in rows if title in row)
