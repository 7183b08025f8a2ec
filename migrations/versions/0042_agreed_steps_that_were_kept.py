"""Whether a step that was agreed on after a possible violation was done.

Compatibility: the release before neither reads nor writes what is new here; its steps are asked about afterwards.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import unforced

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

WHO = "fk_possible_violation_court_id_response_kept_by"
KNOWN = "ck_possible_violation_kept_known"
NEW = ("response_by_check_in", "response_kept", "response_kept_at", "response_kept_by", "response_note")


def upgrade() -> None:
    op.add_column("possible_violation", sa.Column("response_by_check_in", sa.Boolean(), nullable=True))
    op.add_column("possible_violation", sa.Column("response_kept", sa.Text(), nullable=True))
    op.add_column("possible_violation", sa.Column("response_kept_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("possible_violation", sa.Column("response_kept_by", sa.Uuid(), nullable=True))
    op.add_column("possible_violation", sa.Column("response_note", sa.Text(), nullable=True))
    with unforced(op, "possible_violation"):
        op.create_check_constraint(op.f(KNOWN), "possible_violation", "response_kept IN ('kept', 'not_kept', 'let_go')")
        op.create_foreign_key(
            op.f(WHO),
            "possible_violation",
            "membership",
            ["court_id", "response_kept_by"],
            ["court_id", "id"],
            initially="DEFERRED",
            deferrable=True,
        )
    op.create_index(
        "ix_possible_violation_response",
        "possible_violation",
        ["court_id", "response_due_on"],
        postgresql_where=sa.text("response_due_on IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_possible_violation_response", table_name="possible_violation")
    op.drop_constraint(op.f(WHO), "possible_violation")
    op.drop_constraint(op.f(KNOWN), "possible_violation", type_="check")
    for column in NEW:
        op.drop_column("possible_violation", column)
