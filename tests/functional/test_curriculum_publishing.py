"""Publishing: once for each change, and nobody loses the version that they began."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.curriculum.loader import CONTENT_ROOT, ContentError, load_all
from app.curriculum.lookups import content_of, current_versions
from app.curriculum.models import CurriculumVersion
from app.curriculum.services import publish_all
from app.learning.models import ModuleProgress
from tenants.database import role_transaction
from tenants.program import load_preset, preset_names
from tests.curriculum import publish
from tests.factories import make_court
from tests.functional.learning_steps import MODULE, Learner

SLUGS = [module.slug for module in load_all()]


@pytest.fixture
def changed_root(tmp_path: Path) -> Path:
    """The content with one word of the first module changed."""
    root = tmp_path / "content"
    shutil.copytree(CONTENT_ROOT, root)
    file = root / f"01-{MODULE}" / "en" / "01-how-this-program-works.md"
    file.write_text(file.read_text().replace("## Welcome", "## Welcome to the new version", 1))
    return root


def test_publishing_twice_changes_nothing(app: Flask):
    publish(app)
    assert publish(app) == []
    with app.app_context():
        versions = current_versions()
        assert list(versions) == SLUGS
        assert content_of(versions[MODULE].version_id).status == "whole"


def test_a_change_makes_a_version_and_old_words_bring_theirs_back(app: Flask, changed_root: Path):
    publish(app)
    with app.app_context():
        before = current_versions()[MODULE].version_id
        with role_transaction("platform") as session:
            assert publish_all(session, changed_root) == [MODULE]
    with app.app_context():
        assert current_versions()[MODULE].version_id != before
    assert publish(app) == [MODULE]
    with app.app_context():
        assert current_versions()[MODULE].version_id == before
        with role_transaction("platform") as session:
            same = select(func.count()).where(CurriculumVersion.id == before)
            assert session.scalar(same) == 1


def test_whoever_began_keeps_the_version(app: Flask, changed_root: Path):
    publish(app)
    court = make_court(app)
    early, late = Learner(court), Learner(court)
    early.browser.get(early.url("how-this-program-works")).submit("Start reading")
    try:
        with app.app_context(), role_transaction("platform") as session:
            publish_all(session, changed_root)
        assert "Welcome to the new version" not in early.browser.get(early.url("how-this-program-works")).text
        page = late.browser.get(late.url("how-this-program-works")).submit("Start reading")
        assert "Welcome to the new version" in page.text
        assert early.rows(ModuleProgress)[0].version_id != late.rows(ModuleProgress)[0].version_id
    finally:
        publish(app)


def test_broken_content_publishes_nothing(app: Flask, changed_root: Path):
    publish(app)
    (changed_root / "02-the-law-in-general" / "module.toml").write_text("number = 2\n")
    with app.app_context():
        before = current_versions()
        with pytest.raises(ContentError, match="02-the-law-in-general"), role_transaction("platform") as session:
            publish_all(session, changed_root)
        assert current_versions() == before


def test_every_preset_names_written_modules():
    whole = {module.slug for module in load_all() if module.status == "whole"}
    for name in preset_names():
        assert {module.slug for module in load_preset(name).coursework.modules if module.required} <= whole
