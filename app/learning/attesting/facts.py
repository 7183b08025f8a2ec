"""Facts about the signs of somebody's pages, for a person to judge. Pure. None of them is an accusation or a block."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from app.learning.seat_time import EventKind, PageEvent

# Signs of two sign-ins closer than this are of the same moment.
SAME_MOMENT = dt.timedelta(seconds=60)
# Answered in less than this part of the time that the seat-time rule gives a lesson.
FAR_FASTER = 4


@dataclass(frozen=True)
class AtOnce:
    """Pages were in view in two sign-ins at the same time; from and to, UTC."""

    start: dt.datetime
    end: dt.datetime


def at_once(signs: Iterable[PageEvent]) -> list[AtOnce]:
    """Stretches in which pages of two sign-ins gave signs in turn: at least two signs of each."""
    beats = sorted((sign for sign in signs if sign.kind is EventKind.HEARTBEAT), key=lambda sign: sign.at)
    found: list[list[PageEvent]] = []
    for one, two in pairwise(beats):
        if one.tab != two.tab and two.at - one.at < SAME_MOMENT:
            if found and found[-1][-1] is one:
                found[-1].append(two)
            else:
                found.append([one, two])
    return [AtOnce(run[0].at, run[-1].at) for run in found if len(run) >= 4]


def far_faster(counted: int, required: int) -> bool:
    """Whether a lesson was finished in far less time (seconds) than reading and answering it takes."""
    return counted * FAR_FASTER < required
