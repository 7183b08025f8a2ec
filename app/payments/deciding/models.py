"""What was decided about a request for a waiver, and what the learner answered. Both are only ever added to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key
from tenants.scope import CourtScoped


class WaiverDecision(CourtScoped, Base):
    """One answer of the court. Append-only by grants; the database itself keeps a denial from having no person."""

    __tablename__ = "waiver_decision"
    __table_args__ = (
        court_key("waiver_id", "waiver"),
        court_key("enrollment_id", "enrollment"),
        court_key("decided_by", "membership"),
        court_key("reconsiders", "waiver_decision"),
        court_index("ix_waiver_decision_waiver", "waiver_id", "at"),
        court_index("ix_waiver_decision_enrollment", "enrollment_id", "at"),
        CheckConstraint(
            "kind IN ('granted_full', 'granted_partial', 'denied', 'needs_proof', 'more_time', 'installments', "
            "'revoked')",
            name="kind_known",
        ),
        CheckConstraint("decided_by IS NOT NULL OR kind = 'granted_full'", name="only_a_person_denies"),
    )

    waiver_id: Mapped[UUID]
    enrollment_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    parts: Mapped[dict[str, Any]] = mapped_column(info=NOT_PERSONAL)  # cents by fee component: waived, or taken back
    refund_cents: Mapped[int]  # what was to be given back of earlier payments
    reason: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)  # a key of the reasons
    explanation: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))
    rule: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # a key of what it rests on
    basis: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.CLEAR))  # the numbers as they were then
    due_on: Mapped[date | None] = mapped_column(info=NOT_PERSONAL)  # court-local: pay, or bring proof, by then
    ask_again_until: Mapped[date | None] = mapped_column(info=NOT_PERSONAL)  # court-local, the last day
    reconsiders: Mapped[UUID | None]  # the decision that was looked at again
    decided_by: Mapped[UUID | None]  # none: granted by the court's rule
    at: Mapped[datetime]


class WaiverReply(CourtScoped, Base):
    """What the learner answered to a decision. Append-only by grants."""

    __tablename__ = "waiver_reply"
    __table_args__ = (
        court_key("waiver_id", "waiver"),
        court_key("enrollment_id", "enrollment"),
        court_key("decision_id", "waiver_decision"),
        court_index("ix_waiver_reply_waiver", "waiver_id", "at"),
        CheckConstraint("kind IN ('asked_again', 'proof_sent', 'no_proof')", name="kind_known"),
    )

    waiver_id: Mapped[UUID]
    enrollment_id: Mapped[UUID]
    decision_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    words: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))
    at: Mapped[datetime]
