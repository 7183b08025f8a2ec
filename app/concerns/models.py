"""Concerns and every step that was taken about them. Append-only: what was seen and done stays as it was said."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key
from tenants.scope import CourtScoped


class Concern(CourtScoped, Base):
    """What somebody fears for whom, and where they saw it. In no report, no list of cases, no learner's page."""

    __tablename__ = "concern"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("raised_by", "membership"),
        court_index("ix_concern_raised", "raised_at", "id"),
        CheckConstraint("kind IN ('suicide', 'child', 'victim', 'threat')", name="kind_known"),
    )

    enrollment_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    words: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    place: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # rules.Place
    raised_at: Mapped[datetime]
    raised_by: Mapped[UUID]


class ConcernStep(CourtScoped, Base):
    """One thing that was done. `by` is None for the portal itself (others were asked)."""

    __tablename__ = "concern_step"
    __table_args__ = (
        court_key("concern_id", "concern"),
        court_key("by", "membership"),
        court_index("ix_concern_step_concern", "concern_id", "at"),
        CheckConstraint("step IN ('seen', 'called', 'handed_over', 'closed', 'passed_on')", name="step_known"),
    )

    concern_id: Mapped[UUID]
    step: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    words: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    at: Mapped[datetime]
    by: Mapped[UUID | None]
