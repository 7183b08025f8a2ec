"""Arranging who stands in for whom, and ending it early."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Cover
from app.accounts.telling import tell_staff
from app.cases.lookups import who_can_supervise
from app.cases.moving.rules import LONGEST_DAYS, Standing, Window, ended_early, window
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.identity import Role
from tenants.database import transaction

PAGE = "covers"


def arrange_cover(
    officer_id: UUID, cover_id: UUID, first_day: date, last_day: date, *, time_zone: str, actor: Actor
) -> Cover:
    """Let a colleague stand in for an officer from `first_day` to `last_day` (court-local, both included).

    Both are told. An officer arranges it for the own cases only. Raises NotFound, and Refused at `officer_id`,
    `cover_id`, `first_day` or `last_day`.
    """
    if actor.role == Role.OFFICER and officer_id != actor.id:
        raise NotFound
    able = {member.id for member in who_can_supervise()}
    if officer_id not in able:
        raise Refused(_("Choose an officer from the list."), "officer_id")
    if cover_id == officer_id or cover_id not in able:
        raise Refused(_("Choose a colleague from the list."), "cover_id")
    if last_day < first_day:
        raise Refused(_("The last day must not be before the first day."), "last_day")
    if first_day < clock.today(time_zone):
        raise Refused(_("Choose today or a later day."), "first_day")
    if (last_day - first_day).days >= LONGEST_DAYS:
        raise Refused(_("Choose at most one year."), "last_day")
    holds = window(first_day, last_day, time_zone)
    with transaction() as current:
        same = select(Cover.id).where(Cover.officer_id == officer_id, Cover.cover_id == cover_id)
        if current.scalar(same.where(Cover.starts_at < holds.ends_at, Cover.ends_at > holds.starts_at).limit(1)):
            raise Refused(_("This colleague already stands in on some of these days."), "first_day")
        row = Cover(
            officer_id=officer_id,
            cover_id=cover_id,
            first_day=first_day,
            last_day=last_day,
            starts_at=holds.starts_at,
            ends_at=holds.ends_at,
            arranged_by=actor.id,
            arranged_at=clock.now(),
        )
        current.add(row)
        current.flush()
        audit("cases.arrange_cover", actor=actor, subject=("cover", row.id), new=_facts(row))
        tell_staff(officer_id, "cover_for_you", PAGE, first_day=first_day, last_day=last_day)
        tell_staff(cover_id, "cover_by_you", PAGE, first_day=first_day, last_day=last_day)
        return row


def end_cover(cover_row_id: UUID, *, actor: Actor) -> Cover:
    """End a cover now, before its last day is over; one that has not begun never holds. Does nothing when it is over.

    Both are told. Raises NotFound.
    """
    with transaction() as current:
        row = current.scalar(select(Cover).where(Cover.id == cover_row_id).with_for_update())
        if row is None or (actor.role == Role.OFFICER and actor.id not in (row.officer_id, row.cover_id)):
            raise NotFound
        held, now = Window(row.starts_at, row.ends_at), clock.now()
        if held.standing(now) is Standing.OVER:
            return row
        row.ends_at = ended_early(held, now)
        row.ended_at, row.ended_by = now, actor.id
        audit("cases.end_cover", actor=actor, subject=("cover", row.id), old=_facts(row))
        for who in (row.officer_id, row.cover_id):
            tell_staff(who, "cover_ended", PAGE)
        return row


def _facts(row: Cover) -> dict[str, str]:
    return {
        "officer_id": str(row.officer_id),
        "cover_id": str(row.cover_id),
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
    }
