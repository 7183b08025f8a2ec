"""Reports that replace another one or were taken back, with the reason; deliveries, and papers printed together.

Compatibility: the release before replaces and takes back without a reason or an instant; both stay empty then. It
delivers nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate, unforced

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

DELIVERY, BATCH = "report_delivery", "print_batch"
# Which report goes by which way to whom stays as it was written.
GOES_ON = "state, attempts, error, delivered_at, acknowledged_at, job_id, notice_id, batch_id, file_name, row_version"


def upgrade() -> None:
    _reports()
    _batches()
    _deliveries()


def _reports() -> None:
    op.add_column("report", sa.Column("replaces_id", sa.Uuid(), nullable=True))
    op.add_column("report", sa.Column("correction", sa.Text(), nullable=True))
    op.add_column("report", sa.Column("ended_reason", sa.Text(), nullable=True))
    op.add_column("report", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    # What a report replaces, and why, is said when it is asked for, and never again.
    op.execute(sa.text("GRANT UPDATE (ended_at, ended_reason) ON report TO portal_app"))
    op.create_index(
        "uq_report_replaces",
        "report",
        ["court_id", "replaces_id"],
        unique=True,
        postgresql_where=sa.text("replaces_id IS NOT NULL AND state <> 'revoked'"),
    )
    with unforced(op, "report"):
        op.create_foreign_key(
            op.f("fk_report_court_id_replaces_id"),
            "report",
            "report",
            ["court_id", "replaces_id"],
            ["court_id", "id"],
            initially="DEFERRED",
            deferrable=True,
        )


def _batches() -> None:
    op.create_table(
        BATCH,
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        *_own_columns(),
        sa.CheckConstraint(
            "state IN ('requested', 'ready', 'failed', 'handed_over', 'dropped')",
            name=op.f("ck_print_batch_state_known"),
        ),
        *(_key(BATCH, column, "membership") for column in ("created_by", "settled_by")),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_print_batch_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_print_batch")),
    )
    op.create_index("ix_print_batch_created_at", BATCH, ["court_id", "created_at", "id"])
    isolate(op, BATCH, app="SELECT, INSERT, UPDATE", platform="")


def _deliveries() -> None:
    op.create_table(
        DELIVERY,
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("notice_id", sa.Uuid(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        *_own_columns(),
        sa.CheckConstraint(
            "state IN ('waiting', 'on_its_way', 'delivered', 'acknowledged', 'failed', 'stopped')",
            name=op.f("ck_report_delivery_state_known"),
        ),
        sa.CheckConstraint("way IN ('inbox', 'mail', 'print', 'folder')", name=op.f("ck_report_delivery_way_known")),
        sa.CheckConstraint(
            "(way IN ('inbox', 'mail')) = (recipient_id IS NOT NULL)", name=op.f("ck_report_delivery_personal_or_not")
        ),
        sa.CheckConstraint(
            "state NOT IN ('delivered', 'acknowledged') OR delivered_at IS NOT NULL",
            name=op.f("ck_report_delivery_delivered_when"),
        ),
        sa.CheckConstraint(
            "(state = 'acknowledged') = (acknowledged_at IS NOT NULL)",
            name=op.f("ck_report_delivery_acknowledged_when"),
        ),
        _key(DELIVERY, "report_id", "report"),
        _key(DELIVERY, "recipient_id", "membership"),
        _key(DELIVERY, "batch_id", BATCH),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_report_delivery_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_report_delivery")),
    )
    op.create_index(
        "uq_report_delivery_once",
        DELIVERY,
        ["court_id", "report_id", "way", "recipient_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_report_delivery_recipient", DELIVERY, ["court_id", "recipient_id", "delivered_at", "id"])
    op.create_index(
        "ix_report_delivery_new",
        DELIVERY,
        ["court_id", "recipient_id"],
        postgresql_where=sa.text("way = 'inbox' AND state = 'delivered'"),
    )
    op.create_index(
        "ix_report_delivery_notice",
        DELIVERY,
        ["court_id", "notice_id"],
        postgresql_where=sa.text("notice_id IS NOT NULL"),
    )
    op.create_index(
        "ix_report_delivery_to_do",
        DELIVERY,
        ["court_id", "way", "state", "created_at", "id"],
        postgresql_where=sa.text("state IN ('waiting', 'failed')"),
    )
    op.create_index(
        "ix_report_delivery_batch", DELIVERY, ["court_id", "batch_id"], postgresql_where=sa.text("batch_id IS NOT NULL")
    )
    isolate(op, DELIVERY, app=f"SELECT, INSERT, UPDATE ({GOES_ON})", platform="")


def _own_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
    )


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["court_id", column],
        [f"{target}.court_id", f"{target}.id"],
        name=op.f(f"fk_{table}_court_id_{column}"),
        initially="DEFERRED",
        deferrable=True,
    )


def downgrade() -> None:
    op.drop_table(DELIVERY)
    op.drop_table(BATCH)
    op.drop_constraint(op.f("fk_report_court_id_replaces_id"), "report", type_="foreignkey")
    op.drop_index("uq_report_replaces", "report")
    op.drop_column("report", "ended_at")
    op.drop_column("report", "ended_reason")
    op.drop_column("report", "correction")
    op.drop_column("report", "replaces_id")
