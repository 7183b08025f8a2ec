"""Steps of a case that moves from one court to another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.accounts.models import LearnerAccount
from app.cases.enrolling import enroll, find_code
from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.learning.models import ModuleProgress
from app.payments.models import LedgerEntry
from app.permissions.identity import Identity, Role
from app.transfers import answering, asking
from app.transfers.carrying import carry
from app.transfers.lookups import my_move, new_code_of
from app.transfers.models import Transfer
from tenants.database import session, transaction
from tests.factories import TestCourt

BIRTH = date(1986, 4, 28)  # of everybody in the factories


def turn(*courts: TestCourt) -> None:
    """One turn of the schedule at each of these courts."""
    for court in courts:
        with court.app.app_context(), court.app.test_request_context(), court.acting():
            carry()


def ask_for(court: TestCourt, enrollment_id: UUID, to: TestCourt, **more: Any) -> UUID:
    """The clerk asks that a case moves; the transfer's id at this court."""
    clerk = court.member(Role.CLERK)
    values = {"reason": "Moved to that county", "documents": (), **more}
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        return asking.ask(enrollment_id, to.id, actor=clerk, **values).id


def agree(court: TestCourt, learner: Identity, transfer_id: UUID) -> UUID:
    """The participant agrees; the parcel's id."""
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        return asking.agree(transfer_id, actor=learner).parcel_id


def accept(court: TestCourt, parcel_id: UUID, **more: Any) -> UUID:
    """The receiving court's clerk accepts; the transfer's id there."""
    clerk = court.member(Role.CLERK)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        deadline = clock.today("America/Los_Angeles") + timedelta(days=60)
        values = {"deadline": deadline, "officer_id": None, "check_ins_counted": 0, **more}
        return answering.accept(parcel_id, actor=clerk, **values).id


def pass_module(court: TestCourt, enrollment_id: UUID) -> str:
    """The first module as if it had been passed in 40 minutes; its slug."""
    with court.app.app_context(), court.acting(), transaction() as current:
        row = current.scalars(
            select(ModuleProgress)
            .where(ModuleProgress.enrollment_id == enrollment_id)
            .order_by(ModuleProgress.position)
            .limit(1)
        ).one()
        row.state, row.passed_at, row.best_percent, row.counted_seconds = "passed", clock.now(), 90, 2400
        return row.slug


def modules(court: TestCourt, enrollment_id: UUID) -> dict[str, tuple[str, int]]:
    """State and seconds of each module by slug."""
    with court.app.app_context(), court.acting():
        rows = session().scalars(select(ModuleProgress).where(ModuleProgress.enrollment_id == enrollment_id))
        return {row.slug: (row.state, row.counted_seconds) for row in rows}


def new_code(court: TestCourt, learner: Identity) -> str:
    """The code as the participant's page at the sending court shows it; empty while there is none."""
    with court.app.app_context(), court.acting():
        return str(new_code_of(my_move(learner)[0]).get("code", ""))


def enroll_with(court: TestCourt, typed: str) -> UUID:
    """Enroll at the new court with the code; the enrollment's id."""
    anonymous = Actor(ActorKind.ANONYMOUS)
    with court.app.app_context(), court.app.test_request_context(), court.acting(), transaction() as current:
        code = find_code(typed, BIRTH, actor=anonymous)
        account = LearnerAccount(
            sign_in_name=f"{code.id}@mail.example",
            kind="email",
            display_name="Robin",
            password_hash="none",
            created_at=clock.now(),
        )
        current.add(account)
        current.flush()
        enroll(code.id, account, typed_name="Robin Sample", agreement_language="en", actor=anonymous)
        found = current.scalar(select(Enrollment.id).where(Enrollment.referral_id == code.referral_id))
        assert found is not None
        return found


def running(court: TestCourt) -> int:
    """How many cases of a court have not ended."""
    with court.app.app_context(), court.acting():
        query = select(func.count()).select_from(Enrollment).where(Enrollment.state.not_in(FINAL_STATES))
        return session().scalar(query) or 0


def owed(court: TestCourt) -> tuple[int, int]:
    """How many entries the court's ledgers have, and their sum in cents."""
    with court.app.app_context(), court.acting():
        query = select(func.count(), func.coalesce(func.sum(LedgerEntry.amount_cents), 0))
        count, cents = session().execute(query).one()
        return int(count), int(cents)


def transfers(court: TestCourt) -> list[tuple[str, str]]:
    """Direction and state of every transfer of a court."""
    with court.app.app_context(), court.acting():
        rows = session().execute(select(Transfer.direction, Transfer.state).order_by(Transfer.id))
        return [(direction, state) for direction, state in rows]
