"""What each court uses the portal for, in numbers by month.

A court's own schedule counts (as the application's role, within the court); only the counts cross to the console.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.cases.models import Enrollment, Referral
from app.core import clock
from app.notices.models import Notice
from app.operator.models import CourtUsage
from app.payments.models import LedgerEntry
from app.reports.models import Report
from tenants.database import session, transaction
from tenants.keys import uuid7
from tenants.models import Court
from tenants.scope import current_court_id

EVERY = timedelta(hours=1)
COURTS_SHOWN = 25
MONTHS_SHOWN = 12
ACTIVE = ("enrolled", "coursework", "accountability", "report_due", "on_hold")


def count_month() -> None:
    """Count this month and the one before for the court at work, once an hour."""
    last = session().scalar(select(func.max(CourtUsage.counted_at)))
    if last is not None and last > clock.now() - EVERY:
        return
    zone = session().scalar(select(Court.time_zone).where(Court.id == current_court_id())) or "UTC"
    this = _first_of_month(clock.local(clock.now(), zone))
    before = _first_of_month(this - timedelta(days=1))
    with transaction():
        _count(before, this)
        _count(this, _first_of_month(this + timedelta(days=32)))


def _first_of_month(local: datetime) -> datetime:
    """Midnight of the first, on the court's own clock."""
    return datetime(local.year, local.month, 1, tzinfo=local.tzinfo or ZoneInfo("UTC"))


def _count(since: datetime, until: datetime) -> None:
    def within(column: Any, *also: Any) -> Any:
        return select(func.count()).where(column >= since, column < until, *also).scalar_subquery()

    active = select(func.count()).where(Enrollment.state.in_(ACTIVE)).scalar_subquery()
    card = (LedgerEntry.kind == "paid", LedgerEntry.stripe_object != "")
    counts = {
        "referred": within(Referral.referred_at),
        "enrolled": within(Enrollment.enrolled_at),
        "completed": within(Enrollment.completed_at),
        "reports": within(Report.ready_at),
        "mails": within(Notice.sent_at),
        "card_payments": within(LedgerEntry.at, *card),
    }
    row = insert(CourtUsage).values(
        id=uuid7(), month=f"{since:%Y-%m}", row_version=1, counted_at=clock.now(), active=active, **counts
    )
    changed = {name: getattr(row.excluded, name) for name in (*counts, "counted_at")}
    if since <= clock.now() < until:  # how many are active is known of now only: the last count of a month stays
        changed["active"] = row.excluded.active
    changed["row_version"] = CourtUsage.row_version + 1
    session().execute(row.on_conflict_do_update(constraint="uq_court_usage_court_id_month", set_=changed))


def months() -> list[str]:
    """The last months that were counted, the newest first."""
    found = select(CourtUsage.month).distinct().order_by(CourtUsage.month.desc()).limit(MONTHS_SHOWN)
    return list(session().scalars(found))


def in_month(month: str, after: str = "") -> list[Any]:
    """Each court with its counts of a month, by address, from the one after `after` on; one more than COURTS_SHOWN."""
    query = (
        select(Court.id, Court.slug, Court.name, CourtUsage)
        .join(CourtUsage, CourtUsage.court_id == Court.id)
        .where(CourtUsage.month == month, Court.slug > after)
        .order_by(Court.slug)
        .limit(COURTS_SHOWN + 1)
    )
    return list(session().execute(query).all())


def of_court(court_id: UUID) -> list[CourtUsage]:
    """The last twelve months of one court."""
    query = select(CourtUsage).where(CourtUsage.court_id == court_id).order_by(CourtUsage.month.desc())
    return list(session().scalars(query.limit(MONTHS_SHOWN)))
