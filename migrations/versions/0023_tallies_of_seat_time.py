"""Tallies of seat time: what counting the next sign of a page needs, so that not all earlier ones are read again.

Compatibility: the release before counts from the signs alone, and goes on doing so; it neither reads nor writes this.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import isolate

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seat_count",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("rules_id", sa.Uuid(), nullable=True),
        sa.Column("widen", sa.Integer(), nullable=False),
        sa.Column("credited_seconds", sa.Integer(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_seat_count_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "rules_id"],
            ["program_rules.court_id", "program_rules.id"],
            name=op.f("fk_seat_count_court_id_rules_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_seat_count_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_seat_count")),
        sa.UniqueConstraint("court_id", "enrollment_id", name=op.f("uq_seat_count_court_id_enrollment_id")),
    )
    isolate(op, "seat_count", app="SELECT, INSERT, UPDATE", platform="")


def downgrade() -> None:
    op.drop_table("seat_count")
