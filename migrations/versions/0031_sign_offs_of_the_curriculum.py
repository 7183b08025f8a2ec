"""Named approvers sign off each version of the curriculum: for survivors, for the law, for the translation.

Compatibility: the release before shows every version as demonstration content, as it did; nothing that it reads changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import grant_without_court

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

PARTS = "part IN ('survivor', 'legal', 'translator')"


def upgrade() -> None:
    op.create_table(
        "curriculum_approver",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(PARTS, name=op.f("ck_curriculum_approver_part_known")),
        sa.CheckConstraint("named_by <> operator_id", name=op.f("ck_curriculum_approver_named_by_another")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_curriculum_approver_operator_id")),
        sa.ForeignKeyConstraint(["named_by"], ["operator.id"], name=op.f("fk_curriculum_approver_named_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curriculum_approver")),
    )
    op.create_table(
        "curriculum_sign_off",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("taken_back", sa.Boolean(), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("looked_at", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(PARTS, name=op.f("ck_curriculum_sign_off_part_known")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["curriculum_version.id"], name=op.f("fk_curriculum_sign_off_version_id")
        ),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_curriculum_sign_off_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curriculum_sign_off")),
    )
    op.create_index("ix_curriculum_sign_off_version_id", "curriculum_sign_off", ["version_id"])
    grant_without_court(op, "curriculum_approver")
    grant_without_court(op, "curriculum_sign_off")


def downgrade() -> None:
    op.drop_table("curriculum_sign_off")
    op.drop_table("curriculum_approver")
