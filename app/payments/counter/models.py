"""Payments at the counter, their receipt numbers, and corrections. Money is integer US cents."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_unique
from tenants.scope import CourtScoped, Versioned


class ReceiptCounter(CourtScoped, Versioned, Base):
    """The last receipt number of a court-local year; its row is locked while a receipt is numbered."""

    __tablename__ = "receipt_counter"
    __table_args__ = (court_unique("year"),)

    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)


class CounterPayment(CourtScoped, Versioned, Base):
    """Money that somebody brought to the court. Whose it is and how much never changes; it can be voided, once."""

    __tablename__ = "counter_payment"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("recorded_by", "membership"),
        court_key("voided_by", "membership"),
        court_unique("year", "number"),
        court_index("ix_counter_payment_enrollment", "enrollment_id", "recorded_at"),
        CheckConstraint("method IN ('cash', 'money_order', 'check')", name="method_known"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("(voided_at IS NULL) = (voided_by IS NULL)", name="void_whole"),
    )

    enrollment_id: Mapped[UUID]
    year: Mapped[int]  # court-local, of the day on which it was recorded
    number: Mapped[int]  # within the year, without gaps
    method: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    reference: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))  # of the check or money order
    received_on: Mapped[date] = mapped_column(info=NOT_PERSONAL)  # court-local
    amount_cents: Mapped[int]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[UUID | None]
    void_reason: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))

    @property
    def receipt(self) -> str:
        """As it is printed, such as 2026-000012."""
        return f"{self.year}-{self.number:06d}"


class CounterRefund(CourtScoped, Base):
    """Money that the court paid back at the counter. Append-only by grants."""

    __tablename__ = "counter_refund"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("paid_by", "membership"),
        court_index("ix_counter_refund_enrollment", "enrollment_id", "paid_at"),
        CheckConstraint("method IN ('cash', 'money_order', 'check')", name="method_known"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )

    enrollment_id: Mapped[UUID]
    method: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    reference: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))  # of the check or money order
    amount_cents: Mapped[int]
    reason: Mapped[str] = mapped_column(info=personal(Erase.CLEAR))
    paid_at: Mapped[datetime]
    paid_by: Mapped[UUID]


class LedgerAdjustment(CourtScoped, Versioned, Base):
    """A person's correction of what is owed. Above the court's limit it waits for a second person."""

    __tablename__ = "ledger_adjustment"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("asked_by", "membership"),
        court_key("decided_by", "membership"),
        court_index("ix_ledger_adjustment_enrollment", "enrollment_id", "asked_at"),
        court_index("ix_ledger_adjustment_waiting", "asked_at", postgresql_where=text("state = 'waiting'")),
        CheckConstraint("state IN ('waiting', 'applied', 'declined')", name="state_known"),
        CheckConstraint("amount_cents <> 0", name="amount_not_zero"),
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="second_person"),
    )

    enrollment_id: Mapped[UUID]
    component: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)  # empty: the fee as a whole
    amount_cents: Mapped[int]  # signed: what it adds to the balance owed
    reason: Mapped[str] = mapped_column(info=personal(Erase.CLEAR))
    state: Mapped[str] = mapped_column(default="waiting", info=NOT_PERSONAL)
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID]
    decided_at: Mapped[datetime | None]  # set too when it applied at once, without a second person
    decided_by: Mapped[UUID | None]
    decision_reason: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))
