"""Reports about many people after they were issued: corrected, taken back, delivered; and who has read one."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.batches.caseloads import request_caseload
from app.batches.correcting import correct_list
from app.cases.lookups import the_enrollment
from app.core.errors import Refused
from app.notices.models import Notice
from app.permissions.identity import Identity, Role
from app.reports.delivering import services
from app.reports.delivering.printing import MAKE
from app.reports.lists.models import ListReport
from tenants.database import session, transaction
from tenants.report_delivery import KindDelivery, Receiver, Way
from tests.client import PageClient
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.batch_steps import clerk, lists_of, run_jobs
from tests.reports import deliveries_of, file_bytes, rules_that_deliver, run_deliveries, run_kind, text_of, token_of

EVERY_WAY = KindDelivery(ways=tuple(Way), to=(Receiver.OFFICER, Receiver.JUDGES))
REASON = "One person was on the wrong list."


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """A folder for the files of a court, once `court` named it."""
    kept = app.extensions["portal"]
    settings = dataclasses.replace(kept.settings, drops_file=tmp_path / "drops.toml")
    app.extensions["portal"] = dataclasses.replace(kept, settings=settings)
    (tmp_path / "incoming").mkdir()
    yield tmp_path / "incoming"
    app.extensions["portal"] = kept


@pytest.fixture
def court(app: Flask, folder: Path) -> TestCourt:
    made = make_court(app, document=rules_that_deliver(caseload=EVERY_WAY))
    (folder.parent / "drops.toml").write_text(f'[{made.slug}]\nurl = "file://{folder}"\n')
    return made


def made(court: TestCourt, officer: Identity) -> ListReport:
    """The officer's list, asked for by the clerk, issued and laid out."""
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        key = request_caseload(officer.id, actor=clerk(court)).id
    run_jobs(court, "reports.make_list")
    assert set(run_deliveries(court)) <= {"done"}
    return the_list(court, key)


def the_list(court: TestCourt, key: UUID) -> ListReport:
    return next(one for one in lists_of(court) if one.id == key)


def told(court: TestCourt, template: str) -> set[UUID]:
    with court.app.app_context(), court.acting():
        rows = session().scalars(select(Notice).where(Notice.template == template))
        return {row.recipient_id for row in rows}


def test_a_list_reaches_its_officer_and_the_judges_by_every_way(court: TestCourt, folder: Path) -> None:
    officer, judge = court.member(Role.OFFICER, "Dana Reyes"), court.member(Role.JUDGE)
    make_learner(court, family_names="Listedone", officer_id=officer.id)
    report = made(court, officer)
    states = {(row.way, row.recipient_id): row.state for row in deliveries_of(court, report.id)}
    assert states == {
        ("inbox", officer.id): "delivered",
        ("inbox", judge.id): "delivered",
        ("mail", officer.id): "delivered",
        ("mail", judge.id): "delivered",
        ("print", None): "waiting",
        ("folder", None): "delivered",
    }
    assert report.state == "delivered"
    assert told(court, "report_ready") == {officer.id, judge.id}
    content = (folder / f"{report.number}_caseload.pdf").read_bytes()
    beside = json.loads((folder / f"{report.number}_caseload.json").read_text())
    assert content == file_bytes(court, report)  # type: ignore[arg-type]
    assert (beside["sha256"], beside["case_numbers"]) == (hashlib.sha256(content).hexdigest(), [])
    with court.app.app_context(), court.acting():
        services.lay_out(report.id)  # the job runs a second time
    assert len(deliveries_of(court, report.id)) == 6

    page = court.client(judge).get(court.url("reports"))
    assert "New: 1" in page.text
    assert "Dana Reyes" in page.text
    page = court.client(judge).get(court.url(f"lists/{report.id}")).submit("I have this report")
    assert "1 report is noted as received." in page.text
    assert the_list(court, report.id).state == "acknowledged"

    by_clerk = court.staff_client(Role.CLERK)
    page = by_clerk.get(court.url("reports/delivery")).submit("Put the ticked reports together")
    run_kind(court, MAKE)
    pdf = by_clerk.get(page.url).click("Download the PDF to print").data
    assert "Several cases" in text_of(pdf)
    assert "Robin Listedone" in text_of(pdf)
    by_clerk.get(page.url).submit("Printed and handed over")
    assert {row.state for row in deliveries_of(court, report.id) if row.way == "print"} == {"delivered"}


