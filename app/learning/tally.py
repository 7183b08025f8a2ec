"""Counting seat time one sign after the other. Pure, and always the same as `count_seat_time` over all signs.

A sign from a page comes every twenty seconds, for hours: reading all earlier ones each time would make a long day slow.
A tally keeps what the next sign needs: the visits that are open, who has the time since their last signs, and the sums.
Whatever it can not tell (`added` returns None) is counted from all signs again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.learning.seat_time import (
    EventKind,
    PageEvent,
    SeatRule,
    Verdict,
    share_out,
    stretches_of,
    usable_in,
    visits_in,
)

# Pages that were left open and forgotten: a sign of an older one is counted from all signs.
VISITS_KEPT = 8
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_NOTHING = dt.timedelta()


@dataclass(frozen=True)
class OpenVisit:
    """A page that is open. `beats`: it has sent a heartbeat; `turns`: it has turned a page before its first one."""

    lesson: str
    tab: str
    number: int
    last: dt.datetime
    beats: bool = False
    turns: bool = False


@dataclass(frozen=True)
class Held:
    """Time that counts, and the visit that it counts for."""

    start: dt.datetime
    end: dt.datetime
    lesson: str
    number: int


@dataclass(frozen=True)
class Tally:
    """`sums`: time by lesson, before its cap. `opened`: how many visits there ever were."""

    latest: dt.datetime | None = None
    opened: int = 0
    visits: tuple[OpenVisit, ...] = ()
    held: tuple[Held, ...] = ()
    sums: Mapping[str, dt.timedelta] = field(default_factory=dict)

    def visit(self, lesson: str, tab: str) -> OpenVisit | None:
        return next((one for one in self.visits if (one.lesson, one.tab) == (lesson, tab)), None)

    def counted_seconds(self, lesson: str, rule: SeatRule) -> int:
        """Whole seconds that count in a lesson, rounded down."""
        return min(self.sums.get(lesson, _NOTHING), dt.timedelta(seconds=rule.cap)) // dt.timedelta(seconds=1)


def tally_of(
    events: Iterable[PageEvent], rules: Mapping[str, SeatRule], not_before: dt.datetime, now: dt.datetime
) -> Tally:
    """The tally of all signs so far, in any order. Arguments as for `count_seat_time`."""
    usable, _rejected = usable_in(events, rules, not_before, now)
    visits, _not_open = visits_in(usable)
    stretches = [part for number, visit in enumerate(visits) for part in stretches_of(visit, number, rules)]
    held = [
        Held(span.start, span.end, lesson, number)
        for lesson, span, number in share_out(stretches)
        if span.verdict is Verdict.COUNTED
    ]
    sums: dict[str, dt.timedelta] = {}
    for one in held:
        sums[one.lesson] = sums.get(one.lesson, _NOTHING) + (one.end - one.start)
    open_now: dict[tuple[str, str], OpenVisit] = {}
    for number, visit in enumerate(visits):
        page = (visit[0].lesson, visit[0].tab)
        open_now.pop(page, None)  # opened again: the earlier visit is over
        if visit[-1].kind is not EventKind.SUBMITTED:
            open_now[page] = _open_visit(visit, number)
    latest = usable[-1].at if usable else None
    return _trimmed(Tally(latest, len(visits), tuple(open_now.values()), tuple(held), sums))


def added(
    tally: Tally, event: PageEvent, rules: Mapping[str, SeatRule], not_before: dt.datetime, now: dt.datetime
) -> Tally | None:
    """The tally with one more sign, which must be a new one; None when all signs have to be looked at."""
    if event.kind is EventKind.REFUSED or event.lesson not in rules or not not_before <= event.at <= now:
        return None
    if tally.latest is not None and event.at <= tally.latest:
        return None
    visit = tally.visit(event.lesson, event.tab)
    others = tuple(one for one in tally.visits if one is not visit)
    if event.kind is EventKind.OPENED:
        begun = OpenVisit(event.lesson, event.tab, tally.opened, event.at)
        return _trimmed(replace(tally, latest=event.at, opened=tally.opened + 1, visits=(*others, begun)))
    if visit is None:
        return None
    beat = event.kind is EventKind.HEARTBEAT
    if beat and visit.turns and not visit.beats:
        return None  # the first heartbeat ends the generous estimate, also for what came before it
    rule = rules[event.lesson]
    limit = rule.gap_limit if beat or visit.beats else rule.turn_limit
    active = Held(visit.last, min(event.at, visit.last + dt.timedelta(seconds=limit)), visit.lesson, visit.number)
    held, sums = _taken(tally, active)
    if event.kind is not EventKind.SUBMITTED:
        turns = visit.turns or not beat
        others = (*others, replace(visit, last=event.at, beats=visit.beats or beat, turns=turns))
    return _trimmed(Tally(event.at, tally.opened, others, held, sums))


def _taken(tally: Tally, active: Held) -> tuple[tuple[Held, ...], dict[str, dt.timedelta]]:
    """Give the time of `active` to its visit, but for what a visit opened later has."""
    sums = dict(tally.sums)
    kept, free = [], [active]
    for one in tally.held:
        if one.end <= active.start or one.start >= active.end:
            kept.append(one)
        elif one.number > active.number:
            kept.append(one)
            free = [part for each in free for part in _without(each, one)]
        else:
            parts = _without(one, active)
            kept += parts
            left = sum((part.end - part.start for part in parts), _NOTHING)
            sums[one.lesson] -= (one.end - one.start) - left
    for part in free:
        sums[part.lesson] = sums.get(part.lesson, _NOTHING) + (part.end - part.start)
    return tuple(sorted((*kept, *free), key=lambda one: one.start)), sums


def _without(one: Held, other: Held) -> list[Held]:
    parts = (replace(one, end=min(one.end, other.start)), replace(one, start=max(one.start, other.end)))
    return [part for part in parts if part.start < part.end]


def _open_visit(visit: list[PageEvent], number: int) -> OpenVisit:
    kinds = [event.kind for event in visit[1:]]
    first = visit[0]
    beats, turns = EventKind.HEARTBEAT in kinds, any(kind is not EventKind.HEARTBEAT for kind in kinds)
    return OpenVisit(first.lesson, first.tab, number, visit[-1].at, beats, turns)


def _trimmed(tally: Tally) -> Tally:
    """Without what no sign can reach any more: forgotten pages, and time before the last sign of every open one."""
    visits = tuple(sorted(tally.visits, key=lambda one: one.last)[-VISITS_KEPT:])
    oldest = min((one.last for one in visits), default=None)
    held: list[Held] = []
    for one in tally.held:
        if oldest is None or one.end <= oldest:
            continue
        last = held[-1] if held else None
        if last is not None and (last.end, last.lesson, last.number) == (one.start, one.lesson, one.number):
            held[-1] = replace(last, end=one.end)
        else:
            held.append(one)
    return replace(tally, visits=visits, held=tuple(held))


# --- as it is stored --------------------------------------------------------------------------------------------------


def to_json(tally: Tally) -> dict[str, Any]:
    """Times as microseconds since 1970, so that nothing is rounded."""
    return {
        "latest": None if tally.latest is None else _count(tally.latest),
        "opened": tally.opened,
        "visits": [[v.lesson, v.tab, v.number, _count(v.last), v.beats, v.turns] for v in tally.visits],
        "held": [[_count(one.start), _count(one.end), one.lesson, one.number] for one in tally.held],
        "sums": {lesson: length // _MICROSECOND for lesson, length in tally.sums.items()},
    }


def from_json(stored: Mapping[str, Any]) -> Tally:
    """What `to_json` made."""
    return Tally(
        None if stored["latest"] is None else _time(stored["latest"]),
        stored["opened"],
        tuple(OpenVisit(v[0], v[1], v[2], _time(v[3]), v[4], v[5]) for v in stored["visits"]),
        tuple(Held(_time(one[0]), _time(one[1]), one[2], one[3]) for one in stored["held"]),
        {lesson: length * _MICROSECOND for lesson, length in stored["sums"].items()},
    )


def _count(at: dt.datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _time(count: int) -> dt.datetime:
    return _EPOCH + count * _MICROSECOND
