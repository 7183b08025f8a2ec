"""Referrals that come as a file.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import isolate

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "referral_import",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("mapped", sa.Boolean(), nullable=False),
        sa.Column("with_look_alikes", sa.Boolean(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("handled", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('referrals', 'numbers')", name=op.f("ck_referral_import_kind_known")),
        sa.CheckConstraint(
            "state IN ('draft', 'running', 'done', 'canceled')", name=op.f("ck_referral_import_state_known")
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_referral_import_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_referral_import")),
    )
    op.create_index(
        "ix_referral_import_created_at",
        "referral_import",
        ["court_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_table(
        "referral_import_row",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state IN ('made', 'filled', 'nothing', 'duplicate', 'faulty', 'failed')",
            name=op.f("ck_referral_import_row_state_known"),
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_referral_import_row_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_referral_import_row")),
        sa.UniqueConstraint(
            "court_id", "import_id", "number", name=op.f("uq_referral_import_row_court_id_import_id_number")
        ),
    )
    _key("referral_import", "file_id", "stored_file")
    _key("referral_import", "created_by", "membership")
    _key("referral_import", "confirmed_by", "membership")
    _key("referral_import_row", "import_id", "referral_import")
    _key("referral_import_row", "referral_id", "referral")
    # Whose a file is and what it holds never changes, nor what became of a row.
    moving = (
        "state, handled, mapping, mapped, with_look_alikes, confirmed_at, confirmed_by, finished_at, file_deleted_at"
    )
    isolate(op, "referral_import", app=f"SELECT, INSERT, UPDATE ({moving}, row_version)", platform="")
    isolate(op, "referral_import_row", app="SELECT, INSERT", platform="")


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
    op.drop_table("referral_import_row")
    op.drop_table("referral_import")
