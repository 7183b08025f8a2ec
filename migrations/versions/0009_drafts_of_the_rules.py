"""Drafts of the program rules, and versions that begin later.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
