"""Proposals to end somebody's program: reasons, notice, answer, decision.

Compatibility: the release before neither reads nor writes this table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

TABLE = "termination"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("counsel", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("respond_by", sa.Date(), nullable=True),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("response_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'noticed', 'terminated', 'declined', 'withdrawn')",
            name=op.f("ck_termination_state_known"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'withdrawn') OR noticed_at IS NOT NULL",
            name=op.f("ck_termination_noticed_before_decided"),
        ),
        *(
            sa.ForeignKeyConstraint(
                ["court_id", column],
                [f"{table}.court_id", f"{table}.id"],
                name=op.f(f"fk_termination_court_id_{column}"),
                initially="DEFERRED",
                deferrable=True,
            )
            for column, table in (
                ("enrollment_id", "enrollment"),
                ("proposed_by", "membership"),
                ("approved_by", "membership"),
                ("decided_by", "membership"),
            )
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_termination_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_termination")),
        sa.UniqueConstraint(
            "court_id", "enrollment_id", "number", name=op.f("uq_termination_court_id_enrollment_id_number")
        ),
    )
    isolate(op, TABLE, app="SELECT, INSERT, UPDATE", platform="")


def downgrade() -> None:
    op.drop_table(TABLE)
