"""Telling the learner, and whoever has a report, that it was corrected or taken back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.accounts.telling import tell_staff
from app.cases.models import Enrollment
from app.cases.telling import tell_learner
from app.reports.delivering.documents import deliveries_with
from app.reports.delivering.models import ReportDelivery
from app.reports.lists.models import ListReport
from app.reports.models import Report
from tenants.database import session


def tell_of_correction(report: Report, enrollment: Enrollment) -> None:
    """A corrected report is out: in the transaction that issues it, before it is delivered."""
    assert report.replaces_id is not None
    tell_learner(enrollment, "paper_corrected", f"reports/{report.id}")
    _tell_those_who_have(report.replaces_id, "report_corrected", f"reports/{report.id}")


def tell_of_corrected_list(report: ListReport) -> None:
    """The same for a report about many people: of its learners each is told of what is about them alone."""
    assert report.replaces_id is not None
    _tell_those_who_have(report.replaces_id, "report_corrected", f"lists/{report.id}")


def tell_of_revocation(report: Report, enrollment: Enrollment) -> None:
    """A report was taken back: in the transaction that does it."""
    tell_learner(enrollment, "paper_taken_back", f"reports/{report.id}")
    _tell_those_who_have(report.id, "report_taken_back", f"reports/{report.id}")


def tell_of_revoked_list(report: ListReport) -> None:
    """A report about many people was taken back: in the transaction that does it."""
    _tell_those_who_have(report.id, "report_taken_back", f"lists/{report.id}")


def _tell_those_who_have(document_id: UUID, kind: str, page: str) -> None:
    """Each person of the court whom the report or list reached, once."""
    reached = select(ReportDelivery.recipient_id).where(
        deliveries_with(document_id),
        ReportDelivery.recipient_id.is_not(None),
        ReportDelivery.state.in_(("on_its_way", "delivered", "acknowledged")),
    )
    for recipient_id in sorted(filter(None, set(session().scalars(reached)))):
        tell_staff(recipient_id, kind, page)
