"""The packet of a day's hearings: who is in it, in which order, what is missing; that it stays true."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, time, timedelta

import pikepdf
import pytest
from flask import Flask
from sqlalchemy import select, update

from app.cases.lookups import the_enrollment
from app.cases.models import Person
from app.core import clock
from app.core.models import Outbox
from app.core.runtime import runtime
from app.permissions.identity import Identity, Role
from app.reports.correcting.services import correct_report
from app.reports.lists.models import ListReport, ListReportPerson
from app.reports.models import Report
from app.reports.packets.services import keep_packets, request_packet
from app.reports.publishing import give_up
from app.reports.services import request_report
from app.reports.sign import check
from tenants.database import session, transaction
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.batch_steps import clerk, lists_of, run_jobs
from tests.reports import file_bytes, report_of, reports_of, text_of

NOW = datetime(2027, 2, 9, 18, 0, tzinfo=UTC)
DAY = date(2027, 2, 10)


@pytest.fixture(scope="module")
def published(app: Flask) -> None:
    publish(app)


@pytest.fixture
def court(app: Flask, published: None) -> TestCourt:
    return make_court(app)


def heard(court: TestCourt, name: str, at: time | None = None, *, enrolled: bool = True, **fields: object) -> object:
    given = {"family_names": name, "hearing_on": DAY, "hearing_at": at, **fields}
    return make_learner(court, **given)[1] if enrolled else make_referral(court, **given)


def packet(court: TestCourt, officer: Identity | None = None) -> ListReport:
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        key = request_packet(DAY, officer.id if officer else None, actor=clerk(court)).id
    run_jobs(court)
    return next(one for one in lists_of(court) if one.id == key)


@pytest.mark.proves("CD-9")
def test_a_packet_holds_each_report_behind_an_index_with_bookmarks_under_one_seal(court: TestCourt) -> None:
    with clock.moved_to(NOW):
        heard(court, "Secondone", time(10, 30))
        heard(court, "Firstone", time(9, 0))
        heard(court, "Missingone", time(11, 0), enrolled=False)
        report = packet(court)
        content = file_bytes(court, report)  # type: ignore[arg-type]
        with court.app.app_context():
            assert check(content, [runtime().settings.signing_cert_file.read_bytes()]).ok
    rows = report.snapshot["rows"]
    assert [row[1] for row in rows] == ["Robin Firstone", "Robin Secondone", "Robin Missingone"]
    assert rows[2][3:] == ["Missing: no report can be made at this stage", ""]
    assert report.snapshot["note"].startswith("1 of 3 reports are missing")
    with pikepdf.open(io.BytesIO(content)) as document:
        with document.open_outline() as outline:
            titles = [str(item.title) for item in outline.root]
        pages = len(document.pages)
        starts = [int(row[4]) for row in rows[:2]]
        assert titles[0] == "List of the reports"
        assert titles[1].startswith("Robin Firstone")
        assert len(titles) == 3
        for row, start in zip(rows, starts, strict=False):
            page = pikepdf.new()
            page.pages.append(document.pages[start - 1])
            out = io.BytesIO()
            page.save(out)
            text = text_of(out.getvalue())
            assert row[1] in text  # the page that the index names is that person's
            assert f"Packet page {start} of {pages}" in text
    index = text_of(content)
    assert "Hearings on Wednesday, February 10, 2027" in index
    assert "Missing: no report can be made at this stage" in index


def test_a_packet_without_anything_to_report_is_an_index_that_says_so(court: TestCourt) -> None:
    with clock.moved_to(NOW):
        heard(court, "Missingone", enrolled=False)
        report = packet(court)
    assert report.state == "ready"
    assert "Missing" in text_of(file_bytes(court, report))  # type: ignore[arg-type]


def test_the_pages_of_the_day(court: TestCourt) -> None:
    officer = court.member(Role.OFFICER)
    with clock.moved_to(NOW):
        heard(court, "Theirs", time(9, 0), officer_id=officer.id)
        heard(court, "Others", time(10, 0))
        as_officer, as_judge = court.client(officer), court.staff_client(Role.JUDGE)
        page = as_officer.get(court.url(f"hearings?day={DAY}"))
        assert "Robin Theirs" in page.text
        assert "Others" not in page.text
        page.submit("Make the packet now")
        page = as_judge.get(court.url(f"hearings?day={DAY}"))
        assert "1 person" not in page.text
        assert "2 people" in page.text
        pending = page.submit("Make the packet now")
        assert "put together" in pending.text
        run_jobs(court)
        mine, whole = lists_of(court)
        assert "Robin Others" not in text_of(file_bytes(court, mine))  # type: ignore[arg-type]
        page = as_judge.get(court.url(f"hearings?day={DAY}"))
        assert "Download the packet to print" in page.text
        assert "Progress report" in page.text
        assert as_judge.get(court.url(f"lists/{whole.id}/file")).data.startswith(b"%PDF")
        assert as_officer.get(court.url(f"lists/{whole.id}/file")).status == 404
        assert as_officer.get(court.url(f"lists/{mine.id}/file")).status == 200
        assert "Nobody is heard" in as_judge.get(court.url("hearings?day=2027-03-01")).text
        assert as_judge.get(court.url("hearings?day=nonsense")).status == 200


def test_it_is_made_anew_when_something_changed_and_only_then(court: TestCourt) -> None:
    officer = court.member(Role.OFFICER)
    with clock.moved_to(NOW):
        first = heard(court, "Changesone", time(9, 0), officer_id=officer.id)
        heard(court, "Staysone", time(10, 0))
        keep(court)
        both = lists_of(court)
        assert [one.officer_id for one in both] == [None, officer.id]
        assert len(progress_reports(court)) == 2  # made once, in both packets
        keep(court)
        assert len(lists_of(court)) == 2
    with clock.moved_to(NOW + timedelta(hours=1)):
        keep(court)
        assert len(lists_of(court)) == 2  # an hour later nothing else is so
        with court.app.app_context(), court.acting(), transaction() as current:
            person_id = the_enrollment(first).referral.person_id  # type: ignore[arg-type]
            current.execute(update(Person).where(Person.id == person_id).values(given_names="Renamed"))
        keep(court)
        assert [one.state for one in lists_of(court)] == ["superseded", "superseded", "ready", "ready"]
        assert len(progress_reports(court)) == 3  # of the other one the first report still holds
        whole = lists_of(court)[2]
        assert "Renamed Changesone" in text_of(file_bytes(court, whole))  # type: ignore[arg-type]
    with clock.moved_to(NOW + timedelta(hours=2)):
        heard(court, "Addedone", time(11, 0))
        page = court.staff_client(Role.CLERK).get(court.url(f"hearings?day={DAY}"))
        assert "Who is heard has changed since this packet was made." in page.text
        keep(court)
        assert "Robin Addedone" in text_of(file_bytes(court, lists_of(court)[-1]))  # type: ignore[arg-type]


def test_a_report_that_can_not_be_made_is_named_and_stops_no_other(court: TestCourt) -> None:
    with clock.moved_to(NOW):
        broken = heard(court, "Brokenone", time(9, 0))
        heard(court, "Wholeone", time(10, 0))
        with court.app.app_context(), court.app.test_request_context(), court.acting():
            request_packet(DAY, None, actor=clerk(court))
        with court.app.app_context(), court.acting(), transaction() as current:
            report = request_report(broken, "progress", actor=clerk(court), language="en")  # type: ignore[arg-type]
            current.execute(update(Outbox).where(Outbox.id == report.job_id).values(failed_at=clock.now()))
            current.execute(update(ListReportPerson).where(ListReportPerson.position == 0).values(report_id=report.id))
            give_up(report.id, "not_drawn")
        run_jobs(court)
        (report,) = lists_of(court)
    assert report.state == "ready"
    documents = [row[3] for row in report.snapshot["rows"]]
    assert documents[0].endswith("could not be made")
    assert documents[1].startswith("Progress report")


def test_a_withdrawn_case_is_not_in_it(court: TestCourt) -> None:
    with clock.moved_to(NOW):
        gone = heard(court, "Goneone")
        heard(court, "Hereone")
        with court.app.app_context(), court.acting(), transaction():
            the_enrollment(gone, lock=True).state = "withdrawn"  # type: ignore[arg-type]
        report = packet(court)
    assert [row[1] for row in report.snapshot["rows"]] == ["Robin Hereone"]


def keep(court: TestCourt) -> None:
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        keep_packets(DAY)
    run_jobs(court)


def progress_reports(court: TestCourt) -> list[Report]:
    with court.app.app_context(), court.acting():
        return list(session().scalars(select(Report).where(Report.kind == "progress")))


def test_beside_a_hearing_stands_the_newest_report_and_what_replaced_the_one_in_the_packet(court: TestCourt) -> None:
    officer = court.member(Role.OFFICER)
    with clock.moved_to(NOW):
        case = heard(court, "Theirs", time(9, 0), officer_id=officer.id)
        browser = court.client(officer)

        def report() -> str:
            cell = browser.get(court.url("today")).tree.xpath("//tr[@id]/td[@data-label='Report']")[0]
            return " ".join("".join(cell.itertext()).split())

        assert report() == "Not made yet"
        with court.app.test_request_context(), court.acting():
            request_packet(DAY, officer.id, actor=clerk(court))
        assert report() == "Not made yet"  # the packet waits: nobody knows yet of whom none can be made
        packet(court, officer)
        (first,) = [one for one in reports_of(court, case) if one.kind == "progress"]  # type: ignore[arg-type]
        assert report() == f"Progress report {first.number}, February 9, 2027"
        with clock.moved_to(NOW + timedelta(hours=1)):
            with court.app.test_request_context(), court.acting():
                correct_report(first.id, reason="A check-in was missing.", actor=clerk(court))
            run_jobs(court)
        second = reports_of(court, case)[-1]  # type: ignore[arg-type]
        assert report_of(court, first.id).state == "superseded"
        assert report() == (
            f"Progress report {second.number}, February 9, 2027"
            f" In the packet: {first.number} Replaced by {second.number}"
        )
