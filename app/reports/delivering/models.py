"""Deliveries of reports (about one person or about many), and papers that are printed together."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key
from tenants.scope import CourtScoped, Versioned


class PrintBatch(CourtScoped, Versioned, Base):
    """Reports that are printed as one file. The file is kept for days only: each report has its own for good."""

    __tablename__ = "print_batch"
    __table_args__ = (
        court_key("created_by", "membership"),
        court_key("settled_by", "membership"),
        court_index("ix_print_batch_created_at", "created_at", "id"),
        CheckConstraint("state IN ('requested', 'ready', 'failed', 'handed_over', 'dropped')", name="state_known"),
    )

    state: Mapped[str] = mapped_column(default="requested", info=NOT_PERSONAL)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    count: Mapped[int]
    job_id: Mapped[UUID | None]
    sha256: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)  # of the merged file; empty: none, or forgotten
    error: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)  # a code of words.DELIVERY_FAILURES
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]


class ReportDelivery(CourtScoped, Versioned, Base):
    """One report or list, one way, one recipient (inbox and mail) or none (paper and folder). See DELIVERY_MOVES."""

    __tablename__ = "report_delivery"
    __table_args__ = (
        court_key("report_id", "report"),
        court_key("list_id", "list_report"),
        court_key("recipient_id", "membership"),
        court_key("batch_id", "print_batch"),
        court_index(
            "uq_report_delivery_once",
            "report_id",
            "list_id",
            "way",
            "recipient_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        court_index("ix_report_delivery_list", "list_id", postgresql_where=text("list_id IS NOT NULL")),
        court_index("ix_report_delivery_recipient", "recipient_id", "delivered_at", "id"),
        court_index(
            "ix_report_delivery_new", "recipient_id", postgresql_where=text("way = 'inbox' AND state = 'delivered'")
        ),
        court_index("ix_report_delivery_notice", "notice_id", postgresql_where=text("notice_id IS NOT NULL")),
        court_index(
            "ix_report_delivery_to_do",
            "way",
            "state",
            "created_at",
            "id",
            postgresql_where=text("state IN ('waiting', 'failed')"),
        ),
        court_index("ix_report_delivery_batch", "batch_id", postgresql_where=text("batch_id IS NOT NULL")),
        CheckConstraint(
            "state IN ('waiting', 'on_its_way', 'delivered', 'acknowledged', 'failed', 'stopped')", name="state_known"
        ),
        CheckConstraint("(report_id IS NULL) <> (list_id IS NULL)", name="of_one"),
        CheckConstraint("way IN ('inbox', 'mail', 'print', 'folder')", name="way_known"),
        CheckConstraint("(way IN ('inbox', 'mail')) = (recipient_id IS NOT NULL)", name="personal_or_not"),
        CheckConstraint(
            "state NOT IN ('delivered', 'acknowledged') OR delivered_at IS NOT NULL", name="delivered_when"
        ),
        CheckConstraint("(state = 'acknowledged') = (acknowledged_at IS NOT NULL)", name="acknowledged_when"),
    )

    report_id: Mapped[UUID | None]
    list_id: Mapped[UUID | None]
    way: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    recipient_id: Mapped[UUID | None]  # a membership
    state: Mapped[str] = mapped_column(default="waiting", info=NOT_PERSONAL)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)  # a code of words.DELIVERY_FAILURES
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    job_id: Mapped[UUID | None]
    notice_id: Mapped[UUID | None]  # the mail
    batch_id: Mapped[UUID | None]  # the papers with which it is printed
    file_name: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))  # in the court's folder
