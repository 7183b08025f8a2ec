"""A moved clock for every process of the demo, and an agenda of lives lived under it in order."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from app.core import clock

Life = Iterator[datetime]  # yields the instant at which it wants to go on


class MovedClock:
    """Writes the offset that all processes follow (app/core/clock.py)."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def move_to(self, instant: datetime) -> None:
        partial = self.file.with_suffix(".new")
        partial.write_text(str((instant - clock.true_now()).total_seconds()))
        partial.replace(self.file)

    def let_go(self) -> None:
        """Back to the true time."""
        self.file.unlink(missing_ok=True)


def live(lives: list[Life], moved: MovedClock, until: datetime) -> Iterator[datetime]:
    """Advance the lives in the order of their instants; yields after each step. Nothing after `until`."""
    order = itertools.count()
    agenda = [(next(life), next(order), life) for life in lives]
    heapq.heapify(agenda)
    while agenda and agenda[0][0] <= until:
        instant, _, life = heapq.heappop(agenda)
        moved.move_to(instant)
        following = next(life, None)
        if following is not None:
            heapq.heappush(agenda, (max(following, instant), next(order), life))
        yield instant
