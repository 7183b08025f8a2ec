"""Papers of the fee: receipts, statements, letters. What a paper is about, and the one event that it was made for.

Compatibility: the release before neither reads nor writes what is new here; its reports are about nothing but the case.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("subject_id", sa.Uuid(), nullable=True))
    op.add_column("report", sa.Column("cause_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f("uq_report_court_id_kind_cause_id"), "report", ["court_id", "kind", "cause_id"])


def downgrade() -> None:
    op.drop_constraint(op.f("uq_report_court_id_kind_cause_id"), "report", type_="unique")
    op.drop_column("report", "cause_id")
    op.drop_column("report", "subject_id")
