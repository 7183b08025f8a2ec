"""The queue of the court at work, as one reader may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, false, or_, select, tuple_
from sqlalchemy.orm import joinedload

from app.accountability.models import CheckIn
from app.accounts.models import Membership
from app.cases.lookups import names_of, reach_of, visible_to
from app.cases.models import Enrollment, Referral
from app.core import clock
from app.core.errors import NotFound
from app.learning.models import ModuleProgress, Reflection
from app.permissions.identity import Identity, Role
from app.permissions.permissions import Permission, may
from app.reviews.models import ReviewItem
from app.reviews.rules import Kind, holder
from tenants.database import session

PAGE = 25
SUBJECTS: dict[Kind, type[Any]] = {
    Kind.REFLECTION: Reflection,
    Kind.CHECK_IN: CheckIn,
    Kind.QUIZ: ModuleProgress,
}
NEEDED = {
    Kind.REFLECTION: Permission.REFLECTION_REVIEW,
    Kind.CHECK_IN: Permission.CHECK_IN_REVIEW,
    Kind.QUIZ: Permission.REFLECTION_REVIEW,
}


@dataclass(frozen=True)
class Place:
    """Where a page of the queue begins: after this item."""

    since: datetime
    id: UUID


@dataclass(frozen=True)
class Wanted:
    """What somebody asks of the queue; None: everything that they may see."""

    kind: Kind | None = None
    language: str | None = None
    after: Place | None = None


@dataclass(frozen=True)
class Row:
    """An item in the list. `name` is the participant's, for those who may know it; `holder` whose claim holds."""

    item: ReviewItem
    name: str
    holder: UUID | None
    holder_name: str


def kinds_for(identity: Identity) -> list[Kind]:
    """What `identity` may review at all."""
    return [kind for kind, needed in NEEDED.items() if may(identity, needed)]


def grant_language(identity: Identity) -> str | None:
    """The one language in which `identity` reviews at the court at work; None: every one."""
    if identity.as_role is not Role.FACILITATOR:
        return None
    found: str | None = session().scalar(select(Membership.review_language).where(Membership.id == identity.id))
    return found or None


def items_for(identity: Identity) -> Select[Any]:
    """The items that `identity` may review, with the enrollment where the person may be known (else None)."""
    kinds = kinds_for(identity)
    if not kinds:
        raise NotFound
    if identity.as_role is Role.FACILITATOR:
        query: Select[Any] = select(ReviewItem).where(ReviewItem.kind.in_(kinds))
        language = grant_language(identity)
        return query.where(ReviewItem.language == language) if language else query
    # Officers: the own caseload; supervisors: the whole court. What they may read of it are check-ins.
    own = (
        and_(ReviewItem.kind == Kind.CHECK_IN, ReviewItem.subject_id == CheckIn.id)
        if Kind.CHECK_IN in kinds
        else false()
    )
    columns: tuple[Any, ...] = (ReviewItem, Enrollment)
    return (
        visible_to(reach_of(identity), identity.id, clock.now())
        .join(CheckIn, CheckIn.enrollment_id == Enrollment.id)
        .join(ReviewItem, own)
        .options(joinedload(Enrollment.referral).joinedload(Referral.person))
        .with_only_columns(*columns)
    )


def listed(identity: Identity, wanted: Wanted) -> tuple[list[Row], Place | None]:
    """A page of the queue, the longest waiting first, and where the next one begins. Raises NotFound."""
    found = [(one[0], one[1] if len(one) > 1 else None) for one in _page(items_for(identity), wanted)]
    shown, more = found[:PAGE], found[PAGE:]
    now = clock.now()
    held = {item.id: holder(item.claimed_by, item.claimed_until, now) for item, _enrollment in shown}
    names = names_of(held.values())
    rows = [
        Row(
            item,
            enrollment.referral.person.full_name if enrollment is not None else "",
            held[item.id],
            names.get(one, "") if (one := held[item.id]) is not None else "",
        )
        for item, enrollment in shown
    ]
    last = shown[-1][0] if more else None
    return rows, Place(last.waiting_since, last.id) if last is not None else None


def _page(query: Select[Any], wanted: Wanted) -> Sequence[Any]:
    return session().execute(narrowed(query, wanted).limit(PAGE + 1)).all()


def narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    """`query` over ReviewItem, with what was asked for, the longest waiting first. Flags only when asked for."""
    if wanted.kind is not None:
        query = query.where(ReviewItem.kind == wanted.kind)
    else:
        query = query.where(ReviewItem.kind != Kind.FLAG)
    if wanted.language is not None:
        query = query.where(ReviewItem.language == wanted.language)
    if wanted.after is not None:
        place = tuple_(wanted.after.since, wanted.after.id)
        query = query.where(tuple_(ReviewItem.waiting_since, ReviewItem.id) > place)
    return query.order_by(ReviewItem.waiting_since, ReviewItem.id)


def next_free(identity: Identity) -> ReviewItem | None:
    """The longest waiting item that nobody has taken, or the one that `identity` has. Raises NotFound."""
    free = or_(
        ReviewItem.claimed_until.is_(None),
        ReviewItem.claimed_until <= clock.now(),
        ReviewItem.claimed_by == identity.id,
    )
    found = session().execute(narrowed(items_for(identity).where(free), Wanted()).limit(1)).first()
    return found[0] if found is not None else None


def item_of(kind: Kind, subject_id: UUID, *, lock: bool = False) -> ReviewItem | None:
    """The item of a subject of the court at work; None when it does not wait."""
    query = select(ReviewItem).where(ReviewItem.kind == kind, ReviewItem.subject_id == subject_id)
    if lock:
        query = query.with_for_update()
    found: ReviewItem | None = session().scalar(query.execution_options(populate_existing=True))
    return found


@dataclass(frozen=True)
class Subject:
    """What is reviewed: the row, whose it is, and the item while it waits. `enrollment` only for who may know."""

    kind: Kind
    row: Any
    enrollment_id: UUID
    enrollment: Enrollment | None
    item: ReviewItem | None


def subject_for(identity: Identity, kind: Kind, subject_id: UUID) -> Subject:
    """One thing to read that `identity` may review, waiting or not. Missing and forbidden look the same: NotFound."""
    if kind not in kinds_for(identity):
        raise NotFound
    model = SUBJECTS[kind]
    row = session().scalar(select(model).where(model.id == subject_id))
    item = item_of(kind, subject_id)
    if row is None or (item is None and kind is not Kind.CHECK_IN):
        raise NotFound
    if identity.as_role is Role.FACILITATOR:
        language = grant_language(identity)
        if language and (item is None or item.language != language):
            raise NotFound
        return Subject(kind, row, row.enrollment_id, None, item)
    query = visible_to(reach_of(identity), identity.id, clock.now()).where(Enrollment.id == row.enrollment_id)
    enrollment = session().scalar(query.options(joinedload(Enrollment.referral).joinedload(Referral.person)))
    if enrollment is None:
        raise NotFound
    return Subject(kind, row, row.enrollment_id, enrollment, item)
