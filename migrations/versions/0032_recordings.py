"""Videos of the curriculum, and how far a learner has come in one.

Compatibility: the release before shows no video and no lesson that is one; what was done in its lessons stays done.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import grant_without_court

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

PLACE = (
    ("furthest_ms", sa.Integer()),
    *((name, sa.DateTime(timezone=True)) for name in ("watched_at", "watched_through_at")),
)


def upgrade() -> None:
    texts = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "curriculum_recording",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("title", texts, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("captions", texts, nullable=False),
        sa.Column("transcripts", texts, nullable=False),
        sa.Column("consent_by", sa.Text(), nullable=True),
        sa.Column("consent_document", sa.Text(), nullable=True),
        sa.Column("consent_on", sa.Date(), nullable=True),
        sa.Column("consent_until", sa.Date(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("file_deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["module"], ["curriculum_module.slug"], name=op.f("fk_curriculum_recording_module")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["operator.id"], name=op.f("fk_curriculum_recording_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curriculum_recording")),
    )
    op.create_index(
        "uq_curriculum_recording_shown",
        "curriculum_recording",
        ["module", "lesson"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    grant_without_court(op, "curriculum_recording")
    for name, kind in PLACE:
        op.add_column("lesson_progress", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name, _kind in PLACE:
        op.drop_column("lesson_progress", name)
    op.drop_table("curriculum_recording")
