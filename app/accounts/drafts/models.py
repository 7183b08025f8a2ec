"""What stands in a form that was not sent yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_key, court_unique
from tenants.scope import CourtScoped, Versioned


class KeptText(CourtScoped, Versioned, Base):
    """What a learner typed into one form (`place`) in one sign-in (`device`). Nobody else reads it."""

    __tablename__ = "kept_text"
    __table_args__ = (court_key("account_id", "learner_account"), court_unique("account_id", "place", "device"))

    account_id: Mapped[UUID]
    place: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    device: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    fields: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))
    saved_at: Mapped[datetime]
