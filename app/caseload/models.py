"""What people keep of the caseload for themselves."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key
from tenants.scope import CourtScoped, Versioned


class SavedView(CourtScoped, Versioned, Base):
    """A list of the caseload under a name: its tab, what narrows it down, its order. Never what somebody searched for.

    A removed one stays for as long as it can be put back.
    """

    __tablename__ = "saved_view"
    __table_args__ = (
        court_key("owner_id", "membership"),
        court_index("ix_saved_view_owner", "owner_id"),
    )

    owner_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(info=personal(Erase.CLEAR))
    asked: Mapped[dict[str, str]] = mapped_column(JSONB, info=NOT_PERSONAL)  # by name, see everyone/wanted.py
    shared: Mapped[bool]  # with all staff of the court who have a caseload
    made_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
