"""The pages of reports: asking, waiting, reading, taking the file along; the learner's own papers; the slip."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update

from app.cases.enrolling import issue_code, revoke_code
from app.cases.lookups import the_enrollment
from app.core.models import AuditEvent, Outbox, StoredFile
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.permissions.identity import Role
from app.reports.models import Report
from tenants.database import db, session, transaction
from tests.client import PageClient
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
)


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    publish(app)
    return make_court(app)


def audited(court: TestCourt, subject: UUID) -> list[str]:
    with court.app.app_context(), court.acting():
        rows = select(AuditEvent.action).where(AuditEvent.subject_id == subject).order_by(AuditEvent.at)
        return list(session().scalars(rows))


def test_from_the_request_to_the_file(court: TestCourt) -> None:
    _learner, enrollment_id = in_accountability(court, given_names="Maren")
    run_renders(court)
    clerk = court.staff_client(Role.CLERK)
    page = clerk.get(court.url(f"cases/{enrollment_id}/reports")).submit("Make the report", kind="progress")
    assert page.heading == "Progress report"
    assert "It is the next one to be made" in page.text
    assert "http-equiv" in page.response.get_data(as_text=True)  # the page comes back by itself without scripts, too
    run_renders(court)
    page = clerk.get(page.url)
    assert page.heading == "Progress report"
    assert "Maren Sample" in page.text
    assert "refresh" not in page.response.get_data(as_text=True)
    download = page.click("Download the PDF")
    report = next(row for row in reports_of(court, enrollment_id) if row.kind == "progress")
    assert download.data == file_bytes(court, report)
    assert download.response.headers["Content-Disposition"] == f"attachment; filename={report.number}.pdf"
    assert download.response.mimetype == "application/pdf"
    assert download.response.headers["Cache-Control"] == "no-store"
    assert audited(court, report.id) == ["reports.request", "reports.issue", "reports.read", "reports.read_file"]


def test_the_web_page_says_what_the_paper_says(court: TestCourt) -> None:
    _learner, enrollment_id = in_accountability(court)
    report = ask(court, enrollment_id, "progress")
    run_renders(court)
    page = court.staff_client(Role.JUDGE).get(court.url(f"reports/{report.id}"))
    paper = text_of(file_bytes(court, report_of(court, report.id)))
    for word in (report.number, "Program fees", "$350.00", "Accountability: month 1 of 6", "Check-ins"):
        assert word in page.text
        assert word in paper
    assert report.snapshot["verify_url"] in page.text


def test_sent_twice_it_is_one_report(court: TestCourt) -> None:
    _learner, enrollment_id = in_accountability(court)
    form = court.staff_client(Role.CLERK).get(court.url(f"cases/{enrollment_id}/reports")).form("Make the report")
    first, second = form.submit(kind="progress"), form.submit(kind="progress")
    assert first.url == second.url
    assert len(reports_of(court, enrollment_id)) == 2  # the proof of enrollment and this one


def test_a_kind_that_is_not_due_is_not_offered_and_refused_in_words(court: TestCourt) -> None:
    _learner, enrollment_id = in_accountability(court)
    page = court.staff_client(Role.CLERK).get(court.url(f"cases/{enrollment_id}/reports"))
    assert [option.get("value") for option in page.tree.xpath("//select[@name='kind']/option")] == [
        "progress",
        "bench_card",
        "proof_of_enrollment",
    ]
    page = page.submit("Make the report", kind="final")
    assert page.status == 422
    assert any("every check-in is settled" in error for error in page.errors())
    assert len(reports_of(court, enrollment_id)) == 1


def test_who_has_not_enrolled_has_nothing_to_report(court: TestCourt) -> None:
    page = court.staff_client(Role.CLERK).get(court.url(f"cases/{make_referral(court)}/reports"))
    assert "has not enrolled" in page.text


@pytest.mark.proves("AC-4")
def test_only_listed_fields_are_taken(court: TestCourt) -> None:
    _learner, enrollment_id = in_accountability(court)
    form = court.staff_client(Role.CLERK).get(court.url(f"cases/{enrollment_id}/reports")).form("Make the report")
    page = form.submit(kind="progress", state="ready", number="AA-2000-000001", enrollment_id=str(uuid4()))
    report = report_of(court, UUID(page.url.rpartition("/")[2]))
    assert (report.state, report.enrollment_id) == ("requested", enrollment_id)
    assert report.number != "AA-2000-000001"


def test_the_place_in_the_queue_is_told(app: Flask) -> None:
    court = make_court(app)
    _learner, enrollment_id = make_learner(court)
    report = ask(court, enrollment_id, "progress")
    page = court.staff_client(Role.CLERK).get(court.url(f"reports/{report.id}"))
    assert "1 other report of this court is made before it." in page.text


def test_the_waiting_page_looks_again_until_there_is_something_to_see(app: Flask) -> None:
    court = make_court(app)
    _learner, enrollment_id = make_learner(court)
    (proof,) = reports_of(court, enrollment_id)
    clerk = court.staff_client(Role.CLERK)
    waiting = clerk.http.get(court.url(f"reports/{proof.id}/state"))
    assert "HX-Refresh" not in waiting.headers
    assert b"It is the next one to be made." in waiting.data
    page = clerk.get(court.url(f"reports/{proof.id}"))
    assert page.tree.xpath("//*[@id='report-state'][@role='status']/@hx-trigger") == ["every 1s"]
    run_renders(court)
    assert clerk.http.get(court.url(f"reports/{proof.id}/state")).headers["HX-Refresh"] == "true"
    assert audited(court, proof.id) == ["reports.request", "reports.issue"]  # asking for the state is no reading


def break_storage(court: TestCourt) -> None:
    """A file where this court's folder should be."""
    with court.app.app_context():
        folder = runtime().storage.folder / str(court.id)  # type: ignore[attr-defined]  # the tests' storage is a folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.write_text("in the way")


