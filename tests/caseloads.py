"""Caseloads of any size, straight into the tables, and the statements that reading them takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import event, insert, select

from app.accountability.models import CheckIn
from app.cases.models import CaseNumber, Enrollment, Hearing, Person, Referral
from app.core import clock
from app.learning.models import ModuleProgress
from app.payments.models import LedgerEntry
from app.permissions.identity import Identity, Role
from tenants.database import db, transaction
from tenants.keys import uuid7
from tenants.models import ProgramRules
from tests.factories import TestCourt


@contextmanager
def statements(app: Flask) -> Iterator[list[tuple[str, Any]]]:
    """Every statement with its parameters that is sent to PostgreSQL within the block."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        seen.append((statement, parameters))

    with app.app_context():
        engines = list({id(engine): engine for engine in db.engines.values()}.values())
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


def fill(court: TestCourt, officer: Identity, count: int, *, days_apart: float = 0.1) -> list[UUID]:
    """People assigned to `officer`, every other one in classes; the first was active last. Returns the enrollments."""
    clerk, now = court.member(Role.CLERK), clock.now()
    ids = [(uuid7(), uuid7(), uuid7()) for _ in range(count)]
    today = now.date()
    with court.app.app_context(), court.acting(), transaction() as current:
        rules_id = current.scalars(select(ProgramRules.id)).first()
        people = [_person(n, p, now) for n, (p, _r, _e) in enumerate(ids)]
        referrals = [_referral(p, r, clerk, now) for p, r, _e in ids]
        numbers = [
            {"referral_id": r, "position": 0, "number": f"27-CR-{n:05d}", "normalized": f"27CR{n:05d}"}
            for n, (_p, r, _e) in enumerate(ids)
        ]
        enrollments = [
            {
                "id": e,
                "referral_id": r,
                "officer_id": officer.id,
                "rules_id": rules_id if n % 2 else None,
                "state": "coursework" if n % 2 else "referred",
                "last_activity_at": now - timedelta(days=n * days_apart),
            }
            for n, (_p, r, e) in enumerate(ids)
        ]
        hearings = [
            {"referral_id": r, "on_date": today + timedelta(days=5 + n % 40)} for n, (_p, r, _e) in enumerate(ids)
        ]
        for model, rows in (
            (Person, people),
            (Referral, referrals),
            (CaseNumber, numbers),
            (Enrollment, enrollments),
            (Hearing, hearings),
        ):
            current.execute(insert(model), rows)
    return [e for _p, _r, e in ids]


def _person(number: int, key: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": key,
        "given_names": "Pat",
        "family_names": f"Number{number:03d}",
        "birth_date": now.date(),
        "created_at": now,
    }


def _referral(person_id: UUID, key: UUID, clerk: Identity, now: datetime) -> dict[str, Any]:
    return {
        "id": key,
        "person_id": person_id,
        "order_date": now.date(),
        "deadline": now.date() + timedelta(days=60),
        "referred_by": clerk.id,
        "referred_at": now,
    }


def give_history(court: TestCourt, enrollment_ids: list[UUID]) -> None:
    """A fee, modules and check-ins for everyone, so that each column of a caseload has something to say."""
    now = clock.now()
    with court.app.app_context(), court.acting(), transaction() as current:
        current.execute(insert(LedgerEntry), [_fee(key, now) for key in enrollment_ids])
        current.execute(
            insert(ModuleProgress),
            [
                {"enrollment_id": key, "slug": f"module-{n}", "position": n, "required": True, "state": "passed"}
                for key in enrollment_ids
                for n in range(1, 4)
            ],
        )
        current.execute(
            insert(CheckIn),
            [_check_in(key, n, now) for key in enrollment_ids[::3] for n in range(1, 7)],
        )


def _fee(enrollment_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "enrollment_id": enrollment_id,
        "kind": "assessed",
        "amount_cents": 35_000,
        "effect": f"fill:{enrollment_id}",
        "at": now,
        "actor_kind": "system",
    }


def _check_in(enrollment_id: UUID, number: int, now: datetime) -> dict[str, Any]:
    due = now + timedelta(days=30 * number)
    return {
        "enrollment_id": enrollment_id,
        "number": number,
        "opens_at": due - timedelta(days=7),
        "due_on": due.date(),
        "closes_at": due,
        "grace_until": due + timedelta(days=3),
        "answers": {},
    }
