"""Counts for the curriculum's owners: how each quiz question does, and how many are on each version.

Compatibility: the release before notes no language of a try, so tries that are handed in through it are never counted;
it neither reads nor writes the two tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import isolate

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

COUNTS = ("drawn", "first_tries", "first_right")
SUMS = ("others_sum", "others_squares", "others_sum_right")
USES = ("going", "passed", "ended")


def upgrade() -> None:
    op.add_column("quiz_attempt", sa.Column("language", sa.Text(), nullable=True))
    op.add_column("quiz_attempt", sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_quiz_attempt_to_count",
        "quiz_attempt",
        ["court_id", "submitted_at"],
        postgresql_where=sa.text("percent IS NOT NULL AND language IS NOT NULL AND counted_at IS NULL"),
    )
    _counts(
        "quiz_item_count",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("lesson", "language", "question", "wording")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SUMS),
        sa.Column("chosen", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.UniqueConstraint(
            "court_id", "version_id", "lesson", "language", "question", name="uq_quiz_item_count_question"
        ),
        moves=(*COUNTS, *SUMS, "chosen"),
    )
    _counts(
        "curriculum_use",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in USES),
        sa.UniqueConstraint("court_id", "version_id", name=op.f("uq_curriculum_use_court_id_version_id")),
        moves=USES,
    )


def _counts(table: str, *parts: sa.schema.SchemaItem, moves: tuple[str, ...]) -> None:
    op.create_table(
        table,
        sa.Column("version_id", sa.Uuid(), nullable=False),
        *parts,
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["curriculum_version.id"], name=op.f(f"fk_{table}_version_id")),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f(f"fk_{table}_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f(f"pk_{table}")),
    )
    isolate(op, table, app=f"SELECT, INSERT, UPDATE ({', '.join((*moves, 'counted_at', 'row_version'))})")
    # One of tenants/isolation.py's ACROSS_COURTS: the console adds the courts' counts up.
    op.execute(sa.text(f"CREATE POLICY counts_of_every_court ON {table} FOR SELECT TO portal_platform USING (true)"))


def downgrade() -> None:
    op.drop_table("curriculum_use")
    op.drop_table("quiz_item_count")
    op.drop_index("ix_quiz_attempt_to_count", table_name="quiz_attempt")
    op.drop_column("quiz_attempt", "counted_at")
    op.drop_column("quiz_attempt", "language")
