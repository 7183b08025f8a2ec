"""What is one person's alone in what is done for several: the outcome and the orders of a hearing.

Compatibility: the release before writes parts without the column, which may be empty; it records no hearings for
several people, and does not know an action of that kind, which waits for the next release.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_action_item", sa.Column("own", JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("case_action_item", "own")
