"""Reports: what was asked for, the frozen facts, the file."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_unique
from tenants.scope import CourtScoped, Versioned


class Report(CourtScoped, Versioned, Base):
    """A report of one enrollment. Its facts are frozen in `snapshot` when it is requested."""

    __tablename__ = "report"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("file_id", "stored_file"),
        court_key("courtesy_file_id", "stored_file"),
        court_key("replaces_id", "report"),
        court_unique("number"),
        court_unique("verify_digest"),
        court_unique("kind", "cause_id"),
        court_index("ix_report_enrollment", "enrollment_id", "requested_at"),
        # One correction of a report at a time, however many ask for it at once.
        court_index(
            "uq_report_replaces",
            "replaces_id",
            unique=True,
            postgresql_where=text("replaces_id IS NOT NULL AND state <> 'revoked'"),
        ),
        CheckConstraint(
            "state IN ('requested', 'rendering', 'ready', 'delivered', 'acknowledged', 'failed', 'superseded', "
            "'revoked')",
            name="state_known",
        ),
    )

    enrollment_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    subject_id: Mapped[UUID | None]  # the payment or request that a paper of the fee is about; none: the case
    cause_id: Mapped[UUID | None]  # the payment, request or answer that it was made for: one paper of a kind for each
    number: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # RIV-2026-000123
    state: Mapped[str] = mapped_column(default="requested", info=NOT_PERSONAL)
    language: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    snapshot: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))
    # Ids of the records behind the facts, for the court's own page: apart from the snapshot, so that no paper has them.
    sources: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), info=NOT_PERSONAL)
    verify_digest: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # SHA-256 of the token on the paper
    renderer_version: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    job_id: Mapped[UUID | None]
    file_id: Mapped[UUID | None]  # the signed file
    unsigned_sha256: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    signed_sha256: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    requested_at: Mapped[datetime]
    requested_by_kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    requested_by: Mapped[UUID | None]
    ready_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    replaces_id: Mapped[UUID | None]  # the report that this one corrects
    correction: Mapped[str | None] = mapped_column(info=personal(Erase.ROW))  # what was wrong with that one
    courtesy_file_id: Mapped[UUID | None]  # the courtesy copy, where the format makes it a file of its own; signed, too
    courtesy_sha256: Mapped[str | None] = mapped_column(info=NOT_PERSONAL)
    ended_at: Mapped[datetime | None]  # since when it is superseded or revoked
    ended_reason: Mapped[str | None] = mapped_column(info=personal(Erase.ROW))  # why it was taken back


class ReportCounter(CourtScoped, Versioned, Base):
    """The last report number of a year, counted without gaps under the row's lock."""

    __tablename__ = "report_counter"
    __table_args__ = (court_unique("year"),)

    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)
