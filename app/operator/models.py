"""JaneSchool's own people and their sign-ins. What they did: app/court_admin/models.py, PlatformAudit."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.court_admin.models import PlatformAudit
from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_unique, uuid7
from tenants.scope import CourtScoped, Versioned

__all__ = ["CourtUsage", "Operator", "OperatorLook", "OperatorSession", "PlatformAudit", "ProcessHeartbeat"]


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


class OperatorLook(CourtScoped, Base):
    """One look of one operator's sign-in into one court. PostgreSQL shows the little there is only to an open one."""

    __tablename__ = "operator_look"
    __table_args__ = (court_index("ix_operator_look_session", "session_id", "began_at"),)

    operator_id: Mapped[UUID]
    session_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(info=personal(Erase.KEEP))
    began_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CourtUsage(CourtScoped, Versioned, Base):
    """What happened in one month (court-local, `2026-11`), in numbers. The only figures that leave a court."""

    __tablename__ = "court_usage"
    __table_args__ = (court_unique("month"),)

    month: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    referred: Mapped[int]
    enrolled: Mapped[int]
    completed: Mapped[int]
    active: Mapped[int]  # in the program when it was counted
    reports: Mapped[int]
    mails: Mapped[int]
    card_payments: Mapped[int]
    counted_at: Mapped[datetime]


class ProcessHeartbeat(Base):
    """When a part of the scheduler last did its work: relay, sealer, schedules."""

    __tablename__ = "process_heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
