"""Who stands in for whose cases, and when.

Compatibility: the release before neither reads nor writes this table; in it nobody stands in.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

PEOPLE = ("officer_id", "cover_id", "arranged_by", "ended_by")


def upgrade() -> None:
    op.create_table(
        "cover",
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("cover_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arranged_by", sa.Uuid(), nullable=True),
        sa.Column("arranged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("officer_id <> cover_id", name=op.f("ck_cover_two_people")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_cover_days_in_order")),
        *(
            sa.ForeignKeyConstraint(
                ["court_id", column],
                ["membership.court_id", "membership.id"],
                name=op.f(f"fk_cover_court_id_{column}"),
                initially="DEFERRED",
                deferrable=True,
            )
            for column in PEOPLE
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_cover_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_cover")),
    )
    op.create_index("ix_cover_cover", "cover", ["court_id", "cover_id", "ends_at"])
    op.create_index("ix_cover_officer", "cover", ["court_id", "officer_id", "ends_at"])
    isolate(op, "cover", app="SELECT, INSERT, UPDATE", platform="")


def downgrade() -> None:
    op.drop_table("cover")
