"""What was delivered: to the signed-in person, of one report, and what a person must look after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import defer

from app.accounts.models import Membership
from app.cases.lookups import visible_enrollments
from app.cases.models import Enrollment
from app.core.errors import NotFound
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.reports.delivering.documents import Document, deliveries_with
from app.reports.delivering.models import PrintBatch, ReportDelivery
from app.reports.lists.lookups import readable_lists
from app.reports.lists.models import ListReport
from app.reports.lookups import ISSUED
from app.reports.models import Report
from tenants.database import session
from tenants.report_delivery import Way

PAGE = 50
Model = type[Report] | type[ListReport]
Where = Callable[[Model], Sequence[ColumnElement[bool]]]


@dataclass(frozen=True, slots=True)
class Item:
    """One delivery with what it carries. `about`: the person's name, or whose list it is."""

    delivery: ReportDelivery
    report: Document
    about: str


def _mine(identity: Identity) -> ColumnElement[bool]:
    return and_(ReportDelivery.recipient_id == identity.id, ReportDelivery.way == Way.INBOX)


def _is_new(model: Model) -> ColumnElement[bool]:
    return and_(ReportDelivery.state == "delivered", model.state.in_(ISSUED))


def _reports(identity: Identity) -> Select[Any]:
    """Deliveries of the cases that somebody sees: a case that went to another officer took its reports along."""
    return (
        visible_enrollments(identity)
        .join(Report, Report.enrollment_id == Enrollment.id)
        .join(ReportDelivery, ReportDelivery.report_id == Report.id)
        .add_columns(ReportDelivery, Report)
    )


def _lists(identity: Identity) -> Select[Any] | None:
    """Deliveries of the lists that somebody may read, without their many rows; None for who reads no list."""
    if not may(identity, Permission.CASELOAD_READ):
        return None
    query: Select[Any] = readable_lists(identity).join(ReportDelivery, ReportDelivery.list_id == ListReport.id)
    about = ListReport.snapshot["about"].astext
    return query.options(defer(ListReport.snapshot, raiseload=True)).add_columns(ReportDelivery, about)


def _items(identity: Identity, where: Where, *, by: Any, newest_first: bool = False, limit: int = PAGE) -> list[Item]:
    """Deliveries of reports and of lists in one order, by an instant of theirs. Two statements."""
    order = (by.desc(), ReportDelivery.id.desc()) if newest_first else (by, ReportDelivery.id)
    reports = _reports(identity).where(*where(Report)).order_by(*order).limit(limit)
    found = [
        Item(delivery, report, enrollment.referral.person.full_name)
        for enrollment, delivery, report in session().execute(reports)
    ]
    lists = _lists(identity)
    if lists is not None:
        rows = session().execute(lists.where(*where(ListReport)).order_by(*order).limit(limit))
        found += [Item(delivery, report, about) for report, delivery, about in rows]
    found.sort(key=lambda one: (getattr(one.delivery, by.key), one.delivery.id), reverse=newest_first)
    return found[:limit]


def count_new(identity: Identity) -> int:
    """How many reports somebody has not said to have yet."""
    if not may(identity, Permission.REPORT_RECEIVE):
        return 0
    count = 0
    for query, model in ((_reports(identity), Report), (_lists(identity), ListReport)):
        if query is not None:
            new = query.where(_mine(identity), _is_new(model))
            new = new.with_only_columns(func.count(), maintain_column_froms=True)
            count += int(session().scalar(new) or 0)
    return count


def new_items(identity: Identity) -> list[Item]:
    """The reports that somebody has not said to have yet, the oldest first; at most a page."""
    return _items(identity, lambda model: (_mine(identity), _is_new(model)), by=ReportDelivery.delivered_at)


def older_items(identity: Identity, after: UUID | None = None) -> tuple[list[Item], UUID | None]:
    """What somebody has, and what is in force no longer, the newest first; and where the next page begins."""
    before: list[ColumnElement[bool]] = []
    if after is not None:
        last = session().scalar(select(ReportDelivery).where(ReportDelivery.id == after, _mine(identity)))
        if last is None:
            raise NotFound
        place = tuple_(last.delivered_at, last.id)
        before = [tuple_(ReportDelivery.delivered_at, ReportDelivery.id) < place]

    def had(model: Model) -> list[ColumnElement[bool]]:
        over = and_(ReportDelivery.state == "delivered", ~_is_new(model))
        return [_mine(identity), or_(ReportDelivery.state == "acknowledged", over), *before]

    rows = _items(identity, had, by=ReportDelivery.delivered_at, newest_first=True, limit=PAGE + 1)
    return rows[:PAGE], rows[PAGE - 1].delivery.id if len(rows) > PAGE else None


def own_delivery(identity: Identity, document_id: UUID) -> ReportDelivery | None:
    """The delivery of a report or list into somebody's inbox."""
    return session().scalar(select(ReportDelivery).where(deliveries_with(document_id), _mine(identity)))


def deliveries_of(document_id: UUID) -> Sequence[tuple[ReportDelivery, str]]:
    """Where a report or list went, or is to go, with the recipients' names (empty for paper and folder)."""
    query = (
        select(ReportDelivery, func.coalesce(Membership.display_name, ""))
        .outerjoin(Membership, Membership.id == ReportDelivery.recipient_id)
        .where(deliveries_with(document_id))
        .order_by(ReportDelivery.way, Membership.display_name, ReportDelivery.id)
    )
    return [(row[0], row[1]) for row in session().execute(query)]


def get_delivery_for(identity: Identity, delivery_id: UUID) -> ReportDelivery:
    """A delivery of a case or list that somebody sees. Raises NotFound."""
    found = _items(identity, lambda _model: (ReportDelivery.id == delivery_id,), by=ReportDelivery.created_at)
    if not found:
        raise NotFound
    return found[0].delivery


def not_delivered(identity: Identity) -> list[Item]:
    """What could not be delivered, the oldest first; at most a page."""
    return _items(
        identity,
        lambda model: (ReportDelivery.state == "failed", model.state.in_(ISSUED)),
        by=ReportDelivery.created_at,
    )


def to_print(identity: Identity) -> list[Item]:
    """What waits for the printer, the oldest first; at most a page."""
    waits = (
        ReportDelivery.way == Way.PRINT,
        ReportDelivery.state == "waiting",
        ReportDelivery.batch_id.is_(None),
    )
    return _items(identity, lambda model: (*waits, model.state.in_(ISSUED)), by=ReportDelivery.created_at)


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
    return _items(identity, lambda _model: (ReportDelivery.batch_id == batch_id,), by=ReportDelivery.created_at)
