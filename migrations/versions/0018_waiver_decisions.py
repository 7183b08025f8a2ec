"""Decisions about waivers, each kept.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
