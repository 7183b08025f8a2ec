"""Reports about many people, batches of reports, paused schedules.

Compatibility: the release before neither reads nor writes these tables.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants.isolation import isolate

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

TABLES = ("list_report", "list_report_person", "report_batch", "report_batch_item", "paused_schedule")


def _table(name: str, *items: sa.Column | sa.Constraint, keys: Sequence[tuple[str, str]] = ()) -> None:
    """A court's table that changes, with its key to the court and keys to rows of the same court."""
    op.create_table(
        name,
        *items,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["court_id", column],
                [f"{table}.court_id", f"{table}.id"],
                name=op.f(f"fk_{name}_court_id_{column}"),
                initially="DEFERRED",
                deferrable=True,
            )
            for column, table in keys
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f(f"fk_{name}_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f(f"pk_{name}")),
    )
    isolate(op, name, app="SELECT, INSERT, UPDATE", platform="")


def upgrade() -> None:
    _table(
        "list_report",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("for_day", sa.Date(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("snapshot", JSONB(), nullable=False),
        sa.Column("verify_digest", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("unsigned_sha256", sa.Text(), nullable=False),
        sa.Column("signed_sha256", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by_kind", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('caseload', 'calendar_packet')", name=op.f("ck_list_report_kind_known")),
        sa.CheckConstraint(
            "(kind = 'calendar_packet') = (for_day IS NOT NULL)", name=op.f("ck_list_report_packet_of_a_day")
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'rendering', 'ready', 'failed', 'superseded')",
            name=op.f("ck_list_report_state_known"),
        ),
        sa.UniqueConstraint("court_id", "number", name=op.f("uq_list_report_court_id_number")),
        sa.UniqueConstraint("court_id", "verify_digest", name=op.f("uq_list_report_court_id_verify_digest")),
        keys=(("officer_id", "membership"), ("file_id", "stored_file")),
    )
    op.create_index("ix_list_report_of", "list_report", ["court_id", "kind", "for_day", "officer_id", "requested_at"])
    _table(
        "list_report_person",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.UniqueConstraint(
            "court_id", "list_id", "position", name=op.f("uq_list_report_person_court_id_list_id_position")
        ),
        sa.UniqueConstraint(
            "court_id", "list_id", "enrollment_id", name=op.f("uq_list_report_person_court_id_list_id_enrollment_id")
        ),
        keys=(("list_id", "list_report"), ("enrollment_id", "enrollment"), ("report_id", "report")),
    )
    op.create_index("ix_list_report_person_enrollment", "list_report_person", ["court_id", "enrollment_id"])
    _table(
        "report_batch",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("for_day", sa.Date(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_kind", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('running', 'paused', 'canceled', 'done')", name=op.f("ck_report_batch_state_known")
        ),
    )
    op.create_index("ix_report_batch_asked_at", "report_batch", ["court_id", "asked_at", "id"])
    op.create_index("ix_report_batch_schedule", "report_batch", ["court_id", "schedule", "asked_at"])
    _table(
        "report_batch_item",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("list_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'asked', 'refused', 'canceled')", name=op.f("ck_report_batch_item_state_known")
        ),
        sa.CheckConstraint("(enrollment_id IS NULL) <> (officer_id IS NULL)", name=op.f("ck_report_batch_item_of_one")),
        sa.UniqueConstraint(
            "court_id", "batch_id", "position", name=op.f("uq_report_batch_item_court_id_batch_id_position")
        ),
        keys=(
            ("batch_id", "report_batch"),
            ("enrollment_id", "enrollment"),
            ("officer_id", "membership"),
            ("report_id", "report"),
            ("list_id", "list_report"),
        ),
    )
    op.create_index("ix_report_batch_item_state", "report_batch_item", ["court_id", "batch_id", "state", "position"])
    _table(
        "paused_schedule",
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.UniqueConstraint("court_id", "schedule", name=op.f("uq_paused_schedule_court_id_schedule")),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
