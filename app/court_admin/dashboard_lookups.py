"""What the dashboard knows: one statement of each package, and only of those that the reader may look into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.accountability.schedule import midnight
from app.accountability.violations.lookups import ViolationNumbers, violation_numbers
from app.accounts.overview import staff_counts
from app.cases.overview import CaseCounts, case_counts
from app.core import clock
from app.court_admin.dashboard_models import StartGuide
from app.court_admin.dashboard_rules import Known, Step, steps_of
from app.disputes.lookups import how_many_wait
from app.payments.month import MonthMoney, money_between
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.reports.overview import ReportCounts, report_counts
from tenants.database import session
from tenants.rules import rules_in_force

READY_FOR = timedelta(days=30)  # how long a report that was made counts as new


@dataclass(frozen=True)
class Month:
    """A month on the court's calendar: its first day, its first instant and that of the next one (UTC)."""

    first_day: date
    begins: datetime
    ends: datetime


def this_month(time_zone: str) -> Month:
    """The month of this instant."""
    first = clock.today(time_zone).replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return Month(first, midnight(first, time_zone), midnight(following, time_zone))


def reports_since() -> datetime:
    """From when on (UTC) a report that was made counts as new."""
    return clock.now() - READY_FOR


@dataclass(frozen=True)
class Dashboard:
    """Numbers; None where the reader may not know them. `steps` is None once the list was put away, or all is done."""

    cases: CaseCounts
    violations: ViolationNumbers
    disputes: tuple[int, int]  # that wait for an answer, and of them the late ones
    reports: ReportCounts | None
    money: MonthMoney | None
    waivers_waiting: int | None
    month: Month
    steps: list[tuple[Step, bool]] | None
    put_away: bool


def dashboard_for(identity: Identity, time_zone: str) -> Dashboard:
    """Everything on the page of `identity`."""
    month = this_month(time_zone)
    sees_money = may(identity, Permission.CASE_MONEY_READ)
    sees_waivers = may(identity, Permission.WAIVER_READ)
    money = money_between(identity, month.begins, month.ends) if sees_money or sees_waivers else None
    cases = case_counts(identity, clock.today(time_zone))
    reports = report_counts(identity, reports_since()) if may(identity, Permission.REPORT_READ) else None
    put_away = is_put_away()
    steps = None if put_away else _steps(cases, money if sees_money else None, reports)
    return Dashboard(
        cases=cases,
        violations=violation_numbers(identity, time_zone, months=0),
        disputes=how_many_wait(identity, clock.today(time_zone)),
        reports=reports,
        money=money if sees_money else None,
        waivers_waiting=money.waivers_waiting if money is not None and sees_waivers else None,
        month=month,
        steps=steps if steps is not None and not all(done for _step, done in steps) else None,
        put_away=put_away,
    )


def is_put_away() -> bool:
    """Whether the court has put its list of first steps away."""
    return session().scalar(select(StartGuide.put_away_at)) is not None


def _steps(cases: CaseCounts, money: MonthMoney | None, reports: ReportCounts | None) -> list[tuple[Step, bool]]:
    row, document = rules_in_force()
    staff = staff_counts()
    return steps_of(
        Known(
            own_rules=row.published_by is not None or row.version > 1,
            emblem=bool(document.reports.letterhead.emblem),
            colleagues=max(staff.members - 1, 0) + max(staff.invitations - 1, 0),
            referrals=cases.referrals,
            codes=cases.codes,
            payments=money.payments_ever if money is not None and document.fees.components else None,
            reports=reports.ever if reports is not None else None,
        )
    )
