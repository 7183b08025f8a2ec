"""A request for a waiver keeps the words that stood above its signature: the portal's own may change later.

Compatibility: the release before can not file a request any more, since it keeps no words; it reads and decides those
that there are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import unforced

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("waiver", sa.Column("signed_words", sa.Text(), nullable=True))
    with unforced(op, "waiver"):
        op.execute(sa.text("UPDATE waiver SET signed_words = ''"))
    op.alter_column("waiver", "signed_words", nullable=False)


def downgrade() -> None:
    op.drop_column("waiver", "signed_words")
