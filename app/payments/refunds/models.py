"""A card payment that is given back, wholly or in part. Money is integer US cents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key
from tenants.scope import CourtScoped, Versioned


class Refund(CourtScoped, Versioned, Base):
    """Asked for, sent to Stripe by a job, and settled by Stripe's own events. The ledger hears of it from those alone.

    waiting (not yet at Stripe), pending (the bank is at work), succeeded, failed (may be sent again).
    """

    __tablename__ = "refund"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("checkout_id", "checkout"),
        court_key("asked_by", "membership"),
        court_index("ix_refund_enrollment", "enrollment_id", "created_at"),
        court_index("ix_refund_checkout", "checkout_id"),
        court_index("ix_refund_stripe", "stripe_refund_id"),
        court_index("ix_refund_unsettled", "created_at", postgresql_where=text("state <> 'succeeded'")),
        CheckConstraint("state IN ('waiting', 'pending', 'succeeded', 'failed')", name="state_known"),
        CheckConstraint("cause IN ('asked', 'waiver', 'review')", name="cause_known"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )

    enrollment_id: Mapped[UUID]
    checkout_id: Mapped[UUID]
    payment_intent_id: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    amount_cents: Mapped[int]
    state: Mapped[str] = mapped_column(default="waiting", info=NOT_PERSONAL)
    cause: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    reason: Mapped[str] = mapped_column(info=personal(Erase.CLEAR))  # as a person of the court wrote it
    idempotency_key: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # stored before the call, a new one each attempt
    attempt: Mapped[int] = mapped_column(default=1)
    stripe_refund_id: Mapped[str | None] = mapped_column(info=NOT_PERSONAL)
    error: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    asked_by: Mapped[UUID | None]  # None: the rules did (an automatic grant)
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
