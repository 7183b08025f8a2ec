"""Staff who come and go, recovery codes, and learners who sign in without email.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import isolate

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["court_id", column],
        [f"{target}.court_id", f"{target}.id"],
        name=op.f(f"fk_{table}_court_id_{column}"),
        initially="DEFERRED",
        deferrable=True,
    )


def upgrade() -> None:
    op.add_column("staff_credential", sa.Column("totp_pending", sa.Text(), nullable=True))
    op.add_column(
        "staff_credential", sa.Column("recovery_digests", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.add_column("staff_credential", sa.Column("sessions_since", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        sa.text("GRANT UPDATE (totp_pending, recovery_digests, sessions_since) ON staff_credential TO portal_app")
    )
    op.create_table(
        "staff_lock",
        sa.Column("address_digest", sa.Text(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_staff_lock_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_staff_lock")),
        sa.UniqueConstraint("court_id", "address_digest", name=op.f("uq_staff_lock_court_id_address_digest")),
    )
    op.create_table(
        "account_recovery",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("learner_account_id", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('mail', 'slip')", name=op.f("ck_account_recovery_kind_known")),
        sa.CheckConstraint(
            "num_nonnulls(membership_id, learner_account_id) = 1", name=op.f("ck_account_recovery_one_account")
        ),
        _to("account_recovery", "membership_id", "membership"),
        _to("account_recovery", "learner_account_id", "learner_account"),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_account_recovery_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_account_recovery")),
        sa.UniqueConstraint("court_id", "token_digest", name=op.f("uq_account_recovery_court_id_token_digest")),
    )
    op.create_index("ix_account_recovery_membership", "account_recovery", ["court_id", "membership_id"])
    op.create_index("ix_account_recovery_learner", "account_recovery", ["court_id", "learner_account_id"])
    op.create_table(
        "second_factor_reset",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        _to("second_factor_reset", "membership_id", "membership"),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_second_factor_reset_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_second_factor_reset")),
    )
    op.create_index("ix_second_factor_reset_membership", "second_factor_reset", ["court_id", "membership_id"])
    # A lock is taken away by an administrator; who did it stands in the audit.
    isolate(op, "staff_lock", app="SELECT, INSERT, DELETE", platform="")
    isolate(op, "account_recovery", app="SELECT, INSERT, UPDATE (used_at, ended_at, row_version)", platform="")
    isolate(
        op,
        "second_factor_reset",
        app="SELECT, INSERT, UPDATE (confirmed_by, confirmed_at, withdrawn_at, row_version)",
        platform="",
    )


def downgrade() -> None:
    for table in ("second_factor_reset", "account_recovery", "staff_lock"):
        op.drop_table(table)
    for column in ("sessions_since", "recovery_digests", "totp_pending"):
        op.drop_column("staff_credential", column)
