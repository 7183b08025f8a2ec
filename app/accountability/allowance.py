"""How many misses an enrollment's rules allow, and which misses still count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.accountability.lookups import check_ins_of, running_time, state_of
from app.accountability.models import CheckIn
from app.accountability.rules import CheckInState
from app.cases.models import Enrollment
from tenants.program import Accountability
from tenants.rules import NoRules, rules_of


def accountability_rules(enrollment: Enrollment) -> Accountability:
    """What the rules that this enrollment is pinned to say of check-ins. Raises NoRules before somebody enrolled."""
    if enrollment.rules_id is None:
        raise NoRules
    return rules_of(enrollment.rules_id).accountability


def counted_states(rows: Sequence[CheckIn], now: datetime) -> list[CheckInState]:
    """What each check-in is at `now` (UTC), as the allowance sees it: a miss that a person answered is settled."""
    states = [(row, state_of(row, now)) for row in rows]
    return ["excused" if state == "missed" and row.answered_by is not None else state for row, state in states]


def unanswered_misses(enrollment: Enrollment) -> list[CheckIn]:
    """The missed check-ins that nobody has answered, in the order in which they were due."""
    rows = check_ins_of(enrollment.id)
    states = counted_states(rows, running_time(enrollment))
    missed = [row for row, state in zip(rows, states, strict=True) if state == "missed"]
    return sorted(missed, key=lambda row: (row.due_on, row.number))
