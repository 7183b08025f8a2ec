"""The parts of a case's history, and its pages, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from app.cases.case_history import CaseEvent
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l


class Part(StrEnum):
    """What an event belongs to."""

    DECISIONS = "decisions"
    HEARINGS = "hearings"
    LEARNING = "learning"
    CHECK_INS = "check-ins"
    MONEY = "money"
    REPORTS = "reports"
    MESSAGES = "messages"
    NOTES = "notes"
    DISPUTES = "disputes"


PART_WORDS: dict[Part, LazyString] = {
    Part.DECISIONS: _l("The case and decisions"),
    Part.HEARINGS: _l("Hearings"),
    Part.LEARNING: _l("Lessons"),
    Part.CHECK_INS: _l("Check-ins"),
    Part.MONEY: _l("Fee and payments"),
    Part.REPORTS: _l("Reports"),
    Part.MESSAGES: _l("Messages"),
    Part.NOTES: _l("Notes"),
    Part.DISPUTES: _l("Disputed records"),
}


class Key(NamedTuple):
    """The place of an event: its instant, and how many of that instant stand before it."""

    at: datetime
    n: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.n}"


def key_in(text: str) -> Key | None:
    """The place that an address names; None for anything else."""
    at, _gap, n = text.partition("_")
    try:
        found = Key(datetime.fromisoformat(at), int(n))
    except ValueError:
        return None
    return found if found.at.tzinfo is not None and found.n >= 0 else None


class HistoryPage(NamedTuple):
    events: list[CaseEvent]
    after: Key | None  # the place of the last of them, if more follow


def page_of(events: Sequence[CaseEvent], after: Key | None, per: int) -> HistoryPage:
    """At most `per` of `events`, which are sorted with the newest first, behind the place `after`."""
    keys: list[Key] = []
    for event in events:
        same = keys[-1].n + 1 if keys and keys[-1].at == event.at else 0
        keys.append(Key(event.at, same))
    rest = [
        (key, event)
        for key, event in zip(keys, events, strict=True)
        if after is None or key.at < after.at or (key.at == after.at and key.n > after.n)
    ]
    shown = rest[:per]
    return HistoryPage([event for _key, event in shown], shown[-1][0] if len(rest) > per else None)
