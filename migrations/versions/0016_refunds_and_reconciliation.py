"""Refunds, payments under review, and the books against Stripe's.

Compatibility: the release before neither reads nor writes what is new here, and makes no state that is new.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate, unforced

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CHECKOUT_STATES = "'creating', 'open', 'processing', 'paid', 'expired', 'failed', 'review'"
EVENT_STATES = "'applied', 'ignored', 'failed', 'unmatched', 'review'"


def upgrade() -> None:
    _refunds()
    _reviews()
    _reconciliations()
    op.add_column("checkout", sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(sa.text("GRANT UPDATE (accepted_at) ON checkout TO portal_app"))
    _know_states("checkout", CHECKOUT_STATES + ", 'set_aside'")
    _know_states("stripe_event", EVENT_STATES + ", 'set_aside'")
    op.create_index(
        "ix_checkout_review", "checkout", ["court_id", "created_at"], postgresql_where=sa.text("state = 'review'")
    )
    op.create_index(
        "ix_stripe_event_stuck",
        "stripe_event",
        ["court_id", "received_at"],
        postgresql_where=sa.text("state IN ('failed', 'review')"),
    )


def _refunds() -> None:
    op.create_table(
        "refund",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("checkout_id", sa.Uuid(), nullable=False),
        sa.Column("payment_intent_id", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("stripe_refund_id", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        *_own("refund", versioned=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'pending', 'succeeded', 'failed')", name=op.f("ck_refund_state_known")
        ),
        sa.CheckConstraint("cause IN ('asked', 'waiver', 'review')", name=op.f("ck_refund_cause_known")),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_refund_amount_positive")),
    )
    _index("ix_refund_enrollment", "refund", "enrollment_id", "created_at")
    _index("ix_refund_checkout", "refund", "checkout_id")
    _index("ix_refund_stripe", "refund", "stripe_refund_id")
    op.create_index(
        "ix_refund_unsettled", "refund", ["court_id", "created_at"], postgresql_where=sa.text("state <> 'succeeded'")
    )
    _key("refund", "enrollment_id", "enrollment")
    _key("refund", "checkout_id", "checkout")
    _key("refund", "asked_by", "membership")
    # Whose money, of which payment and how much never changes, nor who asked and why.
    moving = "state, idempotency_key, attempt, stripe_refund_id, error, settled_at, row_version"
    isolate(op, "refund", app=f"SELECT, INSERT, UPDATE ({moving})", platform="")


def _reviews() -> None:
    op.create_table(
        "review_resolution",
        sa.Column("checkout_id", sa.Uuid(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("differed", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("resolved_by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_own("review_resolution"),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'given_back', 'set_aside')", name=op.f("ck_review_resolution_outcome_known")
        ),
    )
    _index("ix_review_resolution_at", "review_resolution", "at", "id")
    _index("ix_review_resolution_checkout", "review_resolution", "checkout_id")
    _key("review_resolution", "checkout_id", "checkout")
    _key("review_resolution", "resolved_by", "membership")
    isolate(op, "review_resolution", app="SELECT, INSERT", platform="")


def _reconciliations() -> None:
    op.create_table(
        "reconciliation",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept", sa.Integer(), nullable=False),
        sa.Column("replayed", sa.Integer(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("differing", sa.Integer(), nullable=False),
        sa.Column("place", sa.Uuid(), nullable=True),
        *_own("reconciliation", versioned=True),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name=op.f("ck_reconciliation_state_known")),
    )
    _index("ix_reconciliation_started", "reconciliation", "started_at", "id")
    _key("reconciliation", "asked_by", "membership")
    moving = "state, finished_at, swept, replayed, compared, differing, place, row_version"
    isolate(op, "reconciliation", app=f"SELECT, INSERT, UPDATE ({moving})", platform="")
    op.create_table(
        "reconciliation_difference",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("checkout_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("ledger_cents", sa.Integer(), nullable=False),
        sa.Column("stripe_cents", sa.Integer(), nullable=True),
        *_own("reconciliation_difference"),
        sa.UniqueConstraint(
            "court_id",
            "run_id",
            "checkout_id",
            name=op.f("uq_reconciliation_difference_court_id_run_id_checkout_id"),
        ),
    )
    _key("reconciliation_difference", "run_id", "reconciliation")
    _key("reconciliation_difference", "checkout_id", "checkout")
    isolate(op, "reconciliation_difference", app="SELECT, INSERT", platform="")


def _own(table: str, *, versioned: bool = False) -> list[sa.schema.SchemaItem]:
    version = [sa.Column("row_version", sa.Integer(), nullable=False)] if versioned else []
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        *version,
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f(f"fk_{table}_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f(f"pk_{table}")),
    ]


def _index(name: str, table: str, *columns: str) -> None:
    op.create_index(name, table, ["court_id", *columns])


def _key(table: str, column: str, target: str) -> None:
    op.create_foreign_key(
        op.f(f"fk_{table}_court_id_{column}"),
        table,
        target,
        ["court_id", column],
        ["court_id", "id"],
        initially="DEFERRED",
        deferrable=True,
    )


def _know_states(table: str, states: str) -> None:
    name = op.f(f"ck_{table}_state_known")
    op.drop_constraint(name, table, type_="check")
    op.create_check_constraint(name, table, f"state IN ({states})")


def downgrade() -> None:
    op.drop_index("ix_stripe_event_stuck", table_name="stripe_event")
    op.drop_index("ix_checkout_review", table_name="checkout")
    op.execute(sa.text("UPDATE stripe_event SET state = 'review' WHERE state = 'set_aside'"))
    _know_states("stripe_event", EVENT_STATES)
    with unforced(op, "checkout"):
        op.execute(sa.text("UPDATE checkout SET state = 'failed' WHERE state = 'set_aside'"))
    _know_states("checkout", CHECKOUT_STATES)
    op.drop_column("checkout", "accepted_at")
    op.drop_table("reconciliation_difference")
    op.drop_table("reconciliation")
    op.drop_table("review_resolution")
    op.drop_table("refund")
