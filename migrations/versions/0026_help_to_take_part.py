"""Accommodations: what somebody asks for to take part, and the court's answer; large print of a learner's pages.

Compatibility: the release before reads and writes neither the table nor the column, which may be empty.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import isolate

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("learner_account", sa.Column("large_print", sa.Boolean(), nullable=True))
    op.create_table(
        "accommodation",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("own_words", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'granted', 'denied', 'withdrawn', 'ended')",
            name=op.f("ck_accommodation_state_known"),
        ),
        sa.CheckConstraint("times BETWEEN 1 AND 3", name=op.f("ck_accommodation_times_known")),
        sa.CheckConstraint(
            "state <> 'denied' OR (decided_by IS NOT NULL AND reason <> '')",
            name=op.f("ck_accommodation_denied_by_a_person"),
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_accommodation_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "decided_by"],
            ["membership.court_id", "membership.id"],
            name=op.f("fk_accommodation_court_id_decided_by"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_accommodation_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_accommodation")),
    )
    op.create_index("ix_accommodation_enrollment", "accommodation", ["court_id", "enrollment_id", "asked_at"])
    op.create_index("ix_accommodation_state", "accommodation", ["court_id", "state", "asked_at"])
    op.create_index(
        "uq_accommodation_open",
        "accommodation",
        ["court_id", "enrollment_id"],
        unique=True,
        postgresql_where=sa.text("state = 'requested'"),
    )
    isolate(op, "accommodation", app="SELECT, INSERT, UPDATE", platform="")


def downgrade() -> None:
    op.drop_table("accommodation")
    op.drop_column("learner_account", "large_print")
