"""What happened outside of any court: courts opened, operators made, doors tried."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from tenants.database import Base
from tenants.keys import uuid7


class PlatformAudit(Base):
    """Append-only by grants. `detail` holds no learner's data: there is none outside of a court."""

    __tablename__ = "platform_audit"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    at: Mapped[datetime]
    operator_id: Mapped[UUID | None]
    action: Mapped[str]
    court_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]]


def note(
    session: Session,
    action: str,
    *,
    operator_id: UUID | None = None,
    court_id: UUID | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Record `action` (`operator.verb`) in the transaction of `session`, which must be the platform role's."""
    session.add(
        PlatformAudit(at=clock.now(), operator_id=operator_id, action=action, court_id=court_id, detail=detail or {})
    )
