"""Opening a court from the console: three short pages, all answers once more, and a court that is whole."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Invitation
from app.operator import opening
from app.permissions.identity import Role
from tenants.database import acting_as, db, session
from tenants.models import Court
from tenants.rules import rules_in_force
from tests import operators
from tests.client import Page, PageClient
from tests.factories import TestCourt, letters
from tests.operators import Browser, audited, run_jobs, sign_in

console, browser, statements = operators.console, operators.browser, operators.statements

PLACE = {
    "court_type": "county",
    "county": "Harbor County",
    "region": "CA",
    "time_zone": "America/Los_Angeles",
    "languages": ["en", "es"],
}
START = "/operator/open-court"


def answers() -> dict[str, Any]:
    mark = uuid4().hex[:8]
    return {"name": f"Harbor Court {mark}", "slug": f"harbor-{mark}", "code_prefix": letters(uuid4().int % 26**6, 6)}


def to_the_check(browser: Browser, given: dict[str, Any]) -> Page:
    page = browser.get(START).submit("Continue", name=given["name"], **PLACE)
    assert page.heading == "Address and starting rules", page.errors()
    page = page.submit("Continue", slug=given["slug"], code_prefix=given["code_prefix"], preset="municipal")
    assert page.heading == "First administrator", page.errors()
    page = page.submit("Continue", administrator_name="Ana Ruiz", administrator_email="Ana@court.example ")
    assert page.heading == "Check your answers", page.errors()
    assert "English" in page.text  # the languages by their names, not by their codes
    return page


def court_of(app: Flask, slug: str) -> Court | None:
    with app.app_context():
        return db.session.scalar(select(Court).where(Court.slug == slug))


def as_test_court(app: Flask, row: Court) -> TestCourt:
    return TestCourt(app, row.id, row.slug, row.code_prefix)


def test_a_court_is_opened_in_four_pages_and_is_whole_after_its_job(browser: Browser, app: Flask):
    given = answers()
    page = to_the_check(browser, given)
    for words in (given["name"], "Harbor County", "County court", given["slug"], "Municipal court", "Ana Ruiz"):
        assert words in page.text, words
    assert court_of(app, given["slug"]) is None, "nothing is saved before the last button"
    page = page.submit("Open the court")
    assert page.heading == given["name"]
    row = court_of(app, given["slug"])
    assert row is not None
    assert (row.court_type, row.region, row.languages) == ("county", "CA", ["en", "es"])
    court = as_test_court(app, row)
    assert run_jobs(court, opening.FURNISH) == ["done"]
    with app.app_context(), court.acting():
        assert rules_in_force()[0].version == 1
        invited = session().scalars(select(Invitation)).one()
        assert (invited.email, invited.role) == ("ana@court.example", Role.ADMINISTRATOR)
    for action in ("court_admin.open_court", "accounts.invite"):
        ((happened, _detail),) = audited(court, action)
        assert (happened.actor_kind, happened.actor_id) == ("operator", browser.operator.id), action
    assert PageClient(app).get(court.url()).status == 200
    assert given["name"] in browser.get("/operator/courts/?search=" + given["slug"]).text


def test_address_and_prefix_are_suggested_from_the_name(browser: Browser):
    page = browser.get(START).submit("Continue", name="Riverside County Court", **PLACE)
    assert page.form("Continue").values()["slug"] == "riverside-county-court"
    assert page.form("Continue").values()["code_prefix"] == "RIVE"


def test_all_errors_of_a_page_are_shown_at_once_and_what_was_typed_stays(browser: Browser):
    page = browser.get(START).submit("Continue", name="", county="Harbor County", languages=["en"])
    assert page.status == 422
    wrong = set(page.tree.xpath("//*[@aria-invalid='true']/@name"))
    assert wrong == {"name", "region", "time_zone"}
    assert page.form("Continue").values()["county"] == "Harbor County"
    assert page.form("Continue").values()["languages"] == ["en"]


def test_every_answer_can_be_changed_at_the_end_and_the_others_stay(browser: Browser):
    given = answers()
    page = to_the_check(browser, given)
    button = page.tree.xpath("//button[@name='go'][@value='court']")[0]
    back = page.form("Open the court").submit(**{button.get("name"): button.get("value")})
    assert back.heading == "The court"
    assert back.form("Continue").values()["name"] == given["name"]
    page = back.submit("Continue", county="Lake County").submit("Continue").submit("Continue")
    assert page.heading == "Check your answers"
    for words in ("Lake County", given["name"], given["slug"], "Ana Ruiz"):
        assert words in page.text


def test_steps_can_not_be_skipped(browser: Browser, app: Flask):
    given = answers()
    page = browser.get(START)
    sent = page.submit("Continue", step="check", **given)
    assert sent.status == 422
    assert sent.heading == "The court"
    assert court_of(app, given["slug"]) is None


def test_sent_twice_it_is_one_court_and_one_invitation(browser: Browser, app: Flask):
    given = answers()
    page = to_the_check(browser, given)
    for _click in range(2):
        assert page.submit("Open the court").heading == given["name"]
    row = court_of(app, given["slug"])
    assert row is not None
    court = as_test_court(app, row)
    assert run_jobs(court, opening.FURNISH) == ["done"]
    late = page.submit("Open the court")
    assert late.status == 422
    assert "exists already" in late.text
    with app.app_context(), court.acting():
        assert session().scalar(select(func.count()).select_from(Invitation)) == 1
    assert len(audited(court, "court_admin.open_court")) == 1


def test_an_address_that_is_taken_is_said_at_its_field(browser: Browser, app: Flask):
    given = answers()
    to_the_check(browser, given).submit("Open the court")
    again = {**answers(), "slug": given["slug"]}
    page = to_the_check(sign_in(browser.pages.app), again).submit("Open the court")
    assert page.status == 422
    assert page.heading == "Address and starting rules"
    assert page.tree.xpath("//*[@name='slug'][@aria-invalid='true']")


@pytest.mark.proves("AC-4")
def test_fields_that_the_form_does_not_have_change_nothing(browser: Browser, app: Flask):
    given = answers()
    page = to_the_check(browser, given)
    page.form("Open the court").submit(state="closed", id=str(UUID(int=7)), row_version="9", court_id=str(UUID(int=7)))
    row = court_of(app, given["slug"])
    assert row is not None
    assert (row.state, row.row_version) == ("active", 1)
    assert row.id != UUID(int=7)


def test_the_console_itself_can_not_publish_rules_or_invite(browser: Browser, app: Flask):
    given = answers()
    to_the_check(browser, given).submit("Open the court")
    row = court_of(app, given["slug"])
    assert row is not None
    with browser.pages.app.app_context(), acting_as(row.id):
        for table in ("invitation", "notice", "program_rules"):
            allowed = session().scalar(select(func.has_table_privilege("portal_platform", table, "INSERT")))
            assert allowed is False, table
