"""Requesting and making reports: what is frozen, how they are numbered, which follow from which."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from threading import Barrier, Thread
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from psycopg.types.json import Jsonb
from sqlalchemy import select, update

from app.cases.holding import hold, resume
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment, Person, Referral
from app.core import clock
from app.core.errors import Refused
from app.core.jobs import Job
from app.core.models import AuditEvent, Outbox
from app.core.outbox import run_job
from app.core.runtime import Happening, runtime, tell
from app.permissions.identity import Role
from app.reports import publishing, services
from app.reports.correcting.services import revoke_report
from app.reports.lookups import RENDER
from app.reports.models import Report
from app.reports.sign import check
from app.reports.snapshot import Snapshot
from config import Settings
from tenants.database import session, transaction
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
from tests.servers import Servers


@pytest.fixture(scope="module")
def published(app: Flask) -> None:
    publish(app)


@pytest.fixture
def court(app: Flask, published: None) -> TestCourt:
    return make_court(app)


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
    assert len(proof.unsigned_sha256) == 64
    assert proof.unsigned_sha256 != proof.signed_sha256
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
    (report,) = [row for row in reports_of(court, enrollment_id) if row.kind == "final"]
    assert report.requested_by_kind == "system"
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


@pytest.mark.proves("AC-5")
def test_the_last_check_in_asks_for_the_final_report_and_the_certificate_exactly_once(court: TestCourt) -> None:
    _learner, enrollment_id = all_checked_in(court)
    with court.app.app_context(), court.acting():
        for _again in range(2):
            tell(Happening.ACCOUNTABILITY_DONE, enrollment_id)
    run_renders(court)
    run_renders(court)
    with court.app.app_context(), court.acting():
        tell(Happening.ACCOUNTABILITY_DONE, enrollment_id)
        tell(Happening.COMPLETED, enrollment_id)
    kinds = [row.kind for row in reports_of(court, enrollment_id)]
    assert sorted(kinds) == ["certificate", "final", "proof_of_enrollment"]


def test_a_final_report_that_came_during_a_pause_completes_the_case_when_it_goes_on(court: TestCourt) -> None:
    _learner, enrollment_id = all_checked_in(court)
    clerk = court.member(Role.CLERK)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        hold(enrollment_id, reason="A question of the judge", actor=clerk)
    run_renders(court)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        assert the_enrollment(enrollment_id).state == "on_hold"
        resume(enrollment_id, reason="Answered", actor=clerk)
        assert the_enrollment(enrollment_id).state == "completed"
    kinds = [row.kind for row in reports_of(court, enrollment_id)]
    assert sorted(kinds) == ["certificate", "final", "proof_of_enrollment"]


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


def spoil(servers: Servers, settings: Settings, report_id: UUID) -> None:
    """Break the frozen facts, which only the database's administrator can."""
    database = settings.database_url.rpartition("/")[2]
    with psycopg.connect(f"{servers.administrator.rpartition('/')[0]}/{database}") as connection:
        connection.execute(
            "UPDATE report SET snapshot = %s WHERE id = %s", (Jsonb({"kind": "Robin's secret"}), report_id)
        )


def test_a_bad_report_delays_no_other_and_its_error_is_shown_without_its_words(
    court: TestCourt, servers: Servers, settings: Settings
) -> None:
    _learner, bad_id = make_learner(court)
    _learner, good_id = make_learner(court)
    (bad,), (good,) = reports_of(court, bad_id), reports_of(court, good_id)
    spoil(servers, settings, bad.id)
    with court.app.app_context(), court.acting(), transaction() as current:
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
        revoke_report(proof.id, reason="wrong person", actor=clerk)
    run_renders(court)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        with pytest.raises(Refused, match="why"):
            revoke_report(proof.id, reason=" ", actor=clerk)
        revoke_report(proof.id, reason="wrong person", actor=clerk)
    assert report_of(court, proof.id).state == "revoked"


def test_another_courts_report_is_out_of_reach(app: Flask, published: None) -> None:
    here, elsewhere = make_court(app), make_court(app)
    _learner, enrollment_id = make_learner(here)
    (proof,) = reports_of(here, enrollment_id)
    assert reports_of(elsewhere, enrollment_id) == []
    with app.app_context(), elsewhere.acting():
        assert session().scalar(select(Report.id).where(Report.id == proof.id)) is None
        assert session().scalar(select(Outbox.id).where(Outbox.subject_id == proof.id)) is None
        assert session().scalars(select(Enrollment).join(Referral, Referral.id == Enrollment.referral_id)).all() == []
