"""Reports on paper: one file with a cover sheet before each report, kept until it is printed, for a week at most."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

import pikepdf
from sqlalchemy import func, select, update

from app.cases.models import Enrollment, Person, Referral
from app.cases.rules import move
from app.core import clock, outbox
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.i18n import in_language
from app.core.jobs import Job, JobHandler
from app.core.runtime import runtime
from app.reports.delivering import services
from app.reports.delivering.covers import Cover, draw_covers
from app.reports.delivering.documents import Document
from app.reports.delivering.models import PrintBatch, ReportDelivery
from app.reports.delivering.rules import PRINT_MOVES
from app.reports.facts import the_court
from app.reports.lists.models import ListReport
from app.reports.lookups import ISSUED
from app.reports.models import Report
from app.reports.words import KIND_WORDS
from tenants.database import after_commit, session, transaction
from tenants.report_delivery import Way
from tenants.scope import current_court_id

MAKE = "reports.print"  # the kind of job
MOST = 50  # reports in one file
KEPT = timedelta(days=7)
IN_FORCE = func.coalesce(Report.state, ListReport.state).in_(ISSUED)


def put_together(delivery_ids: Collection[UUID], *, actor: Actor) -> PrintBatch:
    """Have one file made of reports that wait to be printed. Raises Refused when none of these does."""
    with transaction() as current:
        assert actor.id is not None
        rows = current.scalars(
            select(ReportDelivery)
            .outerjoin(Report, Report.id == ReportDelivery.report_id)
            .outerjoin(ListReport, ListReport.id == ReportDelivery.list_id)
            .where(
                ReportDelivery.id.in_(list(delivery_ids)[:MOST]),
                ReportDelivery.way == Way.PRINT,
                ReportDelivery.state == "waiting",
                ReportDelivery.batch_id.is_(None),
                IN_FORCE,
            )
            .order_by(ReportDelivery.id)
            .with_for_update(of=ReportDelivery)
        ).all()
        if not rows:
            raise Refused(_("Choose at least one report that still waits."), "delivery")
        batch = PrintBatch(created_at=clock.now(), created_by=actor.id, count=len(rows))
        current.add(batch)
        current.flush()
        for row in rows:
            row.batch_id = batch.id
        batch.job_id = outbox.enqueue(MAKE, batch.id, once="1")
        current.flush()
        _audit("reports.print", batch, actor)
        return batch


def confirm(batch_id: UUID, *, actor: Actor) -> int:
    """The papers are printed and handed over: they are delivered. Returns how many; a second time none.

    What was replaced or taken back after it was printed stays undelivered. Raises NotFound, IllegalMove.
    """
    with transaction() as current:
        batch = _locked(batch_id)
        if batch.state == "handed_over":
            return 0
        _go(batch, "handed_over", actor)
        waiting = select(ReportDelivery.id).where(
            ReportDelivery.batch_id == batch_id, ReportDelivery.state == "waiting"
        )
        ids = current.scalars(waiting.order_by(ReportDelivery.id)).all()
        done = sum(services.delivered(each, actor=actor) for each in ids)
        _audit("reports.printed", batch, actor)
        return done


def put_back(batch_id: UUID, *, actor: Actor) -> None:
    """The papers were not printed: they wait again. Does nothing a second time. Raises NotFound, IllegalMove."""
    with transaction() as current:
        batch = _locked(batch_id)
        if batch.state == "dropped":
            return
        _go(batch, "dropped", actor)
        current.execute(
            update(ReportDelivery)
            .where(ReportDelivery.batch_id == batch_id, ReportDelivery.state == "waiting")
            .values(batch_id=None, row_version=ReportDelivery.row_version + 1)
            .execution_options(synchronize_session=False)
        )
        _forget(batch)
        _audit("reports.put_back", batch, actor)


def retry(batch_id: UUID, *, actor: Actor) -> None:
    """Have the file made after all. Does nothing unless that failed. Raises NotFound."""
    with transaction() as current:
        job_id = current.scalar(select(PrintBatch.job_id).where(PrintBatch.id == batch_id))
        if job_id is None:
            raise NotFound
        outbox.retry(job_id)
        batch = _locked(batch_id)
        if batch.state != "failed":
            return
        move(batch.state, "requested", PRINT_MOVES)
        batch.state, batch.error = "requested", ""
        _audit("reports.print", batch, actor)


def make(job: Job) -> None:
    """Draw the cover sheets and put the file together outside of any transaction; note it in one."""
    assert job.subject_id is not None
    batch = session().scalars(select(PrintBatch).where(PrintBatch.id == job.subject_id)).one()
    if batch.state not in ("requested", "failed"):
        with transaction():
            job.done()
        return
    court_id = current_court_id()
    sha256 = runtime().storage.put(court_id, merged(batch.id))
    with transaction():
        job.done()
        batch = _locked(job.subject_id)
        if batch.state == "dropped":
            runtime().storage.delete(court_id, sha256)
            return
        move(batch.state, "ready", PRINT_MOVES)
        batch.state, batch.sha256, batch.error = "ready", sha256, ""


def merged(batch_id: UUID) -> bytes:
    """A cover sheet, then the report, for each one that is still in force; each begins on a front side.

    The seals are of the reports' own files and do not survive: this one is for paper. Raises Missing, RenderFailed.
    """
    query = (
        select(Report, Person, ListReport)
        .select_from(ReportDelivery)
        .outerjoin(ListReport, ListReport.id == ReportDelivery.list_id)
        .outerjoin(Report, Report.id == ReportDelivery.report_id)
        .outerjoin(Enrollment, Enrollment.id == Report.enrollment_id)
        .outerjoin(Referral, Referral.id == Enrollment.referral_id)
        .outerjoin(Person, Person.id == Referral.person_id)
        .where(ReportDelivery.batch_id == batch_id, ReportDelivery.state == "waiting", IN_FORCE)
        .order_by(ReportDelivery.created_at, ReportDelivery.id)
    )
    rows = [(report or listed, person) for report, person, listed in session().execute(query)]
    court, storage = the_court(), runtime().storage
    with in_language(court.languages[0]):
        sheets = draw_covers(court.name, [_cover(report, person) for report, person in rows])
    return _one_file(sheets, [storage.get(court.id, report.signed_sha256) for report, _person in rows])


def _cover(report: Document, person: Person | None) -> Cover:
    """`person`: whom a report is about; a list is about many."""
    said = report.snapshot
    return Cover(
        number=report.number,
        kind=str(KIND_WORDS[report.kind]),
        name=person.full_name if person is not None else str(said["about"]),
        case_numbers=", ".join(said["case"]["numbers"]) if person is not None else str(_("Several cases")),
        issued=str(said["generated_on"]),
    )


def _one_file(covers: bytes, reports: Sequence[bytes]) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as whole, pikepdf.open(io.BytesIO(covers)) as sheets:
        for number, content in enumerate(reports):
            with pikepdf.open(io.BytesIO(content)) as one:
                for page in one.pages:
                    if "/Annots" in page:
                        del page["/Annots"]  # the field of a seal that is not in this file
                for pages in ([sheets.pages[number]], one.pages):
                    whole.pages.extend(pages)
                    if len(whole.pages) % 2:
                        whole.add_blank_page(page_size=_size(whole.pages[-1]))
        whole.save(out)
    return out.getvalue()


def _size(page: pikepdf.Page) -> tuple[int, int]:
    """In points."""
    width, height = (round(float(edge)) for edge in page.mediabox[2:])
    return width, height


def forget_files() -> None:
    """Delete files that are a week old: each report has its own for good (the scheduler, for each court)."""
    with transaction() as current:
        old = select(PrintBatch).where(PrintBatch.sha256 != "", PrintBatch.created_at < clock.now() - KEPT)
        for batch in current.scalars(old.with_for_update(skip_locked=True)):
            _forget(batch)


def _forget(batch: PrintBatch) -> None:
    sha256, court_id, storage = batch.sha256, current_court_id(), runtime().storage
    batch.sha256 = ""
    if sha256:
        after_commit(lambda: storage.delete(court_id, sha256))


def _go(batch: PrintBatch, to: str, actor: Actor) -> None:
    move(batch.state, to, PRINT_MOVES)
    batch.state, batch.settled_at, batch.settled_by = to, clock.now(), actor.id


def _locked(batch_id: UUID) -> PrintBatch:
    with transaction() as current:
        found = current.scalar(select(PrintBatch).where(PrintBatch.id == batch_id).with_for_update())
        if found is None:
            raise NotFound
        return found


def _audit(action: str, batch: PrintBatch, actor: Actor) -> None:
    audit(action, actor=actor, subject=("print_batch", batch.id), new={"state": batch.state, "count": batch.count})


def _gave_up(job: Job, message: str) -> None:
    assert job.subject_id is not None
    batch = _locked(job.subject_id)
    if batch.state == "requested":
        move(batch.state, "failed", PRINT_MOVES)
        name = message.partition(":")[0]
        batch.state = "failed"
        batch.error = {"Missing": "file_missing", "RenderFailed": "not_drawn", "RenderTimeout": "not_drawn"}.get(
            name, "unknown"
        )


JOBS: dict[str, JobHandler] = {
    MAKE: JobHandler(
        make, time_limit=timedelta(seconds=120), lease=timedelta(seconds=150), attempts=3, gave_up=_gave_up
    )
}
