"""What of a long row of alike cases runs every day; the others run in `make check-all`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from app.permissions.identity import Role

ROLES = [role for role in Role if role not in (Role.OPERATOR, Role.NOBODY)]
# One who may do nearly all in a court, one who sees the own cases alone, one who sees the own case alone.
DAILY_ROLES = (Role.ADMINISTRATOR, Role.OFFICER, Role.LEARNER)


def daily(every: Iterable[Any], chosen: Iterable[Any]) -> list[Any]:
    """Parameters of a test: `chosen` as they are, the rest marked slow."""
    picked = list(chosen)
    return [one if one in picked else pytest.param(one, marks=pytest.mark.slow) for one in every]


def daily_roles(every: Iterable[Role] = ROLES) -> list[Any]:
    """Every role, of which DAILY_ROLES run every day."""
    return daily(every, DAILY_ROLES)
