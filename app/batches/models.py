"""Batches of reports, what becomes of each of their items, and schedules that a court has paused."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL
from tenants.keys import court_index, court_key, court_unique
from tenants.scope import CourtScoped, Versioned


class BatchState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    CANCELED = "canceled"
    DONE = "done"  # every item was asked for, and nothing of it is being made any more


class ItemState(StrEnum):
    WAITING = "waiting"
    ASKED = "asked"  # its report says how it goes on
    REFUSED = "refused"  # no such report could be made of this case; `problem` says why
    CANCELED = "canceled"


class ReportBatch(CourtScoped, Versioned, Base):
    """Reports that were asked for together, by a person or by a schedule."""

    __tablename__ = "report_batch"
    __table_args__ = (
        court_index("ix_report_batch_asked_at", "asked_at", "id"),
        court_index("ix_report_batch_schedule", "schedule", "asked_at"),
        CheckConstraint("state IN ('running', 'paused', 'canceled', 'done')", name="state_known"),
    )

    what: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # of What, see rules.py
    state: Mapped[str] = mapped_column(default=BatchState.RUNNING, info=NOT_PERSONAL)
    language: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    schedule: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)  # the schedule that made it; none: a person
    for_day: Mapped[date | None] = mapped_column(info=NOT_PERSONAL)  # the court-local day that a schedule made it for
    total: Mapped[int]
    turn: Mapped[int] = mapped_column(default=1)  # goes up when it goes on after a pause: one chain of jobs at a time
    asked_at: Mapped[datetime]
    asked_by_kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    asked_by: Mapped[UUID | None]
    finished_at: Mapped[datetime | None]


class ReportBatchItem(CourtScoped, Versioned, Base):
    """One report of a batch: of an enrollment, or of an officer's people."""

    __tablename__ = "report_batch_item"
    __table_args__ = (
        court_key("batch_id", "report_batch"),
        court_key("enrollment_id", "enrollment"),
        court_key("officer_id", "membership"),
        court_key("report_id", "report"),
        court_key("list_id", "list_report"),
        court_unique("batch_id", "position"),
        court_index("ix_report_batch_item_state", "batch_id", "state", "position"),
        CheckConstraint("state IN ('waiting', 'asked', 'refused', 'canceled')", name="state_known"),
        CheckConstraint("(enrollment_id IS NULL) <> (officer_id IS NULL)", name="of_one"),
    )

    batch_id: Mapped[UUID]
    position: Mapped[int]
    enrollment_id: Mapped[UUID | None]
    officer_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default=ItemState.WAITING, info=NOT_PERSONAL)
    problem: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)  # a code, see words.py
    report_id: Mapped[UUID | None]
    list_id: Mapped[UUID | None]


class PausedSchedule(CourtScoped, Versioned, Base):
    """Whether a court has paused one of its schedules; a schedule without a row runs."""

    __tablename__ = "paused_schedule"
    __table_args__ = (court_unique("schedule"),)

    schedule: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    paused: Mapped[bool]
    changed_at: Mapped[datetime]  # nothing that was due before is made up for when it goes on
    changed_by: Mapped[UUID | None]
