"""What participants say is not right in their records, and what was answered.

Compatibility: the release before neither reads nor writes the table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

TABLE = "record_dispute"
FACTS = "'check_in', 'module', 'seat_time', 'violation', 'step', 'standing', 'payment', 'person', 'case_number', 'date'"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'corrected', 'stands', 'withdrawn')", name=op.f("ck_record_dispute_state_known")
        ),
        sa.CheckConstraint(f"fact IN ({FACTS})", name=op.f("ck_record_dispute_fact_known")),
        sa.CheckConstraint(
            "(state IN ('corrected', 'stands')) = (answered_at IS NOT NULL)",
            name=op.f("ck_record_dispute_answered_or_not"),
        ),
        *(
            sa.ForeignKeyConstraint(
                ["court_id", column],
                [f"{table}.court_id", f"{table}.id"],
                name=op.f(f"fk_record_dispute_court_id_{column}"),
                initially="DEFERRED",
                deferrable=True,
            )
            for column, table in (
                ("enrollment_id", "enrollment"),
                ("file_id", "stored_file"),
                ("answered_by", "membership"),
            )
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_record_dispute_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_record_dispute")),
    )
    op.create_index("ix_record_dispute_enrollment", TABLE, ["court_id", "enrollment_id", "raised_at"])
    op.create_index(
        "ix_record_dispute_waiting", TABLE, ["court_id", "answer_by"], postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "uq_record_dispute_open",
        TABLE,
        ["court_id", "enrollment_id", "fact", "subject"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    isolate(op, TABLE, app="SELECT, INSERT, UPDATE", platform="")


def downgrade() -> None:
    op.drop_table(TABLE)
