"""Referrals that are amended, withdrawn or held, and codes that are replaced.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
