"""Pure rules of a cover: its days, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LONGEST_DAYS = 366


class Standing(StrEnum):
    """Where a cover stands at an instant."""

    TO_COME = "to_come"
    NOW = "now"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Window:
    """The instants (UTC) between which a cover holds; the end is excluded."""

    starts_at: datetime
    ends_at: datetime

    def standing(self, now: datetime) -> Standing:
        if now >= self.ends_at:
            return Standing.OVER
        return Standing.NOW if now >= self.starts_at else Standing.TO_COME


def window(first_day: date, last_day: date, time_zone: str) -> Window:
    """From the first moment of `first_day` to the last of `last_day`, on the court's clock."""
    zone = ZoneInfo(time_zone)
    starts, ends = (datetime.combine(day, time(), zone) for day in (first_day, last_day + timedelta(days=1)))
    return Window(starts.astimezone(UTC), ends.astimezone(UTC))


def ended_early(held: Window, now: datetime) -> datetime:
    """The instant at which a cover that is ended at `now` holds no more; one that has not begun never holds."""
    return min(max(now, held.starts_at), held.ends_at)
