"""Operators look at a version as a learner sees it, read what changed, and give it to people knowingly."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.cli import portal
from app.core.i18n import LANGUAGES
from app.curriculum.loader import CONTENT_ROOT, load_all
from app.curriculum.lookups import current_versions
from app.curriculum.models import CurriculumVersion
from app.curriculum.services import load_all_versions
from app.operator.curriculum.changes import Kind, changes
from tenants.database import role_transaction
from tests import operators
from tests.curriculum import publish
from tests.factories import make_court
from tests.functional.learning_steps import MODULE, Learner
from tests.functional.test_curriculum_sign_off import sign_all, take_back_all
from tests.operators import Browser

console, browser, statements = operators.console, operators.browser, operators.statements

MODULES = load_all()
FIRST = MODULES[0]
STORY = "rays-second-week"


@pytest.fixture(autouse=True)
def _published(app: Flask) -> Iterator[None]:
    publish(app)
    yield
    publish(app)


@pytest.fixture
def waiting(app: Flask, tmp_path: Path) -> str:
    """A newer version of the first module, loaded and given to nobody; its id."""
    root = tmp_path / "content"
    shutil.copytree(CONTENT_ROOT, root)
    file = root / f"01-{MODULE}" / "en" / "01-how-this-program-works.md"
    file.write_text(file.read_text().replace("## Welcome", "## Welcome to the new version", 1))
    with app.app_context(), role_transaction("platform") as platform:
        assert load_all_versions(platform, root) == [MODULE]
    with app.app_context(), role_transaction("platform") as platform:
        newest = select(CurriculumVersion.id).where(CurriculumVersion.slug == MODULE)
        return str(platform.scalar(newest.order_by(CurriculumVersion.version.desc()).limit(1)))


def current(app: Flask) -> str:
    with app.app_context():
        return str(current_versions()[MODULE].version_id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_lesson_of_every_kind_is_seen_as_a_learner_sees_it_and_nothing_is_written(
    console: Flask, browser: Browser, statements: list[str], language: str
):
    with console.app_context():
        versions = {slug: module.version_id for slug, module in current_versions().items()}
    seen = set()
    statements.clear()
    for module in MODULES:
        home = f"/operator/modules/{module.slug}/{versions[module.slug]}/preview"
        page = browser.get(f"{home}?language={language}")
        assert page.heading == module.title.words(language)
        assert page.tree.getroot().get("lang") == language
        for lesson in module.lessons:
            if lesson.kind in seen and module.status == "whole":
                continue
            seen.add(lesson.kind)
            page = browser.get(f"{home}/{lesson.slug}?language={language}")
            assert page.heading == lesson.title.words(language)
            assert page.tree.xpath("//main//form") == []
            if lesson.kind == "reading" and lesson.check is not None:
                seen.add("check")
                assert lesson.check.questions[0].prompt.words(language) in page.text
    assert seen == {"reading", "video", "check", "scenario", "reflection", "commitment", "quiz"}
    writes = [one for one in statements if one.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [one for one in writes if "operator_session" not in one] == []


def test_an_outline_opens_its_sample(browser: Browser, console: Flask):
    outline = next(module for module in MODULES if module.status == "outline")
    page = browser.get(f"/operator/modules/{outline.slug}")
    assert "Courts see it as not ready, and can not require it." in page.text
    page = page.click("Preview")
    assert outline.planned[0].title.words("en") in page.text
    assert "Facts with their sources" in page.text
    page = page.click(outline.lessons[0].title.words("en"))
    assert page.heading == outline.lessons[0].title.words("en")


def test_a_story_is_walked_to_its_end(browser: Browser, app: Flask):
    page = browser.get(f"/operator/modules/{MODULE}/{current(app)}/preview/{STORY}")
    for words in ("Open the letter now", "Open the page on his phone", "Tell her one true thing"):
        link = next(a for a in page.tree.xpath("//main//a") if (a.text or "").startswith(words))
        page = browser.get(link.get("href"))
    assert "What this way can teach" in page.text
    assert "Trust often comes back this way" in page.text


def test_a_loaded_version_is_given_to_nobody_until_an_operator_publishes_it(app: Flask, browser: Browser, waiting: str):
    before = current(app)
    early = Learner(make_court(app))
    early.browser.get(early.url("how-this-program-works")).submit("Start reading")
    page = browser.get(f"/operator/modules/{MODULE}")
    page = page.click("What changed since")
    assert "How this program works" in page.text
    assert [one.text for one in page.tree.xpath("//main//ins")] == ["## Welcome to the new version"]
    assert [one.text for one in page.tree.xpath("//main//del")] == ["## Welcome"]
    page = browser.get(f"/operator/modules/{MODULE}/{waiting}/publish")
    assert "Whoever has begun stays on the version that they began." in page.text
    assert current(app) == before
    assert "Everybody who begins from now on" in page.submit("Publish this version").text
    assert current(app) == waiting
    late = Learner(make_court(app))
    page = late.browser.get(late.url("how-this-program-works")).submit("Start reading")
    assert "Welcome to the new version" in page.text
    assert "Welcome to the new version" not in early.browser.get(early.url("how-this-program-works")).text
    assert "Published a version of a module" in browser.get("/operator/log/").text


def test_in_production_no_unsigned_version_takes_the_place_of_a_signed_one(
    app: Flask, console: Flask, browser: Browser, waiting: str
):
    before = current(app)
    sign_all(console, browser, [MODULE])
    portals = {one: one.extensions["portal"] for one in (app, console)}
    try:
        for one, was in portals.items():
            one.extensions["portal"] = replace(was, settings=replace(was.settings, environment="production"))
        refused = browser.get(f"/operator/modules/{MODULE}/{waiting}/publish").submit("Publish this version")
        assert refused.status == 422
        assert "is signed off, and this one is not" in refused.text
        assert current(app) == before
    finally:
        for one, was in portals.items():
            one.extensions["portal"] = was
        take_back_all(console)


def test_what_changed_is_told_lesson_by_lesson():
    data = FIRST.model_dump(mode="json")
    new = FIRST.model_validate({**data, "summary": {**data["summary"], "en": "Shorter."}})
    (only,) = changes(FIRST, new)
    assert (only.slug, only.kind, [one.language for one in only.passages]) == ("", Kind.CHANGED, ["en"])
    lessons = list(FIRST.lessons)
    fewer = FIRST.model_copy(update={"lessons": tuple(lessons[1:])})
    assert [(one.slug, one.kind) for one in changes(FIRST, fewer)] == [(lessons[0].slug, Kind.REMOVED)]
    assert [(one.slug, one.kind) for one in changes(fewer, FIRST)] == [(lessons[0].slug, Kind.ADDED)]
    turned = FIRST.model_copy(update={"lessons": (*lessons[1:], lessons[0])})
    assert [(one.slug, one.kind) for one in changes(FIRST, turned)] == [(lessons[0].slug, Kind.MOVED)]
    assert changes(FIRST, FIRST) == []


def test_the_command_line_loads_without_giving(app: Flask):
    before = current(app)
    result = app.test_cli_runner().invoke(portal, ["curriculum", "load"])
    assert result.output.strip() == "No version waits."
    assert current(app) == before


def test_another_modules_version_is_not_found(app: Flask, browser: Browser):
    with app.app_context():
        other = next(module.version_id for slug, module in current_versions().items() if slug != MODULE)
    for what in ("preview", "publish", f"changes/{current(app)}"):
        assert browser.get(f"/operator/modules/{MODULE}/{other}/{what}").status == 404
