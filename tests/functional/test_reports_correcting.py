"""Correcting a report by a new one, and taking one back: what the page, the paper and the check of it say."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier, Thread
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from app.core.errors import IllegalMove, Refused
from app.core.models import StoredFile
from app.notices.models import Notice
from app.permissions.identity import Role
from app.reports.check_code import code_of
from app.reports.correcting.services import correct_report, revoke_report
from app.reports.delivering import printing
from app.reports.delivering import services as delivering
from app.reports.lookups import ISSUED
from app.reports.models import Report
from app.reports.rules import REPORT_MOVES, before
from app.reports.words import STATE_WORDS
from tenants.database import session
from tenants.report_delivery import KindDelivery, Receiver, Way
from tests.client import Page, PageClient
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner
from tests.reports import (
    ask,
    deliveries_of,
    file_bytes,
    in_accountability,
    report_of,
    reports_of,
    rules_that_deliver,
    run_deliveries,
    run_kind,
    run_renders,
    text_of,
    token_of,
)

WRONG = "The second check-in was counted as missed"


@pytest.fixture(scope="module")
def published(app: Flask) -> None:
    publish(app)


@pytest.fixture
def court(app: Flask, published: None) -> TestCourt:
    return make_court(
        app,
        document=rules_that_deliver(
            progress=KindDelivery(ways=(Way.INBOX, Way.PRINT), to=(Receiver.OFFICER, Receiver.JUDGES))
        ),
    )


@contextmanager
def at_work(court: TestCourt) -> Iterator[None]:
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        yield


def issued(court: TestCourt) -> tuple[UUID, Report]:
    """The enrollment and its progress report, issued and in the judge's inbox."""
    court.member(Role.JUDGE)
    _learner, enrollment_id = in_accountability(court)
    report = ask(court, enrollment_id, "progress")
    run_renders(court)
    run_deliveries(court)
    return enrollment_id, report_of(court, report.id)


def correct(court: TestCourt, report: Report, reason: str = WRONG) -> Report:
    with at_work(court):
        return correct_report(report.id, reason=reason, actor=court.member(Role.CLERK))


def told(court: TestCourt, template: str) -> list[UUID]:
    with court.app.app_context(), court.acting():
        return list(session().scalars(select(Notice.recipient_id).where(Notice.template == template)))


def checked(court: TestCourt, report: Report) -> Page:
    return PageClient(court.app).get(court.url(f"verify/{token_of(report)}"))


def test_a_correction_names_the_old_report_and_takes_its_place_when_it_is_out(court: TestCourt) -> None:
    enrollment_id, old = issued(court)
    kept = file_bytes(court, old)
    clerk = court.staff_client(Role.CLERK)
    page = clerk.get(court.url(f"reports/{old.id}")).click("Correct this report")
    page = page.submit("Make the corrected report", reason=WRONG)
    new = next(row for row in reports_of(court, enrollment_id) if row.replaces_id == old.id)
    assert page.url == court.url(f"reports/{new.id}")
    # Until it is out the old one stands, and says what is coming.
    assert "A correction is being made" in clerk.get(court.url(f"reports/{old.id}")).text
    assert "Genuine" in checked(court, old).text
    run_renders(court)
    run_deliveries(court)
    new, old = report_of(court, new.id), report_of(court, old.id)
    assert (old.state, new.state) == ("superseded", "delivered")
    paper = text_of(file_bytes(court, new))
    assert f"takes the place of {old.number}" in paper
    assert WRONG in paper
    page = clerk.get(court.url(f"reports/{old.id}"))
    assert "Replaced since" in page.text
    assert WRONG in page.text
    assert page.click(f"Go to the newer document, {new.number}").url == court.url(f"reports/{new.id}")
    assert file_bytes(court, old) == kept  # nothing is overwritten
    said = checked(court, old)
    assert "Genuine, but corrected since" in said.text
    assert "It was replaced on" in said.text
    assert WRONG not in said.text
    assert new.number not in said.text


def test_the_learner_and_whoever_has_the_old_one_are_told(court: TestCourt) -> None:
    _enrollment_id, old = issued(court)
    judge = court.member(Role.JUDGE)
    correct(court, old)
    assert told(court, "report_corrected") == []
    run_renders(court)
    assert told(court, "report_corrected") == [judge.id]
    assert len(told(court, "paper_corrected")) == 1
    with at_work(court):
        new = session().scalars(select(Report).where(Report.replaces_id == old.id)).one()
        revoke_report(new.id, reason="wrong person", actor=court.member(Role.CLERK))
    assert len(told(court, "paper_taken_back")) == 1


