"""Possible violations with their clock; a check-in may be added to the plan, and a miss be answered by a decision.

Compatibility: the release before neither reads nor writes the table and the columns; where a miss was answered, it still
counts it, so that such a case waits for a person.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate, unforced

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TABLE = "possible_violation"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("event_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("statement_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("response_due_on", sa.Date(), nullable=True),
        sa.Column("court_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("court_told_how", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'excused', 'response', 'returned')", name=op.f("ck_possible_violation_state_known")
        ),
        sa.CheckConstraint(
            "kind IN ('missed_check_ins', 'lessons_not_done', 'appointment', 'condition', 'conduct')",
            name=op.f("ck_possible_violation_kind_known"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_possible_violation_decided_or_open")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["court_id", column],
                [f"{table}.court_id", f"{table}.id"],
                name=op.f(f"fk_possible_violation_court_id_{column}"),
                initially="DEFERRED",
                deferrable=True,
            )
            for column, table in (
                ("enrollment_id", "enrollment"),
                ("opened_by", "membership"),
                ("decided_by", "membership"),
            )
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_possible_violation_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_possible_violation")),
        sa.UniqueConstraint(
            "court_id", "enrollment_id", "occasion", name=op.f("uq_possible_violation_court_id_enrollment_id_occasion")
        ),
    )
    op.create_index("ix_possible_violation_state", TABLE, ["court_id", "state", "event_on"])
    isolate(op, TABLE, app="SELECT, INSERT, UPDATE", platform="")
    op.add_column("check_in", sa.Column("made_for", sa.Text(), nullable=True))
    op.add_column("check_in", sa.Column("answered_by", sa.Uuid(), nullable=True))
    with unforced(op, "check_in", TABLE):
        op.create_foreign_key(
            op.f("fk_check_in_court_id_answered_by"),
            "check_in",
            TABLE,
            ["court_id", "answered_by"],
            ["court_id", "id"],
            initially="DEFERRED",
            deferrable=True,
        )
    op.create_check_constraint(op.f("ck_check_in_made_for_known"), "check_in", "made_for IN ('make_up', 'extension')")


def downgrade() -> None:
    op.drop_column("check_in", "answered_by")
    op.drop_column("check_in", "made_for")
    op.drop_table(TABLE)
