"""What must never change once it is written can not be changed by the portal, whatever the code above does."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ProgrammingError

from app.models import metadata
from config import Settings
from tenants.database import SET_COURT
from tests.factories import TestCourt, make_court, make_learner

# table: columns that decide whose a row is, what was promised in it or what was proved by it
FIXED = {
    "account_session": ("membership_id", "learner_account_id", "expires_at", "created_at", "court_id"),
    "counter_payment": ("enrollment_id", "amount_cents", "year", "number", "received_on", "recorded_by"),
    "ledger_adjustment": ("enrollment_id", "amount_cents", "component", "reason", "asked_by"),
    "checkout": ("amount_cents", "currency", "enrollment_id", "idempotency_key", "created_at"),
    "enrollment_code": ("referral_id", "code_digest", "expires_at", "issued_at"),
    "invitation": ("email", "role", "created_at"),
    "membership": ("credential_id", "court_id", "created_at"),
    "program_rules": (
        *("document", "version", "state", "published_at", "reason"),
        *("begins_at", "for_running", "amends_id", "taken_from_id"),
    ),
    "rules_draft": ("base_id", "started_at", "started_by"),
    "reconciliation": ("asked_by", "started_at"),
    "refund": ("enrollment_id", "checkout_id", "payment_intent_id", "amount_cents", "cause", "reason", "asked_by"),
    "review_resolution": ("outcome", "reason", "resolved_by"),
    "reconciliation_difference": ("cause", "ledger_cents", "stripe_cents"),
    "report": ("snapshot", "number", "verify_digest", "kind", "enrollment_id", "requested_at", "requested_by"),
    "staff_credential": ("email", "id", "created_at"),
    "stripe_event": ("payload", "type", "livemode", "object_id", "received_at"),
    "submission": ("verb", "at"),
    "waiver": ("enrollment_id",),
}
MOVING = {
    "account_session": "ended_at",
    "counter_payment": "void_reason",
    "ledger_adjustment": "state",
    "checkout": "state",
    "enrollment_code": "state",
    "invitation": "revoked_at",
    "membership": "state",
    "program_rules": "canceled_at",
    "rules_draft": "document",
    "reconciliation": "state",
    "refund": "state",
    "report": "state",
    "staff_credential": "totp_last_step",
    "stripe_event": "state",
    "submission": "result_id",
    "waiver": "state",
}


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    made = make_court(app)
    make_learner(made)
    return made


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Iterator[Engine]:
    engine = sa.create_engine(settings.database_url)
    yield engine
    engine.dispose()


def change(engine: Engine, court_id: UUID, table: str, column: str) -> None:
    """Set a column to itself, in every row that this court sees; nothing is kept."""
    row = metadata.tables[table]
    with engine.connect() as connection:
        connection.exec_driver_sql(SET_COURT, (str(court_id),))
        connection.execute(sa.update(row).values({column: row.c[column]}))
        connection.rollback()


@pytest.mark.proves("CO-2")
@pytest.mark.parametrize(("table", "column"), [(table, column) for table, fixed in FIXED.items() for column in fixed])
def test_what_a_row_is_can_not_be_changed(engine: Engine, court: TestCourt, table: str, column: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        change(engine, court.id, table, column)


@pytest.mark.parametrize("table", MOVING)
def test_what_has_to_move_can(engine: Engine, court: TestCourt, table: str) -> None:
    change(engine, court.id, table, MOVING[table])
