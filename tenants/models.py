"""A court, and the versions of its program rules."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_key, court_unique, uuid7
from tenants.scope import CourtScoped, Versioned


class CourtState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"  # its people see its message, nothing else
    CLOSED = "closed"  # only /verify answers


class Court(Versioned, Base):
    """A jurisdiction. What the court itself may change is in its program rules, not here."""

    __tablename__ = "court"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'suspended', 'closed')", name="state_known"),
        CheckConstraint("slug ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'", name="slug_form"),
        CheckConstraint("code_prefix ~ '^[A-Z]{2,6}$'", name="code_prefix_form"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    slug: Mapped[str] = mapped_column(unique=True)  # first segment of its addresses
    code_prefix: Mapped[str] = mapped_column(unique=True)  # starts its enrollment codes and report numbers
    name: Mapped[str]
    county: Mapped[str]
    region: Mapped[str]  # two-letter state or territory, USPS
    time_zone: Mapped[str]  # IANA name
    languages: Mapped[list[str]]
    state: Mapped[str] = mapped_column(default=CourtState.ACTIVE)
    state_message: Mapped[str] = mapped_column(default="")  # in the court's first language
    state_messages: Mapped[dict[str, Any]] = mapped_column(default=dict)  # by language
    court_type: Mapped[str] = mapped_column(default="")  # municipal, county ...; empty: not said
    created_at: Mapped[datetime]


class CourtFormerSlug(Base):
    """An address that a court once had: it redirects for ever and is never given to another."""

    __tablename__ = "court_former_slug"

    slug: Mapped[str] = mapped_column(primary_key=True)
    court_id: Mapped[UUID]


class RulesState(StrEnum):
    DRAFT = "draft"  # of an earlier release; drafts have a table of their own now
    PUBLISHED = "published"
    AMENDED = "amended"  # an earlier version with parts of a later one, for people who enrolled before; never in force


class ProgramRules(CourtScoped, Versioned, Base):
    """One version of the court's program rules. A published version never changes; enrollments are pinned to one.

    `begins_at` is empty for a version that was in force at once. A version can be canceled before it begins.
    """

    __tablename__ = "program_rules"
    __table_args__ = (
        court_unique("version"),
        court_unique("amends_id", "taken_from_id"),
        court_key("amends_id", "program_rules"),
        court_key("taken_from_id", "program_rules"),
        court_key("canceled_by", "membership"),
        CheckConstraint("state IN ('draft', 'published', 'amended')", name="state_known"),
        CheckConstraint("canceled_at IS NULL OR canceled_at < begins_at", name="canceled_before_it_began"),
    )

    version: Mapped[int]
    state: Mapped[str] = mapped_column(default=RulesState.DRAFT, info=NOT_PERSONAL)
    document: Mapped[dict[str, Any]] = mapped_column(info=NOT_PERSONAL)
    reason: Mapped[str] = mapped_column(default="", info=personal(Erase.KEEP))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by: Mapped[UUID | None]
    begins_at: Mapped[datetime | None]
    canceled_at: Mapped[datetime | None]
    canceled_by: Mapped[UUID | None]
    for_running: Mapped[bool | None]  # what may be applied to running cases is; empty: published before that was asked
    amends_id: Mapped[UUID | None]  # AMENDED: the version that people had
    taken_from_id: Mapped[UUID | None]  # AMENDED: the version whose parts they get
