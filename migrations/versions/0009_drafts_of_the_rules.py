"""Drafts of the program rules, versions that begin later, and amendments of what a running case is held to.

Compatibility: the release before neither reads nor writes what is new here; it would take a version that begins later
for the one in force, so schedule none until every process runs this release.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import isolate, unforced

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KNOWN = "ck_program_rules_state_known"
NEW_COLUMNS = ("taken_from_id", "amends_id", "for_running", "canceled_by", "canceled_at", "begins_at")
# Columns of a draft that move; whose it is and when it was begun do not.
DRAFT_MOVES = "document, changed_at, changed_by, row_version"


def upgrade() -> None:
    op.add_column("program_rules", sa.Column("begins_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("program_rules", sa.Column("canceled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("program_rules", sa.Column("canceled_by", sa.Uuid(), nullable=True))
    op.add_column("program_rules", sa.Column("for_running", sa.Boolean(), nullable=True))
    op.add_column("program_rules", sa.Column("amends_id", sa.Uuid(), nullable=True))
    op.add_column("program_rules", sa.Column("taken_from_id", sa.Uuid(), nullable=True))
    op.drop_constraint(op.f(KNOWN), "program_rules", type_="check")
    op.create_check_constraint(op.f(KNOWN), "program_rules", "state IN ('draft', 'published', 'amended')")
    op.create_check_constraint(
        op.f("ck_program_rules_canceled_before_it_began"),
        "program_rules",
        "canceled_at IS NULL OR canceled_at < begins_at",
    )
    op.create_unique_constraint(
        op.f("uq_program_rules_court_id_amends_id_taken_from_id"),
        "program_rules",
        ["court_id", "amends_id", "taken_from_id"],
    )
    _key("program_rules", "amends_id", "program_rules")
    _key("program_rules", "taken_from_id", "program_rules")
    _key("program_rules", "canceled_by", "membership")
    op.execute(sa.text("GRANT UPDATE (canceled_at, canceled_by) ON program_rules TO portal_app"))

    op.create_table(
        "rules_draft",
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("base_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_rules_draft_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_rules_draft")),
        sa.UniqueConstraint("court_id", name=op.f("uq_rules_draft_court_id")),
    )
    _key("rules_draft", "base_id", "program_rules")
    _key("rules_draft", "started_by", "membership")
    _key("rules_draft", "changed_by", "membership")
    isolate(op, "rules_draft", app=f"SELECT, INSERT, DELETE, UPDATE ({DRAFT_MOVES})")


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
    """What is no version in force becomes a `draft`: the release before leaves those alone, and pins stay readable."""
    op.drop_table("rules_draft")
    op.execute(sa.text("REVOKE UPDATE (canceled_at, canceled_by) ON program_rules FROM portal_app"))
    with unforced(op, "program_rules"):
        op.execute(
            sa.text(
                "UPDATE program_rules SET state = 'draft' "
                "WHERE state = 'amended' OR canceled_at IS NOT NULL OR begins_at > now()"
            )
        )
        op.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    op.drop_constraint(op.f(KNOWN), "program_rules", type_="check")
    op.create_check_constraint(op.f(KNOWN), "program_rules", "state IN ('draft', 'published')")
    for column in NEW_COLUMNS:  # their keys and checks go with them
        op.drop_column("program_rules", column)
