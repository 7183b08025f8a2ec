"""A case moves to another court: a mailbox between two courts, and each court's own part of it.

Compatibility: the release before neither reads nor writes these tables; in it no case moves.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants.isolation import COURT, grant_without_court, isolate

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

STATES = "'offered', 'accepted', 'handed_over', 'received', 'refused', 'withdrawn', 'expired'"
OWN_STATES = "'asked', 'agreed', 'declined', 'withdrawn', 'expired', 'refused', 'moved', 'accepted', 'received'"


def upgrade() -> None:
    op.create_table(
        "court_terms",
        sa.Column("of_court", sa.Uuid(), nullable=False),
        sa.Column("terms", JSONB(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["of_court"], ["court.id"], name=op.f("fk_court_terms_of_court")),
        sa.PrimaryKeyConstraint("of_court", name=op.f("pk_court_terms")),
    )
    _row_security("court_terms", read="true", write=f"of_court = {COURT}", change=f"of_court = {COURT}")
    op.create_table(
        "transfer_parcel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_court", sa.Uuid(), nullable=False),
        sa.Column("to_court", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_transfer_parcel_state_known")),
        sa.ForeignKeyConstraint(["from_court"], ["court.id"], name=op.f("fk_transfer_parcel_from_court")),
        sa.ForeignKeyConstraint(["to_court"], ["court.id"], name=op.f("fk_transfer_parcel_to_court")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_parcel")),
    )
    op.create_index("ix_transfer_parcel_from", "transfer_parcel", ["from_court", "state"])
    op.create_index("ix_transfer_parcel_to", "transfer_parcel", ["to_court", "state"])
    both = f"from_court = {COURT} OR to_court = {COURT}"
    _row_security("transfer_parcel", read=both, write=f"from_court = {COURT}", change=both)
    op.create_table(
        "transfer",
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("parcel_id", sa.Uuid(), nullable=False),
        sa.Column("other_court", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("documents", JSONB(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("check_ins_counted", sa.Integer(), nullable=False),
        sa.Column("carried", JSONB(), nullable=False),
        sa.Column("brought_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("direction IN ('out', 'in')", name=op.f("ck_transfer_direction_known")),
        sa.CheckConstraint(f"state IN ({OWN_STATES})", name=op.f("ck_transfer_state_known")),
        _key("enrollment_id", "enrollment"),
        _key("asked_by", "membership"),
        _key("officer_id", "membership", ondelete="SET NULL (officer_id)"),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_transfer_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("court_id", "parcel_id", name=op.f("uq_transfer_court_id_parcel_id")),
    )
    op.create_index("ix_transfer_enrollment", "transfer", ["court_id", "enrollment_id"])
    op.create_index("ix_transfer_state", "transfer", ["court_id", "direction", "state"])
    op.create_index(
        "uq_transfer_open_out",
        "transfer",
        ["court_id", "enrollment_id"],
        unique=True,
        postgresql_where=sa.text("direction = 'out' AND state IN ('asked', 'agreed')"),
    )
    isolate(op, "transfer", app="SELECT, INSERT, UPDATE", platform="")


def _key(column: str, table: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["court_id", column],
        [f"{table}.court_id", f"{table}.id"],
        name=op.f(f"fk_transfer_court_id_{column}"),
        ondelete=ondelete,
        initially="DEFERRED",
        deferrable=True,
    )


def _row_security(table: str, *, read: str, write: str, change: str) -> None:
    """Who of the courts reads, puts in and changes a row of a table without a court."""
    op.execute(sa.text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"))
    op.execute(sa.text(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"))
    op.execute(sa.text(f"CREATE POLICY reads ON {table} FOR SELECT TO portal_app USING ({read})"))
    op.execute(sa.text(f"CREATE POLICY puts_in ON {table} FOR INSERT TO portal_app WITH CHECK ({write})"))
    op.execute(
        sa.text(f"CREATE POLICY changes ON {table} FOR UPDATE TO portal_app USING ({change}) WITH CHECK ({change})")
    )
    grant_without_court(op, table)


def downgrade() -> None:
    op.drop_table("transfer")
    op.drop_table("transfer_parcel")
    op.drop_table("court_terms")
