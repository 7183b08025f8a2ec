"""How a fee is split into parts, what a plan comes to later, and when to speak of a part. Pure; integer US cents.

A plan keeps its parts as they were agreed. What they come to now follows from two sums alone: what has been paid since
and what is owed now. A waiver or a correction makes every part smaller or larger by the same share; what was paid
covers the parts in order, so part of a payment may go toward the part after it. No order of events matters.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.payments.rules import spread

FIRST_PART_DAYS = 7  # from making the plan to the first part
MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a plan. `due_on` is court-local; `amount_cents` as it is now, of which `covered_cents` are paid."""

    number: int
    due_on: date
    amount_cents: int
    covered_cents: int = 0

    @property
    def left_cents(self) -> int:
        return self.amount_cents - self.covered_cents


def even_parts(cents: int, count: int) -> tuple[int, ...]:
    """`cents` in `count` parts that add up, odd cents first. ValueError when a part would be nothing."""
    if count < 1 or cents < count:
        raise ValueError("each part of a plan is at least a cent")
    return spread(cents, (1,) * count)


def due_days(
    made_on: date, count: int, days_apart: int, roll: Callable[[date], date], *, begins: date | None = None
) -> tuple[date, ...]:
    """When the parts of a plan made on a court-local day are due, the first one on `begins` or a week later.

    `roll` moves a day on which the court is closed; each is counted from the first, so that no delay adds up.
    """
    first = begins or made_on + timedelta(days=FIRST_PART_DAYS)
    return tuple(roll(first + timedelta(days=n * days_apart)) for n in range(count))


def parts_now(agreed: Sequence[Part], *, paid: int, owed: int) -> tuple[Part, ...]:
    """The parts as they stand: `paid` net since the plan was made, `owed` the balance now (either may be negative).

    Amounts add up to what was paid and what is owed; what is left of the parts adds up to what is owed.
    """
    covered, left = max(0, paid), max(0, owed)
    found = []
    for part, cents in zip(agreed, spread(covered + left, [part.amount_cents for part in agreed]), strict=True):
        of_this = min(covered, cents)
        covered -= of_this
        found.append(Part(part.number, part.due_on, cents, of_this))
    return tuple(found)


def next_part(parts: Sequence[Part]) -> Part | None:
    """The first part of which something is left."""
    return next((part for part in parts if part.left_cents > 0), None)


def owed_once_first_is_paid(parts: Sequence[Part]) -> int:
    """The balance at which the first part is paid: lessons open when no more than this is owed."""
    return sum(part.amount_cents for part in parts[1:])


def what_to_say(
    part: Part, *, today: date, made_on: date, days_before: Sequence[int], said: Container[str]
) -> str | None:
    """The occasion to write about a part on a court-local day: a number of days before it is due, MISSED, or None.

    Each occasion once; of several that have come since anybody looked only the last. Nothing on the day of the plan.
    """
    if part.left_cents <= 0:
        return None
    if today > part.due_on:
        return None if MISSED in said else MISSED
    come = [days for days in days_before if today >= part.due_on - timedelta(days=days) > made_on]
    occasion = str(min(come)) if come else None
    return None if occasion is None or occasion in said else occasion
