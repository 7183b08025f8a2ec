"""What a report is told of a case: collected once, on the court's clock, in the report's language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event

from app.cases.lookups import the_enrollment
from app.core import clock
from app.payments.models import LedgerEntry, Waiver
from app.reports.facts import collect, the_court
from app.reports.snapshot import ReportKind
from tenants.database import db, transaction
from tenants.program import load_preset
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner
from tests.reports import (
    all_checked_in,
    in_accountability,
)


@pytest.fixture(scope="module")
def published(app: Flask) -> None:
    publish(app)


@pytest.fixture
def court(app: Flask, published: None) -> TestCourt:
    return make_court(app)


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    sent: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "set_config" not in statement:
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def facts(court: TestCourt, enrollment_id: UUID, kind: ReportKind, language: str = "en") -> dict[str, Any]:
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        return collect(the_enrollment(enrollment_id), kind, the_court(), language=language)


def test_a_progress_report_says_where_the_person_stands(court: TestCourt) -> None:
    _learner, enrollment_id = in_accountability(court, case_numbers=("26-CR-77", ""), given_names="Ana")
    found = facts(court, enrollment_id, ReportKind.PROGRESS)
    assert found["person"].name.startswith("Ana ")
    assert found["person"].birth_date == "1986"
    assert found["case"].numbers == ("26-CR-77", "pending")
    assert found["program"].stage == "Accountability: month 1 of 6"
    assert len(found["check_ins"]) == 6
    assert found["money"].balance_cents == 35000
    assert found["agreement"].version == "1"
    assert [module.title for module in found["modules"]]


def test_a_proof_of_enrollment_holds_no_money_and_no_modules(court: TestCourt) -> None:
    _learner, enrollment_id = make_learner(court)
    found = facts(court, enrollment_id, ReportKind.PROOF_OF_ENROLLMENT)
    assert (found["money"], found["modules"], found["check_ins"]) == (None, (), ())


@pytest.mark.proves("CD-4")
@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("submitted", "waits for the court's decision"),
        ("granted_full", "waived the fee in full"),
        ("granted_partial", "waived a part"),
        ("more_time", "gave more time to pay"),
        ("installments", "let the fee be paid in parts"),
        ("denied", None),
        ("revoked", None),
    ],
)
def test_inability_to_pay_is_shown_to_the_court_and_a_denial_is_not(
    court: TestCourt, state: str, words: str | None
) -> None:
    _learner, enrollment_id = in_accountability(court)
    with court.app.app_context(), court.acting(), transaction() as current:
        current.add(
            Waiver(
                enrollment_id=enrollment_id,
                state=state,
                household_size=2,
                monthly_income_cents=120_000,
                benefits=[],
                submitted_at=clock.now(),
            )
        )
    note = facts(court, enrollment_id, ReportKind.PROGRESS)["money"].inability_note
    assert note is None if words is None else words in note


def test_the_lines_of_the_money_are_the_ledger(court: TestCourt) -> None:
    _learner, enrollment_id = in_accountability(court)
    with court.app.app_context(), court.acting(), transaction() as current:
        for kind, cents in (("paid", -30000), ("refunded", 1000), ("waived", -2000)):
            current.add(
                LedgerEntry(
                    enrollment_id=enrollment_id,
                    kind=kind,
                    component="program" if kind == "waived" else "",
                    amount_cents=cents,
                    effect=f"test:{kind}:{enrollment_id}",
                    at=datetime(2026, 3, 1, 3, 0, tzinfo=UTC),  # still February there
                    actor_kind="system",
                    actor_id=None,
                )
            )
    money = facts(court, enrollment_id, ReportKind.PROGRESS)["money"]
    lines = {line.label: line.cents for line in money.lines}
    assert lines == {
        "Program fee": 30000,
        "Court administration": 5000,
        "Payment received on February 28, 2026": -30000,
        "Refund on February 28, 2026": 1000,
        "Waived by the court on February 28, 2026: Program fee": -2000,
    }


def test_only_a_hearing_ahead_is_named(court: TestCourt) -> None:
    today = clock.today("America/Los_Angeles")
    _learner, enrollment_id = make_learner(court, hearing_on=today + timedelta(days=40))
    case = facts(court, enrollment_id, ReportKind.PROGRESS)["case"]
    assert case.next_hearing == today + timedelta(days=40)
    with clock.moved_to(clock.now() + timedelta(days=60)):
        case = facts(court, enrollment_id, ReportKind.PROGRESS)["case"]
    assert case.next_hearing is None


@pytest.mark.parametrize(("style", "shown"), [("none", None), ("year", "1986"), ("full", "04/28/1986")])
def test_the_birth_date_is_shown_as_the_court_wants(app: Flask, published: None, style: str, shown: str | None) -> None:
    document = load_preset("county_probation").model_dump()
    document["reports"]["birth_date"] = style
    court = make_court(app, document=type(load_preset("county_probation")).model_validate(document))
    _learner, enrollment_id = make_learner(court, birth_date=date(1986, 4, 28))
    person = facts(court, enrollment_id, ReportKind.PROGRESS)["person"]
    assert person.birth_date == shown


def test_times_are_the_courts_and_in_the_reports_language(court: TestCourt) -> None:
    _learner, enrollment_id = make_learner(court)
    with clock.moved_to(datetime(2026, 7, 1, 2, 5, tzinfo=UTC)):
        english = facts(court, enrollment_id, ReportKind.PROGRESS)["generated_on"]
        spanish = facts(court, enrollment_id, ReportKind.PROGRESS, "es")["generated_on"]
    assert english == "June 30, 2026, 7:05 PM PDT"
    assert str(spanish).startswith("30 de junio de 2026, 19:05")


def test_collecting_takes_few_statements_however_long_the_history(court: TestCourt) -> None:
    _learner, enrollment_id = all_checked_in(court)
    with counted(court.app) as sent:
        facts(court, enrollment_id, ReportKind.FINAL)
    assert len(sent) <= 6, sent
