"""Records that are sealed or destroyed, and what stops that.

Compatibility: the release before never writes `gone_at`, which may be empty, and neither reads nor writes the new
tables. Before it runs, an administrator creates the role portal_records (tenants/roles.py; docs/production.md).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants.isolation import GONE_POLICY, MAY_BE_GONE, RECORDS_POLICY, hide_gone, isolate, open_to_records

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

NEW_TABLES = ("record_sealing", "record_opening", "surviving_document", "legal_hold")
# Courts' tables of databases that were made before isolate() did this.
NOT_OPEN = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r'
  AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'court_apart')
  AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = :policy)
ORDER BY c.relname
"""
MOVES = (
    "what, due_on, reference, survives, state, confirmed_at, confirmed_by, canceled_at, canceled_by, done_at, removed, "
    "box_sha256, box_key, found_by, key_destroyed_at, row_version"
)


def upgrade() -> None:
    for table in MAY_BE_GONE:
        op.add_column(table, sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True))
        hide_gone(op, table)
    for table in op.get_bind().scalars(sa.text(NOT_OPEN), {"policy": RECORDS_POLICY}).all():
        open_to_records(op, table)
    op.create_table(
        "record_sealing",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("survives", JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("canceled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("canceled_by", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed", JSONB(), nullable=False),
        sa.Column("box_sha256", sa.Text(), nullable=False),
        sa.Column("box_key", sa.Text(), nullable=False),
        sa.Column("found_by", JSONB(), nullable=False),
        sa.Column("key_destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        *_keys("record_sealing"),
        _to("record_sealing", "referral_id", "referral"),
        _to("record_sealing", "recorded_by", "membership"),
        _to("record_sealing", "confirmed_by", "membership"),
        _to("record_sealing", "canceled_by", "membership"),
        sa.CheckConstraint(
            "state IN ('planned', 'confirmed', 'done', 'canceled')", name=op.f("ck_record_sealing_state_known")
        ),
        sa.CheckConstraint("what IN ('seal', 'destroy')", name=op.f("ck_record_sealing_what_known")),
        sa.CheckConstraint(
            "ground IN ('order_to_seal', 'order_to_expunge', 'dismissed', 'completed', 'retention')",
            name=op.f("ck_record_sealing_ground_known"),
        ),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name=op.f("ck_record_sealing_done_when")),
    )
    op.create_index("ix_record_sealing_due", "record_sealing", ["court_id", "state", "due_on"])
    op.create_index(
        "uq_record_sealing_open",
        "record_sealing",
        ["court_id", "referral_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('planned', 'confirmed', 'done')"),
    )
    op.create_table(
        "record_opening",
        sa.Column("sealing_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("court_order", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_keys("record_opening"),
        _to("record_opening", "sealing_id", "record_sealing"),
        _to("record_opening", "by", "membership"),
    )
    op.create_index("ix_record_opening_sealing", "record_opening", ["court_id", "sealing_id", "at"])
    op.create_table(
        "surviving_document",
        sa.Column("sealing_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        *_keys("surviving_document"),
        _to("surviving_document", "sealing_id", "record_sealing"),
        _to("surviving_document", "file_id", "stored_file"),
    )
    op.create_index("ix_surviving_document_sealing", "surviving_document", ["court_id", "sealing_id"])
    op.create_table(
        "legal_hold",
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_reason", sa.Text(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        *_keys("legal_hold"),
        _to("legal_hold", "referral_id", "referral"),
        _to("legal_hold", "placed_by", "membership"),
        _to("legal_hold", "lifted_by", "membership"),
    )
    op.create_index(
        "ix_legal_hold_in_force",
        "legal_hold",
        ["court_id", "referral_id"],
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    # What was decided about a record, and who opened one, stays; operators see nothing of it.
    isolate(op, "record_sealing", app=f"SELECT, INSERT, UPDATE ({MOVES})", platform="")
    isolate(op, "record_opening", app="SELECT, INSERT", platform="")
    isolate(op, "surviving_document", app="SELECT, INSERT", platform="")
    isolate(
        op,
        "legal_hold",
        app="SELECT, INSERT, UPDATE (reason, lifted_at, lifted_by, lifted_reason, row_version)",
        platform="",
    )


def _keys(table: str) -> tuple[sa.Column[object] | sa.Constraint, ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f(f"fk_{table}_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f(f"pk_{table}")),
    )


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["court_id", column],
        [f"{target}.court_id", f"{target}.id"],
        name=op.f(f"fk_{table}_court_id_{column}"),
        initially="DEFERRED",
        deferrable=True,
    )


def downgrade() -> None:
    """Rows that had gone show again, blank: what they said is not to be had back."""
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    for table in MAY_BE_GONE:
        op.execute(sa.text(f"DROP POLICY {GONE_POLICY} ON {table}"))
        op.drop_column(table, "gone_at")
