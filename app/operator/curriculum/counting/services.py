"""A court counts how its quiz questions did, and which versions its people are on.

Runs as the application's role, within the court; only the counts cross to the console.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES
from app.core import clock
from app.curriculum.lessons import QuizLesson
from app.curriculum.lookups import content_of
from app.learning.models import ModuleProgress, QuizAttempt
from app.learning.quiz import UnknownAnswer, draw, grade
from app.operator.curriculum.counting.models import CurriculumUse, QuizItemCount
from app.operator.curriculum.counting.rules import Tally, tally_of, wording_of
from tenants.database import session, transaction
from tenants.keys import uuid7

EVERY = timedelta(hours=1)
BATCH = 500  # tries in one transaction
BATCHES = 20  # in one run; the next one goes on
SUMS = ("drawn", "first_tries", "first_right", "others_sum", "others_squares", "others_sum_right")


@dataclass(frozen=True)
class ItemKey:
    version_id: UUID
    lesson: str
    language: str
    question: str


def count_curriculum() -> None:
    """Count for the court at work, once an hour."""
    last = session().scalar(select(func.max(CurriculumUse.counted_at)))
    if last is not None and last > clock.now() - EVERY:
        return
    for _batch in range(BATCHES):
        if count_tries() < BATCH:
            break
    count_use()


def count_tries() -> int:
    """Add the quiz tries that were handed in since to the counts; how many there were (at most BATCH).

    A try is counted once: it is marked in the transaction that adds it. Tries from before the language was noted are
    never counted.
    """
    with transaction() as current:
        waiting = (
            select(QuizAttempt, ModuleProgress.version_id)
            .join(
                ModuleProgress,
                (ModuleProgress.enrollment_id == QuizAttempt.enrollment_id) & (ModuleProgress.slug == QuizAttempt.slug),
            )
            .where(
                QuizAttempt.percent.is_not(None),
                QuizAttempt.language.is_not(None),
                QuizAttempt.counted_at.is_(None),
                ModuleProgress.version_id.is_not(None),
            )
            .order_by(QuizAttempt.submitted_at, QuizAttempt.id)
            .limit(BATCH)
            .with_for_update(of=QuizAttempt, skip_locked=True)
        )
        rows = current.execute(waiting).all()
        tallies: dict[ItemKey, Tally] = defaultdict(Tally)
        for attempt, version_id in rows:
            assert version_id is not None
            assert attempt.language is not None
            for question, tally in _tally(attempt, version_id).items():
                key = ItemKey(version_id, attempt.lesson, attempt.language, question)
                tallies[key] = tallies[key] + tally
        _add(tallies)
        # Past the session: nothing of the learner's own changes, so whoever listens for that has nothing to hear.
        current.execute(
            update(QuizAttempt)
            .where(QuizAttempt.id.in_([attempt.id for attempt, _version in rows]))
            .values(counted_at=clock.now(), row_version=QuizAttempt.row_version + 1)
            .execution_options(synchronize_session=False)
        )
        return len(rows)


def _tally(attempt: QuizAttempt, version_id: UUID) -> Mapping[str, Tally]:
    """Nothing for a try that its version can not explain (any more): counting must not stop at it."""
    try:
        lesson = content_of(version_id).lesson(attempt.lesson)
        if not isinstance(lesson, QuizLesson):
            return {}
        graded = grade(draw(lesson.pool, attempt.seed, lesson.draw), attempt.answers)
    except (KeyError, UnknownAnswer):
        return {}
    return tally_of(graded, first=attempt.number == 1)


def _add(tallies: Mapping[ItemKey, Tally]) -> None:
    """In the order of the keys, so that two runs at once can not wait for each other."""
    current = session()
    for key in sorted(tallies, key=lambda one: (str(one.version_id), one.lesson, one.language, one.question)):
        place = {"version_id": key.version_id, "lesson": key.lesson, "language": key.language, "question": key.question}
        lesson = content_of(key.version_id).lesson(key.lesson)
        assert isinstance(lesson, QuizLesson)
        question = next(one for one in lesson.pool if one.id == key.question)
        nothing: dict[str, Any] = dict.fromkeys(SUMS, 0)
        there = insert(QuizItemCount).values(
            id=uuid7(),
            **place,
            wording=wording_of(question, key.language),
            chosen={},
            counted_at=clock.now(),
            row_version=1,
            **nothing,
        )
        current.execute(there.on_conflict_do_nothing(constraint="uq_quiz_item_count_question"))
        row = current.scalars(
            select(QuizItemCount).filter_by(**place).with_for_update().execution_options(populate_existing=True)
        ).one()
        tally = tallies[key]
        for name in SUMS:
            setattr(row, name, getattr(row, name) + getattr(tally, name))
        row.chosen = dict(tally.chosen + Counter(row.chosen))
        row.counted_at = clock.now()
    current.flush()


def count_use() -> None:
    """Count the enrollments of each version that anybody of the court has begun."""
    began = select(
        ModuleProgress.version_id,
        func.count().filter(ModuleProgress.state == "passed").label("passed"),
        func.count().filter(_going()).label("going"),
        func.count().label("all"),
    ).join(Enrollment, Enrollment.id == ModuleProgress.enrollment_id)
    with transaction() as current:
        found: Sequence[Any] = current.execute(
            began.where(ModuleProgress.version_id.is_not(None)).group_by(ModuleProgress.version_id)
        ).all()
        counts = {row.version_id: (row.going, row.passed, row.all - row.going - row.passed) for row in found}
        # A version that nobody is on any more (a case was moved, rows were destroyed) is said to have none.
        for version_id in current.scalars(select(CurriculumUse.version_id)):
            counts.setdefault(version_id, (0, 0, 0))
        for version_id in sorted(counts, key=str):
            going, passed, ended = counts[version_id]
            row = insert(CurriculumUse).values(
                id=uuid7(),
                version_id=version_id,
                going=going,
                passed=passed,
                ended=ended,
                counted_at=clock.now(),
                row_version=1,
            )
            changed = {name: getattr(row.excluded, name) for name in ("going", "passed", "ended", "counted_at")}
            changed["row_version"] = CurriculumUse.row_version + 1
            current.execute(row.on_conflict_do_update(constraint="uq_curriculum_use_court_id_version_id", set_=changed))


def _going() -> Any:
    open_case = Enrollment.state.not_in(FINAL_STATES)
    return case((ModuleProgress.state.in_(("in_progress", "attempts_exhausted")), open_case), else_=False)
