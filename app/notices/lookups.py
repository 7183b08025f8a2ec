"""The inbox of the signed-in person."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, select, tuple_

from app.core.actor import Actor
from app.core.errors import NotFound
from app.notices.models import Notice
from tenants.database import session

PAGE = 25


def _own(actor: Actor) -> ColumnElement[bool]:
    return and_(Notice.recipient_id == actor.id, Notice.recipient_kind == str(actor.kind), Notice.page.is_not(None))


def inbox(actor: Actor, *, before: UUID | None = None) -> tuple[list[Notice], UUID | None]:
    """Up to 25 messages, newest first, from the one after `before` on; and where the next page begins."""
    query = select(Notice).where(_own(actor)).order_by(Notice.created_at.desc(), Notice.id.desc()).limit(PAGE + 1)
    if before is not None:
        last = own_message(before, actor)
        query = query.where(tuple_(Notice.created_at, Notice.id) < (last.created_at, last.id))
    rows = list(session().scalars(query))
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def own_message(notice_id: UUID, actor: Actor, *, lock: bool = False) -> Notice:
    """One message of the person's own inbox. Raises NotFound."""
    query = select(Notice).where(_own(actor), Notice.id == notice_id)
    found = session().scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def unread_by_reader(kind: str) -> dict[UUID, int]:
    """How many messages each reader of a kind has not read."""
    query = (
        select(Notice.recipient_id, func.count())
        .where(Notice.recipient_kind == kind, Notice.page.is_not(None), Notice.read_at.is_(None))
        .group_by(Notice.recipient_id)
    )
    return {row[0]: row[1] for row in session().execute(query)}


def unread_of(recipient_id: ColumnElement[UUID]) -> ScalarSelect[int]:
    """How many messages somebody has not read: a part of a larger statement."""
    return (
        select(func.count())
        .select_from(Notice)
        .where(Notice.recipient_id == recipient_id, Notice.page.is_not(None), Notice.read_at.is_(None))
        .scalar_subquery()
    )
