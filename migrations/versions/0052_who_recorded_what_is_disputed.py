"""Who recorded the fact that is disputed: somebody else answers, where the court has somebody.

Compatibility: the release before writes disputes without it, which anybody answers who may.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import unforced

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

TABLE, COLUMN, KEY = "record_dispute", "recorded_by", "fk_record_dispute_court_id_recorded_by"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column(COLUMN, sa.Uuid(), nullable=True))
    with unforced(op, TABLE):
        op.create_foreign_key(
            op.f(KEY),
            TABLE,
            "membership",
            ["court_id", COLUMN],
            ["court_id", "id"],
            initially="DEFERRED",
            deferrable=True,
        )


def downgrade() -> None:
    op.drop_constraint(op.f(KEY), TABLE)
    op.drop_column(TABLE, COLUMN)
