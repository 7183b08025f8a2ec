"""Installments, payments at the counter, and corrections.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
