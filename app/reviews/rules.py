"""Claims, the day's limit and waiting times, without a database."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

LEASE = timedelta(minutes=20)  # how long somebody who takes an item keeps it


class Kind(StrEnum):
    """What can wait; the values stand in the table and in addresses."""

    REFLECTION = "reflection"
    CHECK_IN = "check_in"
    QUIZ = "quiz"  # all tries used: nobody goes on until a facilitator opens it anew
    FLAG = "flag"  # something that a reviewer flagged, for a lead facilitator


class FlagReason(StrEnum):
    OWN_WORDS = "own_words"
    OFF_TASK = "off_task"
    SUPPORT = "support"
    HOSTILE = "hostile"
    PROGRAM = "program"
    OTHER = "other"


def holder(claimed_by: UUID | None, claimed_until: datetime | None, now: datetime) -> UUID | None:
    """Whose claim holds at `now` (UTC); None when nobody's does."""
    if claimed_by is None or claimed_until is None or claimed_until <= now:
        return None
    return claimed_by


def may_act(claimed_by: UUID | None, claimed_until: datetime | None, now: datetime, me: UUID) -> bool:
    """Whether `me` may decide: nobody's claim holds, or the own one."""
    return holder(claimed_by, claimed_until, now) in (None, me)


def is_over_limit(read_today: int, limit: int, *, known: bool, lifted: bool) -> bool:
    """Whether one more item is too many for a day. One that was opened today may be finished."""
    return not known and not lifted and read_today >= limit


def waited(since: datetime, now: datetime) -> tuple[int, int]:
    """(whole days, hours besides) from `since` to `now`; never below nothing."""
    hours = max(0, int((now - since).total_seconds() // 3600))
    return divmod(hours, 24)