@pytest.mark.proves("AC-3")
def test_a_delivered_list_closes_when_somebody_on_it_goes_to_another_officer(court: TestCourt) -> None:
    officer, other = court.member(Role.OFFICER, "Anna"), court.member(Role.OFFICER, "Ben")
    enrollment_id = make_learner(court, officer_id=officer.id)[1]
    report = made(court, officer)
    assert "New: 1" in court.client(officer).get(court.url("reports")).text
    assert "New: 1" not in court.client(other).get(court.url("reports")).text
    with court.app.app_context(), court.acting(), transaction():
        the_enrollment(enrollment_id, lock=True).officer_id = other.id
    for one in (officer, other):
        assert "New: 1" not in court.client(one).get(court.url("reports")).text
        assert court.client(one).get(court.url(f"lists/{report.id}")).status == 404


@pytest.mark.proves("CD-9")
def test_a_corrected_list_names_the_old_one_and_takes_its_place(court: TestCourt) -> None:
    officer, judge = court.member(Role.OFFICER, "Dana Reyes"), court.member(Role.JUDGE)
    make_learner(court, family_names="Listedone", officer_id=officer.id)
    old = made(court, officer)
    browser, stranger = court.staff_client(Role.CLERK), PageClient(court.app)
    page = browser.get(court.url(f"lists/{old.id}")).click("Correct this report").submit("Make the corrected report")
    assert "Write down what is wrong with the report." in page.text
    page.submit("Make the corrected report", reason=REASON)
    with court.app.app_context(), court.app.test_request_context(), court.acting(), pytest.raises(Refused):
        correct_list(old.id, reason="once more", actor=clerk(court))  # one correction at a time
    assert "A correction is being made" in browser.get(court.url(f"lists/{old.id}")).text
    assert "Genuine" in stranger.get(court.url(f"verify/{token_of(old)}")).text  # type: ignore[arg-type]
    run_jobs(court, "reports.make_list")
    new = lists_of(court)[-1]
    text = text_of(file_bytes(court, new))  # type: ignore[arg-type]
    assert f"This document takes the place of {old.number}." in text
    assert REASON in text
    assert told(court, "report_corrected") == {officer.id, judge.id}
    assert the_list(court, old.id).state == "superseded"
    assert f"Go to the newer document, {new.number}" in browser.get(court.url(f"lists/{old.id}")).text
    page = stranger.get(court.url(f"verify/{token_of(old)}"))  # type: ignore[arg-type]
    assert "newer" in page.text
    assert REASON not in page.text
    run_deliveries(court)
    assert {row.state for row in deliveries_of(court, old.id) if row.way == "print"} == {"stopped"}


@pytest.mark.proves("CD-9")
def test_a_list_that_is_taken_back_says_so_to_everybody(court: TestCourt) -> None:
    officer, judge = court.member(Role.OFFICER), court.member(Role.JUDGE)
    make_learner(court, officer_id=officer.id)
    report = made(court, officer)
    assert court.client(officer).get(court.url(f"lists/{report.id}/take-back")).status == 404
    browser = court.staff_client(Role.CLERK)
    page = browser.get(court.url(f"lists/{report.id}")).click("Take this report back")
    page = page.submit("Take it back", reason=REASON)
    assert "Whoever has it is told." in page.text
    assert REASON in page.text
    assert told(court, "report_taken_back") == {officer.id, judge.id}
    assert {row.state for row in deliveries_of(court, report.id) if row.way == "print"} == {"stopped"}
    page = PageClient(court.app).get(court.url(f"verify/{token_of(report)}"))  # type: ignore[arg-type]
    assert "taken back" in page.text.lower()
    assert REASON not in page.text
    assert "New: 1" not in court.client(judge).get(court.url("reports")).text


def test_who_read_a_list_has_seen_the_case_of_each_person_on_it(court: TestCourt) -> None:
    on_it, not_on_it = make_learner(court)[1], make_learner(court, officer_id=court.member(Role.OFFICER).id)[1]
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        key = request_caseload(None, actor=clerk(court)).id
        late = make_learner(court)[1]  # came after the list was frozen
        cases = {one: row.referral_id for one in (on_it, not_on_it, late) for row in (the_enrollment(one),)}
    run_jobs(court, "reports.make_list")
    judge = court.staff_client(Role.JUDGE, "Jo Judge")
    for path in ("", "/file", "/list.csv"):
        assert judge.get(court.url(f"lists/{key}{path}")).status == 200
    admin = court.staff_client(Role.ADMINISTRATOR)
    for one in (on_it, not_on_it):
        page = admin.get(court.url(f"audit/cases/{cases[one]}"))
        row = next(row for row in page.tree.xpath("//tbody/tr") if "Jo Judge" in "".join(row.itertext()))
        assert ["".join(one.itertext()).strip() for one in row.xpath("./td[@class='is-number']")] == ["3", "0"]
        listed = page.click("Only who opened or read it")
        assert "Read a report about many people" in listed.text
    assert "Jo Judge" not in admin.get(court.url(f"audit/cases/{cases[late]}")).text
