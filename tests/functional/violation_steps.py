"""Somebody in check-ins, with a possible violation, and what the tests about them do again and again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.accountability import services
from app.accountability.lookups import check_ins_of
from app.accountability.violations.lookups import violations_of
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.opening import look_for_violations
from app.cases.lookups import the_enrollment
from app.cases.services import finish_coursework, open_coursework
from app.core import clock
from app.notices.models import Notice
from app.permissions.identity import Identity, Role
from tenants.database import session
from tenants.program import ProgramDocument
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.learning_steps import rules

START = datetime(2027, 1, 31, 18, 0, tzinfo=UTC)
ANSWERS = {"going": "mostly", "support": "none", "statement": "I kept my plan this month."}
SIDE = "My phone was broken for two weeks."


def document(**fields: object) -> ProgramDocument:
    strict = rules(deadline_opens_violation=True)
    return strict.model_copy(update={"accountability": strict.accountability.model_copy(update=fields)})


def in_check_ins(court: TestCourt, **fields: object) -> tuple[Identity, UUID]:
    learner, enrollment_id = make_learner(court, **fields)
    with court.app.test_request_context(), court.acting():
        open_coursework(enrollment_id)
        finish_coursework(enrollment_id)
    return learner, enrollment_id


def found(court: TestCourt, enrollment_id: UUID) -> list[PossibleViolation]:
    with court.app.app_context(), court.acting():
        return list(violations_of(enrollment_id))


def state(court: TestCourt, enrollment_id: UUID) -> str:
    with court.app.app_context(), court.acting():
        return the_enrollment(enrollment_id).state


def sweep(court: TestCourt) -> None:
    with court.app.app_context(), court.acting():
        services.mark_missed()
        look_for_violations()


def told(court: TestCourt, kind: str) -> int:
    with court.app.app_context(), court.acting():
        return len(session().scalars(select(Notice).where(Notice.template == kind)).all())


def two_missed(app: Flask, **rules_of_check_ins: object) -> Iterator[tuple[TestCourt, Identity, UUID, Identity]]:
    """Two check-ins missed of two, one allowed; the officer's case. The clock: the second one's grace is just over."""
    court = make_court(app, document=document(months=2, misses_allowed=1, **rules_of_check_ins))
    with clock.moved_to(START):
        officer = court.member(Role.OFFICER)
        learner, enrollment_id = in_check_ins(court, officer_id=officer.id, family_names="Missing")
        with app.app_context(), court.acting():
            second = check_ins_of(enrollment_id)[1]
    with clock.moved_to(second.grace_until):
        sweep(court)
        yield court, learner, enrollment_id, officer


def the_one(court: TestCourt, enrollment_id: UUID) -> PossibleViolation:
    (row,) = found(court, enrollment_id)
    return row


def deciding(court: TestCourt, who: Identity, row: PossibleViolation, **answers: str) -> Page:
    page = court.client(who).get(court.url(f"cases/violations/{row.id}"))
    return page.submit("Save the decision", **answers)
