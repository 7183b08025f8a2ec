"""What a learner said about who does a module."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL
from tenants.keys import court_key, court_unique
from tenants.scope import CourtScoped


class Attestation(CourtScoped, Base):
    """One statement, by pressing the button under it. Append-only.

    `moment`: start (of the module, `number` 0) or hand_in (of try `number` at its quiz). `said`: myself, or helped by
    the person that an accommodation allows.
    """

    __tablename__ = "attestation"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_unique("enrollment_id", "slug", "moment", "number"),
        CheckConstraint("moment IN ('start', 'hand_in')", name="moment_known"),
        CheckConstraint("said IN ('myself', 'helped')", name="said_known"),
    )

    enrollment_id: Mapped[UUID]
    slug: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    moment: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    number: Mapped[int] = mapped_column(default=0)
    said: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    at: Mapped[datetime]
