"""A request for a waiver keeps the words that stood above its signature: the portal's own may change later.

Compatibility: the release before writes none, and shows the words of its own day.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("waiver", sa.Column("signed_words", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("waiver", "signed_words")
