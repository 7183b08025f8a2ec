"""Referrals that are amended, withdrawn or held, and codes that are replaced, printed and mailed.

Compatibility: the release before neither reads nor writes what is new here; a case that it puts on hold has no
`paused_at`, and its check-ins keep their days.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import isolate

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

REFERRAL = ("agreement_file_id", "case_ends_on", "amended_at")


def upgrade() -> None:
    op.add_column("referral", sa.Column("agreement_file_id", sa.Uuid(), nullable=True))
    op.add_column("referral", sa.Column("case_ends_on", sa.Date(), nullable=True))
    op.add_column("referral", sa.Column("amended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("enrollment", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("enrollment_code", sa.Column("batch_id", sa.Uuid(), nullable=True))
    op.add_column("enrollment_code", sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_person_birth_date", "person", ["court_id", "birth_date"])
    op.create_index("ix_enrollment_code_issued_at", "enrollment_code", ["court_id", "issued_at", "id"])
    op.create_index("ix_enrollment_code_state", "enrollment_code", ["court_id", "state", "issued_at", "id"])
    op.execute(sa.text("GRANT DELETE ON hearing TO portal_app"))
    op.execute(sa.text("GRANT UPDATE (mailed_at) ON enrollment_code TO portal_app"))
    op.create_table(
        "referral_amendment",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("old", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("new", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_referral_amendment_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_referral_amendment")),
    )
    op.create_index("ix_referral_amendment_referral", "referral_amendment", ["court_id", "referral_id", "at"])
    op.create_table(
        "code_batch",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("per_page", sa.Integer(), nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('making', 'ready', 'failed', 'gone')", name=op.f("ck_code_batch_state_known")),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_code_batch_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_code_batch")),
    )
    op.create_index("ix_code_batch_made_at", "code_batch", ["court_id", "made_at", "id"])
    _key("referral", "agreement_file_id", "stored_file")
    _key("referral_amendment", "referral_id", "referral")
    _key("enrollment_code", "batch_id", "code_batch")
    _key("code_batch", "made_by", "membership")
    isolate(op, "referral_amendment", app="SELECT, INSERT", platform="")
    isolate(op, "code_batch", app="SELECT, INSERT, UPDATE (state, sealed, file_sha256, row_version)", platform="")


def _key(table: str, column: str, target: str) -> None:
    op.create_foreign_key(
        op.f(f"fk_{table}_court_id_{column}"),
        table,
        target,
        ["court_id", column],
        ["court_id", "id"],
        initially="DEFERRED",
        deferrable=True,
    )


def downgrade() -> None:
    op.execute(sa.text("REVOKE DELETE ON hearing FROM portal_app"))
    op.execute(sa.text("REVOKE UPDATE (mailed_at) ON enrollment_code FROM portal_app"))
    op.drop_index("ix_enrollment_code_state", table_name="enrollment_code")
    op.drop_index("ix_enrollment_code_issued_at", table_name="enrollment_code")
    op.drop_index("ix_person_birth_date", table_name="person")
    op.drop_column("enrollment_code", "mailed_at")
    op.drop_column("enrollment_code", "batch_id")
    op.drop_column("enrollment", "paused_at")
    for column in REFERRAL:
        op.drop_column("referral", column)
    op.drop_table("code_batch")
    op.drop_table("referral_amendment")
