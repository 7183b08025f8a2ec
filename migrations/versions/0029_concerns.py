"""Concerns that somebody is in danger, and what was done about them.

Compatibility: the release before neither reads nor writes these tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "concern",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('suicide', 'child', 'victim', 'threat')", name=op.f("ck_concern_kind_known")),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_concern_court_id")),
        _to("concern", "enrollment_id", "enrollment"),
        _to("concern", "raised_by", "membership"),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_concern")),
    )
    op.create_index("ix_concern_raised", "concern", ["court_id", "raised_at", "id"])
    op.create_table(
        "concern_step",
        sa.Column("concern_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "step IN ('seen', 'called', 'handed_over', 'closed', 'passed_on')",
            name=op.f("ck_concern_step_step_known"),
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_concern_step_court_id")),
        _to("concern_step", "concern_id", "concern"),
        _to("concern_step", "by", "membership"),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_concern_step")),
    )
    op.create_index("ix_concern_step_concern", "concern_step", ["court_id", "concern_id", "at"])
    # What was seen and done stays as it was said.
    isolate(op, "concern", app="SELECT, INSERT", platform="")
    isolate(op, "concern_step", app="SELECT, INSERT", platform="")


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["court_id", column],
        [f"{target}.court_id", f"{target}.id"],
        name=op.f(f"fk_{table}_court_id_{column}"),
        initially="DEFERRED",
        deferrable=True,
    )


def downgrade() -> None:
    for table in ("concern_step", "concern"):
        op.drop_table(table)
