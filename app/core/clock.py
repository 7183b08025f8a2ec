"""The only place that reads the time. UTC everywhere inside; court-local dates at the edges.

Outside production a file may move the clock for every process at once (`CLOCK_FILE`, seconds to add, as text), so that
a demo or a test can live through six months. `moved_to` moves it for one block of code of one process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_pinned: ContextVar[datetime | None] = ContextVar("pinned_time", default=None)
_offset_file: Path | None = None
_offset_seen: tuple[int, timedelta] = (-1, timedelta())


def follow(file: Path | None) -> None:
    """Take the offset from `file` from now on (None: the true time). Called once per process by the factory."""
    global _offset_file, _offset_seen
    _offset_file, _offset_seen = file, (-1, timedelta())


def _offset() -> timedelta:
    global _offset_seen
    if _offset_file is None:
        return timedelta()
    try:
        changed = _offset_file.stat().st_mtime_ns
        if changed != _offset_seen[0]:
            _offset_seen = (changed, timedelta(seconds=float(_offset_file.read_text() or 0)))
    except FileNotFoundError:
        return timedelta()
    return _offset_seen[1]


def now() -> datetime:
    """The instant, UTC."""
    return _pinned.get() or true_now() + _offset()


def true_now() -> datetime:
    """The instant by the machine's clock, for those who move the portal's."""
    return datetime.now(UTC)


def today(time_zone: str) -> date:
    """The court-local date of this instant."""
    return now().astimezone(ZoneInfo(time_zone)).date()


def local(instant: datetime, time_zone: str) -> datetime:
    """`instant` on the court's clock."""
    return instant.astimezone(ZoneInfo(time_zone))


@contextmanager
def moved_to(instant: datetime) -> Iterator[None]:
    """Pin the clock of this thread to `instant` (UTC) for the block."""
    token = _pinned.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _pinned.reset(token)
