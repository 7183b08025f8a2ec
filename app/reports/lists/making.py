"""From a requested list to an issued one: drawn, sealed and stored outside of any transaction, then issued in one."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select, update

from app.core import clock
from app.core.actor import SYSTEM
from app.core.audit import audit
from app.core.i18n import in_language
from app.core.jobs import Job, JobDone, JobHandler
from app.core.models import StoredFile
from app.core.runtime import runtime
from app.reports.archive import archive
from app.reports.correcting.telling import tell_of_corrected_list
from app.reports.delivering.services import hand_over, stop
from app.reports.jobs import CODES, sealed, store, translate
from app.reports.lists.html import render_list, title_of
from app.reports.lists.lookups import ISSUED, alike
from app.reports.lists.models import ListReport
from app.reports.lists.services import MAKE, MAKE_LATER
from app.reports.lists.snapshot import ListSnapshot
from app.reports.publishing import PURPOSE
from app.reports.renderer import LONG_SECONDS, renderer_for
from tenants.database import transaction
from tenants.scope import current_court_id

MAKING = ("requested", "rendering", "failed")


def make(job: Job) -> None:
    """Make the file of one list, and issue it."""
    assert job.subject_id is not None
    snapshot = begin(job.subject_id)
    if snapshot is None:
        with transaction():
            job.done()
        return
    issue(job, snapshot, draw(snapshot))


def begin(list_id: UUID) -> ListSnapshot | None:
    """Note that the list is being made; its frozen facts, or None when it is made already or gone."""
    with transaction() as session:
        snapshot = session.scalar(
            update(ListReport)
            .where(ListReport.id == list_id, ListReport.state.in_(MAKING))
            .values(state="rendering", error="", row_version=ListReport.row_version + 1)
            .returning(ListReport.snapshot)
            .execution_options(synchronize_session=False)
        )
    return None if snapshot is None else ListSnapshot.model_validate(snapshot)


def draw(snapshot: ListSnapshot) -> bytes:
    """The list as PDF/A, not sealed yet. Raises RenderFailed, NotArchivableError."""
    with in_language(snapshot.language):
        title = title_of(snapshot, translate)
        with renderer_for(len(snapshot.rows)) as renderer:
            drawn = renderer.render(render_list(snapshot, translate))
    return archived(drawn.pdf, snapshot, title)


def archived(pdf: bytes, snapshot: ListSnapshot, title: str) -> bytes:
    """The archival pass. Raises NotArchivableError."""
    return archive(
        pdf,
        title=f"{title} {snapshot.number}",
        author=snapshot.court.name,
        subject=title,
        language=f"{snapshot.language}-US",
        created=snapshot.generated_at,
    )


def issue(job: Job, snapshot: ListSnapshot, pdf: bytes) -> None:
    """Seal, store and issue a drawn list with the job's end. Raises JobDone when another run was faster."""
    assert job.subject_id is not None
    with in_language(snapshot.language):
        signed = sealed(pdf, f"{title_of(snapshot, translate)} {snapshot.number}")
    sha256 = store(signed)
    try:
        _publish(job, snapshot, sha256, hashlib.sha256(pdf).hexdigest(), len(signed))
    except JobDone:
        # Another run has issued its own file; every run's seal differs, so this one belongs to nobody.
        with contextlib.suppress(OSError):
            runtime().storage.delete(current_court_id(), sha256)
        raise


def _publish(job: Job, snapshot: ListSnapshot, sha256: str, unsigned_sha256: str, size: int) -> None:
    with transaction() as session:
        job.done()
        report = session.get_one(ListReport, (current_court_id(), job.subject_id), with_for_update=True)
        if report.state not in MAKING:
            return
        now = clock.now()
        file = StoredFile(
            sha256=sha256,
            size=size,
            content_type="application/pdf",
            purpose=PURPOSE,
            name=f"{report.number}.pdf",
            created_at=now,
            created_by=None,
        )
        session.add(file)
        session.flush()
        report.file_id, report.signed_sha256, report.unsigned_sha256 = file.id, sha256, unsigned_sha256
        report.state, report.ready_at, report.error = _take_over(report), now, ""
        report.ended_at = now if report.state == "superseded" else None
        report.snapshot = snapshot.model_dump(mode="json")
        session.flush()
        audit(
            "reports.issue_list",
            actor=SYSTEM,
            subject=("list_report", report.id),
            new={"state": report.state, "sha256": sha256},
        )
        if report.replaces_id is not None:
            tell_of_corrected_list(report)
        if report.state in ISSUED:
            hand_over(report)


def _take_over(report: ListReport) -> str:
    """Earlier lists of the same people and day are superseded; the state of this one, should a later one be out."""
    with transaction() as session:
        replaced = session.scalars(
            update(ListReport)
            .where(*alike(report), ListReport.state.in_(ISSUED), ListReport.requested_at <= report.requested_at)
            .values(state="superseded", ended_at=clock.now(), row_version=ListReport.row_version + 1)
            .returning(ListReport.id)
            .execution_options(synchronize_session=False)
        ).all()
        stop(replaced)
        later = exists().where(
            *alike(report), ListReport.state.in_(ISSUED), ListReport.requested_at > report.requested_at
        )
        return "superseded" if session.scalar(select(later)) else "ready"


def gave_up(job: Job, message: str) -> None:
    """Say on the list that it could not be made."""
    assert job.subject_id is not None
    code = CODES.get(message.partition(":")[0], "unknown")
    with transaction() as session:
        failed = session.scalar(
            update(ListReport)
            .where(ListReport.id == job.subject_id, ListReport.state.in_(MAKING))
            .values(state="failed", error=code, row_version=ListReport.row_version + 1)
            .returning(ListReport.id)
            .execution_options(synchronize_session=False)
        )
        if failed is not None:
            audit("reports.fail_list", actor=SYSTEM, subject=("list_report", failed), new={"error": code})


LIMIT = timedelta(seconds=LONG_SECONDS + 60)  # drawing, then the archival pass and the seal
_MAKE = JobHandler(make, time_limit=LIMIT, lease=LIMIT + timedelta(seconds=30), attempts=4, gave_up=gave_up)
JOBS: dict[str, JobHandler] = {MAKE: _MAKE, MAKE_LATER: replace(_MAKE, queue="bulk")}
