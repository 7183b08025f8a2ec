"""The pure rules of possible violations: their kinds and moves, what opens one, when the person has had a say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from statistics import median

from app.cases.rules import Moves, transition
from app.core.i18n import lazy_gettext as _


class ViolationKind(StrEnum):
    """What can be a possible violation. Money is none of them, and no rule of a court can make it one (CD-4)."""

    MISSED_CHECK_INS = "missed_check_ins"  # by rule
    LESSONS_NOT_DONE = "lessons_not_done"  # by rule, where the court's rules say so
    APPOINTMENT = "appointment"
    CONDITION = "condition"
    CONDUCT = "conduct"


BY_HAND = (ViolationKind.APPOINTMENT, ViolationKind.CONDITION, ViolationKind.CONDUCT)


class Outcome(StrEnum):
    """What a person decides."""

    EXCUSED = "excused"
    RESPONSE = "response"
    RETURNED = "returned"


_DECIDE = "violation.decide"
VIOLATION_MOVES = Moves(
    "possible violation",
    "open",
    (
        transition("open", Outcome.EXCUSED, _DECIDE, _("It was excused."), "reason"),
        transition("open", Outcome.RESPONSE, _DECIDE, _("A step was agreed."), "what_was_agreed", "a_day"),
        transition("open", Outcome.RETURNED, _DECIDE, _("The case went back to the court."), "reason", "own_side"),
    ),
)


def misses_occasion(numbers: Sequence[int], allowed: int) -> str | None:
    """The occasion on which misses go beyond the allowance; None while they are within it.

    `numbers` are those of the missed check-ins that nobody has answered yet, in the order in which they were due.
    """
    return f"check-in {numbers[allowed]}" if len(numbers) > allowed else None


def deadline_occasion(deadline: date) -> str:
    """The occasion on which the lessons were not done in time. A deadline that was moved is another occasion."""
    return f"deadline {deadline.isoformat()}"


def hand_occasion(kind: ViolationKind, event_on: date) -> str:
    """The occasion of what an officer notes: one of a kind for each day."""
    return f"{kind} {event_on.isoformat()}"


def own_side_until(opened_on: date, days: int) -> date:
    """The last court-local day on which the person can say the own side before the case goes back to the court."""
    return opened_on + timedelta(days=days)


def may_return(*, said: bool, opened_on: date, days: int, today: date) -> bool:
    """Whether it can be decided against the person: the own side was said, or the days for it are over."""
    return said or days == 0 or today > own_side_until(opened_on, days)


def median_days(spans: Sequence[int]) -> int | None:
    """The middle of the days from event to decision, rounded down; None when nothing was decided."""
    return int(median(spans)) if spans else None
