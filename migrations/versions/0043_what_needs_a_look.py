"""What needs a look: what staff put aside of the list of the day, and disputes found quickly.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

TABLE = "attention_mark"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('snoozed', 'done')", name=op.f("ck_attention_mark_state_known")),
        sa.CheckConstraint("(state = 'snoozed') = (until IS NOT NULL)", name=op.f("ck_attention_mark_until_a_day")),
        *(
            sa.ForeignKeyConstraint(
                ["court_id", column],
                [f"{table}.court_id", f"{table}.id"],
                name=op.f(f"fk_attention_mark_court_id_{column}"),
                initially="DEFERRED",
                deferrable=True,
            )
            for column, table in (("enrollment_id", "enrollment"), ("by", "membership"), ("ended_by", "membership"))
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_attention_mark_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_attention_mark")),
    )
    op.create_index(
        "uq_attention_mark_in_force",
        TABLE,
        ["court_id", "enrollment_id", "kind", "occasion"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_attention_mark_enrollment", TABLE, ["court_id", "enrollment_id", "at"])
    isolate(op, TABLE, app="SELECT, INSERT, UPDATE (ended_at, ended_by, row_version)", platform="")
    op.create_index(
        "ix_ledger_entry_disputed",
        "ledger_entry",
        ["court_id", "enrollment_id"],
        postgresql_where=sa.text("kind = 'disputed'"),
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_entry_disputed", table_name="ledger_entry")
    op.drop_table(TABLE)
