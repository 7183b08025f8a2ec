"""Installments, payments at the counter, and corrections.

Compatibility: the release before neither reads nor writes what is new here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import isolate

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _plans()
    _counter()
    _adjustments()


def _plans() -> None:
    op.create_table(
        "installment_plan",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("paid_before_cents", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        *_own("installment_plan"),
    )
    op.create_index("ix_installment_plan_enrollment", "installment_plan", ["court_id", "enrollment_id", "id"])
    op.create_table(
        "installment",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        *_own("installment"),
        sa.CheckConstraint("number > 0 AND amount_cents > 0", name=op.f("ck_installment_a_part")),
        sa.UniqueConstraint("court_id", "plan_id", "number", name=op.f("uq_installment_court_id_plan_id_number")),
    )
    op.create_index("ix_installment_due_on", "installment", ["court_id", "due_on"])
    _key("installment_plan", "enrollment_id", "enrollment")
    _key("installment", "plan_id", "installment_plan")
    _key("installment", "enrollment_id", "enrollment")
    isolate(op, "installment_plan", app="SELECT, INSERT", platform="")
    isolate(op, "installment", app="SELECT, INSERT", platform="")


def _counter() -> None:
    op.create_table(
        "receipt_counter",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        *_own("receipt_counter"),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("court_id", "year", name=op.f("uq_receipt_counter_court_id_year")),
    )
    op.create_table(
        "counter_payment",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by", sa.Uuid(), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=False),
        *_own("counter_payment"),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("method IN ('cash', 'money_order', 'check')", name=op.f("ck_counter_payment_method_known")),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_counter_payment_amount_positive")),
        sa.CheckConstraint("(voided_at IS NULL) = (voided_by IS NULL)", name=op.f("ck_counter_payment_void_whole")),
        sa.UniqueConstraint("court_id", "year", "number", name=op.f("uq_counter_payment_court_id_year_number")),
    )
    op.create_index("ix_counter_payment_enrollment", "counter_payment", ["court_id", "enrollment_id", "recorded_at"])
    _key("counter_payment", "enrollment_id", "enrollment")
    _key("counter_payment", "recorded_by", "membership")
    _key("counter_payment", "voided_by", "membership")
    isolate(op, "receipt_counter", app="SELECT, INSERT, UPDATE (last, row_version)", platform="")
    isolate(
        op,
        "counter_payment",
        app="SELECT, INSERT, UPDATE (voided_at, voided_by, void_reason, row_version)",
        platform="",
    )


def _adjustments() -> None:
    op.create_table(
        "ledger_adjustment",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        *_own("ledger_adjustment"),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'applied', 'declined')", name=op.f("ck_ledger_adjustment_state_known")
        ),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_ledger_adjustment_amount_not_zero")),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> asked_by", name=op.f("ck_ledger_adjustment_second_person")
        ),
    )
    op.create_index("ix_ledger_adjustment_enrollment", "ledger_adjustment", ["court_id", "enrollment_id", "asked_at"])
    op.create_index(
        "ix_ledger_adjustment_waiting",
        "ledger_adjustment",
        ["court_id", "asked_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    _key("ledger_adjustment", "enrollment_id", "enrollment")
    _key("ledger_adjustment", "asked_by", "membership")
    _key("ledger_adjustment", "decided_by", "membership")
    isolate(
        op,
        "ledger_adjustment",
        app="SELECT, INSERT, UPDATE (state, decided_at, decided_by, decision_reason, row_version)",
        platform="",
    )


def _own(table: str) -> list[sa.schema.SchemaItem]:
    """The columns and keys that every court's table has."""
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f(f"fk_{table}_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f(f"pk_{table}")),
    ]


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


def downgrade() -> None:
    for table in ("ledger_adjustment", "counter_payment", "receipt_counter", "installment", "installment_plan"):
        op.drop_table(table)
