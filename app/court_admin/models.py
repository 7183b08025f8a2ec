"""What happened outside of any court (courts opened, operators made, doors tried); the draft of a court's rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from tenants.database import Base
from tenants.erase import NOT_PERSONAL
from tenants.keys import court_key, court_unique, uuid7
from tenants.scope import CourtScoped, Versioned


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


class RulesDraft(CourtScoped, Versioned, Base):
    """The one draft that a court works on; it goes when it is published or discarded (the audit keeps each change).

    `document` is JSON in the shape of a ProgramDocument, as typed: a section may be unfinished or contradict another.
    """

    __tablename__ = "rules_draft"
    __table_args__ = (
        court_unique(),
        court_key("base_id", "program_rules"),
        court_key("started_by", "membership"),
        court_key("changed_by", "membership"),
    )

    base_id: Mapped[UUID]  # the version that was the newest when the draft was begun
    document: Mapped[dict[str, Any]] = mapped_column(info=NOT_PERSONAL)
    started_at: Mapped[datetime]
    started_by: Mapped[UUID]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]
