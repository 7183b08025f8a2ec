"""Indexes by which reminders find what is due on a day.

Compatibility: the release before works with or without them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_check_in_due_on", "check_in", ["court_id", "due_on"], postgresql_where=sa.text("state = 'scheduled'")
    )
    op.create_index("ix_referral_deadline", "referral", ["court_id", "deadline"])


def downgrade() -> None:
    op.drop_index("ix_referral_deadline", table_name="referral")
    op.drop_index("ix_check_in_due_on", table_name="check_in")
