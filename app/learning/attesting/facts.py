"""Facts about the signs of somebody's pages, for a person to judge. Pure. None of them is an accusation or a block."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from app.learning.seat_time import EventKind, PageEvent

# Signs of two sign-ins closer than this are of the same moment.
SAME_MOMENT = dt.timedelta(seconds=60)
# Answered in less than this part of the time that the seat-time rule gives a lesson.
FAR_FASTER = 4


@dataclass(frozen=True)
class Device:
    """A device that is known by its cookie, and when it first signed in (UTC)."""

    id: UUID
    first_seen_at: dt.datetime


Devices = Mapping[str, Device]  # by the name of a sign-in's visits, as signs carry it (`tab`)


@dataclass(frozen=True)
class AtOnce:
    """Pages were in view in two sign-ins at the same time; from and to, UTC. `devices`: known to be of two devices."""

    start: dt.datetime
    end: dt.datetime
    devices: bool = False


def new_devices(signs: Iterable[PageEvent], devices: Devices) -> list[dt.datetime]:
    """When a module that was begun on one device went on, for the first time, on one that first signed in after that.

    Only where the device of the beginning is known: else the same one might seem new.
    """
    known = [(sign.at, devices.get(sign.tab)) for sign in sorted(signs, key=lambda sign: sign.at)]
    if not known or known[0][1] is None:
        return []
    begun, met, found = known[0][0], {known[0][1].id}, []
    for at, device in known:
        if device is not None and device.id not in met:
            met.add(device.id)
            if device.first_seen_at > begun:
                found.append(at)
    return found


def at_once(signs: Iterable[PageEvent], devices: Devices) -> list[AtOnce]:
    """Stretches in which pages of two sign-ins gave signs in turn: at least two signs of each."""
    beats = sorted((sign for sign in signs if sign.kind is EventKind.HEARTBEAT), key=lambda sign: sign.at)
    found: list[list[PageEvent]] = []
    for one, two in pairwise(beats):
        if one.tab != two.tab and two.at - one.at < SAME_MOMENT:
            if found and found[-1][-1] is one:
                found[-1].append(two)
            else:
                found.append([one, two])
    return [AtOnce(run[0].at, run[-1].at, _two_devices(run, devices)) for run in found if len(run) >= 4]


def _two_devices(run: Iterable[PageEvent], devices: Devices) -> bool:
    return len({devices[sign.tab].id for sign in run if sign.tab in devices}) > 1


def far_faster(counted: int, required: int) -> bool:
    """Whether a lesson was finished in far less time (seconds) than reading and answering it takes."""
    return counted * FAR_FASTER < required
