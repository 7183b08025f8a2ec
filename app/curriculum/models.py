"""Published curriculum: the same for every court. A version never changes, so that whoever began it can finish it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.keys import uuid7
from tenants.scope import Versioned

PARTS_KNOWN = "part IN ('survivor', 'legal', 'translator')"


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
    demonstration: Mapped[bool]  # what the release before asks; who has signed off stands in CurriculumSignOff
    published_at: Mapped[datetime]


class CurriculumApprover(Versioned, Base):
    """Who may sign off one part of the curriculum: an operator of the console, named by another one."""

    __tablename__ = "curriculum_approver"
    __table_args__ = (
        CheckConstraint(PARTS_KNOWN, name="part_known"),
        CheckConstraint("named_by <> operator_id", name="named_by_another"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    part: Mapped[str]  # survivor, legal, translator
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"))
    named_by: Mapped[UUID] = mapped_column(ForeignKey("operator.id"))
    named_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CurriculumSignOff(Base):
    """One approver's word about one version; the latest word on a part is the one that counts. Append-only."""

    __tablename__ = "curriculum_sign_off"
    __table_args__ = (CheckConstraint(PARTS_KNOWN, name="part_known"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("curriculum_version.id"), index=True)
    part: Mapped[str]
    taken_back: Mapped[bool]
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"))
    looked_at: Mapped[str]  # or, for one that is taken back, why
    at: Mapped[datetime]


class CurriculumRecording(Versioned, Base):
    """A video at a place: in a video lesson, or a survivor's recorded words in a reading. The same for every version.

    The application's role reads neither who consented nor why a recording was withdrawn.
    """

    __tablename__ = "curriculum_recording"
    __table_args__ = (
        Index(
            "uq_curriculum_recording_shown",
            "module",
            "lesson",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    module: Mapped[str] = mapped_column(ForeignKey("curriculum_module.slug"))
    lesson: Mapped[str]
    title: Mapped[dict[str, Any]]  # by language, as captions (WebVTT) and transcripts (Markdown)
    sha256: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]  # bytes
    seconds: Mapped[int]
    captions: Mapped[dict[str, Any]]
    transcripts: Mapped[dict[str, Any]]
    consent_by: Mapped[str | None]
    consent_document: Mapped[str | None]
    consent_on: Mapped[date | None]
    consent_until: Mapped[date | None]
    added_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("operator.id"))
    withdrawn_reason: Mapped[str | None]
    file_deleted_at: Mapped[datetime | None]
