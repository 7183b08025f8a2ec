"""More check-ins or an early end by order, and a plan that its learner changed: what was before is kept.

Compatibility: the release before neither reads nor writes these tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants.isolation import isolate

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["court_id", column],
        [f"{other}.court_id", f"{other}.id"],
        name=op.f(f"fk_{table}_court_id_{column}"),
        initially="DEFERRED",
        deferrable=True,
    )


def upgrade() -> None:
    op.create_table(
        "program_change",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("ordered_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", JSONB(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('extended', 'ended_early')", name=op.f("ck_program_change_kind_known")),
        _key("program_change", "enrollment_id", "enrollment"),
        _key("program_change", "actor_id", "membership"),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_program_change_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_program_change")),
    )
    op.create_index("ix_program_change_enrollment", "program_change", ["court_id", "enrollment_id", "at"])
    isolate(op, "program_change", app="SELECT, INSERT", platform="")
    op.create_table(
        "commitment_change",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        _key("commitment_change", "enrollment_id", "enrollment"),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_commitment_change_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_commitment_change")),
    )
    op.create_index("ix_commitment_change_enrollment", "commitment_change", ["court_id", "enrollment_id", "at"])
    isolate(op, "commitment_change", app="SELECT, INSERT", platform="")


def downgrade() -> None:
    op.drop_table("commitment_change")
    op.drop_table("program_change")