def test_one_correction_at_a_time_however_many_ask_at_once(court: TestCourt) -> None:
    enrollment_id, old = issued(court)
    together, ends = Barrier(3), []

    def press() -> None:
        together.wait()
        try:
            correct(court, old)
            ends.append("made")
        except Refused:
            ends.append("refused")

    threads = [Thread(target=press) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["made", "refused", "refused"]
    assert len([row for row in reports_of(court, enrollment_id) if row.replaces_id == old.id]) == 1


def test_what_is_not_in_force_can_not_be_corrected(court: TestCourt) -> None:
    enrollment_id, old = issued(court)
    ask(court, enrollment_id, "progress")
    run_renders(court)
    with pytest.raises(Refused, match="in force"):
        correct(court, report_of(court, old.id))
    with pytest.raises(Refused, match="what is wrong"):
        correct(court, old, reason="  ")
    page = court.staff_client(Role.CLERK).get(court.url(f"reports/{old.id}"))
    assert "Correct this report" not in page.text
    assert court.staff_client(Role.CLERK).get(court.url(f"reports/{old.id}/correct")).url == page.url


def test_what_is_taken_back_says_so_to_everybody(court: TestCourt) -> None:
    _enrollment_id, report = issued(court)
    content = file_bytes(court, report)
    judge = court.staff_client(Role.JUDGE)
    page = judge.get(court.url(f"reports/{report.id}")).click("Take this report back")
    page = page.submit("Take it back", reason="It is about somebody else")
    assert "It is about somebody else" in page.text
    assert report_of(court, report.id).state == "revoked"
    said = checked(court, report)
    assert "has taken it back" in said.text
    assert "It was taken back on" in said.text
    assert "somebody else" not in said.text
    page = PageClient(court.app).get(court.url("verify"))
    page = page.submit("Compare the file", file=(io.BytesIO(content), "report.pdf"))
    assert "no longer in force" in page.text
    assert court.member(Role.JUDGE).id in told(court, "report_taken_back")
    # A page that was open at the time offers nothing any more.
    assert "Correct this report" not in judge.get(court.url(f"reports/{report.id}")).text


@pytest.mark.parametrize(("role", "may"), [(Role.CLERK, True), (Role.JUDGE, True), (Role.OFFICER, False)])
def test_who_may_take_a_report_back(court: TestCourt, role: Role, may: bool) -> None:
    person = court.member(role)
    _learner, enrollment_id = make_learner(court, officer_id=person.id if role is Role.OFFICER else None)
    report = ask(court, enrollment_id, "progress")
    run_renders(court)
    client = court.client(person)
    assert ("Take this report back" in client.get(court.url(f"reports/{report.id}")).text) is may
    assert client.get(court.url(f"reports/{report.id}/take-back")).status == (200 if may else 404)


def test_a_report_that_was_stopped_before_it_was_made_offers_no_file_and_is_unknown(court: TestCourt) -> None:
    _learner, enrollment_id = make_learner(court)
    report = ask(court, enrollment_id, "progress")
    with at_work(court):
        from app.reports.services import stop_open_reports

        stop_open_reports(enrollment_id)
    page = court.staff_client(Role.CLERK).get(court.url(f"reports/{report.id}"))
    assert "There is no file." in page.text
    assert "Download" not in page.text
    assert checked(court, report).status == 404


def test_number_and_code_of_the_paper_show_what_the_square_code_shows(court: TestCourt) -> None:
    _enrollment_id, report = issued(court)
    code = code_of(report.snapshot["verify_url"])
    assert code in text_of(file_bytes(court, report))
    start = PageClient(court.app).get(court.url("verify"))
    page = start.submit("Check the document", reference=report.number, code=code.lower().replace("-", " "))
    assert "1986" in page.text
    page = start.submit("Check the document", reference=report.number, code="2222-2222")
    assert page.status == 422
    assert any("this number and this code" in error for error in page.errors())
    assert "1986" not in page.text


def test_the_table_of_moves_is_what_the_portal_keeps() -> None:
    assert set(STATE_WORDS) == REPORT_MOVES.states
    assert set(before("superseded")) >= set(ISSUED)
    assert REPORT_MOVES.onward("revoked") == frozenset()
    assert "ready" not in before("ready")


class Reports(RuleBasedStateMachine):
    """Any order of asking, making, delivering, receiving, printing, correcting and taking back."""

    court: TestCourt

    def __init__(self) -> None:
        super().__init__()
        self.clerk, self.judge = self.court.member(Role.CLERK), self.court.member(Role.JUDGE)
        _learner, self.enrollment_id = make_learner(self.court)
        self.files: dict[UUID, str] = {}

    def rows(self) -> list[Report]:
        with self.court.app.app_context(), self.court.acting():
            query = select(Report).where(Report.enrollment_id == self.enrollment_id, Report.kind == "progress")
            return list(session().scalars(query.order_by(Report.number)))

    def pick(self, data: st.DataObject) -> Report:
        return data.draw(st.sampled_from(self.rows()))

    @rule()
    def asks(self) -> None:
        ask(self.court, self.enrollment_id, "progress")

    @rule()
    def is_made(self) -> None:
        run_renders(self.court)

    @rule()
    def is_delivered(self) -> None:
        run_deliveries(self.court)

    @precondition(lambda self: self.rows())
    @rule(data=st.data())
    def is_corrected(self, data: st.DataObject) -> None:
        report = self.pick(data)
        coming = any(row.replaces_id == report.id and row.state != "revoked" for row in self.rows())
        try:
            correct(self.court, report)
        except Refused:
            assert coming or report.state not in ISSUED
        else:
            assert not coming
            assert report.state in ISSUED

    @precondition(lambda self: self.rows())
    @rule(data=st.data())
    def is_taken_back(self, data: st.DataObject) -> None:
        report = self.pick(data)
        with at_work(self.court):
            try:
                revoke_report(report.id, reason="wrong", actor=self.clerk)
            except Refused:
                assert report.file_id is None

    @rule()
    def is_received(self) -> None:
        with at_work(self.court):
            ids = [row.id for report in self.rows() for row in deliveries_of(self.court, report.id)]
        with at_work(self.court):
            delivering.acknowledge(ids, actor=self.judge)

    @rule(handed_over=st.booleans())
    def is_printed(self, handed_over: bool) -> None:
        ids = [row.id for report in self.rows() for row in deliveries_of(self.court, report.id)]
        with at_work(self.court):
            try:
                batch = printing.put_together(ids, actor=self.clerk)
            except Refused:
                return
            batch_id = batch.id
        run_kind(self.court, printing.MAKE)
        with at_work(self.court):
            if handed_over:
                printing.confirm(batch_id, actor=self.clerk)
                with pytest.raises(IllegalMove):
                    printing.put_back(batch_id, actor=self.clerk)
            else:
                printing.put_back(batch_id, actor=self.clerk)

    @invariant()
    def at_most_one_is_in_force(self) -> None:
        rows = self.rows()
        assert len([row for row in rows if row.state in ISSUED]) <= 1
        live = [row.replaces_id for row in rows if row.replaces_id and row.state != "revoked"]
        assert len(live) == len(set(live))

    @invariant()
    def a_file_is_its_own_for_good(self) -> None:
        with self.court.app.app_context(), self.court.acting():
            for row in self.rows():
                if row.file_id is not None:
                    sha256 = session().scalars(select(StoredFile.sha256).where(StoredFile.id == row.file_id)).one()
                    assert sha256 == row.signed_sha256 == self.files.setdefault(row.id, sha256)
                if row.state in (*ISSUED, "superseded"):
                    assert row.file_id is not None
        assert len(set(self.files.values())) == len(self.files)

    @invariant()
    def what_is_over_goes_nowhere(self) -> None:
        for row in self.rows():
            states = {one.state for one in deliveries_of(self.court, row.id)}
            if row.state in ("superseded", "revoked"):
                assert not states & {"waiting", "on_its_way", "failed"}
            if row.state == "acknowledged":
                assert "acknowledged" in states


def test_no_order_of_deeds_leaves_two_reports_in_force(court: TestCourt) -> None:
    machine = type("ReportsOfACourt", (Reports,), {"court": court})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=2, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    with court.app.app_context(), court.acting():
        assert session().scalar(select(func.count()).select_from(Report)) is not None
