"""Requesting and making reports: what is frozen, how they are numbered, which follow from which."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment, Person, Referral
from app.core import clock
from app.core.errors import Refused
from app.core.jobs import Job
from app.core.models import AuditEvent, Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.payments.models import LedgerEntry, Waiver
from app.permissions.identity import Role
from app.reports import publishing, services
from app.reports.facts import collect, the_court
from app.reports.lookups import RENDER
from app.reports.models import Report
from app.reports.sign import check
from app.reports.snapshot import ReportKind, Snapshot
from tenants.database import db, session, transaction
from tenants.program import load_preset
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.reports import (
    all_checked_in,
    ask,
    file_bytes,
    in_accountability,
    report_of,
    reports_of,
    run_renders,
    text_of,
    token_of,
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


def test_enrolling_brings_the_proof_at_once_and_once(court: TestCourt) -> None:
    _learner, enrollment_id = make_learner(court)
    assert [report.kind for report in reports_of(court, enrollment_id)] == ["proof_of_enrollment"]
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        services.request_proof_of_enrollment(enrollment_id)
    assert run_renders(court) == ["done"]
    (proof,) = reports_of(court, enrollment_id)
    assert proof.state == "ready"
    text = text_of(file_bytes(court, proof))
    assert "Proof of enrollment" in text
    assert proof.number in text
    assert "Robin Sample" in text


def test_what_changes_after_the_request_is_not_in_the_report(court: TestCourt) -> None:
    _learner, enrollment_id = in_accountability(court, family_names="Before")
    report = ask(court, enrollment_id, "progress")
    with court.app.app_context(), court.acting(), transaction() as current:
        current.execute(update(Person).where(Person.family_names == "Before").values(family_names="Afterwards"))
    run_renders(court)
    text = text_of(file_bytes(court, report_of(court, report.id)))
    assert "Robin Before" in text
    assert "Afterwards" not in text


@pytest.mark.proves("CD-9")
def test_the_file_is_sealed_and_both_hashes_are_kept(court: TestCourt) -> None:
    _learner, enrollment_id = make_learner(court)
    run_renders(court)
    (proof,) = reports_of(court, enrollment_id)
    content = file_bytes(court, proof)
    assert hashlib.sha256(content).hexdigest() == proof.signed_sha256
    assert len(proof.unsigned_sha256) == 64 != proof.signed_sha256
    assert proof.renderer_version
    with court.app.app_context():
        certificate = runtime().settings.signing_cert_file.read_bytes()
    assert check(content, [certificate]).ok
    assert proof.verify_digest == hashlib.sha256(token_of(proof).encode()).hexdigest()
    assert len(token_of(proof)) == 43


def test_numbers_have_no_gaps_even_when_many_ask_at_once(court: TestCourt) -> None:
    cases = [make_referral(court) for _ in range(3)]
    learners = [make_learner(court, enrollment_id)[1] for enrollment_id in cases]
    together = Barrier(3)

    def request(enrollment_id: UUID) -> None:
        together.wait()
        ask(court, enrollment_id, "progress")

    threads = [Thread(target=request, args=(one,)) for one in learners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with pytest.raises(Refused):
        ask(court, learners[0], "final")  # a refusal uses no number
    ask(court, learners[0], "progress")
    with court.app.app_context(), court.acting():
        numbers = sorted(session().scalars(select(Report.number)))
    year = clock.today("America/Los_Angeles").year
    assert numbers == [f"{court.prefix}-{year}-{n:06d}" for n in range(1, 8)]


def test_the_year_of_a_number_is_the_courts(app: Flask, published: None) -> None:
    court = make_court(app, time_zone="Pacific/Honolulu")
    with clock.moved_to(datetime(2027, 1, 1, 5, 0, tzinfo=UTC)):  # still December 31 there
        _learner, enrollment_id = make_learner(court)
    with clock.moved_to(datetime(2027, 1, 1, 11, 0, tzinfo=UTC)):
        ask(court, enrollment_id, "progress")
    numbers = [report.number for report in reports_of(court, enrollment_id)]
    assert numbers == [f"{court.prefix}-2026-000001", f"{court.prefix}-2027-000001"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("final", "every check-in is settled"),
        ("certificate", "program is completed"),
        ("enrollment_slip", "Choose a kind"),
        ("nonsense", "Choose a kind"),
    ],
)
def test_a_kind_that_is_not_due_is_refused_in_words(court: TestCourt, kind: str, words: str) -> None:
    _learner, enrollment_id = in_accountability(court)
    with pytest.raises(Refused, match=words):
        ask(court, enrollment_id, kind)
    assert [report.kind for report in reports_of(court, enrollment_id)] == ["proof_of_enrollment"]


def test_nothing_can_be_reported_before_enrolling(court: TestCourt) -> None:
    enrollment_id = make_referral(court)
    with pytest.raises(Refused, match="has not enrolled"):
        ask(court, enrollment_id, "progress")


def test_a_language_that_the_court_does_not_offer_is_refused(app: Flask, published: None) -> None:
    court = make_court(app, languages=["en"])
    _learner, enrollment_id = make_learner(court)
    with pytest.raises(Refused, match="language"):
        ask(court, enrollment_id, "progress", language="es")


@pytest.mark.proves("AC-5")
def test_the_final_report_completes_the_case_and_brings_the_certificate(court: TestCourt) -> None:
    _learner, enrollment_id = all_checked_in(court)
    report = ask(court, enrollment_id, "final")
    with court.app.app_context(), court.acting():
        assert the_enrollment(enrollment_id).state == "report_due"
    run_renders(court)
    with court.app.app_context(), court.acting():
        assert the_enrollment(enrollment_id).state == "completed"
    assert run_renders(court) == ["done"]
    kinds = {row.kind: row.state for row in reports_of(court, enrollment_id)}
    assert kinds == {"proof_of_enrollment": "ready", "final": "ready", "certificate": "ready"}
    final = Snapshot.model_validate(report_of(court, report.id).snapshot)
    certificate = next(row for row in reports_of(court, enrollment_id) if row.kind == "certificate")
    assert final.program.completed_on == Snapshot.model_validate(certificate.snapshot).program.completed_on
    assert "completed the court program on" in text_of(file_bytes(court, report_of(court, report.id)))
    assert "This certifies that" in text_of(file_bytes(court, certificate))


def test_no_certificate_where_the_rules_want_none(app: Flask, published: None) -> None:
    document = load_preset("county_probation")
    reports = document.reports.model_copy(update={"certificate_on_completion": False})
    court = make_court(app, document=document.model_copy(update={"reports": reports}))
    _learner, enrollment_id = all_checked_in(court)
    ask(court, enrollment_id, "final")
    run_renders(court)
    assert "certificate" not in {row.kind for row in reports_of(court, enrollment_id)}


def test_a_newer_report_of_a_kind_supersedes_the_earlier_one(court: TestCourt) -> None:
    _learner, enrollment_id = in_accountability(court)
    first = ask(court, enrollment_id, "progress")
    second = ask(court, enrollment_id, "progress")
    run_renders(court)
    assert report_of(court, first.id).state == "superseded"
    assert report_of(court, second.id).state == "ready"
    proof = reports_of(court, enrollment_id)[0]
    assert proof.state == "ready"


def test_a_job_that_runs_twice_issues_one_file(court: TestCourt) -> None:
    """The second run of the same job, begun before the first had ended, changes nothing and leaves nothing behind."""
    _learner, enrollment_id = make_learner(court)
    (proof,) = reports_of(court, enrollment_id)
    with court.app.app_context(), court.acting():
        slow = publishing.begin(proof.id)
        assert slow is not None
    run_renders(court)
    issued = report_of(court, proof.id)
    with court.app.app_context(), court.acting():
        storage = runtime().storage
        late = storage.put(court.id, b"the slower run's file")
        assert proof.job_id is not None
        job = Job(proof.job_id, RENDER, proof.id, {}, 2)
        with pytest.raises(Exception, match=RENDER):
            publishing.publish(job, proof.id, publishing.MadeFile(late, "0" * 64, 3))
        assert run_job(proof.job_id, runtime().registry.jobs) == "gone"
    after = report_of(court, proof.id)
    assert (after.file_id, after.signed_sha256, after.row_version) == (
        issued.file_id,
        issued.signed_sha256,
        issued.row_version,
    )


def test_a_bad_report_delays_no_other_and_its_error_is_shown_without_its_words(court: TestCourt) -> None:
    _learner, bad_id = make_learner(court)
    _learner, good_id = make_learner(court)
    (bad,), (good,) = reports_of(court, bad_id), reports_of(court, good_id)
    with court.app.app_context(), court.acting(), transaction() as current:
        current.execute(update(Report).where(Report.id == bad.id).values(snapshot={"kind": "Robin's secret"}))
        current.execute(update(Outbox).where(Outbox.id == bad.job_id).values(attempt=4))
    assert run_renders(court) == ["failed", "done"]
    assert report_of(court, good.id).state == "ready"
    failed = report_of(court, bad.id)
    assert (failed.state, failed.error) == ("failed", "unknown")


def test_the_audit_names_who_asked_and_never_the_token(court: TestCourt) -> None:
    _learner, enrollment_id = make_learner(court)
    report = ask(court, enrollment_id, "progress")
    run_renders(court)
    with court.app.app_context(), court.acting():
        events = session().scalars(select(AuditEvent).where(AuditEvent.subject_id == report.id)).all()
        by_action = {one.action: one for one in events}
    assert by_action["reports.request"].actor_id == court.member(Role.CLERK).id
    assert set(by_action) == {"reports.request", "reports.issue"}


def test_a_report_is_taken_back_with_a_reason_only(court: TestCourt) -> None:
    _learner, enrollment_id = make_learner(court)
    (proof,) = reports_of(court, enrollment_id)
    clerk = court.member(Role.CLERK)
    scope = (court.app.app_context(), court.app.test_request_context(), court.acting())
    with scope[0], scope[1], scope[2], pytest.raises(Refused, match="not issued"):
        services.revoke_report(proof.id, reason="wrong person", actor=clerk)
    run_renders(court)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        with pytest.raises(Refused, match="why"):
            services.revoke_report(proof.id, reason=" ", actor=clerk)
        services.revoke_report(proof.id, reason="wrong person", actor=clerk)
    assert report_of(court, proof.id).state == "revoked"


# --- The facts -------------------------------------------------------------------------------------------------------


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
        ("denied", None),
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
    assert len(sent) <= 20, sent


def test_another_courts_report_is_out_of_reach(app: Flask, published: None) -> None:
    here, elsewhere = make_court(app), make_court(app)
    _learner, enrollment_id = make_learner(here)
    (proof,) = reports_of(here, enrollment_id)
    assert reports_of(elsewhere, enrollment_id) == []
    with app.app_context(), elsewhere.acting():
        assert session().scalar(select(Report.id).where(Report.id == proof.id)) is None
        assert session().scalar(select(Outbox.id).where(Outbox.subject_id == proof.id)) is None
        assert session().scalars(select(Enrollment).join(Referral, Referral.id == Enrollment.referral_id)).all() == []
