"""A learner's progress through the modules: what was opened, for how long, answered, written and passed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_unique
from tenants.scope import CourtScoped, Versioned


class ModuleProgress(CourtScoped, Versioned, Base):
    """One module of an enrollment. Locked is derived; the version is pinned when the module is first opened."""

    __tablename__ = "module_progress"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_unique("enrollment_id", "slug"),
        CheckConstraint(
            "state IN ('waiting', 'in_progress', 'passed', 'attempts_exhausted', 'exempted')", name="state_known"
        ),
    )

    enrollment_id: Mapped[UUID]
    slug: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    position: Mapped[int]
    required: Mapped[bool]
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("curriculum_version.id"))
    state: Mapped[str] = mapped_column(default="waiting", info=NOT_PERSONAL)
    started_at: Mapped[datetime | None]
    passed_at: Mapped[datetime | None]
    best_percent: Mapped[int | None]
    counted_seconds: Mapped[int] = mapped_column(default=0)


class LessonProgress(CourtScoped, Versioned, Base):
    __tablename__ = "lesson_progress"
    __table_args__ = (court_key("enrollment_id", "enrollment"), court_unique("enrollment_id", "slug", "lesson"))

    enrollment_id: Mapped[UUID]
    slug: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    lesson: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    opened_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    counted_seconds: Mapped[int] = mapped_column(default=0)
    furthest_ms: Mapped[int | None]  # of a video: the furthest point, in milliseconds
    watched_at: Mapped[datetime | None]  # when its page last said where it is
    watched_through_at: Mapped[datetime | None]


class PageEvent(CourtScoped, Base):
    """A sign of life from a lesson's page, timed by the server. Seat time is counted from these. Append-only."""

    __tablename__ = "page_event"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_index("ix_page_event_lesson", "enrollment_id", "slug", "lesson", "at"),
    )

    enrollment_id: Mapped[UUID]
    slug: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    lesson: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    tab: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # opened, heartbeat, continued, submitted, refused
    at: Mapped[datetime]


class SeatCount(CourtScoped, Versioned, Base):
    """The tally of an enrollment's signs (`app/learning/tally.py`), and what was stored of it in all lessons together.

    `rules_id` and `widen`: the limits that it was counted by. Under others all signs are counted anew.
    """

    __tablename__ = "seat_count"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("rules_id", "program_rules"),
        court_unique("enrollment_id"),
    )

    enrollment_id: Mapped[UUID]
    rules_id: Mapped[UUID | None]
    widen: Mapped[int] = mapped_column(default=1)
    credited_seconds: Mapped[int] = mapped_column(default=0)
    state: Mapped[dict[str, Any]] = mapped_column(info=NOT_PERSONAL)


class QuizAttempt(CourtScoped, Versioned, Base):
    __tablename__ = "quiz_attempt"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_unique("enrollment_id", "slug", "lesson", "number"),
        court_index(
            "ix_quiz_attempt_to_count",
            "submitted_at",
            postgresql_where=text("percent IS NOT NULL AND language IS NOT NULL AND counted_at IS NULL"),
        ),
    )

    enrollment_id: Mapped[UUID]
    slug: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    lesson: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    number: Mapped[int]
    seed: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # the draw follows from it
    answers: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))
    percent: Mapped[int | None]
    passed: Mapped[bool | None]
    started_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    language: Mapped[str | None] = mapped_column(info=NOT_PERSONAL)  # of a quiz, as handed in; None: not noted then
    counted_at: Mapped[datetime | None]  # among its questions' counts (app/operator/curriculum/counting)


class Reflection(CourtScoped, Versioned, Base):
    """What a learner wrote for a lesson. Never in a report unless the court's rule says so."""

    __tablename__ = "reflection"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("reviewed_by", "membership"),
        court_unique("enrollment_id", "slug", "lesson"),
        court_index("ix_reflection_waiting", "state", "submitted_at"),
        CheckConstraint("state IN ('draft', 'submitted', 'accepted', 'returned')", name="state_known"),
    )

    enrollment_id: Mapped[UUID]
    slug: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    lesson: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    text: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    state: Mapped[str] = mapped_column(default="draft", info=NOT_PERSONAL)
    submitted_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None]
    feedback: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))


class Commitment(CourtScoped, Versioned, Base):
    """One item of a learner's plan, in the learner's own words. The check-ins come back to it."""

    __tablename__ = "commitment"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_unique("enrollment_id", "slug", "lesson", "number"),
    )

    enrollment_id: Mapped[UUID]
    slug: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    lesson: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    number: Mapped[int]
    what: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    how_often: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    sign: Mapped[str] = mapped_column(info=personal(Erase.ROW))  # how the learner will know
    made_at: Mapped[datetime]


class CommitmentChange(CourtScoped, Base):
    """The plan as it was before its learner changed it, during the months of check-ins. Append-only."""

    __tablename__ = "commitment_change"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_index("ix_commitment_change_enrollment", "enrollment_id", "at"),
    )

    enrollment_id: Mapped[UUID]
    at: Mapped[datetime]
    before: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))  # items: what, how_often, sign of each
