"""Kept views of the caseload; things done for several people at once.

Compatibility: the release before neither reads nor writes these tables, and knows no job of theirs: what the worker
had left to do waits for the next release.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tenants.isolation import isolate

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

TABLES = ("saved_view", "case_action", "case_action_item")


def _table(name: str, *items: sa.Column | sa.Constraint, keys: Sequence[tuple[str, str]]) -> None:
    """A court's table that changes, with its key to the court and keys to rows of the same court."""
    op.create_table(
        name,
        *items,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["court_id", column],
                [f"{table}.court_id", f"{table}.id"],
                name=op.f(f"fk_{name}_court_id_{column}"),
                initially="DEFERRED",
                deferrable=True,
            )
            for column, table in keys
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f(f"fk_{name}_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f(f"pk_{name}")),
    )
    # A removed view goes for good after a day, and so does a draft of an action.
    isolate(op, name, app="SELECT, INSERT, UPDATE, DELETE", platform="")


def upgrade() -> None:
    _table(
        "saved_view",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("asked", JSONB(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        keys=(("owner_id", "membership"),),
    )
    op.create_index("ix_saved_view_owner", "saved_view", ["court_id", "owner_id"])
    _table(
        "case_action",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("details", JSONB(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'running', 'done')", name=op.f("ck_case_action_state_known")),
        keys=(("asked_by", "membership"),),
    )
    op.create_index("ix_case_action_asked_by", "case_action", ["court_id", "asked_by", "asked_at"])
    _table(
        "case_action_item",
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'left_out', 'done', 'not_done')", name=op.f("ck_case_action_item_state_known")
        ),
        sa.UniqueConstraint(
            "court_id", "action_id", "enrollment_id", name=op.f("uq_case_action_item_court_id_action_id_enrollment_id")
        ),
        keys=(("action_id", "case_action"), ("enrollment_id", "enrollment")),
    )
    op.create_index("ix_case_action_item_state", "case_action_item", ["court_id", "action_id", "state", "position"])


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)
