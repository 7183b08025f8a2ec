"""Refunds, payments under review, and the books against Stripe's.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
