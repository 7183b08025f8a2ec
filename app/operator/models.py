"""JaneSchool's own people and their sign-ins. What they did: app/court_admin/models.py, PlatformAudit."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.court_admin.models import PlatformAudit
from tenants.database import Base
from tenants.keys import uuid7
from tenants.scope import Versioned

__all__ = ["Operator", "OperatorSession", "PlatformAudit"]


class Operator(Versioned, Base):
    __tablename__ = "operator"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    email: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    password_hash: Mapped[str]
    totp_secret: Mapped[str | None]
    totp_last_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class OperatorSession(Base):
    __tablename__ = "operator_session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"))
    second_factor_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
