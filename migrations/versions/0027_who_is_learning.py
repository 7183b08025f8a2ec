"""Attestations: what a learner says by starting a module and by handing in its quiz.

Compatibility: the release before neither reads nor writes this table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attestation",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("moment IN ('start', 'hand_in')", name=op.f("ck_attestation_moment_known")),
        sa.CheckConstraint("said IN ('myself', 'helped')", name=op.f("ck_attestation_said_known")),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_attestation_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_attestation_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_attestation")),
        sa.UniqueConstraint(
            "court_id",
            "enrollment_id",
            "slug",
            "moment",
            "number",
            name=op.f("uq_attestation_court_id_enrollment_id_slug_moment_number"),
        ),
    )
    isolate(op, "attestation", app="SELECT, INSERT", platform="")


def downgrade() -> None:
    op.drop_table("attestation")
