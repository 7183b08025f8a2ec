"""Requests for a waiver that are filled in step by step, with proof; poverty guidelines that an operator can add.

Compatibility: the release before can not file a request any more (what it does not tell is required now); it reads and
decides those that there are. What was told and signed can not be changed afterwards.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import grant_without_court, isolate, unforced

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

GUIDELINES = Path(__file__).resolve().parents[2] / "app" / "payments" / "poverty_guidelines.json"
PERIODS = "'week', 'two_weeks', 'twice_month', 'month', 'year'"
ASKED = "'full', 'part', 'more_time', 'installments'"
TOLD = "household_size, monthly_income_cents, benefits, statement, guideline_percent"
# What a request that was filed before tells: an income by the month, no proof, all of the fee, no signature.
BEFORE = (
    "UPDATE waiver SET income_cents = monthly_income_cents, income_period = 'month', expenses = '{}'::jsonb, "
    "proof_choice = '', no_proof_reason = '', asked_for = 'full', typed_name = '', signed_language = '', "
    "signed_sha256 = '', guideline_region = '', from_paper = false"
)
REQUIRED = (
    "income_cents",
    "income_period",
    "expenses",
    "proof_choice",
    "no_proof_reason",
    "asked_for",
    "typed_name",
    "signed_language",
    "signed_sha256",
    "guideline_region",
    "from_paper",
)
OPTIONAL = ("can_pay_cents", "guideline_effective", "guideline_base_cents", "guideline_person_cents", "assisted_by")


def upgrade() -> None:
    _requests()
    _drafts()
    _proofs()
    _guidelines()


def _requests() -> None:
    for name, kind in (
        ("income_cents", sa.Integer()),
        ("income_period", sa.Text()),
        ("expenses", postgresql.JSONB(astext_type=sa.Text())),
        ("proof_choice", sa.Text()),
        ("no_proof_reason", sa.Text()),
        ("asked_for", sa.Text()),
        ("can_pay_cents", sa.Integer()),
        ("typed_name", sa.Text()),
        ("signed_language", sa.Text()),
        ("signed_sha256", sa.Text()),
        ("guideline_region", sa.Text()),
        ("guideline_effective", sa.Date()),
        ("guideline_base_cents", sa.Integer()),
        ("guideline_person_cents", sa.Integer()),
        ("assisted_by", sa.Uuid()),
        ("from_paper", sa.Boolean()),
    ):
        op.add_column("waiver", sa.Column(name, kind, nullable=True))
    with unforced(op, "waiver"):
        op.execute(sa.text(BEFORE))
    for name in REQUIRED:
        op.alter_column("waiver", name, nullable=False)
    op.create_check_constraint(op.f("ck_waiver_period_known"), "waiver", f"income_period IN ({PERIODS})")
    op.create_check_constraint(op.f("ck_waiver_asked_known"), "waiver", f"asked_for IN ({ASKED})")
    with unforced(op, "waiver", "membership"):
        _key("waiver", "assisted_by", "membership")
    op.execute(sa.text("REVOKE UPDATE (" + TOLD + ") ON waiver FROM portal_app"))


def _drafts() -> None:
    op.create_table(
        "waiver_draft",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("written_by IN ('learner', 'counter')", name=op.f("ck_waiver_draft_writer_known")),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_waiver_draft_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_waiver_draft")),
        sa.UniqueConstraint(
            "court_id",
            "enrollment_id",
            "written_by",
            name=op.f("uq_waiver_draft_court_id_enrollment_id_written_by"),
        ),
    )
    _key("waiver_draft", "enrollment_id", "enrollment")
    isolate(op, "waiver_draft", app="SELECT, INSERT, DELETE, UPDATE (answers, saved_at, row_version)", platform="")


def _proofs() -> None:
    op.create_table(
        "waiver_proof",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("waiver_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("file_deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("written_by IN ('learner', 'counter')", name=op.f("ck_waiver_proof_writer_known")),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_waiver_proof_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_waiver_proof")),
    )
    _key("waiver_proof", "enrollment_id", "enrollment")
    _key("waiver_proof", "waiver_id", "waiver")
    _key("waiver_proof", "file_id", "stored_file")
    op.create_index("ix_waiver_proof_waiver", "waiver_proof", ["court_id", "waiver_id"])
    op.create_index("ix_waiver_proof_enrollment", "waiver_proof", ["court_id", "enrollment_id", "added_at"])
    isolate(op, "waiver_proof", app="SELECT, INSERT, UPDATE (waiver_id, file_deleted_at, row_version)", platform="")


def _guidelines() -> None:
    table = op.create_table(
        "poverty_guideline",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("base_cents", sa.Integer(), nullable=False),
        sa.Column("per_person_cents", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "region IN ('contiguous', 'alaska', 'hawaii')", name=op.f("ck_poverty_guideline_region_known")
        ),
        sa.CheckConstraint("base_cents > 0 AND per_person_cents > 0", name=op.f("ck_poverty_guideline_amounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poverty_guideline")),
    )
    op.create_index("ix_poverty_guideline_effective", "poverty_guideline", ["effective", "added_at"])
    op.bulk_insert(table, _shipped())
    grant_without_court(op, "poverty_guideline")


def _shipped() -> list[dict[str, Any]]:
    """The guidelines that come with the portal, as cents."""
    return [
        {
            "id": uuid4(),
            "effective": date.fromisoformat(year["effective"]),
            "region": region,
            "base_cents": amounts["base"] * 100,
            "per_person_cents": amounts["per_person"] * 100,
            "source": "HHS, Federal Register",
            "added_at": datetime(2026, 11, 1, tzinfo=UTC),
            "added_by": None,
        }
        for year in json.loads(GUIDELINES.read_text())["guidelines"]
        for region, amounts in year.items()
        if region != "effective"
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
    op.drop_table("poverty_guideline")
    op.drop_table("waiver_proof")
    op.drop_table("waiver_draft")
    op.execute(sa.text("GRANT UPDATE (" + TOLD + ") ON waiver TO portal_app"))
    op.drop_constraint(op.f("fk_waiver_court_id_assisted_by"), "waiver")
    op.drop_constraint(op.f("ck_waiver_asked_known"), "waiver")
    op.drop_constraint(op.f("ck_waiver_period_known"), "waiver")
    for name in (*REQUIRED, *OPTIONAL):
        op.drop_column("waiver", name)
