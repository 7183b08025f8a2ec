"""Commitments: the items of a learner's plan, to which the check-ins come back.

Compatibility: the release before neither reads nor writes this table, and shows no lesson that needs it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commitment",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("how_often", sa.Text(), nullable=False),
        sa.Column("sign", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_commitment_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_commitment_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_commitment")),
        sa.UniqueConstraint(
            "court_id",
            "enrollment_id",
            "slug",
            "lesson",
            "number",
            name=op.f("uq_commitment_court_id_enrollment_id_slug_lesson_number"),
        ),
    )
    # A plan is made anew as a whole: its rows come and go, and none is changed.
    isolate(op, "commitment", app="SELECT, INSERT, DELETE", platform="")


def downgrade() -> None:
    op.drop_table("commitment")
