"""Proposals to end somebody's program."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_key, court_unique
from tenants.scope import CourtScoped, Versioned


class Termination(CourtScoped, Versioned, Base):
    """One proposal, `number` from 1 for each enrollment, and everything that has to happen before it is decided."""

    __tablename__ = "termination"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("proposed_by", "membership"),
        court_key("approved_by", "membership"),
        court_key("decided_by", "membership"),
        court_unique("enrollment_id", "number"),
        CheckConstraint("state IN ('proposed', 'noticed', 'terminated', 'declined', 'withdrawn')", name="state_known"),
        CheckConstraint("state IN ('proposed', 'withdrawn') OR noticed_at IS NOT NULL", name="noticed_before_decided"),
    )

    enrollment_id: Mapped[UUID]
    number: Mapped[int]
    state: Mapped[str] = mapped_column(default="proposed", info=NOT_PERSONAL)
    reasons: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    counsel: Mapped[str] = mapped_column(info=personal(Erase.ROW))  # how the lawyer is told, or that none is known
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[UUID]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    noticed_at: Mapped[datetime | None]
    respond_by: Mapped[date | None] = mapped_column(info=personal(Erase.KEEP))  # court-local, the whole day
    response: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))
    response_at: Mapped[datetime | None]
    quotable: Mapped[bool | None]  # whether they were told, when they wrote it, that a report may show it
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]  # who decided, or took the proposal back; none: the case went on
    decision: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))
