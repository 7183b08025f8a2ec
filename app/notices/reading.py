"""What the reader of a message does with it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update

from app.core import clock
from app.core.actor import Actor
from app.notices.lookups import own_message
from app.notices.models import Notice
from tenants.database import transaction


def mark_read(notice_id: UUID, *, actor: Actor) -> None:
    """Note that a message of the own inbox was opened. Raises NotFound."""
    with transaction():
        notice = own_message(notice_id, actor, lock=True)
        notice.read_at = notice.read_at or clock.now()


def mark_unread(notice_id: UUID, *, actor: Actor) -> None:
    """Show a message of the own inbox as new again. Raises NotFound."""
    with transaction():
        own_message(notice_id, actor, lock=True).read_at = None


def mark_all_read(*, actor: Actor) -> None:
    with transaction() as current:
        current.execute(
            update(Notice)
            .where(Notice.recipient_id == actor.id, Notice.page.is_not(None), Notice.read_at.is_(None))
            .values(read_at=clock.now(), row_version=Notice.row_version + 1)
        )