def mend_storage(court: TestCourt) -> None:
    with court.app.app_context():
        (runtime().storage.folder / str(court.id)).unlink()  # type: ignore[attr-defined]  # see above


def run_last_attempt(court: TestCourt, report: Report) -> str:
    with court.app.app_context(), court.acting():
        with transaction() as current:
            current.execute(update(Outbox).where(Outbox.id == report.job_id).values(attempt=4))
        assert report.job_id is not None
        return run_job(report.job_id, runtime().registry.jobs)


@pytest.mark.proves("FA-4")
def test_a_report_that_could_not_be_stored_says_so_and_can_be_made_again(app: Flask) -> None:
    court = make_court(app)
    learner, enrollment_id = make_learner(court)
    (proof,) = reports_of(court, enrollment_id)
    break_storage(court)
    assert run_renders(court) == ["retry"]
    assert report_of(court, proof.id).state == "rendering"
    assert run_last_attempt(court, proof) == "failed"
    failed = report_of(court, proof.id)
    assert (failed.state, failed.error, failed.file_id) == ("failed", "not_stored", None)
    clerk = court.staff_client(Role.CLERK)
    page = clerk.get(court.url(f"reports/{proof.id}"))
    assert "The file could not be stored." in page.text
    own = court.client(learner).get(court.url(f"reports/{proof.id}"))
    assert "Try again" not in own.text
    assert "The court office can have it made again." in own.text
    mend_storage(court)
    page = page.submit("Try again")
    assert "It is the next one to be made" in page.text
    assert run_renders(court) == ["done"]
    assert "Download the PDF" in clerk.get(page.url).text


def test_a_file_that_is_gone_from_storage_is_no_crash(app: Flask) -> None:
    court = make_court(app)
    _learner, enrollment_id = make_learner(court)
    run_renders(court)
    (proof,) = reports_of(court, enrollment_id)
    with app.app_context():
        runtime().storage.delete(court.id, proof.signed_sha256)
    page = court.staff_client(Role.CLERK).get(court.url(f"reports/{proof.id}/file"))
    assert page.status == 503
    assert "court's administrator" in page.text


# --- Who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.proves("AC-2")
def test_a_report_is_open_to_those_who_see_the_case_and_looks_missing_to_the_others(app: Flask) -> None:
    court, elsewhere = make_court(app), make_court(app)
    learner, enrollment_id = make_learner(court)
    stranger, _other = make_learner(court)
    run_renders(court)
    proof = reports_of(court, enrollment_id)[0]
    paths = [f"reports/{proof.id}", f"reports/{proof.id}/file", f"reports/{proof.id}/state"]
    for client in (court.staff_client(Role.CLERK), court.staff_client(Role.JUDGE), court.client(learner)):
        assert [client.http.get(court.url(path)).status_code for path in paths] == [200, 200, 200]
    missing = court.staff_client(Role.CLERK).http.get(court.url(f"reports/{uuid4()}"))
    officer = court.staff_client(Role.OFFICER, "Not assigned")
    for client in (officer, court.client(stranger), court.staff_client(Role.FACILITATOR)):
        for path in paths:
            answer = client.http.get(court.url(path))
            assert answer.status_code == missing.status_code == 404
            assert proof.number.encode() not in answer.data
    foreign = elsewhere.staff_client(Role.CLERK)
    assert [foreign.http.get(elsewhere.url(path)).status_code for path in paths] == [404, 404, 404]


