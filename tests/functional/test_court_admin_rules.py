"""A court administrator reads the program rules, changes them in a draft and publishes it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.core.models import AuditDetail, AuditEvent
from app.court_admin.court_parts import PARTS
from app.court_admin.services import RulesMoved, publish_rules
from app.permissions.identity import Role
from tenants.database import db, session
from tenants.program import ProgramDocument, load_preset
from tests.client import Page
from tests.curriculum import publish as publish_curriculum
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.rules_editor import DRAFT, PREVIEW, PUBLISH, SAVE, administrator, begin, change, in_force, part, publish


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def audited(court: TestCourt, action: str) -> list[tuple[AuditEvent, AuditDetail]]:
    with court.app.app_context(), court.acting():
        rows = session().execute(
            select(AuditEvent, AuditDetail)
            .join(AuditDetail, AuditDetail.id == AuditEvent.id)
            .where(AuditEvent.action == action)
            .order_by(AuditEvent.id)
        )
        return [(row[0], row[1]) for row in rows]


def faulty(page: Page) -> set[str]:
    return {str(box.get("name")) for box in page.tree.xpath("//*[@aria-invalid='true']")}


def test_the_rules_in_force_are_shown_in_plain_words(court: TestCourt):
    page = court.staff_client(Role.CLERK).get(court.url("program-rules"))
    assert "Version 1 is in force" in page.text
    assert "80%" in page.text
    assert "$350.00" in page.text
    assert "Change the rules" not in page.text


def test_each_part_saved_as_it_is_shown_changes_nothing(app: Flask, court: TestCourt):
    publish_curriculum(app)
    browser = begin(court)
    for one in PARTS:
        page = part(court, browser, one.key)
        assert page.errors() == []
        page = page.submit(SAVE)
        assert "Nothing is changed yet" in page.text, one.key


@pytest.mark.proves("AD-1")
def test_publishing_makes_the_next_version_with_its_reason_and_its_audit_rows(court: TestCourt):
    ada = court.member(Role.ADMINISTRATOR, "Ada Admin")
    browser = begin(court, "Ada Admin")
    change(court, browser, "course", pass_percent="75")
    added = {"components-0-amount_cents": "$1,250.50", "components-2-label": "Materials", "components-2-payee": "Court"}
    change(court, browser, "fees", **added, **{"components-2-amount_cents": "20"})
    change(court, browser, "papers", letterhead_lines="100 Main Street\nRoom 4\n", signatory_name="Jordan Judge")
    page = change(court, browser, "accountability", months="4")
    marks = [
        "".join(tag.itertext()).strip()
        for tag in page.tree.xpath("//main//td//span[contains(@class, 'portal-status')]")
    ]
    assert (marks.count("changed"), set(marks)) == (4, {"changed", "unchanged"})
    assert in_force(court)[0] == 1, "a draft is no rule yet"
    page = publish(court, browser, "The county's order of this week")
    assert page.status == 200
    assert "Version 2 is in force" in page.text
    assert "The county's order of this week" in page.text
    assert "Ada Admin" in page.text
    version, document = in_force(court)
    assert version == 2
    assert document.coursework.pass_percent == 75
    assert [one.amount_cents for one in document.fees.components] == [125050, 5000, 2000]
    assert document.reports.letterhead.lines == ("100 Main Street", "Room 4")
    assert document.accountability.months == 4
    ((happened, detail),) = audited(court, "court_admin.publish_rules")
    assert happened.actor_id == ada.id
    assert (detail.old["version"], detail.new["version"]) == (1, 2)
    assert detail.old["coursework"]["pass_percent"] == 80
    assert detail.new["coursework"]["pass_percent"] == 75
    assert "people" not in detail.new, "only what changed is recorded"
    saved = audited(court, "court_admin.save_draft")
    assert saved[0][1].old == {"coursework.pass_percent": 80}
    assert saved[-1][1].new == {"accountability.months": 4}
    old = court.staff_client(Role.JUDGE).get(court.url("program-rules/1"))
    assert "A newer version is in force" in old.text
    new = court.staff_client(Role.JUDGE).get(court.url("program-rules/2"))
    assert "What this version changed" in new.text
    assert "75%" in new.text
    letterhead = new.click("See the letterhead")
    assert "Room 4" in letterhead.text
    assert "Jordan Judge" in letterhead.text


def test_every_fault_is_told_at_once_at_its_field_and_nothing_typed_is_lost(court: TestCourt):
    browser = begin(court)
    course = change(court, browser, "course", pass_percent="101", quiz_attempts="many", **{"modules-0-use": "optional"})
    assert course.status == 422
    assert faulty(course) == {"modules-0-use", "pass_percent", "quiz_attempts"}
    errors = " ".join(course.errors())
    for words in ("Enter 100 or less", "Enter a whole number", "at least one module required"):
        assert words in errors
    kept = course.form(SAVE).values()
    assert (kept["pass_percent"], kept["quiz_attempts"]) == ("101", "many")
    fees = {
        "components-0-amount_cents": "free",
        "components-1-label": "",
        "components-2-amount_cents": "99999999",
        "components-3-label": "Both",
        "components-3-amount_cents": "10",
        "components-3-percent": "5",
        "components-3-percent_of": "program",
    }
    page = change(court, browser, "fees", **fees)
    assert faulty(page) == {
        "components-0-amount_cents",
        "components-1-label",
        "components-2-amount_cents",
        "components-2-label",
        "components-3-amount_cents",
    }
    assert page.form(SAVE).values()["components-0-amount_cents"] == "free"
    papers = change(court, browser, "papers", letterhead_lines="\n".join("1234567"), phone="5" * 200)
    assert faulty(papers) == {"letterhead_lines", "phone"}
    assert papers.form(SAVE).values()["phone"] == "5" * 200
    days = change(court, browser, "holidays", days="12/25/2026\n12/25/2026\nChristmas", working_days="2026-12-25")
    assert faulty(days) == {"days", "working_days"}
    assert {"Line 2", "Line 3", "Line 1"} <= {
        word.partition(":")[0] for e in days.errors() for word in e.split(": ", 1)
    }
    for one in (course, page, papers, days):
        for target in one.tree.xpath("//*[@id='error-summary']//a/@href"):
            assert one.tree.xpath(f"//*[@id='{target.removeprefix('#')}']"), f"{target} leads nowhere"
    assert "Nothing is changed yet" in browser.get(court.url(DRAFT)).text
    assert in_force(court)[0] == 1


@pytest.mark.parametrize("typed", ["", "-1", "1e999", "NaN", "3.001", "\x1b", "9" * 5000, "½"])
def test_a_strange_amount_is_a_message_not_an_accident(court: TestCourt, typed: str):
    page = change(court, begin(court), "fees", **{"components-0-amount_cents": typed})
    assert page.status == 422
    assert faulty(page) == {"components-0-amount_cents"}
    assert in_force(court)[0] == 1


def test_binary_and_endless_text_is_cleaned_or_refused(court: TestCourt):
    browser = begin(court)
    page = change(court, browser, "papers", signatory_name="A" * 100_000)
    assert page.status == 422
    assert any("at most 120" in error for error in page.errors())
    page.submit(SAVE, signatory_name="Jo\x07 Judge")
    page = publish(court, browser, "Because\x1b[31m of this")
    assert "Version 2 is in force" in page.text
    assert in_force(court)[1].reports.letterhead.signatory_name == "Jo Judge"


def test_what_is_not_right_yet_can_be_kept_and_finished_later(court: TestCourt):
    browser = begin(court)
    page = change(court, browser, "accountability", months="many", misses_allowed="2")
    page = page.submit(SAVE, unfinished="1", misses_allowed="2")
    assert "1 thing to put right" in page.text
    assert "See what it would do" not in page.text
    page = browser.get(court.url(PREVIEW))
    assert page.url.endswith(DRAFT), "there is nothing to preview yet"
    page = part(court, browser, "accountability")
    assert faulty(page) == {"months"}
    assert page.form(SAVE).values()["months"] == "many"
    page.submit(SAVE, months="5")
    assert "Version 2 is in force" in publish(court, browser).text
    rules = in_force(court)[1].accountability
    assert (rules.months, rules.misses_allowed) == (5, 2)


def test_rows_are_added_put_in_order_and_taken_out_without_scripts(app: Flask, court: TestCourt):
    publish_curriculum(app)
    browser = begin(court)
    change(court, browser, "waivers", **{"bands-1-up_to_percent": "300", "bands-1-waives_percent": "50"})
    page = change(court, browser, "fees", **{"components-0-remove": "y"})
    assert page.status == 200
    page = publish(court, browser)
    document = in_force(court)[1]
    assert [(band.up_to_percent, band.waives_percent) for band in document.waivers.bands] == [(200, 100), (300, 50)]
    assert [one.label for one in document.fees.components] == ["Court administration"]


def test_two_publications_at_the_same_moment_are_one_version_each_or_one_refusal(app: Flask, court: TestCourt):
    actor = court.member(Role.ADMINISTRATOR)
    document = in_force(court)[1]
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def publish_one(percent: int) -> None:
        course = document.coursework.model_copy(update={"pass_percent": percent})
        start.wait()
        with app.app_context(), court.acting(), app.test_request_context():
            try:
                publish_rules(document.model_copy(update={"coursework": course}), over=1, reason="At once", actor=actor)
                outcomes.append("published")
            except RulesMoved:
                outcomes.append("told")

    threads = [threading.Thread(target=publish_one, args=(60 + number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["published"] + ["told"] * 7
    assert in_force(court)[0] == 2


def test_the_same_forms_sent_twice_have_one_effect(court: TestCourt):
    browser = begin(court)
    page = part(court, browser, "course")
    data = {**page.form(SAVE).values(), "pass_percent": "85"}
    assert [browser.post(page.url, data).status for _time in range(2)] == [200, 200]
    assert len(audited(court, "court_admin.save_draft")) == 1
    page = browser.get(court.url(PREVIEW))
    data = {**page.form(PUBLISH).values(), "reason": "Twice"}
    assert [browser.post(page.url, data).status for _time in range(2)] == [200, 200]
    assert in_force(court)[0] == 2
    assert len(audited(court, "court_admin.publish_rules")) == 1


def test_publishing_needs_a_change_and_a_reason(court: TestCourt):
    browser = begin(court)
    page = publish(court, browser, "Nothing really")
    assert page.status == 422
    assert any("did not change anything" in error for error in page.errors())
    change(court, browser, "course", pass_percent="85")
    page = publish(court, browser, "")
    assert page.status == 422
    assert any("Say why" in error for error in page.errors())
    assert in_force(court)[0] == 1


def test_a_percentage_part_survives_and_its_base_can_not_vanish(app: Flask):
    preset = load_preset("county_probation").to_json()
    preset["fees"]["components"].append(
        {"key": "surcharge", "label": "Surcharge", "percent": 10, "percent_of": "program"}
    )
    court = make_court(app, document=ProgramDocument.model_validate(preset))
    assert "10% of Program fee" in court.staff_client(Role.CLERK).get(court.url("program-rules")).text
    browser = begin(court)
    change(court, browser, "fees", **{"components-0-amount_cents": "400"})
    assert "$490.00" in browser.get(court.url(PREVIEW)).text
    assert "$490.00" in publish(court, browser, "Higher").text
    page = change(court, begin(court), "fees", **{"components-0-remove": "y"})
    assert page.status == 422
    assert any("Choose another part that stays" in error for error in page.errors())


@pytest.mark.parametrize("role", [Role.CLERK, Role.JUDGE, Role.OFFICER])
def test_only_administrators_change_the_rules(court: TestCourt, role: Role):
    with_draft = begin(court)
    form = part(court, with_draft, "course").form(SAVE).values()
    browser = court.staff_client(role)
    token = browser.get(court.url("program-rules" if role != Role.OFFICER else "nowhere"))
    csrf = token.tree.xpath("//input[@name='csrf_token']/@value")[0]
    for path in (DRAFT, f"{DRAFT}/parts/course", f"{DRAFT}/discard", PREVIEW, f"{PREVIEW}/people"):
        assert browser.get(court.url(path)).status == 404
    page = browser.post(court.url(f"{DRAFT}/parts/course"), {**form, "csrf_token": csrf, "pass_percent": "50"})
    assert page.status == 404
    assert browser.post(court.url(f"{DRAFT}/begin"), {"csrf_token": csrf}).status == 404
    assert "Nothing is changed yet" in with_draft.get(court.url(DRAFT)).text


@pytest.mark.proves("CO-7")
def test_the_rules_and_the_draft_of_another_court_are_not_there(app: Flask, court: TestCourt):
    other = make_court(app)
    browser = begin(other)
    change(other, browser, "course", pass_percent="95")
    assert "There is no draft" in administrator(court).get(court.url(DRAFT)).text
    begin(court)
    assert part(court, administrator(court), "course").form(SAVE).values()["pass_percent"] == "80"
    publish(other, browser, "Only here")
    assert court.staff_client(Role.CLERK).get(court.url("program-rules/2")).status == 404
    assert "95%" not in court.staff_client(Role.CLERK).get(court.url("program-rules")).text


@pytest.mark.proves("AC-4")
def test_injected_fields_change_nothing(app: Flask, court: TestCourt):
    other = make_court(app)
    browser = begin(court)
    page = part(court, browser, "course")
    data = {
        **page.form(SAVE).values(),
        "pass_percent": "85",
        "court_id": str(other.id),
        "version": "40",
        "state": "published",
        "decides_termination": "clerk",
        "people.decides_termination": "clerk",
        "decides_full": "clerk",
        "amount_cents": "1",
        "modules-9-slug": "made-up",
        "modules-9-use": "required",
        "modules-9-minimum_minutes": "0",
        "document": "{}",
    }
    assert browser.post(page.url, data).status == 200
    page = browser.get(court.url(PREVIEW))
    data = {
        **page.form(PUBLISH).values(),
        "reason": "With extras",
        "version": "40",
        "begins_at": "2020-01-01",
        "state": "amended",
        "document": "{}",
        "published_by": str(other.id),
    }
    assert browser.post(page.url, data).status == 200
    version, document = in_force(court)
    assert version == 2
    before = load_preset("county_probation")
    assert document == before.model_copy(
        update={"coursework": before.coursework.model_copy(update={"pass_percent": 85})}
    )
    assert in_force(other)[0] == 1


def test_the_pages_ask_the_database_little(app: Flask, court: TestCourt):
    publish_curriculum(app)
    for _person in range(3):
        make_learner(court)
        make_referral(court)
    browser = begin(court)
    change(court, browser, "accountability", misses_allowed="4")
    pages = (
        "program-rules",
        "program-rules/history",
        "program-rules/1",
        DRAFT,
        *(f"{DRAFT}/parts/{one.key}" for one in PARTS),
        PREVIEW,
        f"{PREVIEW}/people",
        f"{PREVIEW}/papers/final",
    )
    with app.app_context():
        engine = db.engine
    for path in pages:
        browser.get(court.url(path))
        seen: list[str] = []

        def count(_c: Any, _cursor: Any, statement: str, *_rest: Any, seen: list[str] = seen) -> None:
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", count)
        try:
            assert browser.get(court.url(path)).status == 200
        finally:
            event.remove(engine, "before_cursor_execute", count)
        assert len(seen) <= 12, (path, seen)
