"""Learning, accountability and reports.

Compatibility: the first schema; nothing runs before it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import isolate

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_counter",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_report_counter_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_report_counter")),
        sa.UniqueConstraint("court_id", "year", name=op.f("uq_report_counter_court_id_year")),
    )
    op.create_table(
        "check_in",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grace_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("feedback", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('scheduled', 'submitted', 'accepted', 'returned', 'missed', 'excused')",
            name=op.f("ck_check_in_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "decided_by"],
            ["membership.court_id", "membership.id"],
            name=op.f("fk_check_in_court_id_decided_by"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_check_in_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_check_in_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_check_in")),
        sa.UniqueConstraint(
            "court_id", "enrollment_id", "number", name=op.f("uq_check_in_court_id_enrollment_id_number")
        ),
    )
    op.create_index("ix_check_in_state", "check_in", ["court_id", "state", "grace_until"], unique=False)
    op.create_table(
        "lesson_progress",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_seconds", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_lesson_progress_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_lesson_progress_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_lesson_progress")),
        sa.UniqueConstraint(
            "court_id",
            "enrollment_id",
            "slug",
            "lesson",
            name=op.f("uq_lesson_progress_court_id_enrollment_id_slug_lesson"),
        ),
    )
    op.create_table(
        "module_progress",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("best_percent", sa.Integer(), nullable=True),
        sa.Column("counted_seconds", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'in_progress', 'passed', 'attempts_exhausted', 'exempted')",
            name=op.f("ck_module_progress_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_module_progress_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_module_progress_court_id")),
        sa.ForeignKeyConstraint(["version_id"], ["curriculum_version.id"], name=op.f("fk_module_progress_version_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_module_progress")),
        sa.UniqueConstraint(
            "court_id", "enrollment_id", "slug", name=op.f("uq_module_progress_court_id_enrollment_id_slug")
        ),
    )
    op.create_table(
        "page_event",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("tab", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_page_event_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_page_event_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_page_event")),
    )
    op.create_index(
        "ix_page_event_lesson", "page_event", ["court_id", "enrollment_id", "slug", "lesson", "at"], unique=False
    )
    op.create_table(
        "quiz_attempt",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_quiz_attempt_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_quiz_attempt_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_quiz_attempt")),
        sa.UniqueConstraint(
            "court_id",
            "enrollment_id",
            "slug",
            "lesson",
            "number",
            name=op.f("uq_quiz_attempt_court_id_enrollment_id_slug_lesson_number"),
        ),
    )
    op.create_table(
        "reflection",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("feedback", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'accepted', 'returned')", name=op.f("ck_reflection_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_reflection_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "reviewed_by"],
            ["membership.court_id", "membership.id"],
            name=op.f("fk_reflection_court_id_reviewed_by"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_reflection_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_reflection")),
        sa.UniqueConstraint(
            "court_id", "enrollment_id", "slug", "lesson", name=op.f("uq_reflection_court_id_enrollment_id_slug_lesson")
        ),
    )
    op.create_index("ix_reflection_waiting", "reflection", ["court_id", "state", "submitted_at"], unique=False)
    op.create_table(
        "report",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("verify_digest", sa.Text(), nullable=False),
        sa.Column("renderer_version", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("unsigned_sha256", sa.Text(), nullable=False),
        sa.Column("signed_sha256", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by_kind", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'rendering', 'ready', 'delivered', 'acknowledged', 'failed', 'superseded', 'revoked')",
            name=op.f("ck_report_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_report_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "file_id"],
            ["stored_file.court_id", "stored_file.id"],
            name=op.f("fk_report_court_id_file_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_report_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_report")),
        sa.UniqueConstraint("court_id", "number", name=op.f("uq_report_court_id_number")),
        sa.UniqueConstraint("court_id", "verify_digest", name=op.f("uq_report_court_id_verify_digest")),
    )
    op.create_index("ix_report_enrollment", "report", ["court_id", "enrollment_id", "requested_at"], unique=False)

    isolate(op, "report_counter", app="SELECT, INSERT, UPDATE")
    isolate(op, "check_in", app="SELECT, INSERT, UPDATE")
    isolate(op, "lesson_progress", app="SELECT, INSERT, UPDATE")
    isolate(op, "module_progress", app="SELECT, INSERT, UPDATE")
    isolate(op, "page_event", app="SELECT, INSERT")
    isolate(op, "quiz_attempt", app="SELECT, INSERT, UPDATE")
    isolate(op, "reflection", app="SELECT, INSERT, UPDATE")
    isolate(op, "report", app="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


TABLES = (
    "report_counter",
    "check_in",
    "lesson_progress",
    "module_progress",
    "page_event",
    "quiz_attempt",
    "reflection",
    "report",
)
