"""Telling whoever a case concerns now: its officer, and the colleagues who stand in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Membership
from app.accounts.telling import tell_staff
from app.cases.moving.lookups import who_is_told
from app.permissions.identity import Role
from tenants.database import session


def tell_in_charge(
    officer_id: UUID,
    kind: str,
    page: str,
    *,
    roles: Collection[Role],
    but_not: UUID | None = None,
    **context: str | int | date,
) -> bool:
    """As `tell_staff`, for an officer and those who stand in for them now; whether anybody was told.

    `roles`: only those with one of these, since others could not open the page; `but_not`: whom it is not for.
    """
    wanted = [who for who in who_is_told(officer_id) if who != but_not]
    query = select(Membership.id).where(Membership.id.in_(wanted), Membership.role.in_(roles))
    able = set(session().scalars(query))
    told = [tell_staff(who, kind, page, urgent=False, **context) for who in wanted if who in able]
    return any(one is not None for one in told)
