"""What a court changed in somebody's months of check-ins."""

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


class ProgramChange(CourtScoped, Base):
    """More check-ins, or an early end; by whose order, and why. Append-only."""

    __tablename__ = "program_change"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("actor_id", "membership"),
        court_index("ix_program_change_enrollment", "enrollment_id", "at"),
        CheckConstraint("kind IN ('extended', 'ended_early')", name="kind_known"),
    )

    enrollment_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    at: Mapped[datetime]
    actor_id: Mapped[UUID]
    ordered_on: Mapped[date | None] = mapped_column(info=personal(Erase.ROW))  # court-local; none: without an order
    ordered_by: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))
    reason: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    detail: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))  # numbers of the check-ins concerned
