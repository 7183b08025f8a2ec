"""Operators see no learner: the platform role loses its reading of everything personal.

Compatibility: the release before does not read any of this as the platform role.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# What an operator's look into a court needs: who is on its staff, its rules, what happened without its details, and
# whether jobs wait. Nothing else.
CLOSED = (
    "agreement_signature",
    "attempt",
    "audit_detail",
    "audit_seal",
    "case_note",
    "case_number",
    "check_in",
    "checkout",
    "enrollment",
    "enrollment_code",
    "enrollment_transition",
    "hearing",
    "invitation",
    "ledger_entry",
    "lesson_progress",
    "module_progress",
    "notice",
    "occurrence",
    "page_event",
    "person",
    "quiz_attempt",
    "referral",
    "reflection",
    "report",
    "report_counter",
    "stored_file",
    "submission",
    "waiver",
)
ROUTING = "court_id, id, kind, subject_id, once, attempt, due_at, sent_at, lease_until, done_at, failed_at"


def upgrade() -> None:
    for table in (*CLOSED, "outbox"):
        op.execute(sa.text("REVOKE SELECT ON " + table + " FROM portal_platform"))
    op.execute(sa.text("GRANT SELECT (" + ROUTING + ") ON outbox TO portal_platform"))


def downgrade() -> None:
    op.execute(sa.text("REVOKE SELECT (" + ROUTING + ") ON outbox FROM portal_platform"))
    for table in (*CLOSED, "outbox"):
        op.execute(sa.text("GRANT SELECT ON " + table + " TO portal_platform"))
