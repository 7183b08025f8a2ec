"""When a message goes out, and by which channel. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from app.notices.kinds import NEVER_A_LETTER, SOON_OVER, is_optional
from tenants.program import Reminders

Channel = Literal["mail", "letter", "inbox"]

POST_DAYS = 5  # a letter takes that long; a reminder of an earlier day is no use on paper
_FIRST_STATES: dict[Channel, str] = {"mail": "queued", "letter": "to_print", "inbox": "kept"}


def is_quiet(now: datetime, zone: str, rules: Reminders) -> bool:
    """Whether no message goes out at `now` (UTC) by the court-local quiet hours, which may span midnight."""
    local = now.astimezone(ZoneInfo(zone)).time()
    begins, ends = rules.quiet_from, rules.quiet_until
    return begins <= local < ends if begins <= ends else local >= begins or local < ends


def after_quiet(now: datetime, zone: str, rules: Reminders) -> datetime:
    """`now`, or the instant (UTC) at which the quiet hours around it end.

    Where the clock jumps over that time of day, it is as long after the jump as the time lies after its begin.
    """
    if not is_quiet(now, zone, rules):
        return now
    today = now.astimezone(ZoneInfo(zone)).date()
    ends = (
        datetime.combine(today + timedelta(days=days), rules.quiet_until, ZoneInfo(zone)).replace(fold=fold)
        for days in (0, 1, 2)
        for fold in (0, 1)  # a time of day that comes twice, twice
    )
    return min(end for each in ends if (end := each.astimezone(UTC)) > now and not is_quiet(end, zone, rules))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody chose. Without a choice: reminders by mail, letters where no mail arrives, each mail at once."""

    reminders_by_mail: bool = True
    nothing_home: bool = False
    once_a_day: bool = False


def channel_for(
    template: str,
    *,
    reachable_by_mail: bool,
    by_post: bool,
    wishes: Wishes,
    today: date,
    due_on: date | None = None,
    urgent: bool = False,
) -> Channel:
    """How a message travels, besides the inbox where it always stands.

    `by_post`: whether letters are for people of this kind at all. `due_on`: the court-local day that it speaks of.
    """
    if is_optional(template) and not wishes.reminders_by_mail:
        return "inbox"
    if reachable_by_mail:
        return "inbox" if wishes.once_a_day and not urgent else "mail"
    if not by_post or wishes.nothing_home or template in NEVER_A_LETTER:
        return "inbox"
    if template in SOON_OVER and due_on is not None and due_on - today < timedelta(days=POST_DAYS):
        return "inbox"
    return "letter"


def first_state(channel: Channel) -> str:
    """What becomes of a new message: a mail waits for the worker, a letter for the clerk."""
    return _FIRST_STATES[channel]
