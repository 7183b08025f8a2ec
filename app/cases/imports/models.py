"""A file of referrals that a court sent, and what became of each of its rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.models import StoredFile
from tenants.database import Base
from tenants.erase import NOT_PERSONAL
from tenants.keys import court_index, court_key, court_relationship, court_unique
from tenants.scope import CourtScoped, Versioned


class ReferralImport(CourtScoped, Versioned, Base):
    """One file. Its content is in storage until `file_deleted_at`; here stands nothing that a row of it says."""

    __tablename__ = "referral_import"
    __table_args__ = (
        court_key("file_id", "stored_file"),
        court_key("created_by", "membership"),
        court_key("confirmed_by", "membership"),
        court_index("ix_referral_import_created_at", text("created_at DESC"), text("id DESC")),
        CheckConstraint("kind IN ('referrals', 'numbers')", name="kind_known"),
        CheckConstraint("state IN ('draft', 'running', 'done', 'canceled')", name="state_known"),
    )

    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    state: Mapped[str] = mapped_column(default="draft", info=NOT_PERSONAL)
    file_id: Mapped[UUID]
    # Our field -> the heading of its column: remembered for the court's next file.
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict, info=NOT_PERSONAL)
    mapped: Mapped[bool] = mapped_column(default=False)
    with_look_alikes: Mapped[bool] = mapped_column(default=False)  # also rows only like an earlier referral
    total: Mapped[int] = mapped_column(default=0)  # rows of the file
    handled: Mapped[int] = mapped_column(default=0)  # rows that came to their end
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[UUID | None]  # who refers all these people
    finished_at: Mapped[datetime | None]
    file_deleted_at: Mapped[datetime | None]

    file: Mapped[StoredFile] = court_relationship("ReferralImport", "file_id", "StoredFile")


class ReferralImportRow(CourtScoped, Base):
    """What became of one row of a confirmed file: written once, in the transaction that makes its referral."""

    __tablename__ = "referral_import_row"
    __table_args__ = (
        court_key("import_id", "referral_import"),
        court_key("referral_id", "referral"),
        court_unique("import_id", "number"),
        CheckConstraint("state IN ('made', 'filled', 'nothing', 'duplicate', 'faulty', 'failed')", name="state_known"),
    )

    import_id: Mapped[UUID]
    number: Mapped[int]  # as a spreadsheet numbers rows: the headings are row 1
    state: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    referral_id: Mapped[UUID | None]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(default=list, info=NOT_PERSONAL)  # codes and fields only
