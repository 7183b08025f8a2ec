"""Operators who onboard, look in with a reason, and close a court.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
