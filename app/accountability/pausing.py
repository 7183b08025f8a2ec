"""What a pause does to check-ins: those that were not sent move by as many days as it lasted."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from app.accountability.lookups import check_ins_of, court_place, window_of
from app.accountability.models import CheckIn
from app.accountability.schedule import shifted
from app.accountability.services import settle
from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.actor import SYSTEM
from app.core.audit import audit
from tenants.closed_days import ClosedDays
from tenants.database import transaction
from tenants.rules import rules_of


def _by_day(row: CheckIn) -> tuple[date, int]:
    return row.due_on, row.number


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
        still = sorted((row for row in rows if row.state == "scheduled" and row.grace_until > since), key=_by_day)
        # One that makes up for another has a day of its own beside the plan.
        parts = [
            [row for row in still if row.made_for != "make_up"],
            *([row] for row in still if row.made_for == "make_up"),
        ]
        open_rows = [row for part in parts for row in part]
        if days > 0 and open_rows:
            closed, roll = ClosedDays(rules, region), rules.roll_forward
            windows = [
                window
                for part in parts
                for window in shifted([window_of(row) for row in part], days, time_zone=zone, closed=closed, roll=roll)
            ]
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
