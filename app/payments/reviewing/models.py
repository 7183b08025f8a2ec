"""What a person of the court decided about a payment or an event that did not match."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key
from tenants.scope import CourtScoped


class ReviewResolution(CourtScoped, Base):
    """One decision. Append-only by grants. `differed` is what it was about, in the words of the queue's row."""

    __tablename__ = "review_resolution"
    __table_args__ = (
        court_key("checkout_id", "checkout"),
        court_key("resolved_by", "membership"),
        court_index("ix_review_resolution_at", "at", "id"),
        court_index("ix_review_resolution_checkout", "checkout_id"),
        CheckConstraint("outcome IN ('accepted', 'given_back', 'set_aside')", name="outcome_known"),
    )

    checkout_id: Mapped[UUID | None]  # None: an event that belongs to no payment that we know
    event_id: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    outcome: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    differed: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    reason: Mapped[str] = mapped_column(info=personal(Erase.CLEAR))
    resolved_by: Mapped[UUID]
    at: Mapped[datetime]
