"""Loading lists: for one person, by day, by what stands on the paper. Missing and forbidden look the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select

from app.cases.lookups import Reach, reach_of, visible_to
from app.cases.models import Enrollment
from app.core import clock
from app.core.errors import NotFound
from app.core.models import StoredFile
from app.permissions.identity import Identity
from app.reports.lists.models import ListReport, ListReportPerson
from app.reports.lists.snapshot import ListKind
from app.reports.models import Report
from app.reports.rules import before
from tenants.database import session

OPEN = ("requested", "rendering")
ISSUED = ("ready", "delivered", "acknowledged")
MAY_HOLD_LISTS = (Reach.WHOLE_COURT, Reach.CASELOAD)
SHOWN = 20


def readable_lists(identity: Identity) -> Select[ListReport]:
    """The lists that somebody may read: of the whole court, or the own ones, while everybody on them may be seen.

    Somebody who was given to another officer closes the lists of before at once. Raises NotFound for those who never
    read lists.
    """
    reach = reach_of(identity)
    if reach not in MAY_HOLD_LISTS:
        raise NotFound
    query = select(ListReport)
    if reach is Reach.WHOLE_COURT:
        return query
    mine: Any = visible_to(reach, identity.id, clock.now()).with_only_columns(Enrollment.id)
    hidden = (
        select(ListReportPerson.id)
        .where(ListReportPerson.list_id == ListReport.id, ListReportPerson.enrollment_id.not_in(mine))
        .correlate(ListReport)
    )
    return query.where(ListReport.officer_id == identity.id, ~hidden.exists())


def get_list_for(identity: Identity, list_id: UUID) -> ListReport:
    """One list. Raises NotFound."""
    found = session().scalar(readable_lists(identity).where(ListReport.id == list_id))
    if found is None:
        raise NotFound
    return found


def lists_for(identity: Identity, kind: ListKind) -> Sequence[ListReport]:
    """The newest lists of a kind that somebody may read; at most SHOWN."""
    newest = readable_lists(identity).where(ListReport.kind == kind)
    return session().scalars(newest.order_by(ListReport.requested_at.desc(), ListReport.id.desc()).limit(SHOWN)).all()


def newest_packet(day: date, officer_id: UUID | None) -> ListReport | None:
    """The newest packet of a court-local day for an officer's people, or for the whole court; a failed one too."""
    return session().scalar(
        select(ListReport)
        .where(
            ListReport.kind == ListKind.CALENDAR_PACKET,
            ListReport.for_day == day,
            ListReport.officer_id.is_not_distinct_from(officer_id),
        )
        .order_by(ListReport.requested_at.desc(), ListReport.id.desc())
        .limit(1)
    )


def alike(report: ListReport) -> tuple[ColumnElement[bool], ...]:
    """The other lists of the same kind, people and day."""
    return (
        ListReport.kind == report.kind,
        ListReport.for_day.is_not_distinct_from(report.for_day),
        ListReport.officer_id.is_not_distinct_from(report.officer_id),
        ListReport.id != report.id,
    )


def later_list(report: ListReport) -> ListReport | None:
    """The issued list that took the place of a superseded one."""
    if report.state != "superseded":
        return None
    newest = select(ListReport).where(*alike(report), ListReport.state.in_(ISSUED))
    return session().scalar(newest.order_by(ListReport.requested_at.desc(), ListReport.id.desc()).limit(1))


def correction_of_list(list_id: UUID) -> ListReport | None:
    """The list that was asked for in place of this one, made or not; one that was taken back is none."""
    return session().scalar(select(ListReport).where(ListReport.replaces_id == list_id, ListReport.state != "revoked"))


def can_be_corrected(report: ListReport) -> bool:
    """Whether the button is shown; the service looks once more."""
    return report.state in ISSUED and correction_of_list(report.id) is None


def can_be_revoked(report: ListReport) -> bool:
    return report.file_id is not None and report.state in before("revoked")


def people_of(list_id: UUID) -> Sequence[ListReportPerson]:
    """Whom a list is about, in its order."""
    rows = select(ListReportPerson).where(ListReportPerson.list_id == list_id)
    return session().scalars(rows.order_by(ListReportPerson.position)).all()


def parts_of(list_id: UUID) -> Sequence[tuple[ListReportPerson, Report | None]]:
    """Whom a packet is about, each with the report in it."""
    rows = (
        select(ListReportPerson, Report)
        .outerjoin(Report, Report.id == ListReportPerson.report_id)
        .where(ListReportPerson.list_id == list_id)
        .order_by(ListReportPerson.position)
    )
    return [(person, report) for person, report in session().execute(rows)]


def file_of_list(report: ListReport) -> StoredFile:
    """The signed file. Raises NotFound while there is none."""
    found = session().scalar(select(StoredFile).where(StoredFile.id == report.file_id))
    if found is None:
        raise NotFound
    return found


def issued_list(*, digest: str = "", number: str = "", sha256: str = "") -> ListReport | None:
    """The issued list with this digest of a token, this number or this SHA-256 of its file."""
    wanted: list[ColumnElement[bool]] = [
        *([ListReport.verify_digest == digest] if digest else []),
        *([ListReport.number == number] if number else []),
        *([ListReport.signed_sha256 == sha256] if sha256 else []),
    ]
    if not wanted:
        return None
    return session().scalar(select(ListReport).where(or_(*wanted), ListReport.file_id.is_not(None)))
