"""Covers as their people see them, and who is to be told of a case."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_, select

from app.accounts.models import Cover, Membership
from app.cases.lookups import names_of
from app.cases.models import Enrollment
from app.cases.moving.rules import Standing, Window
from app.core import clock
from app.core.errors import NotFound
from app.permissions.identity import Identity, Role
from tenants.database import session

OVER_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ShownCover:
    """A cover with the names of its people."""

    row: Cover
    officer: str
    cover: str
    arranged_by: str
    standing: Standing


def visible_covers(identity: Identity) -> Select[Cover]:
    """The covers that somebody may see: an officer the own ones, on either side; others those of the whole court."""
    query = select(Cover)
    if identity.as_role is Role.OFFICER:
        return query.where(or_(Cover.officer_id == identity.id, Cover.cover_id == identity.id))
    return query


def get_cover_for(identity: Identity, cover_id: UUID) -> Cover:
    """One cover. Raises NotFound."""
    found = session().scalar(visible_covers(identity).where(Cover.id == cover_id))
    if found is None:
        raise NotFound
    return found


def covers(identity: Identity) -> tuple[list[ShownCover], list[ShownCover]]:
    """Those that hold or will, by their first day; and the last that are over. Three statements."""
    now, mine = clock.now(), visible_covers(identity)
    ahead = session().scalars(mine.where(Cover.ends_at > now).order_by(Cover.starts_at, Cover.id)).all()
    over = mine.where(Cover.ends_at <= now).order_by(Cover.ends_at.desc(), Cover.id).limit(OVER_SHOWN)
    past = session().scalars(over).all()
    names = names_of({who for row in (*ahead, *past) for who in (row.officer_id, row.cover_id, row.arranged_by)})
    return _shown(ahead, names), _shown(past, names)


def _shown(rows: Sequence[Cover], names: Mapping[UUID, str]) -> list[ShownCover]:
    now = clock.now()
    return [
        ShownCover(
            row,
            names.get(row.officer_id, ""),
            names.get(row.cover_id, ""),
            names.get(row.arranged_by, "") if row.arranged_by else "",
            Window(row.starts_at, row.ends_at).standing(now),
        )
        for row in rows
    ]


def stand_ins() -> dict[UUID, list[UUID]]:
    """Who stands in now, each with the officers for whom. One statement."""
    now = clock.now()
    rows = session().execute(
        select(Cover.cover_id, Cover.officer_id).where(Cover.starts_at <= now, Cover.ends_at > now).order_by(Cover.id)
    )
    found: dict[UUID, list[UUID]] = {}
    for cover, officer in rows:
        if officer not in found.setdefault(cover, []):
            found[cover].append(officer)
    return found


def who_is_told(officer_id: UUID) -> list[UUID]:
    """Whom what happens in this officer's cases concerns now: the officer, and those who stand in."""
    return [officer_id, *(cover for cover, officers in stand_ins().items() if officer_id in officers)]


def stands_in_for(member_id: UUID) -> list[tuple[str, date]]:
    """For whom a member stands in now: each colleague's name with the last day, court-local. One statement."""
    now = clock.now()
    rows = session().execute(
        select(Membership.display_name, Cover.last_day)
        .join(Membership, Membership.id == Cover.officer_id)
        .where(Cover.cover_id == member_id, Cover.starts_at <= now, Cover.ends_at > now)
        .order_by(Cover.last_day, Membership.display_name)
    )
    return [(row.display_name, row.last_day) for row in rows]


def covered_for(member_id: UUID, case_ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    """Of these cases (referrals), those of colleagues for whom a member stands in now, each with the colleague."""
    now = clock.now()
    query = (
        select(Enrollment.referral_id, Cover.officer_id)
        .join(Cover, Cover.officer_id == Enrollment.officer_id)
        .where(
            Enrollment.referral_id.in_(case_ids),
            Cover.cover_id == member_id,
            Cover.starts_at <= now,
            Cover.ends_at > now,
        )
    )
    return {row.referral_id: row.officer_id for row in session().execute(query)}
