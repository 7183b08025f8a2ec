"""Whose each cent is: money that came in or went back, split over the components of a fee. Pure; integer US cents.

Money goes to the components that are still open, by what is open, so that no component holds more than it was owed.
What nobody was owed is kept under NOBODY until something is owed or it is given back. Money that goes back is taken
first from there, then from refundable components that hold more than they are owed by now (waived after it was paid),
then from what refundable components hold. A component that is not refundable keeps what it has.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from app.payments.rules import spread

NOBODY = ""  # money of no component: paid beyond what was owed; below zero: given back beyond what may be


class Effect(StrEnum):
    """What an entry does."""

    OWED = "owed"  # changes what a component is owed (or the whole fee), positive or negative
    MONEY = "money"  # comes in (positive) or goes back (negative)


@dataclass(frozen=True, slots=True)
class Moved:
    """One entry of a ledger. `component` is empty for the fee as a whole.

    `never_was`: the payment itself is undone (voided, or taken back by the bank), so nobody keeps a share of it;
    `undoes` is then its ref, where it is known.
    """

    ref: str
    effect: Effect
    cents: int
    component: str = NOBODY
    never_was: bool = False
    undoes: str = ""


@dataclass(slots=True)
class Shares:
    """What each component of one fee is owed and holds, entry by entry. `fixed`: those that are not refundable."""

    keys: Sequence[str]
    fixed: frozenset[str] = frozenset()
    owed: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    parts: dict[str, dict[str, int]] = field(default_factory=dict)  # by ref: what it gave to whom

    def take_in(self, entry: Moved) -> dict[str, int]:
        """Count one entry; returns how many cents each component got (negative: gave back). Parts of money add up."""
        if entry.effect is Effect.OWED:
            self._owe(entry)
            part = self._settle()
        else:
            part = self._arrive(entry.cents) if entry.cents > 0 else _joined(self._go_back(entry), self._settle())
        self.parts[entry.ref] = part
        return part

    def _owe(self, entry: Moved) -> None:
        if entry.component != NOBODY:
            self.owed[entry.component] = self.owed.get(entry.component, 0) + entry.cents
            return
        weights = [max(0, self.owed.get(key, 0)) for key in self.keys]
        total = sum(weights)
        within = max(entry.cents, -total) if total else 0
        for key, cents in zip(self.keys, spread(abs(within), weights), strict=True):
            self.owed[key] = self.owed.get(key, 0) + (cents if within > 0 else -cents)
        self.owed[NOBODY] = self.owed.get(NOBODY, 0) + entry.cents - within

    def _add(self, part: Mapping[str, int]) -> None:
        for key, cents in part.items():
            self.held[key] = self.held.get(key, 0) + cents

    def _spread(self, cents: int, room: Mapping[str, int]) -> dict[str, int]:
        """At most `cents` over those with room, by their room."""
        keys = [key for key in (NOBODY, *self.keys) if room.get(key, 0) > 0]
        weights = [room[key] for key in keys]
        amount = min(cents, sum(weights))
        return {key: part for key, part in zip(keys, spread(amount, weights), strict=True) if part}

    def _room(self) -> dict[str, int]:
        return {key: self.owed.get(key, 0) - self.held.get(key, 0) for key in self.keys}

    def _arrive(self, cents: int) -> dict[str, int]:
        short = min(cents, max(0, -self.held.get(NOBODY, 0)))  # first what had gone back beyond what may
        part = self._spread(cents - short, self._room())
        part = _joined(part, {NOBODY: cents - sum(part.values())})
        self._add(part)
        return part

    def _go_back(self, entry: Moved) -> dict[str, int]:
        took: dict[str, int] = {}
        for room in self._rooms(entry):
            step = self._spread(-entry.cents - sum(took.values()), room())
            self._add({key: -cents for key, cents in step.items()})
            took = _joined(took, step)
        short = -entry.cents - sum(took.values())
        self._add({NOBODY: -short})
        return {key: -cents for key, cents in _joined(took, {NOBODY: short}).items()}

    def _rooms(self, entry: Moved) -> list[Callable[[], dict[str, int]]]:
        """From whom money goes back, one after the other; each is worked out when those before it have given."""
        given = self.parts.get(entry.undoes, {})
        free = [key for key in self.keys if key not in self.fixed]

        def over(key: str) -> int:
            return min(self._has(key), self._has(key) - self.owed.get(key, 0))

        rooms: list[Callable[[], dict[str, int]]] = [
            lambda: {key: min(self._has(key), cents) for key, cents in given.items()},
            lambda: {NOBODY: self._has(NOBODY)},
            lambda: {key: over(key) for key in free},
            lambda: {key: self._has(key) for key in free},
        ]
        return [*rooms, lambda: {key: self._has(key) for key in self.keys}] if entry.never_was else rooms

    def _has(self, key: str) -> int:
        return max(0, self.held.get(key, 0))

    def _settle(self) -> dict[str, int]:
        """Move what refundable components hold beyond what they are owed to where something is open, else to NOBODY."""
        over = {key: -gap for key, gap in self._room().items() if gap < 0 and key not in self.fixed}
        over = {key: min(cents, self.held.get(key, 0)) for key, cents in over.items()}
        part = {key: -cents for key, cents in over.items() if cents > 0}
        self._add(part)
        loose = -sum(part.values()) + max(0, self.held.get(NOBODY, 0))
        self._add({NOBODY: -sum(part.values())})
        filled = self._spread(loose, self._room())
        self._add(filled)
        self._add({NOBODY: -sum(filled.values())})
        moved = _joined(part, filled)
        return _joined(moved, {NOBODY: -sum(moved.values())})


def _joined(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    keys = {**one, **other}
    found = {key: one.get(key, 0) + other.get(key, 0) for key in keys}
    return {key: cents for key, cents in found.items() if cents}


def turns(written: Sequence[tuple[datetime, Moved]], fixed: Container[str]) -> list[int]:
    """The places of entries (with their instants, in the ledger's order) in the order in which they count.

    What is written together, at one instant, stands in no order. Money comes in before it goes back; and a grant lowers
    the components that are not refundable first: else what the others give up would move to them, and stay there.
    """

    def comes_first(place: int) -> bool:
        entry = written[place][1]
        return entry.cents > 0 if entry.effect is Effect.MONEY else entry.cents < 0 and entry.component in fixed

    together = groupby(range(len(written)), key=lambda place: (written[place][0], written[place][1].effect))
    return [place for _instant, places in together for place in sorted(places, key=comes_first, reverse=True)]


def in_turn(written: Sequence[tuple[datetime, Moved]], fixed: Container[str]) -> list[Moved]:
    """The entries in the order in which they count (see `turns`)."""
    return [written[place][1] for place in turns(written, fixed)]


def shares_of(entries: Iterable[Moved], keys: Sequence[str], fixed: frozenset[str]) -> Shares:
    """Every entry of one ledger counted, in the order given."""
    shares = Shares(keys, fixed)
    for entry in entries:
        shares.take_in(entry)
    return shares
