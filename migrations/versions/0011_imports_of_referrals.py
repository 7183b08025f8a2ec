"""Referrals that come as a file.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
