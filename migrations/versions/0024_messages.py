"""A message stands in its reader's inbox and may be a letter; an address may bounce; people choose how they get them.

Compatibility: the release before sends mails as it did; what it writes stands in no inbox. It knows neither letters nor
bounces, and leaves their rows alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate, unforced

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

NEW = {
    "enrollment_id": sa.Uuid(),
    "page": sa.Text(),
    "read_at": sa.DateTime(timezone=True),
    "bounced_at": sa.DateTime(timezone=True),
    "printed_at": sa.DateTime(timezone=True),
    "printed_by": sa.Uuid(),
}
KEYS = {"enrollment_id": "enrollment", "printed_by": "membership"}
STATE, CHANNEL = "ck_notice_state_known", "ck_notice_channel_known"


def upgrade() -> None:
    for name, kind in NEW.items():
        op.add_column("notice", sa.Column(name, kind, nullable=True))
    op.drop_constraint(op.f(STATE), "notice", type_="check")
    with unforced(op, "notice"):
        op.create_check_constraint(
            op.f(STATE), "notice", "state IN ('queued', 'sent', 'failed', 'bounced', 'to_print', 'printed', 'kept')"
        )
        op.create_check_constraint(op.f(CHANNEL), "notice", "channel IN ('mail', 'letter', 'inbox')")
        for column, table in KEYS.items():
            op.create_foreign_key(
                op.f(f"fk_notice_court_id_{column}"),
                "notice",
                table,
                ["court_id", column],
                ["court_id", "id"],
                initially="DEFERRED",
                deferrable=True,
            )
    op.create_index(
        "ix_notice_unread",
        "notice",
        ["court_id", "recipient_id"],
        postgresql_where=sa.text("read_at IS NULL AND page IS NOT NULL"),
    )
    op.create_index(
        "ix_notice_to_do",
        "notice",
        ["court_id", "state", "created_at", "id"],
        postgresql_where=sa.text("state IN ('failed', 'bounced', 'to_print', 'printed')"),
    )
    op.create_index("ix_notice_enrollment", "notice", ["court_id", "enrollment_id", "created_at"])
    op.create_table(
        "message_wishes",
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("reminders_by_mail", sa.Boolean(), nullable=False),
        sa.Column("nothing_home", sa.Boolean(), nullable=False),
        sa.Column("once_a_day", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_message_wishes_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_message_wishes")),
        sa.UniqueConstraint("court_id", "recipient_id", name=op.f("uq_message_wishes_court_id_recipient_id")),
    )
    isolate(op, "message_wishes", app="SELECT, INSERT, UPDATE", platform="")


def downgrade() -> None:
    op.drop_table("message_wishes")
    for name in ("ix_notice_enrollment", "ix_notice_to_do", "ix_notice_unread"):
        op.drop_index(name, table_name="notice")
    for column in KEYS:
        op.drop_constraint(op.f(f"fk_notice_court_id_{column}"), "notice", type_="foreignkey")
    op.drop_constraint(op.f(CHANNEL), "notice", type_="check")
    op.drop_constraint(op.f(STATE), "notice", type_="check")
    with unforced(op, "notice"):
        # The release before would try to send whatever it does not know as done.
        op.execute(sa.text("UPDATE notice SET state = 'failed' WHERE state = 'bounced'"))
        op.execute(sa.text("UPDATE notice SET state = 'sent' WHERE state IN ('to_print', 'printed', 'kept')"))
        op.create_check_constraint(op.f(STATE), "notice", "state IN ('queued', 'sent', 'failed')")
    for name in NEW:
        op.drop_column("notice", name)
