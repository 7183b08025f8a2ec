"""A message: to whom, what, when, in which language, by which channel, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_unique
from tenants.scope import CourtScoped, Versioned


class Notice(CourtScoped, Versioned, Base):
    """One message. `message_id` is stable, so that a mail sent twice is recognised as one.

    `page`: the reader's page below the court's address that it leads to; None for what stands in no inbox (links that
    open something). States of a mail: queued, sent, failed (given up), bounced (the address does not exist); of a
    letter: to_print, printed; of what stands in the inbox alone: kept.
    """

    __tablename__ = "notice"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("printed_by", "membership"),
        court_index("ix_notice_recipient", "recipient_kind", "recipient_id", "created_at"),
        court_index("ix_notice_unread", "recipient_id", postgresql_where=text("read_at IS NULL AND page IS NOT NULL")),
        court_index(
            "ix_notice_to_do",
            "state",
            "created_at",
            "id",
            postgresql_where=text("state IN ('failed', 'bounced', 'to_print', 'printed')"),
        ),
        court_index("ix_notice_enrollment", "enrollment_id", "created_at"),
        CheckConstraint(
            "state IN ('queued', 'sent', 'failed', 'bounced', 'to_print', 'printed', 'kept')", name="state_known"
        ),
        CheckConstraint("channel IN ('mail', 'letter', 'inbox')", name="channel_known"),
    )

    recipient_kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # staff, learner, invitation, person
    recipient_id: Mapped[UUID]
    enrollment_id: Mapped[UUID | None]  # the case that it is about
    to_address: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    channel: Mapped[str] = mapped_column(default="mail", info=NOT_PERSONAL)
    template: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    language: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    page: Mapped[str | None] = mapped_column(info=NOT_PERSONAL)
    context: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))
    state: Mapped[str] = mapped_column(default="queued", info=NOT_PERSONAL)
    message_id: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]  # since when the address is known not to work; emptied when a mail went through
    printed_at: Mapped[datetime | None]
    printed_by: Mapped[UUID | None]
    error: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)


class MessageWishes(CourtScoped, Versioned, Base):
    """How somebody wants to get messages; no row until something was chosen (see rules.Wishes)."""

    __tablename__ = "message_wishes"
    __table_args__ = (court_unique("recipient_id"),)

    recipient_id: Mapped[UUID]  # a learner's account or a membership
    reminders_by_mail: Mapped[bool] = mapped_column(default=True)
    nothing_home: Mapped[bool] = mapped_column(default=False)
    once_a_day: Mapped[bool] = mapped_column(default=False)
