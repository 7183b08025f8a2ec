"""Unix time, moved by the number of seconds that a file holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

Clock = Callable[[], int]


def follow(file: Path | None) -> Clock:
    """A clock in whole seconds. No file, or a file that is just being written: the last offset known (first 0)."""
    last = 0.0

    def now() -> int:
        nonlocal last
        if file is None:
            return int(time.time())
        try:
            last = float(file.read_text() or 0)
        except FileNotFoundError:
            last = 0.0
        except ValueError:
            pass  # half-written: keep the offset that we knew
        return int(time.time() + last)

    return now
