"""Operators who onboard, look in with a reason, and close a court.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import grant_without_court, isolate

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# A look is a row, made together with its audit row. Without one that the transaction names, nothing of this is shown.
LOOK = (
    "EXISTS (SELECT 1 FROM operator_look l WHERE l.ended_at IS NULL "
    "AND l.id = NULLIF(current_setting('portal.look_id', true), '')::uuid AND l.court_id = {table}.court_id)"
)
SHOWN_IN_A_LOOK = {
    "enrollment": "court_id, id, state, rules_id, enrolled_at, last_activity_at",
    "report": "court_id, id, enrollment_id, number, kind, state, requested_at, ready_at",
}
NOT_FOR_OPERATORS = ("audit_check", "rules_draft", "start_guide")
WRITTEN_BY_WORKERS = ("invitation", "notice", "program_rules")  # the console asks by a job
KINDS = "'court_admin.furnish', 'exports.make', 'operator.invite_facilitator'"
RETRIED = "attempt, due_at, sent_at, lease_until, failed_at"
EXPORT_MOVES = (
    "state, as_of, made_at, size, sha256, row_count, file_count, problems, error, downloaded_at, downloaded_by, "
    "acknowledged_at, acknowledged_by, handed_to, row_version"
)


def upgrade() -> None:
    op.add_column("court", sa.Column("court_type", sa.Text(), nullable=True))
    op.add_column("court", sa.Column("state_messages", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    _run("UPDATE court SET court_type = '', state_messages = '{}'")
    op.alter_column("court", "court_type", nullable=False)
    op.alter_column("court", "state_messages", nullable=False)
    _exports()
    _looks()
    _usage()
    op.create_table(
        "process_heartbeat",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_process_heartbeat")),
    )
    grant_without_court(op, "process_heartbeat")
    _run("GRANT SELECT (state, type, received_at) ON stripe_event TO portal_platform")
    _jobs()
    _facilitators()
    for table in NOT_FOR_OPERATORS:
        _run(f"REVOKE SELECT ON {table} FROM portal_platform")
    for table in WRITTEN_BY_WORKERS:
        _run(f"REVOKE INSERT ON {table} FROM portal_platform")


def _exports() -> None:
    op.create_table(
        "court_export",
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_kind", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("file_count", sa.BigInteger(), nullable=False),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("downloaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("downloaded_by", sa.Uuid(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("handed_to", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'ready', 'failed', 'removed')", name=op.f("ck_court_export_state_known")
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_court_export_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_court_export")),
    )
    op.create_index("ix_court_export_asked_at", "court_export", ["court_id", "asked_at"])
    isolate(op, "court_export", app=f"SELECT, INSERT, UPDATE ({EXPORT_MOVES})", platform="SELECT, INSERT")


def _looks() -> None:
    op.create_table(
        "operator_look",
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_operator_look_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_operator_look")),
    )
    op.create_index("ix_operator_look_session", "operator_look", ["court_id", "session_id", "began_at"])
    isolate(op, "operator_look", app="SELECT", platform="SELECT, INSERT, UPDATE (ended_at)")
    for table, columns in SHOWN_IN_A_LOOK.items():
        _run(f"GRANT SELECT ({columns}) ON {table} TO portal_platform")
        _narrow(table, "looked_into", "SELECT", f"USING ({LOOK.format(table=table)})")
    _narrow("membership", "looked_into", "SELECT", f"USING (role = 'facilitator' OR {LOOK.format(table='membership')})")


def _usage() -> None:
    counts = ("referred", "enrolled", "completed", "active", "reports", "mails", "card_payments")
    op.create_table(
        "court_usage",
        sa.Column("month", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_court_usage_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_court_usage")),
        sa.UniqueConstraint("court_id", "month", name=op.f("uq_court_usage_court_id_month")),
    )
    moves = ", ".join((*counts, "counted_at", "row_version"))
    isolate(op, "court_usage", app=f"SELECT, INSERT, UPDATE ({moves})")
    _widen("court_usage", "counts_of_every_court", "USING (true)")


def _jobs() -> None:
    """Health counts every court's jobs in one statement; the console may write jobs of three kinds, and retry any."""
    _widen("outbox", "routing_of_every_court", "USING (true)")
    _run(f"GRANT UPDATE ({RETRIED}) ON outbox TO portal_platform")
    _narrow("outbox", "kinds_of_the_console", "INSERT", f"WITH CHECK (kind IN ({KINDS}))")


def _facilitators() -> None:
    """A facilitator's grant is a place on a court's staff; the console gives and takes these, and no other place."""
    _widen("membership", "facilitators_of_every_court", "USING (role = 'facilitator')")
    _run("GRANT INSERT, UPDATE (language, state, row_version) ON membership TO portal_platform")
    _narrow("membership", "grants_to_facilitators", "INSERT", "WITH CHECK (role = 'facilitator')")
    _narrow("membership", "grants_of_facilitators", "UPDATE", "USING (role = 'facilitator')")


def _widen(table: str, name: str, clause: str) -> None:
    """One of tenants/isolation.py's ACROSS_COURTS."""
    _run(f"CREATE POLICY {name} ON {table} FOR SELECT TO portal_platform {clause}")


def _narrow(table: str, name: str, verb: str, clause: str) -> None:
    """A restrictive policy holds besides the others: it can only take away."""
    _run(f"CREATE POLICY {name} ON {table} AS RESTRICTIVE FOR {verb} TO portal_platform {clause}")


def _run(ddl: str) -> None:
    op.execute(sa.text(ddl))


def downgrade() -> None:
    for table in WRITTEN_BY_WORKERS:
        _run(f"GRANT INSERT ON {table} TO portal_platform")
    for table in NOT_FOR_OPERATORS:
        _run(f"GRANT SELECT ON {table} TO portal_platform")
    for table, name in (
        ("membership", "grants_of_facilitators"),
        ("membership", "grants_to_facilitators"),
        ("membership", "facilitators_of_every_court"),
        ("membership", "looked_into"),
        ("outbox", "kinds_of_the_console"),
        ("outbox", "routing_of_every_court"),
        ("report", "looked_into"),
        ("enrollment", "looked_into"),
    ):
        _run(f"DROP POLICY {name} ON {table}")
    _run("REVOKE INSERT, UPDATE (language, state, row_version) ON membership FROM portal_platform")
    _run(f"REVOKE UPDATE ({RETRIED}) ON outbox FROM portal_platform")
    for table, columns in SHOWN_IN_A_LOOK.items():
        _run(f"REVOKE SELECT ({columns}) ON {table} FROM portal_platform")
    _run("REVOKE SELECT (state, type, received_at) ON stripe_event FROM portal_platform")
    for table in ("process_heartbeat", "court_usage", "operator_look", "court_export"):
        op.drop_table(table)
    op.drop_column("court", "state_messages")
    op.drop_column("court", "court_type")
