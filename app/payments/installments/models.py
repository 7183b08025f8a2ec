"""Plans to pay the fee in parts. Money is integer US cents."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL
from tenants.keys import court_index, court_key, court_unique
from tenants.scope import CourtScoped


class InstallmentPlan(CourtScoped, Base):
    """A plan as it was agreed; the newest of an enrollment counts. Append-only: what it comes to now is worked out.

    `paid_before_cents`: what had been paid, net, when it was made; only what comes later covers its parts.
    """

    __tablename__ = "installment_plan"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_index("ix_installment_plan_enrollment", "enrollment_id", "id"),
    )

    enrollment_id: Mapped[UUID]
    paid_before_cents: Mapped[int]
    made_at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    actor_id: Mapped[UUID | None]


class Installment(CourtScoped, Base):
    """One part of a plan, from 1. Append-only."""

    __tablename__ = "installment"
    __table_args__ = (
        court_key("plan_id", "installment_plan"),
        court_key("enrollment_id", "enrollment"),
        court_unique("plan_id", "number"),
        court_index("ix_installment_due_on", "due_on"),
        CheckConstraint("number > 0 AND amount_cents > 0", name="a_part"),
    )

    plan_id: Mapped[UUID]
    enrollment_id: Mapped[UUID]
    number: Mapped[int]
    due_on: Mapped[date] = mapped_column(info=NOT_PERSONAL)  # court-local
    amount_cents: Mapped[int]  # when the plan was made; a waiver makes the parts smaller
