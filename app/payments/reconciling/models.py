"""The ledger compared with Stripe, payment by payment. Money is integer US cents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL
from tenants.keys import court_index, court_key, court_unique
from tenants.scope import CourtScoped, Versioned


class Reconciliation(CourtScoped, Versioned, Base):
    """One comparison of all of a court's card payments. It goes on in pieces; `place` is the last one compared."""

    __tablename__ = "reconciliation"
    __table_args__ = (
        court_key("asked_by", "membership"),
        court_index("ix_reconciliation_started", "started_at", "id"),
        CheckConstraint("state IN ('running', 'done', 'failed')", name="state_known"),
    )

    state: Mapped[str] = mapped_column(default="running", info=NOT_PERSONAL)
    asked_by: Mapped[UUID | None]  # None: the daily one, or the command
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    swept: Mapped[int] = mapped_column(default=0)
    replayed: Mapped[int] = mapped_column(default=0)
    compared: Mapped[int] = mapped_column(default=0)
    differing: Mapped[int] = mapped_column(default=0)
    place: Mapped[UUID | None]


class ReconciliationDifference(CourtScoped, Base):
    """A payment that our ledger and Stripe tell differently. Append-only by grants."""

    __tablename__ = "reconciliation_difference"
    __table_args__ = (
        court_key("run_id", "reconciliation"),
        court_key("checkout_id", "checkout"),
        court_unique("run_id", "checkout_id"),
    )

    run_id: Mapped[UUID]
    checkout_id: Mapped[UUID]
    cause: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # a key of reconciling.rules.CAUSES
    ledger_cents: Mapped[int]
    stripe_cents: Mapped[int | None]  # None: Stripe does not show the payment
