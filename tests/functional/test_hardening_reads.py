"""Whoever reads somebody's private facts leaves a trace; whoever works under another name is not betrayed."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.accountability.lookups import check_ins_of
from app.cases.lookups import names_of, the_enrollment
from app.core import clock
from app.core.models import AuditEvent
from app.payments.lookups import newest_waiver
from app.permissions.identity import Identity, Role
from tenants.database import session
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.test_accountability_check_ins import ANSWERS, in_accountability
from tests.functional.waiver_steps import ask


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


def traces(court: TestCourt, action: str, subject_id: UUID) -> list[tuple[UUID | None, UUID | None]]:
    """(who, which case) of each trace."""
    with court.app.app_context(), court.acting():
        rows = session().execute(
            select(AuditEvent.actor_id, AuditEvent.case_id).where(
                AuditEvent.action == action, AuditEvent.subject_id == subject_id
            )
        )
        return [(who, case) for who, case in rows]


def case_of(court: TestCourt, enrollment_id: UUID) -> UUID:
    with court.app.app_context(), court.acting():
        return the_enrollment(enrollment_id).referral_id


@pytest.mark.proves("AD-1")
def test_reading_a_referral_leaves_a_trace(court: TestCourt) -> None:
    case = case_of(court, make_referral(court))
    clerk, prosecutor = court.member(Role.CLERK), court.staff_client(Role.PROSECUTOR)
    assert court.client(clerk).get(court.url(f"referrals/{case}")).status == 200
    assert prosecutor.get(court.url(f"referrals/{case}")).status == 404
    assert traces(court, "cases.read_referral", case) == [(clerk.id, case)]


@pytest.mark.proves("AD-1")
def test_reading_what_somebody_told_of_the_household_leaves_a_trace(court: TestCourt) -> None:
    learner, enrollment_id = make_learner(court)
    assert ask(court, learner, household_size="3", income="1,900").status == 200
    with court.app.app_context(), court.acting():
        waiver = newest_waiver(enrollment_id)
    assert waiver is not None
    judge = court.member(Role.JUDGE)
    assert court.client(judge).get(court.url(f"waivers/{waiver.id}")).status == 200
    assert traces(court, "payments.read_waiver", waiver.id) == [(judge.id, case_of(court, enrollment_id))]


def sent_check_in(court: TestCourt, learner: Identity, enrollment_id: UUID) -> UUID:
    with court.app.app_context(), court.acting():
        first = check_ins_of(enrollment_id)[0]
    with clock.moved_to(first.opens_at):
        page = court.client(learner).get(court.url("check-ins/1"))
        fields = {key: value for key, value in page.form().values().items() if key.startswith("question_")}
        answers = {**ANSWERS, **dict.fromkeys(fields, "Well.")}
        assert page.submit(**answers).status == 200
    return first.id


@pytest.mark.proves("AD-1")
def test_reading_a_check_in_leaves_a_trace_and_names_no_facilitator(court: TestCourt) -> None:
    learner, enrollment_id = in_accountability(court)
    check_in = sent_check_in(court, learner, enrollment_id)
    facilitator = court.member(Role.FACILITATOR, "Alex Realname")
    page = court.client(facilitator).get(court.url(f"check-ins/review/{check_in}"))
    assert page.status == 200
    assert traces(court, "accountability.read_check_in", check_in) == [(facilitator.id, case_of(court, enrollment_id))]
    page.submit("Accept")
    assert "Realname" not in court.staff_client(Role.CLERK).get(court.url(f"cases/{enrollment_id}")).text
    with court.app.test_request_context(), court.acting():
        clerk = court.member(Role.CLERK)
        shown = names_of([facilitator.id, clerk.id])
    assert shown == {facilitator.id: "Facilitator", clerk.id: clerk.display_name}
