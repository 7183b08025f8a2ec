"""The lawyers whom participants let see their cases.

Compatibility: the release before neither reads nor writes the table; it gives somebody of the new role no page but their
own account.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

TABLE = "counsel_admission"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("sees_messages", sa.Boolean(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_how", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ended_how IN ('removed', 'case_gone')", name=op.f("ck_counsel_admission_ended_how_known")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name=op.f("ck_counsel_admission_ended_somehow")),
        *(
            sa.ForeignKeyConstraint(
                ["court_id", column],
                [f"{table}.court_id", f"{table}.id"],
                name=op.f(f"fk_counsel_admission_court_id_{column}"),
                initially="DEFERRED",
                deferrable=True,
            )
            for column, table in (
                ("enrollment_id", "enrollment"),
                ("membership_id", "membership"),
                ("invitation_id", "invitation"),
            )
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_counsel_admission_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_counsel_admission")),
    )
    op.create_index(
        "uq_counsel_admission_open",
        TABLE,
        ["court_id", "enrollment_id", "email"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_counsel_admission_membership",
        TABLE,
        ["court_id", "membership_id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    isolate(op, TABLE, app="SELECT, INSERT, UPDATE", platform="")


def downgrade() -> None:
    op.drop_table(TABLE)
