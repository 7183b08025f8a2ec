"""Find the events of one payment, and those that wait, without reading the whole table.

Compatibility: the release before runs with these indexes as well as without them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_stripe_event_object_id", "stripe_event", ["object_id"])
    op.create_index(
        "ix_stripe_event_waiting",
        "stripe_event",
        ["object_id"],
        postgresql_where=sa.text("state IN ('failed', 'unmatched')"),
    )


def downgrade() -> None:
    op.drop_index("ix_stripe_event_waiting", table_name="stripe_event")
    op.drop_index("ix_stripe_event_object_id", table_name="stripe_event")
