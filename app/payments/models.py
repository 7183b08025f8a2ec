"""The ledger, Stripe's checkouts and events, and waivers. Money is integer US cents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_unique, uuid7
from tenants.scope import CourtScoped, Versioned


class LedgerEntry(CourtScoped, Base):
    """One entry of an enrollment's ledger; the balance owed is the sum. Append-only by grants."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_unique("effect"),
        court_index("ix_ledger_entry_enrollment", "enrollment_id", "at"),
        court_index("ix_ledger_entry_disputed", "enrollment_id", postgresql_where=text("kind = 'disputed'")),
        CheckConstraint(
            "kind IN ('assessed', 'waived', 'paid', 'refunded', 'disputed', 'dispute_won', 'dispute_lost', 'adjusted')",
            name="kind_known",
        ),
    )

    enrollment_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    component: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)  # key of the fee component, where one applies
    amount_cents: Mapped[int]  # signed: what it adds to the balance owed
    effect: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # names the cause: one cause counts once
    stripe_object: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    actor_id: Mapped[UUID | None]


class Checkout(CourtScoped, Versioned, Base):
    """A payment that a learner began with Stripe."""

    __tablename__ = "checkout"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_unique("session_id"),
        court_index("ix_checkout_enrollment", "enrollment_id", "created_at"),
        court_index("ix_checkout_review", "created_at", postgresql_where=text("state = 'review'")),
        court_index("ix_checkout_open", "created_at", postgresql_where=text("state IN ('creating', 'open')")),
        CheckConstraint(
            "state IN ('creating', 'open', 'processing', 'paid', 'expired', 'failed', 'review', 'set_aside')",
            name="state_known",
        ),
    )

    enrollment_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="creating", info=NOT_PERSONAL)
    amount_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(default="usd", info=NOT_PERSONAL)
    idempotency_key: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # stored before the call, reused on retry
    session_id: Mapped[str | None] = mapped_column(info=NOT_PERSONAL)
    payment_intent_id: Mapped[str | None] = mapped_column(info=NOT_PERSONAL)
    url: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    livemode: Mapped[bool | None]
    review_reason: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    accepted_at: Mapped[datetime | None]  # a person took it as it is: its amount and reference may differ
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class StripeEvent(Base):
    """A webhook event, inserted first: its id makes it count once. The court is found through StripeObject."""

    __tablename__ = "stripe_event"
    __table_args__ = (
        CheckConstraint(
            "state IN ('applied', 'ignored', 'failed', 'unmatched', 'review', 'set_aside')", name="state_known"
        ),
        Index("ix_stripe_event_object_id", "object_id"),
        Index(
            "ix_stripe_event_stuck", "court_id", "received_at", postgresql_where=text("state IN ('failed', 'review')")
        ),
        Index("ix_stripe_event_waiting", "object_id", postgresql_where=text("state IN ('failed', 'unmatched')")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    created: Mapped[datetime]
    received_at: Mapped[datetime]
    livemode: Mapped[bool]
    object_id: Mapped[str]  # the payment: its intent, or the session before anybody tried to pay
    court_id: Mapped[UUID | None]
    state: Mapped[str]
    error: Mapped[str] = mapped_column(default="")
    payload: Mapped[dict[str, Any]]  # app.payments.events.Facts: no name, address or card


class StripeObject(Base):
    """Which court and enrollment a Stripe object belongs to. Written when we make or first see it."""

    __tablename__ = "stripe_object"

    object_id: Mapped[str] = mapped_column(primary_key=True)
    court_id: Mapped[UUID]
    enrollment_id: Mapped[UUID]
    checkout_id: Mapped[UUID]


class Waiver(CourtScoped, Versioned, Base):
    """A request to lower or waive the fee. Filing is free; only a person denies."""

    __tablename__ = "waiver"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("decided_by", "membership"),
        court_key("assisted_by", "membership"),
        court_index("ix_waiver_enrollment", "enrollment_id", "submitted_at"),
        court_index(
            "ix_waiver_waiting",
            "submitted_at",
            postgresql_where=text("state IN ('submitted', 'needs_proof', 'under_review', 'reconsideration')"),
        ),
        CheckConstraint(
            "state IN ('draft', 'submitted', 'needs_proof', 'under_review', 'granted_full', 'granted_partial', "
            "'denied', 'reconsideration', 'more_time', 'installments', 'revoked')",
            name="state_known",
        ),
        CheckConstraint("income_period IN ('week', 'two_weeks', 'twice_month', 'month', 'year')", name="period_known"),
        CheckConstraint("asked_for IN ('full', 'part', 'more_time', 'installments')", name="asked_known"),
    )

    enrollment_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="draft", info=NOT_PERSONAL)
    # What was told and signed: never changed once it is sent.
    household_size: Mapped[int]
    income_cents: Mapped[int] = mapped_column(default=0)  # as told, for one `income_period`
    income_period: Mapped[str] = mapped_column(default="month", info=NOT_PERSONAL)
    monthly_income_cents: Mapped[int]  # the same by the month
    expenses: Mapped[dict[str, Any]] = mapped_column(default=dict, info=personal(Erase.CLEAR))  # cents a month by name
    proof_choice: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    no_proof_reason: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))
    asked_for: Mapped[str] = mapped_column(default="full", info=NOT_PERSONAL)
    can_pay_cents: Mapped[int | None]
    typed_name: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))
    signed_language: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    signed_sha256: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)  # of what stood above the signature
    # The declaration as it read then; empty in requests from before it was kept.
    signed_words: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    assisted_by: Mapped[UUID | None]  # who filled it in with the learner at the counter
    from_paper: Mapped[bool] = mapped_column(default=False)  # signed on paper; the scan is among the proof
    benefits: Mapped[list[str]] = mapped_column(info=personal(Erase.CLEAR))
    statement: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))
    guideline_percent: Mapped[int | None]  # income as a percentage of the poverty guideline of the day
    guideline_region: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    guideline_effective: Mapped[date | None] = mapped_column(info=NOT_PERSONAL)
    guideline_base_cents: Mapped[int | None]  # a year, for a household of one, in force when it was sent
    guideline_person_cents: Mapped[int | None]  # for each further person
    submitted_at: Mapped[datetime]
    asked_again_at: Mapped[datetime | None]  # its age in the queue counts from here, once it came back
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    waived_cents: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))

    @property
    def guideline_cents(self) -> int | None:
        """The guideline of the day for this household, annual; None where there was none."""
        if self.guideline_base_cents is None or self.guideline_person_cents is None:
            return None
        return self.guideline_base_cents + (self.household_size - 1) * self.guideline_person_cents


class PovertyGuideline(Base):
    """The federal poverty guideline of one region from a day on; of two for the same day the later addition counts."""

    __tablename__ = "poverty_guideline"
    __table_args__ = (
        Index("ix_poverty_guideline_effective", "effective", "added_at"),
        CheckConstraint("region IN ('contiguous', 'alaska', 'hawaii')", name="region_known"),
        CheckConstraint("base_cents > 0 AND per_person_cents > 0", name="amounts"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    effective: Mapped[date]
    region: Mapped[str]
    base_cents: Mapped[int]  # a year, for a household of one
    per_person_cents: Mapped[int]  # for each further person
    source: Mapped[str]
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None]  # the operator; empty: came with the portal
