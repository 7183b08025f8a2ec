"""A message: to whom, what, when, in which language, by which channel, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index
from tenants.scope import CourtScoped, Versioned


class Notice(CourtScoped, Versioned, Base):
    """One message. `message_id` is stable, so that a mail sent twice is recognised as one."""

    __tablename__ = "notice"
    __table_args__ = (
        court_index("ix_notice_recipient", "recipient_kind", "recipient_id", "created_at"),
        CheckConstraint("state IN ('queued', 'sent', 'failed')", name="state_known"),
    )

    recipient_kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # staff, learner, invitation
    recipient_id: Mapped[UUID]
    to_address: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    channel: Mapped[str] = mapped_column(default="mail", info=NOT_PERSONAL)
    template: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    language: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    context: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))
    state: Mapped[str] = mapped_column(default="queued", info=NOT_PERSONAL)
    message_id: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
