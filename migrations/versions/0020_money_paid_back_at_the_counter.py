"""Money that the court paid back at the counter; operators see which of Stripe's events no court knows.

Compatibility: the release before neither reads nor writes what is new here; it tells such an entry of a ledger as money
that went back to a card.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLE = "counter_refund"
SEEN_BY_OPERATORS = "id, object_id, court_id"  # beside state, type and time: never what an event says


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("method IN ('cash', 'money_order', 'check')", name=op.f(f"ck_{TABLE}_method_known")),
        sa.CheckConstraint("amount_cents > 0", name=op.f(f"ck_{TABLE}_amount_positive")),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f(f"fk_{TABLE}_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(f"ix_{TABLE}_enrollment", TABLE, ["court_id", "enrollment_id", "paid_at"])
    for column, target in (("enrollment_id", "enrollment"), ("paid_by", "membership")):
        op.create_foreign_key(
            op.f(f"fk_{TABLE}_court_id_{column}"),
            TABLE,
            target,
            ["court_id", column],
            ["court_id", "id"],
            initially="DEFERRED",
            deferrable=True,
        )
    isolate(op, TABLE, app="SELECT, INSERT", platform="")
    op.execute(sa.text("GRANT SELECT (" + SEEN_BY_OPERATORS + ") ON stripe_event TO portal_platform"))


def downgrade() -> None:
    op.execute(sa.text("REVOKE SELECT (" + SEEN_BY_OPERATORS + ") ON stripe_event FROM portal_platform"))
    op.drop_table(TABLE)
