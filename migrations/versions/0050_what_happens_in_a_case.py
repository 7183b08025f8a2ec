"""What came of hearings, messages between officer and participant, and notes that are corrected.

Compatibility: the release before writes hearings and notes without the new columns, which all may be empty; it neither
reads nor writes the new tables, and shows a note that was struck out as one that stands.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants.isolation import isolate, unforced

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

OUTCOMES = "outcome IN ('', 'held', 'continued', 'did_not_appear', 'dismissed', 'returned', 'other')"
NEW_TABLES = ("hearing_correction", "case_message", "message_template", "case_note_version")
HEARING, NOTE = (
    ("kind", "orders", "recorded_at", "recorded_by"),
    ("edited_at", "struck_at", "struck_by", "struck_reason"),
)


def upgrade() -> None:
    op.add_column("hearing", sa.Column("kind", sa.Text(), nullable=True))
    op.add_column("hearing", sa.Column("orders", sa.Text(), nullable=True))
    op.add_column("hearing", sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("hearing", sa.Column("recorded_by", sa.Uuid(), nullable=True))
    op.add_column("case_note", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("case_note", sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("case_note", sa.Column("struck_by", sa.Uuid(), nullable=True))
    op.add_column("case_note", sa.Column("struck_reason", sa.Text(), nullable=True))
    with unforced(op, "hearing", "case_note"):
        op.create_check_constraint(op.f("ck_hearing_outcome_known"), "hearing", OUTCOMES)
        for table, column in (("hearing", "recorded_by"), ("case_note", "struck_by")):
            op.create_foreign_key(
                op.f(f"fk_{table}_court_id_{column}"),
                table,
                "membership",
                ["court_id", column],
                ["court_id", "id"],
                initially="DEFERRED",
                deferrable=True,
            )
    op.create_table(
        "hearing_correction",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("hearing_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("old", JSONB(), nullable=False),
        sa.Column("new", JSONB(), nullable=False),
        *_keys("hearing_correction"),
        _to("hearing_correction", "referral_id", "referral"),
        _to("hearing_correction", "actor_id", "membership"),
    )
    op.create_index("ix_hearing_correction_referral", "hearing_correction", ["court_id", "referral_id", "at"])
    op.create_table(
        "case_message",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by", sa.Uuid(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        *_keys("case_message"),
        _to("case_message", "enrollment_id", "enrollment"),
        _to("case_message", "author_id", "membership"),
        _to("case_message", "read_by", "membership"),
    )
    op.create_index("ix_case_message_enrollment", "case_message", ["court_id", "enrollment_id", "at", "id"])
    op.create_index(
        "ix_case_message_unread",
        "case_message",
        ["court_id", "enrollment_id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "message_template",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_es", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        *_keys("message_template"),
        _to("message_template", "changed_by", "membership"),
    )
    op.create_table(
        "case_note_version",
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        *_keys("case_note_version"),
        _to("case_note_version", "note_id", "case_note"),
        _to("case_note_version", "actor_id", "membership"),
    )
    op.create_index("ix_case_note_version_note", "case_note_version", ["court_id", "note_id", "at"])
    # What was said or corrected stays; operators see nothing of it.
    isolate(op, "hearing_correction", app="SELECT, INSERT", platform="")
    isolate(op, "case_message", app="SELECT, INSERT, UPDATE", platform="")
    isolate(op, "message_template", app="SELECT, INSERT, UPDATE", platform="")
    isolate(op, "case_note_version", app="SELECT, INSERT", platform="")


def _keys(table: str) -> tuple[sa.Column[object] | sa.Constraint, ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f(f"fk_{table}_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f(f"pk_{table}")),
    )


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["court_id", column],
        [f"{target}.court_id", f"{target}.id"],
        name=op.f(f"fk_{table}_court_id_{column}"),
        initially="DEFERRED",
        deferrable=True,
    )


def downgrade() -> None:
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    op.drop_constraint(op.f("fk_hearing_court_id_recorded_by"), "hearing")
    op.drop_constraint(op.f("fk_case_note_court_id_struck_by"), "case_note")
    op.drop_constraint(op.f("ck_hearing_outcome_known"), "hearing", type_="check")
    for table, columns in (("hearing", HEARING), ("case_note", NOTE)):
        for column in columns:
            op.drop_column(table, column)
