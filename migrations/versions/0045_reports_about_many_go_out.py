"""Reports about many people are corrected, taken back and delivered as the others are; courtesy copies are kept.

Compatibility: the release before goes on with what it knows: it reads a list in one of the new states as it does a
ready one, leaves deliveries of lists alone, since they belong to no report, and draws a courtesy copy when it is asked
for. So does this release with reports from before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import unforced

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

LIST, DELIVERY, REPORT = "list_report", "report_delivery", "report"
STATE, OF_ONE, ONCE = "ck_list_report_state_known", "ck_report_delivery_of_one", "uq_report_delivery_once"
BEFORE = "'requested', 'rendering', 'ready', 'failed', 'superseded'"
NEW = ("ended_reason", "ended_at", "correction", "replaces_id")


def _key(table: str, column: str, target: str = "list_report") -> None:
    op.create_foreign_key(
        op.f(f"fk_{table}_court_id_{column}"),
        table,
        target,
        ["court_id", column],
        ["court_id", "id"],
        initially="DEFERRED",
        deferrable=True,
    )


def upgrade() -> None:
    op.add_column(LIST, sa.Column("replaces_id", sa.Uuid(), nullable=True))
    op.add_column(LIST, sa.Column("correction", sa.Text(), nullable=True))
    op.add_column(LIST, sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(LIST, sa.Column("ended_reason", sa.Text(), nullable=True))
    op.drop_constraint(op.f(STATE), LIST, type_="check")
    op.create_check_constraint(op.f(STATE), LIST, f"state IN ({BEFORE}, 'delivered', 'acknowledged', 'revoked')")
    op.create_index(
        "uq_list_report_replaces",
        LIST,
        ["court_id", "replaces_id"],
        unique=True,
        postgresql_where=sa.text("replaces_id IS NOT NULL AND state <> 'revoked'"),
    )
    op.add_column(DELIVERY, sa.Column("list_id", sa.Uuid(), nullable=True))
    op.alter_column(DELIVERY, "report_id", existing_type=sa.Uuid(), nullable=True)
    with unforced(op, LIST), unforced(op, DELIVERY):
        _key(LIST, "replaces_id")
        _key(DELIVERY, "list_id")
        op.create_check_constraint(op.f(OF_ONE), DELIVERY, "(report_id IS NULL) <> (list_id IS NULL)")
    op.drop_index(ONCE, DELIVERY)
    _once("report_id", "list_id", "way", "recipient_id")
    op.create_index(
        "ix_report_delivery_list", DELIVERY, ["court_id", "list_id"], postgresql_where=sa.text("list_id IS NOT NULL")
    )

    _courtesy_copies()


def _courtesy_copies() -> None:
    op.add_column(REPORT, sa.Column("courtesy_file_id", sa.Uuid(), nullable=True))
    op.add_column(REPORT, sa.Column("courtesy_sha256", sa.Text(), nullable=True))
    op.execute(sa.text("GRANT UPDATE (courtesy_file_id, courtesy_sha256) ON report TO portal_app"))
    with unforced(op, REPORT):
        _key(REPORT, "courtesy_file_id", "stored_file")


def _once(*columns: str) -> None:
    op.create_index(ONCE, DELIVERY, ["court_id", *columns], unique=True, postgresql_nulls_not_distinct=True)


def downgrade() -> None:
    op.drop_constraint(op.f("fk_report_court_id_courtesy_file_id"), REPORT, type_="foreignkey")
    op.drop_column(REPORT, "courtesy_sha256")
    op.drop_column(REPORT, "courtesy_file_id")
    with unforced(op, LIST), unforced(op, DELIVERY):
        op.execute(sa.text("DELETE FROM report_delivery WHERE list_id IS NOT NULL"))
        op.execute(sa.text("UPDATE list_report SET state = 'ready' WHERE state IN ('delivered', 'acknowledged')"))
        op.execute(sa.text("UPDATE list_report SET state = 'superseded' WHERE state = 'revoked'"))
    op.drop_index("ix_report_delivery_list", DELIVERY)
    op.drop_index(ONCE, DELIVERY)
    _once("report_id", "way", "recipient_id")
    op.drop_constraint(op.f(OF_ONE), DELIVERY, type_="check")
    op.drop_constraint(op.f("fk_report_delivery_court_id_list_id"), DELIVERY, type_="foreignkey")
    op.drop_column(DELIVERY, "list_id")
    op.alter_column(DELIVERY, "report_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_index("uq_list_report_replaces", LIST)
    op.drop_constraint(op.f("fk_list_report_court_id_replaces_id"), LIST, type_="foreignkey")
    op.drop_constraint(op.f(STATE), LIST, type_="check")
    op.create_check_constraint(op.f(STATE), LIST, f"state IN ({BEFORE})")
    for column in NEW:
        op.drop_column(LIST, column)
