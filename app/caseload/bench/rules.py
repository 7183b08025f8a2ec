"""The pure rules of the judge's calendar: the court's next days, and what only a judge may answer."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, timedelta

from app.payments.deciding.rules import Outcome, roles_for
from app.permissions.identity import Role
from tenants.closed_days import is_open
from tenants.program import Waivers

DAYS_AHEAD = 5
_LOOKED_THROUGH = 60  # days; a court that is closed for longer has no next days here


def next_court_days(day: date, closed: Container[date], count: int = DAYS_AHEAD) -> list[date]:
    """The first `count` days after `day` on which the court is open, fewer where it is closed for two months."""
    following = (day + timedelta(days=n) for n in range(1, _LOOKED_THROUGH + 1))
    return [one for one in following if is_open(one, closed)][:count]


def only_a_judge_answers(rules: Waivers, asked_for: str) -> bool:
    """Whether the court's rules leave some answer to a request to a judge alone."""
    outcomes = (Outcome.FULL, Outcome.PARTIAL, Outcome.DENIED)
    return any(Role.CLERK not in roles_for(outcome, rules, asked_for) for outcome in outcomes)
