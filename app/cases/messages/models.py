"""Messages of a case, one thread each, and the texts that a court's staff starts from."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key
from tenants.scope import CourtScoped, Versioned


class CaseMessage(CourtScoped, Versioned, Base):
    """One message. `author_id` is the member of staff who wrote it; None: the participant did.

    `read_at`: since when the other side has read it; `read_by`: who of the staff that was.
    """

    __tablename__ = "case_message"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("author_id", "membership"),
        court_key("read_by", "membership"),
        court_index("ix_case_message_enrollment", "enrollment_id", "at", "id"),
        court_index("ix_case_message_unread", "enrollment_id", postgresql_where=text("read_at IS NULL")),
    )

    enrollment_id: Mapped[UUID]
    at: Mapped[datetime]
    author_id: Mapped[UUID | None]
    text: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    read_at: Mapped[datetime | None]
    read_by: Mapped[UUID | None]


class MessageTemplate(CourtScoped, Versioned, Base):
    """A text of the court's own to start a message from; `[words]` in brackets are filled in before it is sent.

    `text_es` may be empty: then the English one is offered, to be put into Spanish by hand.
    """

    __tablename__ = "message_template"
    __table_args__ = (court_key("changed_by", "membership"),)

    title: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    text_en: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    text_es: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]
    retired_at: Mapped[datetime | None]
