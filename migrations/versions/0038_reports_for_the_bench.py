"""Reports for the bench: the records behind a report's facts, and whether an answer may be quoted in one.

Compatibility: the release before neither reads nor writes these columns. Of a report that was made before, nobody knows
the records any more; what was answered before is never quoted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("sources", JSONB(), nullable=True))
    for table in ("possible_violation", "termination"):
        op.add_column(table, sa.Column("quotable", sa.Boolean(), nullable=True))


def downgrade() -> None:
    for table in ("termination", "possible_violation"):
        op.drop_column(table, "quotable")
    op.drop_column("report", "sources")
