"""A module is demonstration content until three named approvers have signed it off; production can not require it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import ProgrammingError

from app.core.actor import Actor, ActorKind
from app.core.errors import Refused
from app.court_admin.models import PlatformAudit
from app.court_admin.onboarding import check_modules, cleaned
from app.curriculum.lookups import current_versions, signed_off
from app.curriculum.models import CurriculumApprover, CurriculumSignOff
from app.operator.curriculum import approving
from tenants.database import role_transaction, session
from tests import operators
from tests.curriculum import publish
from tests.factories import TestCourt
from tests.functional.learning_steps import MODULE, Learner
from tests.operators import Browser, sign_in
from tests.rules_editor import DRAFT, PREVIEW, SAVE, begin, part

console, browser, court, statements = operators.console, operators.browser, operators.court, operators.statements

PARTS = {"For survivors": "survivor", "For the law": "legal", "For the translation": "translator"}
SAID = "Demonstration content: its reviewers have not signed it off yet."


@pytest.fixture(autouse=True)
def _published(app: Flask) -> Iterator[None]:
    publish(app)
    yield
    with app.app_context(), role_transaction("platform") as platform:
        ended = {"ended_at": text("now()")}
        platform.execute(update(CurriculumApprover).values(**ended))


@contextmanager
def production(app: Flask) -> Iterator[None]:
    before = app.extensions["portal"]
    app.extensions["portal"] = replace(before, settings=replace(before.settings, environment="production"))
    try:
        yield
    finally:
        app.extensions["portal"] = before


def name(by: Browser, whom: Browser, part: str) -> None:
    page = by.get("/operator/approvers").submit("Name", operator=str(whom.operator.id), part=part)
    assert "The person can sign off that part now" in page.text


def words_of(element: Any) -> str:
    return "".join(element.itertext())


def sign(by: Browser, slug: str, version: UUID, label: str) -> None:
    page = by.get(f"/operator/modules/{slug}")
    links = [a for a in page.tree.xpath("//main//a") if a.text == "Sign off" and label in words_of(a)]
    link = next(a for a in links if str(version) in a.get("href"))
    page = by.get(link.get("href")).submit("Sign off", looked_at="Both languages, every lesson, the sources.")
    assert "Thank you" in page.text


def sign_all(console: Flask, browser: Browser, slugs: list[str]) -> dict[str, Browser]:
    """Three approvers, each of whom signs a part of each module."""
    people = {}
    with console.app_context():
        versions = {slug: module.version_id for slug, module in current_versions().items()}
    for label, key in PARTS.items():
        people[key] = person = sign_in(console)
        name(browser, person, key)
        for slug in slugs:
            sign(person, slug, versions[slug], label)
    return people


def take_back_all(console: Flask) -> None:
    with console.app_context():
        current = {module.version_id for module in current_versions().values()}
        standing = select(CurriculumApprover).where(CurriculumApprover.ended_at.is_(None))
        named = {row.part: row.operator_id for row in session().scalars(standing)}
        for version in current:
            for key, operator_id in named.items():
                actor = Actor(ActorKind.OPERATOR, operator_id)
                approving.take_back(version, key, reason="the test is over", actor=actor)


def required(court: TestCourt) -> list[str]:
    with court.app.app_context(), court.acting():
        rows = session().execute(text("SELECT document FROM program_rules ORDER BY version DESC LIMIT 1")).scalar_one()
    return [row["slug"] for row in rows["coursework"]["modules"] if row["required"]]


def test_three_named_approvers_make_it_more_than_demonstration_content(
    app: Flask, console: Flask, browser: Browser, court: TestCourt
):
    learner = Learner(court)
    assert SAID in learner.browser.get(learner.url()).text
    assert SAID in learner.browser.get(learner.url("how-this-program-works")).text
    people = sign_all(console, browser, [MODULE])
    try:
        page = browser.get(f"/operator/modules/{MODULE}")
        assert page.text.count("Looked at: Both languages, every lesson, the sources.") == 3
        assert SAID not in learner.browser.get(learner.url()).text
        assert SAID not in learner.browser.get(learner.url("how-this-program-works")).text
        page = people["legal"].get(f"/operator/modules/{MODULE}").click("Take it back")
        page.submit("Take it back", reason="A statute was changed.")
        assert SAID in learner.browser.get(learner.url()).text
        with app.app_context(), role_transaction("platform") as platform:
            found = platform.scalars(
                select(PlatformAudit).where(PlatformAudit.operator_id == people["legal"].operator.id)
            )
            actions = {row.action: row.detail for row in found}
        assert actions["operator.take_back_sign_off"]["words"] == "A statute was changed."
        assert actions["operator.sign_off"]["module"] == MODULE
        log = browser.get("/operator/log/").text
        assert "Signed off a version of a module" in log
        assert "Named an approver of the curriculum" in log
    finally:
        take_back_all(console)


def test_only_a_named_approver_signs_and_nobody_names_themselves(console: Flask, browser: Browser):
    other = sign_in(console)
    page = browser.get(f"/operator/modules/{MODULE}")
    assert "Sign off" not in [a.text for a in page.tree.xpath("//main//a")]
    with console.app_context():
        version = current_versions()[MODULE].version_id
    address = f"/operator/modules/{MODULE}/{version}/sign-off/legal"
    page = browser.get(address).submit("Sign off", looked_at="I am no approver.")
    assert page.status == 422
    assert "Only a named approver" in page.text
    name(browser, other, "translator")
    assert "Only a named approver" in other.get(address).submit("Sign off", looked_at="I read English only.").text
    with console.app_context():
        actor = Actor(ActorKind.OPERATOR, browser.operator.id)
        with pytest.raises(Refused, match="Nobody names themselves"):
            approving.name_approver(browser.operator.id, "legal", actor=actor)
        assert version not in signed_off([version])


def test_an_approver_whose_time_is_over_signs_no_more(console: Flask, browser: Browser):
    other = sign_in(console)
    name(browser, other, "legal")
    with console.app_context():
        version = current_versions()[MODULE].version_id
    page = browser.get("/operator/approvers")
    row = next(row for row in page.tree.xpath("//main//tbody/tr") if "Olu Operator" in words_of(row))
    browser.pages.post(row.xpath(".//form")[0].get("action"), page.form("End").values())
    page = other.get(f"/operator/modules/{MODULE}/{version}/sign-off/legal").submit("Sign off", looked_at="All of it.")
    assert "Only a named approver" in page.text


def test_a_sign_off_is_never_rewritten(app: Flask):
    for statement in ("UPDATE curriculum_sign_off SET taken_back = false", "DELETE FROM curriculum_sign_off"):
        for role in ("platform", "app"):
            denied = pytest.raises(ProgrammingError, match="permission denied")
            with app.app_context(), denied, role_transaction(role) as current:
                current.execute(text(statement))
    with app.app_context(), pytest.raises(ProgrammingError, match="permission denied"):
        session().scalars(select(CurriculumSignOff.looked_at)).all()


def test_a_court_in_production_can_not_require_what_is_not_signed_off(
    app: Flask, console: Flask, browser: Browser, court: TestCourt
):
    page = begin(court)
    shown = part(court, page, "course")
    assert "demonstration content: not signed off yet" in shown.text
    with production(app):
        refused = shown.submit(SAVE, pass_percent="81")
        assert refused.status == 422
        assert "its approvers at JaneSchool have not signed it off" in refused.text
        kept = refused.submit(SAVE, pass_percent="81", unfinished="1")
        assert "to put right" in kept.text
        assert page.get(court.url(PREVIEW)).url == court.url(DRAFT)
        with app.app_context(), pytest.raises(Refused, match="can not be required yet") as caught:
            check_modules(a_court(preset="county_probation"))
        assert caught.value.field == "preset"
        sign_all(console, browser, required(court))
        try:
            part(court, page, "course").submit(SAVE, pass_percent="82")
            assert page.get(court.url(PREVIEW)).url == court.url(PREVIEW)
            with app.app_context():
                check_modules(a_court(preset="county_probation"))
        finally:
            take_back_all(console)
        # Taken back between the preview and the click: the service asks once more.
        page = page.get(court.url(DRAFT))
        assert "to put right" in page.text


def a_court(preset: str):
    return cleaned(
        name="Court of the Pines",
        slug="pines",
        code_prefix="PIN",
        county="Pine",
        region="OH",
        time_zone="America/New_York",
        preset=preset,
        administrator_email="a@pines.example",
        administrator_name="A. Pine",
    )


def test_the_demonstration_goes_on_and_an_outline_is_named_as_one(court: TestCourt):
    browser = begin(court)
    shown = part(court, browser, "course")
    assert "Outlines: can not be required yet" in shown.text
    assert "The law, in general" in shown.text
    saved = shown.submit(SAVE, pass_percent="81")
    assert saved.status == 200
    assert browser.get(court.url(PREVIEW)).url == court.url(PREVIEW)
