"""Papers of the fee: receipts, statements, letters.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
