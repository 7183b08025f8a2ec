"""Who may read whose case, by the participant's own decision."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key
from tenants.scope import CourtScoped, Versioned


class CounselAdmission(CourtScoped, Versioned, Base):
    """One lawyer for one case. A lawyer with two clients here has one place at the court and two of these.

    `membership_id` is empty until the lawyer has a sign-in at this court; the invitation's link leads to one.
    """

    __tablename__ = "counsel_admission"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("membership_id", "membership"),
        court_key("invitation_id", "invitation"),
        court_index(
            "uq_counsel_admission_open",
            "enrollment_id",
            "email",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        court_index("ix_counsel_admission_membership", "membership_id", postgresql_where=text("ended_at IS NULL")),
        CheckConstraint("ended_how IN ('removed', 'case_gone')", name="ended_how_known"),
        CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name="ended_somehow"),
    )

    enrollment_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    email: Mapped[str] = mapped_column(info=personal(Erase.ROW))  # normalized
    sees_messages: Mapped[bool]
    membership_id: Mapped[UUID | None]
    invitation_id: Mapped[UUID | None]
    admitted_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[str | None] = mapped_column(info=NOT_PERSONAL)
