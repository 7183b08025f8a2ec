"""The maintenance mode: a notice in storage, where every web process finds it whatever is done to the database."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app

from app.core.runtime import runtime

log = logging.getLogger(__name__)

LOOKED_AT = "portal_maintenance"
LOOK_EVERY = 2.0  # seconds; a page asks storage no more often
SHORTEST_WAIT, LONGEST_WAIT = 60, 3600  # seconds that a client is told to wait


@dataclass(frozen=True)
class Maintenance:
    """`until`: when it should be over (UTC), if anybody said. `words`: by language, for people; else the usual ones."""

    until: datetime | None
    words: Mapping[str, str]

    def retry_seconds(self, now: datetime) -> int:
        """What goes into Retry-After."""
        left = int((self.until - now).total_seconds()) if self.until is not None else 0
        return max(SHORTEST_WAIT, min(LONGEST_WAIT, left))


def begin(*, until: datetime | None, words: Mapping[str, str]) -> Maintenance:
    """From now on every page but the monitors' says that the portal is being worked on. Raises OSError."""
    notice = Maintenance(until, dict(words))
    kept = {"until": until.isoformat() if until else None, "words": notice.words}
    runtime().storage.post_notice(json.dumps(kept).encode())
    return notice


def end() -> bool:
    """The portal is open again; False when it was open. Raises OSError."""
    was_on = runtime().storage.notice() is not None
    runtime().storage.post_notice(None)
    return was_on


def read() -> Maintenance | None:
    """What is announced; None while the portal is open. Raises OSError."""
    kept = runtime().storage.notice()
    return _understood(kept) if kept is not None else None


def _understood(kept: bytes) -> Maintenance:
    """A notice that makes no sense still closes the portal: somebody wanted it closed."""
    try:
        found: dict[str, Any] = json.loads(kept)
        until = found.get("until")
        words = {str(language): str(text) for language, text in (found.get("words") or {}).items()}
        return Maintenance(datetime.fromisoformat(until) if until else None, words)
    except (ValueError, AttributeError, TypeError):
        return Maintenance(None, {})


def current() -> Maintenance | None:
    """As `read`, looked up every two seconds. While storage does not answer, what was known before holds."""
    now = time.monotonic()
    at: float | None
    known: Maintenance | None
    at, known = current_app.extensions.get(LOOKED_AT, (None, None))
    if at is not None and now - at < LOOK_EVERY:
        return known
    try:
        known = read()
    except OSError as error:
        log.warning("storage did not say whether the portal is being worked on: %s", type(error).__name__)
    current_app.extensions[LOOKED_AT] = (now, known)
    return known
