"""An export of a court's data: asked for, made, fetched, acknowledged."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index
from tenants.scope import CourtScoped, Versioned


class ExportState(StrEnum):
    ASKED = "asked"
    READY = "ready"
    FAILED = "failed"
    REMOVED = "removed"  # the file is no longer kept


class CourtExport(CourtScoped, Versioned, Base):
    """One export. The file lies in storage under `sha256`; `as_of` is the instant whose data it holds."""

    __tablename__ = "court_export"
    __table_args__ = (
        court_index("ix_court_export_asked_at", "asked_at"),
        CheckConstraint("state IN ('asked', 'ready', 'failed', 'removed')", name="state_known"),
    )

    reason: Mapped[str] = mapped_column(info=personal(Erase.KEEP))
    state: Mapped[str] = mapped_column(default=ExportState.ASKED, info=NOT_PERSONAL)
    asked_at: Mapped[datetime]
    asked_by_kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    asked_by: Mapped[UUID | None]
    as_of: Mapped[datetime | None]
    made_at: Mapped[datetime | None]
    size: Mapped[int] = mapped_column(BigInteger, default=0)  # bytes
    sha256: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    row_count: Mapped[int] = mapped_column(BigInteger, default=0)
    file_count: Mapped[int] = mapped_column(BigInteger, default=0)
    problems: Mapped[list[str]] = mapped_column(default=list, info=NOT_PERSONAL)  # files that storage no longer has
    error: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)  # the fault's kind, no value
    downloaded_at: Mapped[datetime | None]  # the first time
    downloaded_by: Mapped[UUID | None]
    acknowledged_at: Mapped[datetime | None]  # the court says that it has its copy
    acknowledged_by: Mapped[UUID | None]
    handed_to: Mapped[str] = mapped_column(default="", info=personal(Erase.KEEP))  # handed over on a medium: to whom
