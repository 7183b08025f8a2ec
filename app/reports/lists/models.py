"""Reports about many people: what was asked for, whom they are about, the file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_unique
from tenants.scope import CourtScoped, Versioned


class ListReport(CourtScoped, Versioned, Base):
    """A report about many people. Its facts are frozen in `snapshot`; whom it is about stands in ListReportPerson."""

    __tablename__ = "list_report"
    __table_args__ = (
        court_key("officer_id", "membership"),
        court_key("file_id", "stored_file"),
        court_key("replaces_id", "list_report"),
        court_unique("number"),
        court_unique("verify_digest"),
        court_index("ix_list_report_of", "kind", "for_day", "officer_id", "requested_at"),
        court_index(
            "uq_list_report_replaces",
            "replaces_id",
            unique=True,
            postgresql_where=text("replaces_id IS NOT NULL AND state <> 'revoked'"),
        ),
        CheckConstraint("kind IN ('caseload', 'calendar_packet')", name="kind_known"),
        CheckConstraint("(kind = 'calendar_packet') = (for_day IS NOT NULL)", name="packet_of_a_day"),
        CheckConstraint(
            "state IN ('requested', 'rendering', 'ready', 'delivered', 'acknowledged', 'failed', 'superseded', "
            "'revoked')",
            name="state_known",
        ),
    )

    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    officer_id: Mapped[UUID | None]  # whose people; none: the whole court's
    for_day: Mapped[date | None] = mapped_column(info=NOT_PERSONAL)  # of a packet: the court-local day of the hearings
    number: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    state: Mapped[str] = mapped_column(default="requested", info=NOT_PERSONAL)
    language: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    snapshot: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))
    verify_digest: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # SHA-256 of the token on the paper
    job_id: Mapped[UUID | None]
    file_id: Mapped[UUID | None]  # the signed file
    unsigned_sha256: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    signed_sha256: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    requested_at: Mapped[datetime]
    requested_by_kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    requested_by: Mapped[UUID | None]
    ready_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    replaces_id: Mapped[UUID | None]  # the list that this one corrects
    correction: Mapped[str | None] = mapped_column(info=personal(Erase.ROW))  # what was wrong with that one
    ended_at: Mapped[datetime | None]  # when it was replaced or taken back
    ended_reason: Mapped[str | None] = mapped_column(info=personal(Erase.ROW))


class ListReportPerson(CourtScoped, Versioned, Base):
    """Somebody whom a list is about: only who may see all of them may read it. Of a packet also the report in it."""

    __tablename__ = "list_report_person"
    __table_args__ = (
        court_key("list_id", "list_report"),
        court_key("enrollment_id", "enrollment"),
        court_key("report_id", "report"),
        court_unique("list_id", "position"),
        court_unique("list_id", "enrollment_id"),
        court_index("ix_list_report_person_enrollment", "enrollment_id"),
    )

    list_id: Mapped[UUID]
    enrollment_id: Mapped[UUID]
    position: Mapped[int]
    report_id: Mapped[UUID | None]
