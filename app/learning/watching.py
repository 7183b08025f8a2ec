"""How far somebody has come in a video. Pure; times are the server's own, in UTC.

A page says where it is. Its word counts only as far as time has passed on the server's clock since the last word: a
forged jump gains nothing, and two tabs gain no more than one. After a long silence the clock starts anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SILENCE = timedelta(seconds=120)
# The last words of a video are often credits; and a browser's clock and the server's are never quite the same.
WATCHED_PERCENT = 95


@dataclass(frozen=True)
class Watched:
    """The furthest point reached, in milliseconds, and when the page last said where it is."""

    furthest: int = 0
    at: datetime | None = None


def watch(before: Watched, position: int, now: datetime, length: int) -> Watched:
    """What is reached when a page says at `now` that it is at `position` (milliseconds) of a video of that length."""
    passed = now - before.at if before.at is not None and before.at <= now else timedelta()
    if passed > SILENCE:
        passed = timedelta()
    reached = min(position, before.furthest + passed // timedelta(milliseconds=1), length)
    return Watched(max(before.furthest, reached), now)


def watched_through(furthest: int, length: int) -> bool:
    """Whether the furthest point (milliseconds) is the end of a video of that length, or as good as it."""
    return length > 0 and furthest * 100 >= length * WATCHED_PERCENT
