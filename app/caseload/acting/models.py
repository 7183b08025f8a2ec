"""Things done for several people at once, and what became of each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_unique
from tenants.scope import CourtScoped, Versioned


class CaseAction(CourtScoped, Versioned, Base):
    """Something to be done for several people. A draft is only looked at; nothing has happened yet."""

    __tablename__ = "case_action"
    __table_args__ = (
        court_key("asked_by", "membership"),
        court_index("ix_case_action_asked_by", "asked_by", "asked_at"),
        CheckConstraint("state IN ('draft', 'running', 'done')", name="state_known"),
    )

    what: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # of What, see rules.py
    state: Mapped[str] = mapped_column(default="draft", info=NOT_PERSONAL)
    details: Mapped[dict[str, str] | None] = mapped_column(JSONB, info=personal(Erase.CLEAR))  # of Details, as text
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class CaseActionItem(CourtScoped, Versioned, Base):
    """One person's part of it."""

    __tablename__ = "case_action_item"
    __table_args__ = (
        court_key("action_id", "case_action"),
        court_key("enrollment_id", "enrollment"),
        court_unique("action_id", "enrollment_id"),
        court_index("ix_case_action_item_state", "action_id", "state", "position"),
        CheckConstraint("state IN ('waiting', 'left_out', 'done', 'not_done')", name="state_known"),
    )

    action_id: Mapped[UUID]
    enrollment_id: Mapped[UUID]
    position: Mapped[int]
    seen: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # what it depended on when it was looked at
    state: Mapped[str] = mapped_column(default="waiting", info=NOT_PERSONAL)
    why: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)  # of Why; empty when `said` tells it
    own: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True), info=personal(Erase.CLEAR))  # of Own
    said: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))  # the refusal in words
    result_id: Mapped[UUID | None]  # the report that was asked for
