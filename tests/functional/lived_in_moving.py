"""What a court that everything has happened in has of people who move: somebody who stands in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Cover, Membership
from app.cases.moving.services import arrange_cover
from app.core import clock
from app.permissions.identity import Identity, Role
from tenants.database import session

ZONE = "America/Los_Angeles"
TABLES: dict[str, Any] = {"cover_id": Cover}


def move_people(officer: Identity) -> None:
    """The supervisor stands in for the officer next week."""
    first = clock.today(ZONE) + timedelta(days=7)
    supervisor = session().scalars(sa.select(Membership.id).where(Membership.role == Role.SUPERVISOR)).first()
    assert officer.id is not None
    assert supervisor is not None
    arrange_cover(officer.id, supervisor, first, first + timedelta(days=3), time_zone=ZONE, actor=officer)
