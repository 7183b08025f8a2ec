"""A case on hold, going on, and a referral taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.accountability.lookups import check_ins_of
from app.accountability.schedule import midnight, plan, shifted
from app.accountability.services import make_plan, mark_missed, review, submit
from app.cases.enrolling import issue_code
from app.cases.holding import hold, resume, withdraw
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment, EnrollmentCode
from app.core import clock
from app.core.errors import IllegalMove, Refused
from app.core.jobs import Job
from app.core.models import AuditEvent, Outbox
from app.permissions.identity import Identity, Role
from app.reports.jobs import render
from app.reports.models import Report
from app.reports.services import request_report
from tenants.closed_days import is_open
from tenants.database import session, transaction
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner, make_referral

ZONE = "America/Los_Angeles"
START = datetime(2026, 6, 10, 18, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _that_day() -> Iterator[None]:
    with clock.moved_to(START):
        yield


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def in_check_ins(court: TestCourt) -> tuple[Identity, UUID]:
    """Somebody who begins the months of check-ins today."""
    learner, enrollment_id = make_learner(court)
    put_into(court, enrollment_id, "accountability")
    with court.app.app_context(), court.acting():
        make_plan(enrollment_id)
    return learner, enrollment_id


def put_into(court: TestCourt, enrollment_id: UUID, state: str) -> None:
    with court.app.app_context(), court.acting(), transaction() as current:
        current.execute(update(Enrollment).where(Enrollment.id == enrollment_id).values(state=state))


def do(court: TestCourt, act: Any, enrollment_id: UUID) -> None:
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        act(enrollment_id, reason="a reason", actor=court.member(Role.CLERK))


def check_ins(court: TestCourt, enrollment_id: UUID) -> list[tuple[date, str]]:
    """Due day and state of each, as the scheduler leaves them now."""
    with court.app.app_context(), court.acting():
        mark_missed()
        return [(row.due_on, row.state) for row in check_ins_of(enrollment_id)]


def page_of(court: TestCourt, enrollment_id: UUID, what: str = "", role: Role = Role.CLERK) -> Page:
    with court.app.app_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
    return court.staff_client(role).get(court.url(f"referrals/{referral_id}{what}"))


def test_a_case_is_put_on_hold_and_goes_on_where_it_stopped(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    put_into(court, enrollment_id, "coursework")
    page = page_of(court, enrollment_id).click("Put on hold")
    assert "Write the reason." in " ".join(page.submit("Put on hold", reason=" ").errors())
    page = page.submit("Put on hold", reason="In hospital")
    assert "On hold" in page.text
    assert "In hospital" in page.text
    with clock.moved_to(START + timedelta(days=9)):
        page = page_of(court, enrollment_id).click("Resume")
        assert "On hold since June 10, 2026" in page.text
        page = page.submit("Resume", reason="Back home")
        assert "In lessons" in page.text
        assert "Put on hold" in page.text
    with court.app.app_context(), court.acting():
        enrollment = the_enrollment(enrollment_id)
    assert (enrollment.state, enrollment.held_from, enrollment.paused_at) == ("coursework", None, None)


def test_what_the_table_forbids_is_refused(court: TestCourt):
    enrollment_id = make_referral(court)
    with pytest.raises(IllegalMove):
        do(court, hold, enrollment_id)
    assert "not possible now: Referred" in page_of(court, enrollment_id, "/hold").text
    assert "not possible now: Referred" in page_of(court, enrollment_id, "/resume").text
    open_form = page_of(court, enrollment_id, "/withdraw").form("Withdraw the referral")
    do(court, withdraw, enrollment_id)
    assert open_form.submit(reason="too late").status == 409
    with court.app.app_context(), court.app.test_request_context(), court.acting(), pytest.raises(Refused):
        hold(enrollment_id, reason="  ", actor=court.member(Role.CLERK))


@pytest.mark.parametrize("role", [Role.JUDGE, Role.PROSECUTOR, Role.OFFICER, Role.SUPERVISOR, Role.FACILITATOR])
@pytest.mark.parametrize("what", ["hold", "resume", "withdraw"])
def test_only_clerks_and_administrators_do_it(court: TestCourt, role: Role, what: str):
    enrollment_id = make_referral(court)
    assert page_of(court, enrollment_id, f"/{what}", role).status == 404


def test_a_hold_makes_nothing_missed_and_moves_what_was_open(court: TestCourt):
    _learner, enrollment_id = in_check_ins(court)
    before = check_ins(court, enrollment_id)
    assert before[0] == (date(2026, 7, 10), "scheduled")
    with clock.moved_to(datetime(2026, 7, 12, 18, tzinfo=UTC)):  # the first is late and still open
        do(court, hold, enrollment_id)
    with clock.moved_to(datetime(2026, 9, 1, 18, tzinfo=UTC)):
        assert [state for _due, state in check_ins(court, enrollment_id)] == ["scheduled"] * 6
        do(court, resume, enrollment_id)
        after = check_ins(court, enrollment_id)
    assert [state for _due, state in after] == ["scheduled"] * 6
    for (due, _), (later, _) in zip(before, after, strict=True):
        assert timedelta(days=51) <= later - due <= timedelta(days=55)  # the hold, and a closed day or two
    with clock.moved_to(datetime(2026, 9, 5, 18, tzinfo=UTC)):  # the grace that was left is over now
        assert check_ins(court, enrollment_id)[0][1] == "missed"


def test_what_was_missed_before_the_hold_stays_missed(court: TestCourt):
    _learner, enrollment_id = in_check_ins(court)
    with clock.moved_to(datetime(2026, 7, 20, 18, tzinfo=UTC)):  # past the grace; the scheduler was not there yet
        do(court, hold, enrollment_id)
    with clock.moved_to(datetime(2026, 9, 1, 18, tzinfo=UTC)):
        do(court, resume, enrollment_id)
        after = check_ins(court, enrollment_id)
    assert after[0] == (date(2026, 7, 10), "missed")
    assert after[1][1] == "scheduled"
    assert after[1][0] > date(2026, 9, 1)


def test_a_hold_within_a_day_moves_nothing(court: TestCourt):
    _learner, enrollment_id = in_check_ins(court)
    before = check_ins(court, enrollment_id)
    do(court, hold, enrollment_id)
    do(court, resume, enrollment_id)
    assert check_ins(court, enrollment_id) == before


def test_nobody_reads_missed_while_the_case_is_on_hold(court: TestCourt):
    learner, enrollment_id = in_check_ins(court)
    do(court, hold, enrollment_id)
    with clock.moved_to(START + timedelta(days=100)):
        assert "Missed" not in court.client(learner).get(court.url("check-ins")).text
        officer_page = court.staff_client(Role.SUPERVISOR).get(court.url(f"cases/{enrollment_id}"))
        assert officer_page.status == 200
        assert "Missed" not in officer_page.text
        with court.app.app_context(), court.app.test_request_context(), court.acting():
            report = request_report(enrollment_id, "progress", actor=court.member(Role.CLERK))
            states = {one["state"] for one in report.snapshot["check_ins"]}
    assert "missed" not in states


def test_the_last_check_in_accepted_during_a_hold_counts_when_the_case_goes_on(court: TestCourt):
    learner, enrollment_id = in_check_ins(court)
    with court.app.app_context(), court.acting(), transaction() as current:
        rows = check_ins_of(enrollment_id)
        for row in rows[:-1]:
            row.state = "accepted"
            row.submitted_at = row.opens_at
        last = rows[-1]
        opens, last_id = last.opens_at, last.id
        current.flush()
    with clock.moved_to(opens + timedelta(hours=1)):
        with court.app.app_context(), court.app.test_request_context(), court.acting():
            submit(enrollment_id, 6, {"text": "fine"}, actor=learner)
        do(court, hold, enrollment_id)
        with court.app.app_context(), court.app.test_request_context(), court.acting():
            review(last_id, "accepted", actor=court.member(Role.OFFICER))
            assert the_enrollment(enrollment_id).state == "on_hold"
        do(court, resume, enrollment_id)
    with court.app.app_context(), court.acting():
        assert the_enrollment(enrollment_id).state == "report_due"


def test_two_holds_add_up(court: TestCourt):
    _learner, enrollment_id = in_check_ins(court)
    first = check_ins(court, enrollment_id)[-1][0]
    for begin, days in ((START, 7), (START + timedelta(days=10), 14)):
        with clock.moved_to(begin):
            do(court, hold, enrollment_id)
        with clock.moved_to(begin + timedelta(days=days)):
            do(court, resume, enrollment_id)
    moved = check_ins(court, enrollment_id)[-1][0] - first
    assert timedelta(days=21) <= moved <= timedelta(days=25)


@given(
    start=st.dates(date(2024, 1, 1), date(2032, 12, 31)),
    days=st.integers(1, 400),
    window=st.integers(1, 20),
    grace=st.integers(0, 7),
    roll=st.booleans(),
    first=st.integers(0, 5),
)
def test_moved_check_ins_keep_their_order_their_days_and_their_grace(start, days, window, grace, roll, first):
    windows = plan(start, 6, window_days=window, grace_days=grace, time_zone=ZONE, roll=roll)[first:]
    later = shifted(windows, days, time_zone=ZONE, roll=roll)
    assert [one.n for one in later] == [one.n for one in windows]
    for before, after in zip(windows, later, strict=True):
        assert after.due_on >= before.due_on + timedelta(days=days)
        assert after.due_on - before.due_on <= timedelta(days=days + 2)  # a weekend at most
        assert after.opens_at < after.closes_at <= after.grace_until
        assert not roll or is_open(after.due_on, ())
        room = (before.grace_until - before.closes_at) - (after.grace_until - after.closes_at)
        assert abs(room) <= timedelta(hours=1)  # the clock change
    for one, following in pairwise(later):
        assert one.due_on < following.due_on
        assert one.closes_at <= following.opens_at
        # Grace gives way only where the next one would have no day left.
        assert one.grace_until <= following.opens_at or following.opens_at == midnight(following.due_on, ZONE)


def test_a_withdrawn_referral_leaves_nothing_open(court: TestCourt):
    enrollment_id = make_referral(court)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
        issue_code(referral_id, actor=court.member(Role.CLERK))
    page = page_of(court, enrollment_id).click("Withdraw")
    assert "can not be undone" in page.text
    page = page.submit("Withdraw the referral", reason="Order vacated")
    assert "Withdrawn" in page.text
    assert "Order vacated" in page.text
    assert "Put on hold" not in page.text
    assert "Issue" not in " ".join(form.text or "" for form in page.tree.iter("button"))
    with court.app.app_context(), court.acting():
        codes = session().scalars(select(EnrollmentCode)).all()
        assert [code.state for code in codes] == ["revoked"]
        assert session().scalar(select(AuditEvent.outcome).where(AuditEvent.action == "cases.revoke_code")) == "done"


def test_reports_being_made_are_stopped_even_when_the_worker_is_at_it(court: TestCourt):
    _learner, enrollment_id = make_learner(court)  # its proof of enrollment is requested
    with court.app.app_context(), court.acting():
        report_id, job_id = session().execute(select(Report.id, Report.job_id)).one()
    do(court, withdraw, enrollment_id)
    with court.app.app_context(), court.acting():
        row = session().scalars(select(Outbox).where(Outbox.id == job_id)).one()
        render(Job(row.id, row.kind, row.subject_id, {}, 1))
        report = session().scalars(select(Report).where(Report.id == report_id)).one()
        done_at = session().scalar(select(Outbox.done_at).where(Outbox.id == job_id))
    assert (report.state, report.file_id) == ("revoked", None)
    assert done_at is not None
