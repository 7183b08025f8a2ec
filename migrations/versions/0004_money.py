"""The ledger, checkouts and waivers.

Compatibility: the first schema; nothing runs before it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import isolate

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkout",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("payment_intent_id", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=True),
        sa.Column("review_reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('creating', 'open', 'processing', 'paid', 'expired', 'failed', 'review')",
            name=op.f("ck_checkout_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_checkout_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_checkout_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_checkout")),
        sa.UniqueConstraint("court_id", "session_id", name=op.f("uq_checkout_court_id_session_id")),
    )
    op.create_index("ix_checkout_enrollment", "checkout", ["court_id", "enrollment_id", "created_at"], unique=False)
    op.create_index(
        "ix_checkout_open",
        "checkout",
        ["court_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('creating', 'open')"),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("stripe_object", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('assessed', 'waived', 'paid', 'refunded', 'disputed', 'dispute_won', 'dispute_lost', 'adjusted')",
            name=op.f("ck_ledger_entry_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_ledger_entry_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_ledger_entry_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("court_id", "effect", name=op.f("uq_ledger_entry_court_id_effect")),
    )
    op.create_index("ix_ledger_entry_enrollment", "ledger_entry", ["court_id", "enrollment_id", "at"], unique=False)
    op.create_table(
        "waiver",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("household_size", sa.Integer(), nullable=False),
        sa.Column("monthly_income_cents", sa.Integer(), nullable=False),
        sa.Column("benefits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("guideline_percent", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("waived_cents", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'needs_proof', 'under_review', 'granted_full', 'granted_partial', 'denied', 'reconsideration')",
            name=op.f("ck_waiver_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "decided_by"],
            ["membership.court_id", "membership.id"],
            name=op.f("fk_waiver_court_id_decided_by"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_waiver_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_waiver_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_waiver")),
    )
    op.create_index("ix_waiver_enrollment", "waiver", ["court_id", "enrollment_id", "submitted_at"], unique=False)
    op.create_index(
        "ix_waiver_waiting",
        "waiver",
        ["court_id", "submitted_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('submitted', 'under_review')"),
    )

    isolate(op, "checkout", app="SELECT, INSERT, UPDATE")
    isolate(op, "ledger_entry", app="SELECT, INSERT")
    isolate(op, "waiver", app="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


TABLES = (
    "checkout",
    "ledger_entry",
    "waiver",
)
