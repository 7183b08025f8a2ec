"""The pure rules of check-ins: their moves, what one is now, how many misses are too many, when all are done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.accountability.schedule import Window
from app.cases.rules import LEARNER, SYSTEM, Moves, transition
from app.core.i18n import lazy_gettext as _

Decision = Literal["accepted", "returned", "excused"]
CheckInState = Literal["scheduled", "open", "submitted", "accepted", "returned", "missed", "excused"]

_REVIEW, _EXCUSE = "check_in.review", "check_in.excuse"
# A returned check-in is never missed: it was done in time, and one thing is still to add.
CHECK_IN_MOVES = Moves(
    "check-in",
    "scheduled",
    (
        transition("scheduled", "open", SYSTEM, _("The check-in is open."), "window_opened"),
        transition("open returned", "submitted", LEARNER, _("The check-in was sent.")),
        transition("open", "missed", SYSTEM, _("The time for the check-in ran out."), "grace_over"),
        transition("submitted", "accepted", _REVIEW, _("The check-in was accepted.")),
        transition("submitted", "returned", _REVIEW, _("One thing needs to be added."), "what_to_add"),
        transition("scheduled open returned missed", "excused", _EXCUSE, _("This check-in is excused."), "reason"),
    ),
)

SETTLED = frozenset({"accepted", "excused"})


@dataclass(frozen=True, slots=True)
class AllowanceRules:
    """From the court's rules: how many check-ins there are, and how many may be missed."""

    check_ins: int
    misses_allowed: int


def state_now(
    window: Window, *, submitted_at: datetime | None, decision: Decision | None, now: datetime
) -> CheckInState:
    """What a check-in is at `now` (UTC).

    `submitted_at` is when it was first sent; what is sent again after "returned" only takes the decision back to None,
    so that one thing to add never turns a check-in done in time into a missed one. What was first sent before the grace
    ended counts; a person's decision stands whatever the clock says. ValueError when something was accepted or
    returned that was never sent.
    """
    if decision == "excused":
        return "excused"
    if decision is not None:
        if submitted_at is None:
            raise ValueError(f"a check-in that was never sent can not be {decision}")
        return decision
    if submitted_at is not None and submitted_at < window.grace_until:
        return "submitted"
    if now >= window.grace_until:
        return "missed"
    return "open" if now >= window.opens_at else "scheduled"


def is_late(window: Window, at: datetime) -> bool:
    """Whether something sent or done at `at` (UTC) comes after the due day."""
    return at >= window.closes_at


def misses_beyond(allowed: int, states: Sequence[CheckInState]) -> int:
    """How many misses go beyond the court's allowance; 0 while within it. Excused ones are no misses."""
    return max(0, Counter(states)["missed"] - allowed)


def accountability_done(states: Collection[CheckInState], rules: AllowanceRules) -> bool:
    """Whether every check-in is accepted, excused, or a miss within the allowance. Never while one is still to come."""
    return (
        len(states) >= rules.check_ins
        and all(state in SETTLED or state == "missed" for state in states)
        and misses_beyond(rules.misses_allowed, list(states)) == 0
    )
