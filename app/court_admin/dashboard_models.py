"""Whether a court has put its getting-started list away."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.keys import court_unique
from tenants.scope import CourtScoped, Versioned


class StartGuide(CourtScoped, Versioned, Base):
    """One row a court, made when the list is first put away; `put_away_at` is None while it is out again."""

    __tablename__ = "start_guide"
    __table_args__ = (court_unique(),)

    put_away_at: Mapped[datetime | None] = mapped_column()
    put_away_by: Mapped[UUID | None] = mapped_column()
