"""Referrals, codes, enrollments.

Compatibility: the first schema; nothing runs before it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("given_names", sa.Text(), nullable=False),
        sa.Column("family_names", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_person_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_person")),
    )
    op.create_index("ix_person_name", "person", ["court_id", "family_names", "given_names"], unique=False)
    op.create_table(
        "referral",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("order_date", sa.Date(), nullable=False),
        sa.Column("order_file_id", sa.Uuid(), nullable=True),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("referred_by", sa.Uuid(), nullable=False),
        sa.Column("referred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "order_file_id"],
            ["stored_file.court_id", "stored_file.id"],
            name=op.f("fk_referral_court_id_order_file_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "person_id"],
            ["person.court_id", "person.id"],
            name=op.f("fk_referral_court_id_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "referred_by"],
            ["membership.court_id", "membership.id"],
            name=op.f("fk_referral_court_id_referred_by"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_referral_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_referral")),
    )
    op.create_index("ix_referral_person", "referral", ["court_id", "person_id"], unique=False)
    op.create_index(
        "ix_referral_referred_at",
        "referral",
        ["court_id", sa.literal_column("referred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "case_number",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("normalized", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "referral_id"],
            ["referral.court_id", "referral.id"],
            name=op.f("fk_case_number_court_id_referral_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_case_number_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_case_number")),
    )
    op.create_index("ix_case_number_normalized", "case_number", ["court_id", "normalized"], unique=False)
    op.create_index("ix_case_number_referral", "case_number", ["court_id", "referral_id"], unique=False)
    op.create_table(
        "enrollment",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("rules_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_from", sa.Text(), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("coursework_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accountability_from", sa.Date(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('referred', 'enrolled', 'coursework', 'accountability', 'report_due', 'completed', 'on_hold', 'returned_to_court', 'terminated', 'transferred', 'withdrawn')",
            name=op.f("ck_enrollment_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "account_id"],
            ["learner_account.court_id", "learner_account.id"],
            name=op.f("fk_enrollment_court_id_account_id"),
            ondelete="SET NULL (account_id)",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "officer_id"],
            ["membership.court_id", "membership.id"],
            name=op.f("fk_enrollment_court_id_officer_id"),
            ondelete="SET NULL (officer_id)",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "referral_id"],
            ["referral.court_id", "referral.id"],
            name=op.f("fk_enrollment_court_id_referral_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "rules_id"],
            ["program_rules.court_id", "program_rules.id"],
            name=op.f("fk_enrollment_court_id_rules_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_enrollment_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_enrollment")),
        sa.UniqueConstraint("court_id", "referral_id", name=op.f("uq_enrollment_court_id_referral_id")),
    )
    op.create_index("ix_enrollment_account", "enrollment", ["court_id", "account_id"], unique=False)
    op.create_index(
        "ix_enrollment_caseload",
        "enrollment",
        ["court_id", "officer_id", sa.literal_column("last_activity_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_enrollment_court_list",
        "enrollment",
        ["court_id", sa.literal_column("last_activity_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "enrollment_code",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("code_digest", sa.Text(), nullable=False),
        sa.Column("last_four", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('issued', 'redeemed', 'expired', 'revoked', 'replaced')",
            name=op.f("ck_enrollment_code_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "referral_id"],
            ["referral.court_id", "referral.id"],
            name=op.f("fk_enrollment_code_court_id_referral_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_enrollment_code_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_enrollment_code")),
        sa.UniqueConstraint("court_id", "code_digest", name=op.f("uq_enrollment_code_court_id_code_digest")),
    )
    op.create_index("ix_enrollment_code_referral", "enrollment_code", ["court_id", "referral_id"], unique=False)
    op.create_table(
        "hearing",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("at_time", sa.Time(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "referral_id"],
            ["referral.court_id", "referral.id"],
            name=op.f("fk_hearing_court_id_referral_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_hearing_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_hearing")),
    )
    op.create_index("ix_hearing_date", "hearing", ["court_id", "on_date"], unique=False)
    op.create_index("ix_hearing_referral", "hearing", ["court_id", "referral_id", "on_date"], unique=False)
    op.create_table(
        "agreement_signature",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("rules_id", sa.Uuid(), nullable=False),
        sa.Column("text_sha256", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("typed_name", sa.Text(), nullable=False),
        sa.Column("name_differs", sa.Boolean(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_agreement_signature_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_agreement_signature_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_agreement_signature")),
        sa.UniqueConstraint("court_id", "enrollment_id", name=op.f("uq_agreement_signature_court_id_enrollment_id")),
    )
    op.create_table(
        "case_note",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "author_id"],
            ["membership.court_id", "membership.id"],
            name=op.f("fk_case_note_court_id_author_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_case_note_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_case_note_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_case_note")),
    )
    op.create_index("ix_case_note_enrollment", "case_note", ["court_id", "enrollment_id", "at"], unique=False)
    op.create_table(
        "enrollment_transition",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "enrollment_id"],
            ["enrollment.court_id", "enrollment.id"],
            name=op.f("fk_enrollment_transition_court_id_enrollment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_enrollment_transition_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_enrollment_transition")),
    )
    op.create_index(
        "ix_enrollment_transition_enrollment",
        "enrollment_transition",
        ["court_id", "enrollment_id", "at"],
        unique=False,
    )

    isolate(op, "person", app="SELECT, INSERT, UPDATE")
    isolate(op, "referral", app="SELECT, INSERT, UPDATE")
    isolate(op, "case_number", app="SELECT, INSERT, UPDATE, DELETE")
    isolate(op, "enrollment", app="SELECT, INSERT, UPDATE")
    isolate(op, "enrollment_code", app="SELECT, INSERT, UPDATE")
    isolate(op, "hearing", app="SELECT, INSERT, UPDATE")
    isolate(op, "agreement_signature", app="SELECT, INSERT")
    isolate(op, "case_note", app="SELECT, INSERT, UPDATE")
    isolate(op, "enrollment_transition", app="SELECT, INSERT")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


TABLES = (
    "person",
    "referral",
    "case_number",
    "enrollment",
    "enrollment_code",
    "hearing",
    "agreement_signature",
    "case_note",
    "enrollment_transition",
)
