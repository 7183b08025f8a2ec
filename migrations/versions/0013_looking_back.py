"""Looking back: results of checks of the audit trail, the first steps that a court put away, and what the pages read by.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import isolate

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_event_actor", "audit_event", ["court_id", "actor_id", "at", "id"])
    op.create_index("ix_audit_event_subject", "audit_event", ["court_id", "subject_id", "at", "id"])
    op.create_index("ix_audit_event_action", "audit_event", ["court_id", "action", "at", "id"])
    op.create_table(
        "audit_check",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.BigInteger(), nullable=False),
        sa.Column("unsealed", sa.BigInteger(), nullable=False),
        sa.Column("problem_count", sa.BigInteger(), nullable=False),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'whole', 'broken', 'failed')", name=op.f("ck_audit_check_state_known")
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_audit_check_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_audit_check")),
    )
    op.create_index("ix_audit_check_asked_at", "audit_check", ["court_id", "asked_at", "id"])
    op.create_table(
        "start_guide",
        sa.Column("put_away_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("put_away_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_start_guide_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_start_guide")),
        sa.UniqueConstraint("court_id", name=op.f("uq_start_guide_court_id")),
    )
    isolate(
        op,
        "audit_check",
        app="SELECT, INSERT, UPDATE (state, done_at, sealed, unsealed, problem_count, problems, row_version)",
    )
    isolate(op, "start_guide", app="SELECT, INSERT, UPDATE (put_away_at, put_away_by, row_version)")


def downgrade() -> None:
    op.drop_table("start_guide")
    op.drop_table("audit_check")
    op.drop_index("ix_audit_event_action", table_name="audit_event")
    op.drop_index("ix_audit_event_subject", table_name="audit_event")
    op.drop_index("ix_audit_event_actor", table_name="audit_event")
