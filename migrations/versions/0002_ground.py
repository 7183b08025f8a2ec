"""Rules, audit, outbox, files, and the people who sign in.

Compatibility: the first schema; nothing runs before it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import COURT, isolate

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# A credential shows only through a membership of the court at work, itself under row-level security, or to the court
# that has an open invitation for its address: someone already known from another court joins with the same credential.
STAFF_THROUGH_MEMBERSHIP = (
    "ALTER TABLE staff_credential ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE staff_credential FORCE ROW LEVEL SECURITY",
    """CREATE POLICY through_membership ON staff_credential FOR SELECT TO portal_app
       USING (EXISTS (SELECT 1 FROM membership m WHERE m.credential_id = staff_credential.id))""",
    """CREATE POLICY change_through_membership ON staff_credential FOR UPDATE TO portal_app
       USING (EXISTS (SELECT 1 FROM membership m WHERE m.credential_id = staff_credential.id))""",
    """CREATE POLICY invited ON staff_credential FOR SELECT TO portal_app
       USING (EXISTS (SELECT 1 FROM invitation i WHERE i.email = staff_credential.email
                      AND i.accepted_at IS NULL AND i.revoked_at IS NULL))""",
    f"CREATE POLICY joining ON staff_credential FOR INSERT TO portal_app WITH CHECK ({COURT} IS NOT NULL)",
)


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("key_digest", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_attempt_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_attempt")),
    )
    op.create_index("ix_attempt_bucket", "attempt", ["court_id", "bucket", "key_digest", "at"], unique=False)
    op.create_table(
        "audit_event",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail_digest", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_audit_event_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_at", "audit_event", ["court_id", "at", "id"], unique=False)
    op.create_index("ix_audit_event_case", "audit_event", ["court_id", "case_id", "at"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_invitation_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("court_id", "token_digest", name=op.f("uq_invitation_court_id_token_digest")),
    )
    op.create_table(
        "learner_account",
        sa.Column("sign_in_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('email', 'phone', 'name')", name=op.f("ck_learner_account_kind_known")),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_learner_account_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_learner_account")),
        sa.UniqueConstraint("court_id", "sign_in_name", name=op.f("uq_learner_account_court_id_sign_in_name")),
    )
    op.create_table(
        "membership",
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'deactivated')", name=op.f("ck_membership_state_known")),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_membership_court_id")),
        sa.ForeignKeyConstraint(["credential_id"], ["staff_credential.id"], name=op.f("fk_membership_credential_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_membership")),
        sa.UniqueConstraint("court_id", "credential_id", name=op.f("uq_membership_court_id_credential_id")),
    )
    op.create_table(
        "notice",
        sa.Column("recipient_kind", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("context", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('queued', 'sent', 'failed')", name=op.f("ck_notice_state_known")),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_notice_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_notice")),
    )
    op.create_index(
        "ix_notice_recipient", "notice", ["court_id", "recipient_kind", "recipient_id", "created_at"], unique=False
    )
    op.create_table(
        "occurrence",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_occurrence_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_occurrence")),
        sa.UniqueConstraint(
            "court_id", "kind", "subject_id", "occasion", name=op.f("uq_occurrence_court_id_kind_subject_id_occasion")
        ),
    )
    op.create_table(
        "outbox",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("once", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("attempt >= 0", name=op.f("ck_outbox_attempt_counted")),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_outbox_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("court_id", "kind", "subject_id", "once", name="uq_outbox_once"),
    )
    op.create_index("ix_outbox_subject", "outbox", ["court_id", "kind", "subject_id"], unique=False)
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
    )
    op.create_table(
        "program_rules",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'published')", name=op.f("ck_program_rules_state_known")),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_program_rules_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_program_rules")),
        sa.UniqueConstraint("court_id", "version", name=op.f("uq_program_rules_court_id_version")),
    )
    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_stored_file_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "submission",
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_submission_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_submission")),
    )
    op.create_table(
        "account_session",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("learner_account_id", sa.Uuid(), nullable=True),
        sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(membership_id, learner_account_id) = 1", name=op.f("ck_account_session_one_account")
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "learner_account_id"],
            ["learner_account.court_id", "learner_account.id"],
            name=op.f("fk_account_session_court_id_learner_account_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["court_id", "membership_id"],
            ["membership.court_id", "membership.id"],
            name=op.f("fk_account_session_court_id_membership_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_account_session_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_account_session")),
        sa.UniqueConstraint("court_id", "token_digest", name=op.f("uq_account_session_court_id_token_digest")),
    )
    op.create_index("ix_account_session_learner", "account_session", ["court_id", "learner_account_id"], unique=False)
    op.create_index("ix_account_session_membership", "account_session", ["court_id", "membership_id"], unique=False)
    op.create_table(
        "audit_detail",
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("old", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("new", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "id"],
            ["audit_event.court_id", "audit_event.id"],
            name=op.f("fk_audit_detail_court_id_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_audit_detail_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_audit_detail")),
    )
    op.create_table(
        "audit_seal",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_id", "id"],
            ["audit_event.court_id", "audit_event.id"],
            name=op.f("fk_audit_seal_court_id_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_audit_seal_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("court_id", "position", name=op.f("uq_audit_seal_court_id_position")),
    )

    isolate(op, "attempt", app="SELECT, INSERT, DELETE")
    isolate(op, "audit_event", app="SELECT, INSERT", platform="SELECT, INSERT")
    isolate(op, "invitation", app="SELECT, INSERT, UPDATE", platform="SELECT, INSERT")
    isolate(op, "learner_account", app="SELECT, INSERT, UPDATE", platform="")
    isolate(op, "membership", app="SELECT, INSERT, UPDATE", platform="SELECT")
    isolate(op, "notice", app="SELECT, INSERT, UPDATE", platform="SELECT, INSERT")
    isolate(op, "occurrence", app="SELECT, INSERT")
    isolate(
        op,
        "outbox",
        app="SELECT, INSERT, UPDATE",
        platform="SELECT, INSERT",
        dispatch="SELECT (court_id, id, kind, subject_id, attempt, due_at, sent_at, lease_until, done_at, failed_at), UPDATE (attempt, sent_at, lease_until)",
    )
    isolate(op, "program_rules", app="SELECT, INSERT, UPDATE", platform="SELECT, INSERT")
    isolate(op, "stored_file", app="SELECT, INSERT")
    isolate(op, "submission", app="SELECT, INSERT, UPDATE")
    isolate(op, "account_session", app="SELECT, INSERT, UPDATE", platform="")
    isolate(op, "audit_detail", app="SELECT, INSERT", platform="SELECT, INSERT")
    isolate(op, "audit_seal", app="SELECT, INSERT")
    for ddl in STAFF_THROUGH_MEMBERSHIP:
        op.execute(sa.text(ddl))


def downgrade() -> None:
    for policy in ("through_membership", "change_through_membership", "invited", "joining"):
        op.execute(sa.text("DROP POLICY " + policy + " ON staff_credential"))
    op.execute(sa.text("ALTER TABLE staff_credential NO FORCE ROW LEVEL SECURITY"))
    op.execute(sa.text("ALTER TABLE staff_credential DISABLE ROW LEVEL SECURITY"))
    for table in reversed(TABLES):
        op.drop_table(table)


TABLES = (
    "attempt",
    "audit_event",
    "invitation",
    "learner_account",
    "membership",
    "notice",
    "occurrence",
    "outbox",
    "program_rules",
    "stored_file",
    "submission",
    "account_session",
    "audit_detail",
    "audit_seal",
)
