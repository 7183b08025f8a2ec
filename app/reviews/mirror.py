"""Keeps `review_item` level with what really waits, in the transaction that changes it. Nothing else makes or ends an
item.

The session itself is listened to: whoever hands in, decides, withdraws a case or opens a quiz anew need not remember
the queue. `repair` is for what came past the session (an earlier release, a hand in the database).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    event,
    func,
    inspect,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import get_history

from app.accountability.models import CheckIn
from app.accounts.models import LearnerAccount
from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES
from app.core import clock
from app.learning.models import ModuleProgress, QuizAttempt, Reflection
from app.learning.pseudonym import pseudonym
from app.reviews.models import ReviewFlag, ReviewItem
from app.reviews.rules import Kind
from tenants.database import db, session, transaction
from tenants.keys import uuid7

# Whose rows can wait, and in which state they do.
WAITS: dict[type[Any], tuple[Kind, str]] = {
    Reflection: (Kind.REFLECTION, "submitted"),
    CheckIn: (Kind.CHECK_IN, "submitted"),
    ModuleProgress: (Kind.QUIZ, "attempts_exhausted"),
}
# A flag waits for a lead facilitator until it is judged or passed on, also when the case has ended.
WAITS_FOR_LEAD = and_(ReviewFlag.for_lead.is_(True), ReviewFlag.passed_at.is_(None), ReviewFlag.judged_at.is_(None))
Key = tuple[str, UUID]  # kind, subject's id


@dataclass(frozen=True)
class Waiting:
    """Something that waits: since when as far as its own row knows."""

    enrollment_id: UUID
    language: str
    since: datetime | None


def truth(connection: Connection, enrollment_ids: Collection[UUID] | None = None) -> dict[Key, Waiting]:
    """What waits in the court at work, by kind and subject; of these enrollments, or of all."""
    last_try = (
        select(func.max(QuizAttempt.submitted_at))
        .where(QuizAttempt.enrollment_id == ModuleProgress.enrollment_id, QuizAttempt.slug == ModuleProgress.slug)
        .scalar_subquery()
    )
    since: dict[type[Any], Any] = {Reflection: Reflection.submitted_at, CheckIn: CheckIn.submitted_at}
    parts: list[Any] = []
    for model, (kind, state) in WAITS.items():
        columns = (literal(str(kind)), model.id, model.enrollment_id, LearnerAccount.language)
        part = (
            select(*columns, since.get(model, last_try))
            .join(Enrollment, Enrollment.id == model.enrollment_id)
            .outerjoin(LearnerAccount, LearnerAccount.id == Enrollment.account_id)
            .where(model.state == state, Enrollment.state.not_in(FINAL_STATES))
        )
        parts.append(part if enrollment_ids is None else part.where(Enrollment.id.in_(enrollment_ids)))
    asked = (
        select(
            literal(str(Kind.FLAG)),
            ReviewFlag.id,
            ReviewFlag.enrollment_id,
            LearnerAccount.language,
            ReviewFlag.raised_at,
        )
        .join(Enrollment, Enrollment.id == ReviewFlag.enrollment_id)
        .outerjoin(LearnerAccount, LearnerAccount.id == Enrollment.account_id)
        .where(WAITS_FOR_LEAD)
    )
    parts.append(asked if enrollment_ids is None else asked.where(Enrollment.id.in_(enrollment_ids)))
    return {
        (kind, subject): Waiting(enrollment_id, language or "en", at)
        for kind, subject, enrollment_id, language, at in connection.execute(union_all(*parts))
    }


def _subjects(enrollment_ids: Collection[UUID]) -> ColumnElement[bool]:
    models: tuple[type[Any], ...] = (*WAITS, ReviewFlag)
    return or_(*(ReviewItem.subject_id.in_(_ids(model, enrollment_ids)) for model in models))


def _ids(model: type[Any], enrollment_ids: Collection[UUID]) -> Any:
    return select(model.id).where(model.enrollment_id.in_(enrollment_ids))


def _level(connection: Connection, enrollment_ids: Collection[UUID] | None, *, now: datetime | None) -> int:
    """Make, change and end items until they say what is true; returns how many were wrong.

    `now` is when a new one begins to wait; None: take it from the row that waits.
    """
    wanted = truth(connection, enrollment_ids)
    query = select(ReviewItem.kind, ReviewItem.subject_id, ReviewItem.language, ReviewItem.id)
    found = query if enrollment_ids is None else query.where(_subjects(enrollment_ids))
    there = {(kind, subject): (language, item) for kind, subject, language, item in connection.execute(found)}
    gone = [item for key, (_language, item) in there.items() if key not in wanted]
    if gone:
        connection.execute(delete(ReviewItem).where(ReviewItem.id.in_(gone)))
    other = [
        (key, item) for key, (language, item) in there.items() if key in wanted and wanted[key].language != language
    ]
    for key, item in other:
        connection.execute(update(ReviewItem).where(ReviewItem.id == item).values(language=wanted[key].language))
    new = [key for key in wanted if key not in there]
    if new:
        connection.execute(
            insert(ReviewItem).on_conflict_do_nothing(), [_item(key, wanted[key], now=now) for key in new]
        )
    return len(gone) + len(other) + len(new)


def _item(key: Key, waiting: Waiting, *, now: datetime | None) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "kind": key[0],
        "subject_id": key[1],
        "pseudonym": pseudonym(waiting.enrollment_id),
        "language": waiting.language,
        "waiting_since": now or waiting.since or clock.now(),
    }


def differences() -> tuple[list[Key], list[Key]]:
    """(what waits and is not in the queue, what is in the queue and does not wait) at the court at work."""
    connection = session().connection()
    wanted = truth(connection)
    rows = connection.execute(select(ReviewItem.kind, ReviewItem.subject_id, ReviewItem.language))
    there = {(kind, subject): language for kind, subject, language in rows}
    missing = [key for key, one in wanted.items() if there.get(key) != one.language]
    return missing, [key for key in there if key not in wanted]


def repair() -> int:
    """Make the queue of the court at work say what is true; returns how many items were wrong."""
    with transaction() as current:
        return _level(current.connection(), None, now=None)


@cache
def listen() -> None:
    """Keep every session of this process level from now on (the factory)."""
    event.listen(db.session, "after_flush", _keep_level)


def _keep_level(current: Session, _context: object) -> None:
    if current.info.get("court_id") is None:
        return  # no court's rows can have changed
    changed = {row for rows in (current.new, current.dirty) for row in rows}  # none of them is ever deleted
    concerned = {found for row in changed for found in _concerned(row, current)}
    if concerned:
        _level(current.connection(), concerned, now=clock.now())


def _concerned(row: object, current: Session) -> Iterator[UUID]:
    """The enrollments whose queue a written row may have changed."""
    if type(row) in WAITS:
        if WAITS[type(row)][1] in _states(row):
            yield row.enrollment_id  # type: ignore[attr-defined]  # all of WAITS have it
    elif isinstance(row, ReviewFlag):
        yield row.enrollment_id
    elif isinstance(row, Enrollment):
        if inspect(row).persistent and _states(row) & FINAL_STATES:
            yield row.id
    elif isinstance(row, LearnerAccount) and get_history(row, "language").deleted:
        yield from current.connection().scalars(select(Enrollment.id).where(Enrollment.account_id == row.id))


def _states(row: object) -> set[str]:
    """The states that a row left and came to in this flush; empty when it kept its own."""
    history = get_history(row, "state")
    return {*history.added, *history.deleted} if history.added or history.deleted else set()
