"""What a delivery carries: a report about one person, or one about many."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from app.core.errors import NotFound
from app.reports.delivering.models import ReportDelivery
from app.reports.lists.models import ListReport
from app.reports.models import Report
from tenants.database import session, transaction

Document = Report | ListReport


def find_document(document_id: UUID | None) -> Document:
    """The report or list of this id as it is now. Raises NotFound."""
    return _find(document_id, lock=False)


def locked_document(document_id: UUID | None) -> Document:
    """The same, locked in the transaction at hand. Raises NotFound."""
    with transaction():
        return _find(document_id, lock=True)


def _find(document_id: UUID | None, *, lock: bool) -> Document:
    report = select(Report).where(Report.id == document_id)
    listed = select(ListReport).where(ListReport.id == document_id)
    found: Document | None = session().scalar(report.with_for_update() if lock else report)
    found = found or session().scalar(listed.with_for_update() if lock else listed)
    if found is None:
        raise NotFound
    return found


def document_id_of(row: ReportDelivery) -> UUID:
    """What a delivery carries: exactly one of the two is set."""
    found = row.report_id or row.list_id
    assert found is not None
    return found


def deliveries_with(*document_ids: UUID) -> ColumnElement[bool]:
    """Deliveries of any of these reports and lists."""
    return or_(ReportDelivery.report_id.in_(document_ids), ReportDelivery.list_id.in_(document_ids))


def page_of(row: ReportDelivery) -> str:
    """The path of its page within the court."""
    return f"lists/{row.list_id}" if row.list_id else f"reports/{row.report_id}"


def subject_of(document: Document) -> tuple[str, UUID]:
    """What the audit calls it."""
    return "list_report" if isinstance(document, ListReport) else "report", document.id
