"""What a learner has typed into a form and not sent yet.

Compatibility: the release before neither reads nor writes this table; what it is sent it keeps as it did.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import isolate

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_text",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "account_id"],
            ["learner_account.court_id", "learner_account.id"],
            name=op.f("fk_kept_text_court_id_account_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_kept_text_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_kept_text")),
        sa.UniqueConstraint(
            "court_id", "account_id", "place", "device", name=op.f("uq_kept_text_court_id_account_id_place_device")
        ),
    )
    isolate(op, "kept_text", app="SELECT, INSERT, UPDATE, DELETE", platform="")


def downgrade() -> None:
    op.drop_table("kept_text")