def test_a_learner_requests_nothing(court: TestCourt) -> None:
    learner, enrollment_id = make_learner(court)
    client = court.client(learner)
    assert client.get(court.url(f"cases/{enrollment_id}/reports")).status == 404
    assert len(reports_of(court, enrollment_id)) == 1


def test_a_learner_sees_the_own_papers_and_the_agreement(court: TestCourt) -> None:
    learner, enrollment_id = make_learner(court)
    client = court.client(learner)
    page = client.get(court.url("documents"))
    assert "Proof of enrollment" in page.text
    assert "Not ready yet" in page.text
    run_renders(court)
    page = client.get(court.url("documents"))
    (proof,) = reports_of(court, enrollment_id)
    assert page.click("Download").data == file_bytes(court, proof)
    agreement = page.click("Read the agreement")
    assert "I agree to take part in this court program" in agreement.text
    assert learner.display_name in agreement.text
    assert re.search(r"[0-9a-f]{64}", agreement.text)


def test_the_list_of_papers_takes_few_statements(court: TestCourt) -> None:
    learner, enrollment_id = all_checked_in(court)
    for _ in range(4):
        ask(court, enrollment_id, "progress")
    clients = [(court.client(learner), "documents"), (court.staff_client(), f"cases/{enrollment_id}/reports")]
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "set_config" not in statement:
            sent.append(statement)

    with court.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        for client, path in clients:
            client.get(court.url(path))  # the letterhead is kept for a minute
            sent.clear()
            client.get(court.url(path))
            assert len(sent) <= 12, sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


# --- The slip --------------------------------------------------------------------------------------------------------


def issued(court: TestCourt) -> tuple[UUID, UUID, str]:
    """A referral's id, the id of a code for it, and the code."""
    enrollment_id = make_referral(court, given_names="Noa")
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
        row, code = issue_code(referral_id, actor=court.member(Role.CLERK))
    return referral_id, row.id, code


def post_slip(client: PageClient, court: TestCourt, code_id: UUID | str, code: str) -> tuple[int, bytes, str]:
    page = client.get(court.url("referrals"))
    token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
    answer = client.http.post(
        court.url("codes/slip"), data={"csrf_token": token, "code_id": str(code_id), "code": code}
    )
    return answer.status_code, answer.data, answer.headers.get("Content-Disposition", "")


def test_the_slip_shows_the_code_and_is_kept_nowhere(court: TestCourt) -> None:
    _referral_id, code_id, code = issued(court)
    with court.app.app_context(), court.acting():
        before = session().scalar(select(func.count()).select_from(StoredFile))
    status, pdf, disposition = post_slip(court.staff_client(Role.CLERK), court, code_id, code)
    assert status == 200
    assert disposition.startswith("attachment; filename=enrollment-")
    text = text_of(pdf)
    assert " - ".join(code.split("-")) in text
    assert "Noa Sample" in text
    assert f"/{court.slug}/enroll" in text
    with court.app.app_context(), court.acting():
        assert session().scalar(select(func.count()).select_from(StoredFile)) == before
    assert "reports.make_slip" in audited(court, code_id)


def test_a_slip_is_made_of_its_own_live_code_only(court: TestCourt) -> None:
    _first, first_id, first_code = issued(court)
    referral_id, second_id, second_code = issued(court)
    clerk = court.staff_client(Role.CLERK)
    assert post_slip(clerk, court, first_id, second_code)[0] == 404
    assert post_slip(clerk, court, uuid4(), first_code)[0] == 404
    assert post_slip(clerk, court, "no id", first_code)[0] == 404
    assert post_slip(clerk, court, first_id, "x" * 50_000)[0] == 404
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        revoke_code(second_id, reason="lost", actor=court.member(Role.CLERK))
    page = clerk.get(court.url("referrals"))
    token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
    page = clerk.post(court.url("codes/slip"), {"csrf_token": token, "code_id": str(second_id), "code": second_code})
    assert page.url.endswith(f"referrals/{referral_id}")
    assert "can not be used any more" in page.text
