"""Published curriculum: the same for every court. A version never changes, so that whoever began it can finish it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.keys import uuid7
from tenants.scope import Versioned


class CurriculumModule(Versioned, Base):
    __tablename__ = "curriculum_module"

    slug: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    current_version_id: Mapped[UUID | None]


class CurriculumVersion(Base):
    __tablename__ = "curriculum_version"
    __table_args__ = (UniqueConstraint("slug", "version"), UniqueConstraint("slug", "content_hash"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    slug: Mapped[str] = mapped_column(ForeignKey("curriculum_module.slug"))
    version: Mapped[int]
    content_hash: Mapped[str]
    content: Mapped[dict[str, Any]]  # a ModuleContent (app/curriculum/schema.py)
    demonstration: Mapped[bool]  # not yet signed off by its named reviewers
    published_at: Mapped[datetime]
