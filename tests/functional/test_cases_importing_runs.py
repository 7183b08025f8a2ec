"""Files at work: numbers filled in later, canceled, interrupted, repeated, forgotten."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.cases.imports import jobs, services
from app.cases.imports.models import ReferralImportRow
from app.cases.models import CaseNumber, Enrollment, Person, Referral, ReferralAmendment
from app.core import clock
from app.core.models import AuditEvent, Outbox, StoredFile
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.core.storage import Missing
from app.permissions.identity import Role
from tenants.database import db, session, transaction
from tests.factories import TestCourt, letters, make_court, make_referral
from tests.functional.import_steps import TODAY, bring_in, count, file_of, person, result_of, send, work


@pytest.fixture(autouse=True)
def _that_day() -> Iterator[None]:
    with clock.moved_to(TODAY):
        yield


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def test_numbers_that_were_pending_are_filled_in_from_a_second_file(court: TestCourt):
    bring_in(court, [person(number, **{"Case number": "pending"}) for number in range(3)])
    assert count(court, CaseNumber, CaseNumber.number.is_(None)) == 3
    browser = court.staff_client(Role.CLERK)
    text = browser.http.get(court.url("referrals/import/pending.csv")).data.decode("utf-8-sig")
    waiting = list(csv.DictReader(io.StringIO(text)))
    assert len(waiting) == 3
    waiting[0]["Case number"], waiting[1]["Case number"] = "26-CR-1", "26-CR-2;26-CR-3"
    waiting[2]["Case number"] = ""  # still none
    preview = send(court, file_of(waiting, tuple(waiting[0])), kind="numbers")
    assert "Will get a case number 2" in preview.text
    preview.submit("Fill in 2 case numbers")
    work(court)
    with court.app.app_context(), court.acting():
        numbers = list(
            session().scalars(
                select(CaseNumber.number).where(CaseNumber.referral_id == UUID(waiting[1]["Portal reference"]))
            )
        )
        amended = session().scalars(select(ReferralAmendment)).all()
    assert sorted(numbers) == ["26-CR-2", "26-CR-3"]
    assert {(tuple(row.old["case_numbers"]), tuple(row.new["case_numbers"])) for row in amended} == {
        ((), ("26-CR-1",)),
        ((), ("26-CR-2", "26-CR-3")),
    }
    assert count(court, CaseNumber, CaseNumber.number.is_(None)) == 1
    again = send(court, file_of(waiting, tuple(waiting[0])), kind="numbers")
    assert "Nothing to do 2" in again.text


def test_numbers_are_matched_by_name_and_birth_date_and_never_guessed(court: TestCourt):
    bring_in(court, [person(number, **{"Case number": ""}) for number in range(4)])
    taken = make_referral(court, case_numbers=("26-CR-TAKEN",))
    assert taken
    heads = ("Portal reference", "Given names", "Family names", "Birth date", "Case number")

    def row(number: int, **changes: str) -> dict[str, str]:
        return {head: value for head, value in {**person(number), **changes}.items() if head in heads}

    with court.app.app_context(), court.acting():
        ids = {
            name: str(key)
            for key, name in session().execute(
                select(Referral.id, Person.given_names).join(Person, Person.id == Referral.person_id)
            )
        }
    rows = [
        row(0, **{"Given names": person(0)["Given names"].upper()}),
        row(1, **{"Birth date": "1/1/1999"}),
        row(2, **{"Case number": "26 cr taken"}),
        row(3, **{"Portal reference": ids[person(0)["Given names"]]}),
        {"Portal reference": str(uuid4()), "Case number": "26-CR-77"},
    ]
    preview = send(court, file_of(rows, heads), kind="numbers")
    for words in (
        "No referral of this court has this name and birth date.",
        "Another referral of this court has this case number.",
        "The reference belongs to another name or birth date.",
        "No referral of this court has this reference.",
    ):
        assert words in preview.text
    preview.submit("Fill in 1 case number")
    work(court)
    assert count(court, CaseNumber, CaseNumber.number == "26-IM-00000") == 1
    assert count(court, CaseNumber, CaseNumber.number.is_(None)) == 3


def test_a_file_can_be_canceled_before_and_while_it_runs(court: TestCourt):
    preview = send(court, file_of([person(1)]))
    gone = preview.click("Cancel this file").submit("Cancel this file")
    assert "Nobody was brought in from this file." in gone.text
    running = send(court, file_of([person(1), person(2)])).submit("Refer 2 people")
    stopped = running.click("Stop").submit("Cancel this file")
    assert "Not brought in: canceled 2" in stopped.text
    assert work(court) == ["done"]
    stopped = stopped.client.get(stopped.url)
    assert "Not brought in: canceled 2" in stopped.text
    assert [row["Result"] for row in result_of(stopped)] == ["Not brought in: canceled"] * 2
    assert count(court, Referral) == 0
    assert count(court, AuditEvent, AuditEvent.action == "cases.cancel_import") == 2


def test_a_stretch_whose_file_is_gone_ends_and_says_so(court: TestCourt):
    page = send(court, file_of([person(1), person(2)])).submit("Refer 2 people")
    with court.app.app_context(), court.acting():
        runtime().storage.delete(court.id, session().scalars(select(StoredFile.sha256)).one())
        with transaction() as current:
            row = current.scalars(select(Outbox).where(Outbox.kind == services.BATCH_JOB).with_for_update()).one()
            row.attempt = jobs.JOBS[services.BATCH_JOB].attempts
        assert run_job(row.id, runtime().registry.jobs) == "failed"
    page = page.client.get(page.url)
    assert "Done" in page.text
    assert "Not saved 2" in page.text


def test_somebody_else_chose_the_columns_meanwhile(court: TestCourt):
    preview = send(court, file_of([person(1)]))
    form = preview.form("Refer 1 person")
    preview.click("Change which column is which").submit("Look at the rows", case_numbers="")
    assert form.submit().status == 409
    assert count(court, ReferralImportRow) == 0


def test_what_became_impossible_since_the_preview_is_left_out_with_its_reason(court: TestCourt):
    page = send(court, file_of([person(1), person(2)])).submit("Refer 2 people")
    known = person(1)
    make_referral(
        court,
        given_names=known["Given names"],
        family_names=known["Family names"],
        birth_date=date(1970, 1, 2),
        case_numbers=(),
    )
    work(court)
    page = page.client.get(page.url)
    assert "Referred 1" in page.text
    assert "This court has referred this person before." in page.text
    assert count(court, Referral) == 2


def test_one_row_that_can_not_be_saved_holds_up_no_other(court: TestCourt):
    """The stretch fails as a whole; the next attempts go row by row."""
    page = send(court, file_of([person(number) for number in range(4)])).submit("Refer 4 people")
    with court.app.app_context(), court.acting():
        job = session().scalars(select(Outbox).where(Outbox.kind == services.BATCH_JOB)).one()
        refuse = "Robin" + letters(2)

        def faulty(conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
            lines = parameters if isinstance(parameters, list) else [parameters]
            if statement.startswith("INSERT INTO person") and any(refuse in str(line) for line in lines):
                raise OSError("the disk said no")

        event.listen(db.engine, "before_cursor_execute", faulty)
        try:
            assert run_job(job.id, runtime().registry.jobs) == "retry"
            assert count(court, Referral) == 0
            with transaction() as current:
                current.scalars(select(Outbox).where(Outbox.id == job.id).with_for_update()).one().attempt = 2
            assert run_job(job.id, runtime().registry.jobs) == "done"
        finally:
            event.remove(db.engine, "before_cursor_execute", faulty)
    page = page.client.get(page.url)
    assert "Referred 3" in page.text
    assert "This row could not be saved. Nothing of it was kept." in page.text
    assert count(court, Person) == count(court, Referral) == count(court, Enrollment) == 3


def test_a_job_that_fails_for_good_leaves_no_row_waiting(court: TestCourt):
    page = send(court, file_of([person(1)])).submit("Refer 1 person")
    with court.app.app_context(), court.acting():
        handler = jobs.JOBS[services.BATCH_JOB]
        with transaction() as current:
            row = current.scalars(select(Outbox).where(Outbox.kind == services.BATCH_JOB).with_for_update()).one()
            row.attempt = handler.attempts + 1  # every earlier attempt took its process down
        assert run_job(row.id, runtime().registry.jobs) == "failed"
    page = page.client.get(page.url)
    assert "Not saved 1" in page.text


def test_files_are_forgotten_in_time_and_the_result_stays(court: TestCourt):
    done, draft = bring_in(court, [person(1)]), send(court, file_of([person(2)]))
    running = send(court, file_of([person(3)])).submit("Refer 1 person")
    with court.app.app_context(), court.acting():
        hashes = list(session().scalars(select(StoredFile.sha256).order_by(StoredFile.id)))
        with clock.moved_to(TODAY + timedelta(days=8)):
            services.forget_files()
        kept = [bool(runtime().storage.get(court.id, hashes[0])), bool(runtime().storage.get(court.id, hashes[2]))]
        assert kept == [True, True]
        with pytest.raises(Missing):
            runtime().storage.get(court.id, hashes[1])
        with clock.moved_to(TODAY + timedelta(days=31)):
            services.forget_files()
        with pytest.raises(Missing):
            runtime().storage.get(court.id, hashes[0])
        assert runtime().storage.get(court.id, hashes[2])
    assert "Nobody was brought in" in draft.client.get(draft.url).text
    assert running.client.get(running.url).status == 200
    page = done.client.get(done.url)
    assert "The file itself was deleted on" in page.text
    (row,) = result_of(page)
    assert row["Result"] == "Referred"
    assert "Given names" not in row


def test_a_file_sent_again_outlives_the_forgetting_of_the_first(court: TestCourt):
    content = file_of([person(1)])
    bring_in(court, [person(1)])
    with clock.moved_to(TODAY + timedelta(days=30)):
        again = send(court, content)
    with court.app.app_context(), court.acting(), clock.moved_to(TODAY + timedelta(days=31)):
        services.forget_files()
    assert again.client.get(again.url).status == 200


def test_a_long_file_comes_in_stretches_and_its_pages_ask_little(app: Flask, court: TestCourt):
    rows = [person(number) for number in range(services.BATCH + 60)] + [person(9000 + n, Email="x") for n in range(120)]
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    page = send(court, file_of(rows))
    event.listen(engine, "before_cursor_execute", note)
    try:
        page = page.client.get(page.url)
        preview, statements[:] = len(statements), []
        further = page.click("Further rows")
        statements.clear()
        running = page.submit(f"Refer {services.BATCH + 60} people")
        confirm, statements[:] = len(statements), []
        running.client.get(running.url)
        progress, statements[:] = len(statements), []
        court.staff_client(Role.CLERK)
        statements.clear()
        running.client.get(court.url("referrals/import"))
        listed = len(statements)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert "563" not in page.tree.xpath("string(//tbody/tr[1])")
    assert page.tree.xpath("count(//tbody/tr)") == further.tree.xpath("count(//tbody/tr)") == 50
    assert max(preview, progress, listed) <= 12
    assert confirm <= 40
    assert work(court) == ["done", "done"]
    assert count(court, Referral) == services.BATCH + 60


def test_the_template_comes_back_as_a_list_that_is_understood(court: TestCourt):
    browser = court.staff_client(Role.CLERK)
    answer = browser.http.get(court.url("referrals/import/template.csv"))
    assert answer.mimetype == "text/csv"
    preview = send(court, answer.data)
    assert preview.heading == "Look at the rows"
    assert "Date of the order: Nothing is written here." in preview.text
