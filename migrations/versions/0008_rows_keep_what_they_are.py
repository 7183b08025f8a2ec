"""Rows keep what they are: the portal may change only the columns that have to move.

Whose a row is, the amount of a payment, the facts of a report, a published version of the rules, the address of an
invitation or a sign-in: none of it changes once it is written. A later release that has a reason grants the column.

Compatibility: the release before changes none of the columns that are closed here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOVING = {
    "account_session": "token_digest, second_factor_at, last_seen_at, ended_at, row_version",
    "checkout": "state, session_id, payment_intent_id, url, livemode, review_reason, settled_at, row_version",
    "enrollment_code": "state, redeemed_at, row_version",
    "invitation": "token_digest, expires_at, accepted_at, revoked_at, row_version",
    "membership": "role, display_name, pseudonym, language, state, row_version",
    # Nothing but its lock: PostgreSQL asks for one column to lock a row by.
    "program_rules": "row_version",
    "report": (
        "state, renderer_version, job_id, file_id, unsigned_sha256, signed_sha256, ready_at, error, row_version"
    ),
    "staff_credential": "password_hash, totp_secret, totp_last_step, row_version",
    "stripe_event": "state, error, court_id",
    "submission": "result_id",
    "waiver": (
        "state, household_size, monthly_income_cents, benefits, statement, guideline_percent, submitted_at, "
        "decided_at, decided_by, waived_cents, reason, row_version"
    ),
}


def upgrade() -> None:
    for table, columns in MOVING.items():
        op.execute(sa.text("REVOKE UPDATE ON " + table + " FROM portal_app"))
        op.execute(sa.text("GRANT UPDATE (" + columns + ") ON " + table + " TO portal_app"))


def downgrade() -> None:
    for table, columns in MOVING.items():
        op.execute(sa.text("REVOKE UPDATE (" + columns + ") ON " + table + " FROM portal_app"))
        op.execute(sa.text("GRANT UPDATE ON " + table + " TO portal_app"))
