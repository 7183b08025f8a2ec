"""The day to which the decision about an accommodation moved the deadline for the lessons.

Compatibility: the release before neither reads nor writes the column.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accommodation", sa.Column("deadline", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("accommodation", "deadline")
