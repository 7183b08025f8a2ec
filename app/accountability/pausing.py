"""What a pause does to check-ins: those that were not sent move by as many days as it lasted."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.accountability.lookups import check_ins_of, court_place, window_of
from app.accountability.schedule import Window, midnight
from app.accountability.services import settle
from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.actor import SYSTEM
from app.core.audit import audit
from tenants.closed_days import ClosedDays, roll_forward
from tenants.database import transaction
from tenants.rules import rules_of

ONE_DAY = timedelta(days=1)


def shifted(
    windows: Sequence[Window], days: int, *, time_zone: str, closed: Container[date] = (), roll: bool = False
) -> list[Window]:
    """The same windows `days` later, in order, with as many days each to do them in and as much grace.

    With `roll`, a due day that falls on a weekend or a closed day goes on to the next open one. Each still ends, grace
    and all, before the next one opens, where that leaves the next one a day.
    """
    zone = ZoneInfo(time_zone)

    def day(instant: datetime) -> date:
        return instant.astimezone(zone).date()

    later: list[Window] = []
    free_from = date.min
    for window in windows:
        grace = day(window.grace_until) - day(window.closes_at)
        due = window.due_on + timedelta(days=days)
        due = roll_forward(due, closed) if roll else due
        opens = min(max(day(window.opens_at) + timedelta(days=days), free_from), due)
        free_from = due + ONE_DAY + grace
        opens_at, closes_at, until = (midnight(d, time_zone) for d in (opens, due + ONE_DAY, free_from))
        later.append(replace(window, opens_at=opens_at, due_on=due, closes_at=closes_at, grace_until=until))
    return later


def go_on(enrollment_id: UUID) -> None:
    """A paused case goes on: move the check-ins whose time was not over when the pause began. Once for each pause."""
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)
        rows, since = check_ins_of(enrollment_id), enrollment.paused_at
        if not rows or since is None or enrollment.rules_id is None or enrollment.state != "accountability":
            return
        zone, region = court_place()
        rules = rules_of(enrollment.rules_id).holidays
        days = (clock.today(zone) - clock.local(since, zone).date()).days
        open_rows = [row for row in rows if row.state == "scheduled" and row.grace_until > since]
        if days > 0 and open_rows:
            windows = shifted(
                [window_of(row) for row in open_rows],
                days,
                time_zone=zone,
                closed=ClosedDays(rules, region),
                roll=rules.roll_forward,
            )
            old = [row.due_on.isoformat() for row in open_rows]
            for row, window in zip(open_rows, windows, strict=True):
                row.opens_at, row.due_on = window.opens_at, window.due_on
                row.closes_at, row.grace_until = window.closes_at, window.grace_until
            current.flush()
            audit(
                "accountability.move_check_ins",
                actor=SYSTEM,
                subject=("enrollment", enrollment_id),
                case_id=enrollment.referral_id,
                old={"due": old},
                new={"due": [window.due_on.isoformat() for window in windows], "days": days},
            )
        settle(enrollment)  # what was accepted or excused during the pause may have been the last one
