"""A court administrator reads and publishes the program rules."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.core.models import AuditDetail, AuditEvent
from app.court_admin.services import RulesMoved, publish_rules
from app.permissions.identity import Role
from tenants.database import db, session
from tenants.program import ProgramDocument, load_preset
from tenants.rules import rules_in_force
from tests.client import Page
from tests.factories import TestCourt, make_court

EDIT = "program-rules/edit"
PUBLISH = "Publish these rules"


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def in_force(court: TestCourt) -> tuple[int, ProgramDocument]:
    with court.app.app_context(), court.acting():
        row, document = rules_in_force()
        return row.version, document


def edit_page(court: TestCourt, name: str = "") -> Page:
    return court.staff_client(Role.ADMINISTRATOR, name).get(court.url(EDIT))


def test_the_rules_in_force_are_shown_in_plain_words(court: TestCourt):
    page = court.staff_client(Role.CLERK).get(court.url("program-rules"))
    assert "Version 1 is in force" in page.text
    assert "80%" in page.text
    assert "$350.00" in page.text
    assert "Change the rules" not in page.text


def test_publishing_makes_the_next_version_with_its_reason_and_its_audit_row(court: TestCourt):
    administrator = court.member(Role.ADMINISTRATOR, "Ada Admin")
    page = court.client(administrator).get(court.url(EDIT))
    page = page.submit(
        PUBLISH,
        pass_percent="75",
        **{"fees-0-amount": "$1,250.50", "fees-2-label": "Materials", "fees-2-amount": "20"},
        letterhead_lines="100 Main Street\nRoom 4\n",
        signatory_name="Jordan Judge",
        months="4",
        reason="The county's order of this week",
    )
    assert page.status == 200
    assert "Version 2 is in force" in page.text
    assert "The county's order of this week" in page.text
    assert "Ada Admin" in page.text
    version, document = in_force(court)
    assert version == 2
    assert document.coursework.pass_percent == 75
    assert [part.amount_cents for part in document.fees.components] == [125050, 5000, 2000]
    assert document.reports.letterhead.lines == ("100 Main Street", "Room 4")
    assert document.accountability.months == 4
    with court.app.app_context(), court.acting():
        written = session().execute(
            select(AuditEvent, AuditDetail)
            .join(AuditDetail, AuditDetail.id == AuditEvent.id)
            .where(AuditEvent.action == "court_admin.publish_rules")
        )
        ((happened, detail),) = written.all()
    assert happened.actor_id == administrator.id
    assert (detail.old["version"], detail.new["version"]) == (1, 2)
    assert detail.old["coursework"]["pass_percent"] == 80
    assert detail.new["coursework"]["pass_percent"] == 75
    assert "people" not in detail.new, "only what changed is recorded"
    old = court.staff_client(Role.JUDGE).get(court.url("program-rules/1"))
    assert "A newer version is in force" in old.text
    new = court.staff_client(Role.JUDGE).get(court.url("program-rules/2"))
    assert "What this version changed" in new.text
    assert "75%" in new.text
    letterhead = new.click("See the letterhead")
    assert "Room 4" in letterhead.text
    assert "Jordan Judge" in letterhead.text


def test_every_fault_is_told_at_once_at_its_field_and_nothing_typed_is_lost(court: TestCourt):
    page = edit_page(court).submit(
        PUBLISH,
        modules=[],
        pass_percent="101",
        quiz_attempts="many",
        months="0",
        letterhead_lines="\n".join("1234567"),
        phone="5" * 200,
        reason="",
        **{"fees-0-amount": "free", "fees-1-label": "", "fees-2-amount": "99999999"},
    )
    assert page.status == 422
    faulty = {box.get("name") for box in page.tree.xpath("//*[@aria-invalid='true']")}
    fees = {"fees-0-amount", "fees-1-label", "fees-2-amount", "fees-2-label"}
    assert faulty == fees | {
        "modules",
        "pass_percent",
        "quiz_attempts",
        "months",
        "letterhead_lines",
        "phone",
        "reason",
    }
    errors = " ".join(page.errors())
    for words in ("Enter 100 or less", "Enter a whole number", "Enter 1 or more", "at most 6 lines", "Say why"):
        assert words in errors
    kept = page.form(PUBLISH).values()
    assert (kept["pass_percent"], kept["quiz_attempts"], kept["fees-0-amount"]) == ("101", "many", "free")
    assert kept["phone"] == "5" * 200
    for target in page.tree.xpath("//*[@id='error-summary']//a/@href"):
        assert page.tree.xpath(f"//*[@id='{target.removeprefix('#')}']"), f"{target} leads nowhere"
    assert in_force(court)[0] == 1


@pytest.mark.parametrize("typed", ["", "-1", "1e999", "NaN", "3.001", "\x1b", "9" * 5000, "½"])
def test_a_strange_amount_is_a_message_not_an_accident(court: TestCourt, typed: str):
    page = edit_page(court).submit(PUBLISH, reason="A reason", **{"fees-0-amount": typed})
    assert page.status == 422
    assert any("amount in dollars" in error for error in page.errors())
    assert in_force(court)[0] == 1


def test_binary_and_endless_text_is_cleaned_or_refused(court: TestCourt):
    page = edit_page(court).submit(PUBLISH, reason="Because\x1b[31m of this", signatory_name="A" * 100_000)
    assert page.status == 422
    assert any("at most 120" in error for error in page.errors())
    page = page.submit(PUBLISH, signatory_name="Jo\x07 Judge")
    assert "Version 2 is in force" in page.text
    assert in_force(court)[1].reports.letterhead.signatory_name == "Jo Judge"


def test_of_two_administrators_the_second_sees_both_and_loses_nothing(court: TestCourt):
    first, second = edit_page(court, "First Admin"), edit_page(court, "Second Admin")
    first.submit(PUBLISH, pass_percent="90", reason="Stricter")
    page = second.submit(PUBLISH, pass_percent="70", months="3", reason="Milder")
    assert page.status == 409
    assert "Somebody else published version 2" in page.text
    assert "First Admin" in page.text
    assert "Stricter" in page.text
    rows = {" ".join(" ".join(row.itertext()).split()) for row in page.tree.xpath("//tbody/tr")}
    assert "Course: Score to pass a quiz 90% 70%" in rows
    assert page.form(PUBLISH).values()["reason"] == "Milder"
    assert in_force(court)[1].coursework.pass_percent == 90
    page = page.submit(PUBLISH)
    assert "Version 3 is in force" in page.text
    assert in_force(court)[1].coursework.pass_percent == 70


def test_two_publications_at_the_same_moment_are_one_version_each_or_one_refusal(app: Flask, court: TestCourt):
    actor = court.member(Role.ADMINISTRATOR)
    document = in_force(court)[1]
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def publish(percent: int) -> None:
        course = document.coursework.model_copy(update={"pass_percent": percent})
        start.wait()
        with app.app_context(), court.acting(), app.test_request_context():
            try:
                publish_rules(document.model_copy(update={"coursework": course}), over=1, reason="At once", actor=actor)
                outcomes.append("published")
            except RulesMoved:
                outcomes.append("told")

    threads = [threading.Thread(target=publish, args=(60 + number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["published"] + ["told"] * 7
    assert in_force(court)[0] == 2


def test_the_same_form_sent_twice_publishes_once(court: TestCourt):
    page = edit_page(court)
    data = {**page.form(PUBLISH).values(), "pass_percent": "85", "reason": "Twice"}
    again: Any = [page.client.post(court.url(EDIT), data) for _time in range(2)]
    assert [one.status for one in again] == [200, 200]
    assert in_force(court)[0] == 2


def test_publishing_without_a_change_is_refused_kindly(court: TestCourt):
    page = edit_page(court).submit(PUBLISH, reason="Nothing really")
    assert page.status == 422
    assert any("did not change anything" in error for error in page.errors())


def test_a_percentage_part_survives_and_its_base_can_not_vanish(app: Flask):
    preset = load_preset("county_probation").to_json()
    preset["fees"]["components"].append(
        {"key": "surcharge", "label": "Surcharge", "percent": 10, "percent_of": "program"}
    )
    court = make_court(app, document=ProgramDocument.model_validate(preset))
    assert "10% of Program fee" in court.staff_client(Role.CLERK).get(court.url("program-rules")).text
    page = edit_page(court).submit(PUBLISH, reason="Higher", **{"fees-0-amount": "400"})
    assert "$490.00" in page.text
    page = edit_page(court).submit(PUBLISH, reason="Out", **{"fees-0-label": "", "fees-0-amount": ""})
    assert page.status == 422
    assert any("percentage of a part that you took out" in error for error in page.errors())


@pytest.mark.parametrize("role", [Role.CLERK, Role.JUDGE, Role.OFFICER])
def test_only_administrators_change_the_rules(court: TestCourt, role: Role):
    browser = court.staff_client(role)
    assert browser.get(court.url(EDIT)).status == 404
    form = edit_page(court).form(PUBLISH).values()
    token = browser.get(court.url("program-rules" if role != Role.OFFICER else "nowhere"))
    csrf = token.tree.xpath("//input[@name='csrf_token']/@value")[0]
    page = browser.post(court.url(EDIT), {**form, "csrf_token": csrf, "pass_percent": "50", "reason": "No"})
    assert page.status == 404
    assert in_force(court)[0] == 1


def test_the_rules_of_another_court_are_not_there(app: Flask, court: TestCourt):
    other = make_court(app)
    edit_page(other).submit(PUBLISH, pass_percent="95", reason="Only here")
    assert court.staff_client(Role.CLERK).get(court.url("program-rules/2")).status == 404
    assert "95%" not in court.staff_client(Role.CLERK).get(court.url("program-rules")).text


def test_injected_fields_change_nothing(app: Flask, court: TestCourt):
    other = make_court(app)
    page = edit_page(court)
    data = {
        **page.form(PUBLISH).values(),
        "pass_percent": "85",
        "reason": "With extras",
        "court_id": str(other.id),
        "version": "40",
        "people.decides_termination": "clerk",
        "fees-0-refundable": "",
    }
    assert page.client.post(court.url(EDIT), data).status == 200
    version, document = in_force(court)
    assert version == 2
    assert document.people.decides_termination == "judge"
    assert document.fees.components[0].refundable
    assert in_force(other)[0] == 1


def test_the_pages_ask_the_database_little(app: Flask, court: TestCourt):
    browser = court.staff_client(Role.ADMINISTRATOR)
    browser.get(court.url("program-rules"))
    seen: list[str] = []
    with app.app_context():
        engine = db.engine

    def count(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        browser.get(court.url("program-rules"))
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(seen) <= 12, seen
