"""Requests that are not sent yet, and the proof that goes with a request."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.models import StoredFile
from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_relationship, court_unique
from tenants.scope import CourtScoped, Versioned

_WRITERS = "written_by IN ('learner', 'counter')"


class WaiverDraft(CourtScoped, Versioned, Base):
    """A request that is being filled in: by the learner, for nobody else to see, or at the counter."""

    __tablename__ = "waiver_draft"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_unique("enrollment_id", "written_by"),
        CheckConstraint(_WRITERS, name="writer_known"),
    )

    enrollment_id: Mapped[UUID]
    written_by: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    answers: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))  # app.payments.waiving.rules.Answers
    begun_at: Mapped[datetime]
    saved_at: Mapped[datetime]


class WaiverProof(CourtScoped, Versioned, Base):
    """A photo or PDF that goes with a request; `waiver_id` is empty until the request is sent."""

    __tablename__ = "waiver_proof"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("waiver_id", "waiver"),
        court_key("file_id", "stored_file"),
        court_index("ix_waiver_proof_waiver", "waiver_id"),
        court_index("ix_waiver_proof_enrollment", "enrollment_id", "added_at"),
        CheckConstraint(_WRITERS, name="writer_known"),
    )

    enrollment_id: Mapped[UUID]
    written_by: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    waiver_id: Mapped[UUID | None]
    file_id: Mapped[UUID]
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None]
    file_deleted_at: Mapped[datetime | None]  # the content is gone: removed, or its time was over

    file: Mapped[StoredFile] = court_relationship("WaiverProof", "file_id", "StoredFile")
