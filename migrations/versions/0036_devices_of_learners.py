"""Devices that learners sign in on, known again by a random cookie of which a keyed hash is kept.

Compatibility: the release before neither reads nor writes what is new here; its sign-ins name no device.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate, unforced

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

DEVICE_OF_A_SIGN_IN = "fk_account_session_court_id_device_id"


def upgrade() -> None:
    op.create_table(
        "learner_device",
        sa.Column("learner_account_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "learner_account_id"],
            ["learner_account.court_id", "learner_account.id"],
            name=op.f("fk_learner_device_court_id_learner_account_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_learner_device_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_learner_device")),
        sa.UniqueConstraint(
            "court_id",
            "learner_account_id",
            "token_digest",
            name=op.f("uq_learner_device_court_id_learner_account_id_token_digest"),
        ),
    )
    isolate(op, "learner_device", app="SELECT, INSERT, UPDATE (last_seen_at, browser, row_version)", platform="")
    op.add_column("account_session", sa.Column("device_id", sa.Uuid(), nullable=True))
    with unforced(op, "account_session"):
        op.create_foreign_key(
            op.f(DEVICE_OF_A_SIGN_IN),
            "account_session",
            "learner_device",
            ["court_id", "device_id"],
            ["court_id", "id"],
            initially="DEFERRED",
            deferrable=True,
        )
    op.execute(sa.text("GRANT UPDATE (device_id) ON account_session TO portal_app"))
    op.create_index("ix_account_session_device", "account_session", ["court_id", "device_id"])


def downgrade() -> None:
    op.drop_index("ix_account_session_device", "account_session")
    op.drop_constraint(op.f(DEVICE_OF_A_SIGN_IN), "account_session")
    op.drop_column("account_session", "device_id")
    op.drop_table("learner_device")
