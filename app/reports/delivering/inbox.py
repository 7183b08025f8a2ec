"""What was delivered: to the signed-in person, of one report, and what a person must look after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_

from app.accounts.models import Membership
from app.cases.lookups import visible_enrollments
from app.cases.models import Enrollment
from app.core.errors import NotFound
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.reports.delivering.models import PrintBatch, ReportDelivery
from app.reports.lookups import ISSUED
from app.reports.models import Report
from tenants.database import session
from tenants.report_delivery import Way

PAGE = 50


@dataclass(frozen=True, slots=True)
class Item:
    """One delivery with its report and the case."""

    delivery: ReportDelivery
    report: Report
    enrollment: Enrollment


def _mine(identity: Identity) -> ColumnElement[bool]:
    return and_(ReportDelivery.recipient_id == identity.id, ReportDelivery.way == Way.INBOX)


_NEW = and_(ReportDelivery.state == "delivered", Report.state.in_(ISSUED))


def _items(identity: Identity) -> Select[Any]:
    """Deliveries of the cases that somebody sees: a case that went to another officer took its reports along."""
    return (
        visible_enrollments(identity)
        .join(Report, Report.enrollment_id == Enrollment.id)
        .join(ReportDelivery, ReportDelivery.report_id == Report.id)
        .add_columns(ReportDelivery, Report)
    )


def _read(query: Select[Any]) -> list[Item]:
    return [Item(delivery, report, enrollment) for enrollment, delivery, report in session().execute(query)]


def count_new(identity: Identity) -> int:
    """How many reports somebody has not said to have yet."""
    if not may(identity, Permission.REPORT_RECEIVE):
        return 0
    mine = _items(identity).where(_mine(identity), _NEW).with_only_columns(func.count(), maintain_column_froms=True)
    return int(session().scalar(mine.options()) or 0)


def new_items(identity: Identity) -> list[Item]:
    """The reports that somebody has not said to have yet, the oldest first; at most a page."""
    query = _items(identity).where(_mine(identity), _NEW)
    return _read(query.order_by(ReportDelivery.delivered_at, ReportDelivery.id).limit(PAGE))


def older_items(identity: Identity, after: UUID | None = None) -> tuple[list[Item], UUID | None]:
    """What somebody has, and what is in force no longer, the newest first; and where the next page begins."""
    had = or_(ReportDelivery.state == "acknowledged", and_(ReportDelivery.state == "delivered", ~_NEW))
    query = _items(identity).where(_mine(identity), had)
    query = query.order_by(ReportDelivery.delivered_at.desc(), ReportDelivery.id.desc()).limit(PAGE + 1)
    if after is not None:
        last = session().scalar(select(ReportDelivery).where(ReportDelivery.id == after, _mine(identity)))
        if last is None:
            raise NotFound
        query = query.where(tuple_(ReportDelivery.delivered_at, ReportDelivery.id) < tuple_(last.delivered_at, last.id))
    rows = _read(query)
    return rows[:PAGE], rows[PAGE - 1].delivery.id if len(rows) > PAGE else None


def own_delivery(identity: Identity, report_id: UUID) -> ReportDelivery | None:
    """The delivery of a report into somebody's inbox."""
    return session().scalar(select(ReportDelivery).where(ReportDelivery.report_id == report_id, _mine(identity)))


def deliveries_of(report_id: UUID) -> Sequence[tuple[ReportDelivery, str]]:
    """Where a report went, or is to go, with the recipients' names (empty for paper and folder)."""
    query = (
        select(ReportDelivery, func.coalesce(Membership.display_name, ""))
        .outerjoin(Membership, Membership.id == ReportDelivery.recipient_id)
        .where(ReportDelivery.report_id == report_id)
        .order_by(ReportDelivery.way, Membership.display_name, ReportDelivery.id)
    )
    return [(row[0], row[1]) for row in session().execute(query)]


def get_delivery_for(identity: Identity, delivery_id: UUID) -> ReportDelivery:
    """A delivery of a case that somebody sees. Raises NotFound."""
    found = _read(_items(identity).where(ReportDelivery.id == delivery_id))
    if not found:
        raise NotFound
    return found[0].delivery


def not_delivered(identity: Identity) -> list[Item]:
    """What could not be delivered, the oldest first; at most a page."""
    query = _items(identity).where(ReportDelivery.state == "failed", Report.state.in_(ISSUED))
    return _read(query.order_by(ReportDelivery.created_at, ReportDelivery.id).limit(PAGE))


def to_print(identity: Identity) -> list[Item]:
    """What waits for the printer, the oldest first; at most a page."""
    query = _items(identity).where(
        ReportDelivery.way == Way.PRINT,
        ReportDelivery.state == "waiting",
        ReportDelivery.batch_id.is_(None),
        Report.state.in_(ISSUED),
    )
    return _read(query.order_by(ReportDelivery.created_at, ReportDelivery.id).limit(PAGE))


def print_batches() -> Sequence[PrintBatch]:
    """The last twenty."""
    query = select(PrintBatch).order_by(PrintBatch.created_at.desc(), PrintBatch.id.desc()).limit(20)
    return session().scalars(query).all()


def get_batch(batch_id: UUID) -> PrintBatch:
    """One batch of the court at work. Raises NotFound."""
    found = session().scalar(select(PrintBatch).where(PrintBatch.id == batch_id))
    if found is None:
        raise NotFound
    return found


def items_of(identity: Identity, batch_id: UUID) -> list[Item]:
    """The papers of a batch in the order in which they are printed."""
    query = _items(identity).where(ReportDelivery.batch_id == batch_id)
    return _read(query.order_by(ReportDelivery.created_at, ReportDelivery.id))
