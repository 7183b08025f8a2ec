"""From a requested report to an issued one. Each step changes rows by compare-and-set, so a second run changes nothing.

Locks are always taken in one order: the job, the enrollment, the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select, update

from app.cases.lookups import the_enrollment
from app.cases.services import complete
from app.core import clock
from app.core.actor import SYSTEM
from app.core.audit import audit
from app.core.jobs import Job
from app.core.models import StoredFile
from app.reports.correcting.telling import tell_of_correction
from app.reports.delivering.services import hand_over, stop
from app.reports.lookups import ISSUED, OPEN
from app.reports.models import Report
from app.reports.papers import tell_of_paper
from app.reports.snapshot import RENDERER_VERSION, ReportKind, Snapshot
from tenants.database import transaction

PURPOSE, PURPOSE_OF_COPY = "report", "report_copy"  # of the stored files
RECEIPTS = (ReportKind.RECEIPT, ReportKind.RECEIPT_VOID)


@dataclass(frozen=True)
class MadeFile:
    """A signed file that is in storage already; hashes in hexadecimal."""

    signed_sha256: str
    unsigned_sha256: str
    size: int


def begin(report_id: UUID) -> Snapshot | None:
    """Note that the report is being made; its frozen facts, or None when it is made already or gone."""
    with transaction() as session:
        snapshot = session.scalar(
            update(Report)
            .where(Report.id == report_id, Report.state.in_(OPEN))
            .values(state="rendering", error="", row_version=Report.row_version + 1)
            .returning(Report.snapshot)
            .execution_options(synchronize_session=False)
        )
    return None if snapshot is None else Snapshot.model_validate(snapshot)


def publish(job: Job, report_id: UUID, made: MadeFile, copy: MadeFile | None = None) -> None:
    """Issue the report with its file, replace earlier ones of its kind, and complete the case after a final report.

    `copy`: the courtesy copy, where that is a file of its own.

    Raises JobDone when another run was faster: nothing of this run is kept then.
    """
    with transaction() as session:
        job.done()
        enrollment_id = session.scalars(select(Report.enrollment_id).where(Report.id == report_id)).one()
        enrollment = the_enrollment(enrollment_id, lock=True)
        report = session.scalars(select(Report).where(Report.id == report_id).with_for_update()).one()
        if report.state not in OPEN:
            return  # taken back while it was being made
        now = clock.now()
        report.file_id = _file(made, PURPOSE, f"{report.number}.pdf").id
        if copy is not None:
            report.courtesy_file_id = _file(copy, PURPOSE_OF_COPY, f"{report.number}-copy.pdf").id
            report.courtesy_sha256 = copy.signed_sha256
        report.signed_sha256, report.unsigned_sha256 = made.signed_sha256, made.unsigned_sha256
        report.renderer_version, report.ready_at, report.error = RENDERER_VERSION, now, ""
        report.state = _take_over(report)
        report.ended_at = now if report.state == "superseded" else None
        session.flush()
        audit(
            "reports.issue",
            actor=SYSTEM,
            subject=("report", report_id),
            case_id=enrollment.referral_id,
            new={"state": report.state, "sha256": made.signed_sha256, "renderer_version": RENDERER_VERSION},
        )
        if report.kind == ReportKind.FINAL:
            complete(enrollment_id)
        tell_of_paper(report, enrollment)
        if report.replaces_id is not None:
            tell_of_correction(report, enrollment)
        if report.state in ISSUED:
            hand_over(report)


def _file(made: MadeFile, purpose: str, name: str) -> StoredFile:
    with transaction() as session:
        file = StoredFile(
            sha256=made.signed_sha256,
            size=made.size,
            content_type="application/pdf",
            purpose=purpose,
            name=name,
            created_at=clock.now(),
            created_by=None,
        )
        session.add(file)
        session.flush()
        return file


def _take_over(report: Report) -> str:
    """Earlier issued reports of the same kind are superseded; the state of this one, should a later one be out.

    Papers of a payment or a request replace only those of the same payment or request; a void replaces the receipt.
    A non-compliance report tells what happened then: a later one, about something else, leaves it standing.
    """
    if report.kind == ReportKind.NON_COMPLIANCE:
        return "ready"
    alike = (
        Report.enrollment_id == report.enrollment_id,
        Report.kind.in_(RECEIPTS if report.kind in RECEIPTS else (report.kind,)),
        Report.subject_id.is_not_distinct_from(report.subject_id),
        Report.id != report.id,
    )
    with transaction() as session:
        replaced = session.scalars(
            update(Report)
            .where(*alike, Report.state.in_(ISSUED), Report.requested_at <= report.requested_at)
            .values(state="superseded", ended_at=clock.now(), row_version=Report.row_version + 1)
            .returning(Report.id)
            .execution_options(synchronize_session=False)
        ).all()
        stop(replaced)
        later = exists().where(*alike, Report.state.in_(ISSUED), Report.requested_at > report.requested_at)
        return "superseded" if session.scalar(select(later)) else "ready"


def give_up(report_id: UUID, code: str) -> None:
    """Note that the report could not be made; `code` is one of words.FAILURE_WORDS. Inside the caller's transaction."""
    with transaction() as session:
        enrollment_id = session.scalar(
            update(Report)
            .where(Report.id == report_id, Report.state.in_(OPEN))
            .values(state="failed", error=code, row_version=Report.row_version + 1)
            .returning(Report.enrollment_id)
            .execution_options(synchronize_session=False)
        )
        if enrollment_id is None:
            return
        audit(
            "reports.fail",
            actor=SYSTEM,
            subject=("report", report_id),
            case_id=the_enrollment(enrollment_id).referral_id,
            new={"state": "failed", "error": code},
        )
