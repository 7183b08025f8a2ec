"""The report of a caseload: what it says, who may read it, that it is genuine."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest
from flask import Flask
from sqlalchemy import select

from app.batches.caseloads import request_caseload
from app.cases.lookups import the_enrollment
from app.core.models import AuditEvent, Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.permissions.identity import Role
from app.reports import renderer
from app.reports.jobs import NotStored
from app.reports.lists import making
from app.reports.lists.models import ListReport
from app.reports.lists.snapshot import ListSnapshot
from app.reports.sign import check
from tenants.database import session, transaction
from tests.client import PageClient
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.batch_steps import clerk, lists_of, run_jobs
from tests.reports import file_bytes, text_of

HOSTILE = "=HYPERLINK(1)"


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def made(court: TestCourt, officer_id: object = None) -> ListReport:
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        key = request_caseload(officer_id, actor=clerk(court)).id  # type: ignore[arg-type]
    run_jobs(court, "reports.make_list")
    return next(one for one in lists_of(court) if one.id == key)


@pytest.mark.proves("CD-9")
def test_a_caseload_becomes_a_sealed_document_of_its_people(court: TestCourt) -> None:
    officer = court.member(Role.OFFICER, "Dana Reyes")
    make_learner(court, family_names="Listedone", officer_id=officer.id)
    make_referral(court, family_names="Otherone")
    report = made(court, officer.id)
    content = file_bytes(court, report)  # type: ignore[arg-type]
    text = text_of(content)
    assert "Caseload report" in text
    assert "Dana Reyes" in text
    assert "Robin Listedone" in text
    assert "Otherone" not in text
    with court.app.app_context():
        assert check(content, [runtime().settings.signing_cert_file.read_bytes()]).ok
    assert hashlib.sha256(content).hexdigest() == report.signed_sha256
    assert report.number.startswith(court.prefix)


def test_whoever_holds_it_can_check_it_and_learns_of_nobody(court: TestCourt) -> None:
    make_learner(court, family_names="Listedone")
    report = made(court)
    stranger = PageClient(court.app)
    token = str(report.snapshot["verify_url"]).rpartition("/")[2]
    for page in (
        stranger.get(court.url(f"verify/{token}")),
        stranger.get(court.url("verify")).submit("Check the document", reference=report.number),
    ):
        assert page.status == 200
        assert "Caseload report" in page.text
        assert report.number in page.text
        assert "Listedone" not in page.text
        assert "R. L." not in page.text


def test_a_hostile_name_stays_a_name(court: TestCourt) -> None:
    make_learner(court, given_names="<script>alert(1)</script>", family_names=HOSTILE)
    report = made(court)
    browser = court.staff_client(Role.CLERK)
    assert "<script>alert(1)</script>" in browser.get(court.url(f"lists/{report.id}")).text  # as words
    rows = list(csv.reader(io.StringIO(browser.get(court.url(f"lists/{report.id}/list.csv")).data.decode("utf-8-sig"))))
    assert rows[0][:2] == ["name", "case_numbers"]
    assert rows[1][0].startswith("<script>")
    assert all(not cell.startswith("=") for row in rows for cell in row)


@pytest.mark.proves("AC-3")
def test_an_officer_reads_the_own_list_and_only_while_everybody_on_it_is_theirs(court: TestCourt) -> None:
    anna, ben = court.member(Role.OFFICER, "Anna"), court.member(Role.OFFICER, "Ben")
    mine = make_learner(court, family_names="Annasown", officer_id=anna.id)[1]
    as_anna, as_ben = court.client(anna), court.client(ben)
    page = as_anna.get(court.url("caseload")).submit("Make this list a signed report")
    run_jobs(court)
    (report,) = lists_of(court)
    assert report.officer_id == anna.id
    assert "Robin Annasown" in as_anna.get(page.url).text
    for path in ("", "/file", "/list.csv", "/state"):
        assert as_ben.get(court.url(f"lists/{report.id}{path}")).status == 404
    with court.app.app_context(), court.acting(), transaction():
        the_enrollment(mine, lock=True).officer_id = ben.id
    for path in ("", "/file", "/list.csv"):
        assert as_anna.get(court.url(f"lists/{report.id}{path}")).status == 404
        assert as_ben.get(court.url(f"lists/{report.id}{path}")).status == 404  # it was never theirs
    assert court.staff_client(Role.SUPERVISOR).get(court.url(f"lists/{report.id}")).status == 200


@pytest.mark.parametrize("role", [Role.LEARNER, Role.PROSECUTOR, Role.FACILITATOR])
def test_others_read_no_list(court: TestCourt, role: Role) -> None:
    learner, _enrollment_id = make_learner(court)
    report = made(court)
    client = court.client(learner if role is Role.LEARNER else court.member(role))
    assert client.get(court.url(f"lists/{report.id}")).status == 404


@pytest.mark.proves("FA-4")
def test_a_list_that_can_not_be_made_says_so_and_is_tried_again(
    court: TestCourt, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_learner(court)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        key = request_caseload(None, actor=clerk(court)).id

    def full(_content: bytes) -> str:
        raise NotStored("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(making, "store", full)
        for _attempt in range(4):
            _run_again(court)
    page = court.staff_client(Role.CLERK).get(court.url(f"lists/{key}"))
    assert "The file could not be stored." in page.text
    assert court.staff_client(Role.CLERK).get(court.url(f"lists/{key}/file")).status == 404
    page.submit("Try again")
    run_jobs(court, "reports.make_list")
    assert lists_of(court)[0].state == "ready"


def _run_again(court: TestCourt) -> None:
    with court.app.app_context(), court.acting():
        with transaction() as current:
            row = current.scalars(select(Outbox).where(Outbox.kind == "reports.make_list")).one()
            row.attempt += 1
        run_job(row.id, runtime().registry.jobs)


def test_a_second_run_issues_nothing_twice(court: TestCourt) -> None:
    make_learner(court)
    report = made(court)
    with court.app.app_context(), court.acting():
        assert making.begin(report.id) is None
        actions = session().scalars(select(AuditEvent.action).where(AuditEvent.action == "reports.issue_list")).all()
    assert len(actions) == 1


@pytest.mark.proves("CD-9")
def test_a_very_long_list_is_given_its_time_and_has_the_same_bytes(
    court: TestCourt, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_learner(court)
    snapshot = ListSnapshot.model_validate(made(court).snapshot)
    with court.app.app_context(), court.acting():
        usual = making.draw(snapshot)
        monkeypatch.setattr(renderer, "MANY_ROWS", 0)
        with renderer.renderer_for(len(snapshot.rows)) as own:
            assert own.seconds > renderer.shared_renderer().seconds
        assert making.draw(snapshot) == usual


def test_a_newer_list_replaces_the_one_before(court: TestCourt) -> None:
    make_learner(court)
    first, second = made(court), made(court)
    states = {one.id: one.state for one in lists_of(court)}
    assert states == {first.id: "superseded", second.id: "ready"}
    page = court.staff_client(Role.CLERK).get(court.url(f"lists/{first.id}"))
    assert f"Go to the newer document, {second.number}" in page.text


@pytest.mark.proves("CO-7")
def test_another_courts_list_is_missing(app: Flask, court: TestCourt) -> None:
    other = make_court(app)
    make_learner(other, family_names="Foreigncanary")
    report = made(other)
    for path in ("", "/file", "/list.csv", "/state"):
        page = court.staff_client(Role.CLERK).get(court.url(f"lists/{report.id}{path}"))
        assert page.status == 404
        assert "Foreigncanary" not in page.text


def test_nobody_is_a_list_too(court: TestCourt) -> None:
    report = made(court, court.member(Role.OFFICER).id)
    assert report.state == "ready"
    assert "Nobody is on this list." in text_of(file_bytes(court, report))  # type: ignore[arg-type]
