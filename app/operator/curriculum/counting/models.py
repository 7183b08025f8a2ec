"""Counts that each court makes of itself for the curriculum's owners. Nothing in them is of a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL
from tenants.keys import court_unique
from tenants.scope import CourtScoped, Versioned


class QuizItemCount(CourtScoped, Versioned, Base):
    """How one question of a version's quiz did in one language. Sums only, so that courts' rows can be added up.

    `wording` is the fingerprint of what a learner saw (rules.wording_of): the same in every version that asks the
    question in the same words. `others`: percent of the other questions of the try that were right.
    """

    __tablename__ = "quiz_item_count"
    __table_args__ = (court_unique("version_id", "lesson", "language", "question", name="uq_quiz_item_count_question"),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("curriculum_version.id"))
    lesson: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    language: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    question: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    wording: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    drawn: Mapped[int]  # in any try that was handed in
    first_tries: Mapped[int]  # people whose first try at the quiz drew it
    first_right: Mapped[int]
    chosen: Mapped[dict[str, Any]] = mapped_column(info=NOT_PERSONAL)  # in first tries: people by option's id
    others_sum: Mapped[int] = mapped_column(BigInteger)
    others_squares: Mapped[int] = mapped_column(BigInteger)
    others_sum_right: Mapped[int] = mapped_column(BigInteger)  # of those who had this question right
    counted_at: Mapped[datetime]


class CurriculumUse(CourtScoped, Versioned, Base):
    """How many enrollments of a court are pinned to a version."""

    __tablename__ = "curriculum_use"
    __table_args__ = (court_unique("version_id"),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("curriculum_version.id"))
    going: Mapped[int]  # began it, not done with it, and the case goes on
    passed: Mapped[int]
    ended: Mapped[int]  # began it, and the case ended or the module was exempted before it was passed
    counted_at: Mapped[datetime]
