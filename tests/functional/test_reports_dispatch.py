"""The pages of deliveries: reports for you, printing, what did not arrive; the place in the queue."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from uuid import UUID

import pikepdf
import pytest
from flask import Flask
from sqlalchemy import select, update

from app.cases.models import Enrollment
from app.core import clock
from app.core.runtime import runtime
from app.core.storage import Missing
from app.permissions.identity import Role
from app.reports.correcting.services import revoke_report
from app.reports.delivering import printing
from app.reports.delivering.models import PrintBatch, ReportDelivery
from app.reports.models import Report
from tenants.database import session, transaction
from tenants.report_delivery import KindDelivery, Receiver, Way
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner
from tests.reports import (
    ask,
    deliveries_of,
    report_of,
    rules_that_deliver,
    run_deliveries,
    run_kind,
    run_renders,
    text_of,
)


@pytest.fixture(scope="module")
def published(app: Flask) -> None:
    publish(app)


@pytest.fixture
def court(app: Flask, published: None) -> TestCourt:
    both = KindDelivery(ways=(Way.INBOX, Way.PRINT), to=(Receiver.OFFICER, Receiver.JUDGES))
    nothing = KindDelivery(ways=())
    return make_court(app, document=rules_that_deliver(progress=both, proof_of_enrollment=nothing))


def issue(court: TestCourt, number: int = 1, **fields: object) -> list[Report]:
    """Progress reports of so many cases, asked for by the clerk, issued and laid out."""
    court.member(Role.JUDGE)
    made = []
    for _ in range(number):
        _learner, enrollment_id = make_learner(court, **fields)
        made.append(ask(court, enrollment_id, "progress"))
    run_renders(court)
    run_deliveries(court)
    return [report_of(court, one.id) for one in made]


def test_a_judge_sees_how_many_are_new_and_says_which_are_here(court: TestCourt) -> None:
    first, second, third = issue(court, 3)
    judge = court.staff_client(Role.JUDGE)
    page = judge.get(court.url("reports"))
    assert "New: 3" in page.text
    boxes = page.tree.xpath("//input[@name='delivery']/@value")
    assert len(boxes) == 3
    page = page.submit("I have the ticked reports", delivery=boxes[:2])
    assert "2 reports are noted as received." in page.text
    assert "New: 1" in page.text
    assert {report_of(court, one.id).state for one in (first, second)} == {"acknowledged"}
    assert report_of(court, third.id).state == "delivered"
    page = judge.get(court.url(f"reports/{third.id}")).submit("I have this report")
    assert "Nothing new" in page.text
    assert page.text.count("Received") == 3


@pytest.mark.proves("AC-3")
def test_an_inbox_shows_only_cases_that_its_reader_sees(court: TestCourt) -> None:
    officer, other = court.member(Role.OFFICER), court.member(Role.OFFICER, "Other Officer")
    _learner, enrollment_id = make_learner(court, officer_id=officer.id)
    report = ask(court, enrollment_id, "progress")
    run_renders(court)
    run_deliveries(court)
    mine, theirs = court.client(officer), court.client(other)
    assert report.number in mine.get(court.url("reports")).text
    page = theirs.get(court.url("reports"))
    assert "Nothing new" in page.text
    with court.app.app_context(), court.acting(), transaction() as current:
        case = select(Report.enrollment_id).where(Report.id == report.id).scalar_subquery()
        current.execute(update(Enrollment).where(Enrollment.id == case).values(officer_id=other.id))
    page = mine.get(court.url("reports"))
    assert report.number not in page.text
    assert "new" not in page.tree.xpath("string(//header)").lower().split()


def batch_of(court: TestCourt) -> PrintBatch:
    with court.app.app_context(), court.acting():
        return session().scalars(select(PrintBatch).order_by(PrintBatch.created_at.desc()).limit(1)).one()


def printed(court: TestCourt) -> UUID:
    """A batch of all that waits, ready to print."""
    clerk = court.staff_client(Role.CLERK)
    page = clerk.get(court.url("reports/delivery"))
    page.submit("Put the ticked reports together", delivery=page.tree.xpath("//input[@name='delivery']/@value"))
    run_kind(court, printing.MAKE)
    return batch_of(court).id


def test_reports_on_paper_are_one_file_with_covers_on_front_sides(court: TestCourt) -> None:
    reports = issue(court, 2, given_names="Agnès")
    batch_id = printed(court)
    clerk = court.staff_client(Role.CLERK)
    page = clerk.get(court.url(f"reports/delivery/print/{batch_id}"))
    content = page.click("Download the PDF to print").data
    text = text_of(content)
    for report in reports:
        assert text.count("Agnès") >= 2
        assert report.number in text
    with pikepdf.open(io.BytesIO(content)) as whole:
        assert len(whole.pages) % 2 == 0
        assert not [page for page in whole.pages if "/Annots" in page]
    assert report_of(court, reports[0].id).state == "delivered"  # the judge's inbox, not yet the paper
    page = page.submit("Printed and handed over")
    assert "2 reports are delivered on paper." in page.text
    for report in reports:
        (row,) = [one for one in deliveries_of(court, report.id) if one.way == "print"]
        assert row.state == "delivered"
    assert "No report waits to be printed." in clerk.get(court.url("reports/delivery")).text


def test_what_was_not_printed_waits_again(court: TestCourt) -> None:
    issue(court)
    batch_id = printed(court)
    clerk = court.staff_client(Role.CLERK)
    page = clerk.get(court.url(f"reports/delivery/print/{batch_id}"))
    page = page.submit("Not printed: put these reports back")
    assert "Put back" in page.text
    assert clerk.get(court.url(f"reports/delivery/print/{batch_id}/file")).status == 404
    assert "Put the ticked reports together" in clerk.get(court.url("reports/delivery")).text


def test_what_is_taken_back_after_printing_is_named_and_not_delivered(court: TestCourt) -> None:
    first, second = issue(court, 2)
    batch_id = printed(court)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        revoke_report(first.id, reason="wrong person", actor=court.member(Role.CLERK))
    page = court.staff_client(Role.CLERK).get(court.url(f"reports/delivery/print/{batch_id}"))
    assert "Take it out of the pile." in page.text
    page = page.submit("Printed and handed over")
    assert "1 report is delivered on paper." in page.text
    states = {row.report_id: row.state for one in (first, second) for row in prints(court, one)}
    assert states == {first.id: "stopped", second.id: "delivered"}


def prints(court: TestCourt, report: Report) -> list[ReportDelivery]:
    return [row for row in deliveries_of(court, report.id) if row.way == "print"]


def test_printed_files_are_forgotten_after_a_week(court: TestCourt) -> None:
    issue(court)
    printed(court)
    batch = batch_of(court)
    with clock.moved_to(clock.now() + timedelta(days=8)), court.app.app_context(), court.acting():
        printing.forget_files()
    with court.app.app_context(), court.acting(), pytest.raises(Missing):
        runtime().storage.get(court.id, batch.sha256)
    assert batch_of(court).sha256 == ""


@pytest.mark.parametrize("role", [Role.OFFICER, Role.JUDGE, Role.SUPERVISOR])
def test_paper_is_for_the_clerks_office(court: TestCourt, role: Role) -> None:
    assert court.staff_client(role).get(court.url("reports/delivery")).status == 404


def test_a_failed_delivery_is_listed_with_its_reason_and_tried_again(court: TestCourt) -> None:
    (report,) = issue(court)
    (row, *_rest) = prints(court, report)
    with court.app.app_context(), court.acting(), transaction() as current:
        current.execute(
            update(ReportDelivery).where(ReportDelivery.id == row.id).values(state="failed", error="not_reached")
        )
    clerk = court.staff_client(Role.CLERK)
    assert "The folder could not be reached." in clerk.get(court.url(f"reports/{report.id}")).text
    page = clerk.get(court.url("reports/delivery"))
    assert "The folder could not be reached." in page.text
    page = page.submit("Try again")
    assert "Everything that was sent arrived." in page.text


def test_the_place_in_the_queue_is_said_again_only_when_it_changed(court: TestCourt) -> None:
    _learner, enrollment_id = make_learner(court)  # the proof of enrollment is made first
    report = ask(court, enrollment_id, "progress")
    clerk = court.staff_client(Role.CLERK)
    page = clerk.get(court.url(f"reports/{report.id}"))
    assert "Place in the queue: 2." in page.text
    (seen,) = page.tree.xpath("//*[@id='report-state']//input[@name='seen']/@value")
    state = court.url(f"reports/{report.id}/state")
    assert clerk.http.get(f"{state}?seen={seen}").status_code == 204
    assert clerk.http.get(f"{state}?seen=requested-7").status_code == 200
    listed = clerk.get(court.url(f"cases/{enrollment_id}/reports"))
    assert "Look again" in listed.text
    place = clerk.http.get(f"{state}?at=list")
    assert "Place in the queue: 2." in re.sub(r"<[^>]+>", "", place.get_data(as_text=True))
    run_renders(court)
    done = clerk.http.get(f"{state}?at=list&seen=requested-1")
    assert done.status_code == 286  # nothing more to ask for
    assert "Look again" not in clerk.get(court.url(f"cases/{enrollment_id}/reports")).text
