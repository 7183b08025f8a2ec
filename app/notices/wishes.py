"""How the people of the court at work want to get messages."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import select

from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound
from app.notices.models import MessageWishes
from app.notices.rules import Wishes
from tenants.database import session, transaction


def wishes_row(recipient_id: UUID | None) -> MessageWishes | None:
    """What somebody chose, or None."""
    return session().scalar(select(MessageWishes).where(MessageWishes.recipient_id == recipient_id))


def wishes_of(recipient_id: UUID | None) -> Wishes:
    """What somebody chose, or what holds without a choice."""
    row = wishes_row(recipient_id)
    return Wishes(row.reminders_by_mail, row.nothing_home, row.once_a_day) if row else Wishes()


def choose(wishes: Wishes, *, actor: Actor) -> None:
    """Keep how the signed-in person wants to get messages from now on. Raises NotFound for nobody."""
    if actor.id is None:
        raise NotFound
    with transaction() as current:
        row = wishes_row(actor.id)
        old = wishes_of(actor.id)
        if old == wishes:
            return
        if row is None:
            row = MessageWishes(recipient_id=actor.id)
            current.add(row)
        row.reminders_by_mail, row.nothing_home = wishes.reminders_by_mail, wishes.nothing_home
        row.once_a_day = wishes.once_a_day
        current.flush()
        audit("notices.choose", actor=actor, subject=(actor.kind, actor.id), old=asdict(old), new=asdict(wishes))
