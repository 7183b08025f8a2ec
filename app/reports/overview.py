"""The reports of a court in numbers, and the reports behind a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, tuple_

from app.cases.lookups import visible_enrollments
from app.cases.many import among, is_one_of
from app.cases.models import Enrollment
from app.permissions.identity import Identity
from app.reports.lookups import ISSUED
from app.reports.models import Report
from app.reports.snapshot import ReportKind
from tenants.database import session

PAGE = 50


class ReportStanding(StrEnum):
    """Where a report stands, as far as a court counts."""

    BEING_MADE = "being-made"
    FAILED = "failed"
    READY = "ready"  # made since the day that the count begins


class ReportCounts(NamedTuple):
    """How many reports stand where; `ever` were issued in all."""

    being_made: int
    failed: int
    ready: int
    ever: int


def that_stand(standing: ReportStanding, since: datetime) -> ColumnElement[bool]:
    """The condition on Report; ready ones count from `since` (UTC) on."""
    conditions: Mapping[ReportStanding, ColumnElement[bool]] = {
        ReportStanding.BEING_MADE: Report.state.in_(("requested", "rendering")),
        ReportStanding.FAILED: Report.state == "failed",
        ReportStanding.READY: and_(Report.state.in_(ISSUED), Report.ready_at >= since),
    }
    return conditions[standing]


def report_counts(identity: Identity, since: datetime) -> ReportCounts:
    """One statement."""
    mine: Any = visible_enrollments(identity).with_only_columns(Enrollment.id)
    numbers = [func.count().filter(that_stand(standing, since)) for standing in ReportStanding]
    query = select(*numbers, func.count().filter(Report.state.in_(ISSUED))).where(Report.enrollment_id.in_(mine))
    return ReportCounts._make(session().connection().execute(query).one())


def page_of_reports(
    identity: Identity, standing: ReportStanding, since: datetime, *, after: UUID | None = None
) -> tuple[Sequence[tuple[Report, Enrollment]], UUID | None]:
    """At most PAGE reports with their cases, the newest first, and where the next page goes on. Two statements."""
    query = (
        visible_enrollments(identity)
        .join(Report, Report.enrollment_id == Enrollment.id)
        .add_columns(Report)
        .where(that_stand(standing, since))
        .order_by(Report.requested_at.desc(), Report.id.desc())
        .limit(PAGE + 1)
    )
    place = session().scalar(select(Report).where(Report.id == after)) if after is not None else None
    if place is not None:
        query = query.where(tuple_(Report.requested_at, Report.id) < (place.requested_at, place.id))
    rows = [(report, enrollment) for enrollment, report in session().execute(query)]
    return rows[:PAGE], rows[PAGE - 1][0].id if len(rows) > PAGE else None


# --- For lists of cases: a part of a larger statement ----------------------------------------------------------------

ABOUT_THE_CASE = (
    ReportKind.PROGRESS,
    ReportKind.BENCH_CARD,
    ReportKind.NON_COMPLIANCE,
    ReportKind.FINAL,
    ReportKind.CERTIFICATE,
)
# When the last report was made that tells a court how a case goes.
REPORTS = (
    select(Report.enrollment_id, func.max(Report.ready_at, type_=Report.ready_at.type).label("last_report"))
    .where(among(Report.enrollment_id), is_one_of(Report.kind, ABOUT_THE_CASE), is_one_of(Report.state, ISSUED))
    .group_by(Report.enrollment_id)
)
