"""The pure rules of the team's page: stretches of time on the court's calendar, the way through the program, shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

MOST_MONTHS = 60  # a stretch of time that people choose is at most so long

# The stages in which a caseload is counted, and the stored states in each.
LOAD_GROUPS: Mapping[str, tuple[str, ...]] = {
    "referred": ("referred",),
    "lessons": ("enrolled", "coursework"),
    "check_ins": ("accountability",),
    "report": ("report_due",),
    "paused": ("on_hold", "returned_to_court"),
}
OUTCOMES = ("completed", "returned_to_court", "terminated", "withdrawn", "transferred")

# The steps of the way through the program. Who has done the check-ins waits for the report: that is no step of its own.
STEPS = ("referred", "enrolled", "coursework", "accountability", "completed")
RANKS: Mapping[str, int] = {"enrolled": 1, "coursework": 2, "accountability": 3, "report_due": 3, "completed": 4}
_LEFT = frozenset({"terminated", "withdrawn", "transferred"})

# What became of a request for a waiver, by its stored states. "Waiting" has no answer, or is looked at again.
ANSWERS: Mapping[str, tuple[str, ...]] = {
    "full": ("granted_full",),
    "part": ("granted_partial",),
    "other": ("more_time", "installments"),
    "not_granted": ("denied",),
    "taken_back": ("revoked",),
    "waiting": ("submitted", "needs_proof", "under_review", "reconsideration"),
}


class Span(StrEnum):
    """The stretches of time to choose from."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Period:
    """From a court-local day to another, both included."""

    first: date
    last: date

    @property
    def months(self) -> list[date]:
        """The first day of each month that the period touches, in order."""
        found, day = [], self.first.replace(day=1)
        while day <= self.last:
            found.append(day)
            day = (day + timedelta(days=32)).replace(day=1)
        return found


def period_so_far(span: Span, today: date) -> Period:
    """The month, quarter or year of `today` (the court's), up to today. A span of one's own is no such thing."""
    first_month = {
        Span.MONTH: today.month,
        Span.QUARTER: (today.month - 1) // 3 * 3 + 1,
        Span.YEAR: 1,
    }[span]
    return Period(date(today.year, first_month, 1), today)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way: who came as far, and where those are now who came no further."""

    key: str
    reached: int
    share: int  # percent of everybody referred
    left: int  # ended, taken back by the court, moved to another court
    at_court: int  # back at the court, nothing decided yet
    here: int  # goes on from here, or is paused


def way(counts: Iterable[tuple[int, str, int]]) -> list[Step]:
    """The steps, from how many people came to which rank (see RANKS; 0: none) and are in which state now."""
    rows = list(counts)
    everybody = sum(number for _rank, _state, number in rows)
    found = []
    for rank, key in enumerate(STEPS):
        stopped = [(state, number) for furthest, state, number in rows if furthest == rank]
        reached = sum(number for furthest, _state, number in rows if furthest >= rank)
        left = sum(number for state, number in stopped if state in _LEFT)
        at_court = sum(number for state, number in stopped if state == "returned_to_court")
        here = sum(number for _state, number in stopped) - left - at_court
        found.append(Step(key, reached, percent(reached, everybody), left, at_court, 0 if key == "completed" else here))
    return found


def percent(part: int, whole: int) -> int:
    """`part` of `whole`, rounded to the nearest percent; 0 of nothing."""
    return (part * 200 + whole) // (2 * whole) if whole else 0
