"""Background jobs of deliveries, by kind. Each may run twice and then has one effect."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.accounts.telling import tell_staff
from app.core.circuits import circuit
from app.core.jobs import Job, JobHandler
from app.core.runtime import runtime
from app.notices.models import Notice
from app.reports.delivering import drops, services
from app.reports.delivering.documents import Document, document_id_of, find_document, page_of
from app.reports.delivering.drops import DropFailed
from app.reports.delivering.models import ReportDelivery
from app.reports.delivering.naming import dropped_files
from app.reports.delivering.services import DELIVER, HAND_OVER
from app.reports.lookups import ISSUED
from tenants.database import session, transaction
from tenants.models import Court
from tenants.report_delivery import Way
from tenants.scope import current_court_id


class NobodyThere(Exception):
    """The recipient is no longer on the court's staff."""


def hand_over(job: Job) -> None:
    """Write the deliveries of one report or list."""
    assert job.subject_id is not None
    with transaction():
        job.done()
        services.lay_out(job.subject_id)


def deliver(job: Job) -> None:
    """Carry one report or list to one place."""
    row = session().scalars(select(ReportDelivery).where(ReportDelivery.id == job.subject_id)).one()
    report = find_document(document_id_of(row))
    if row.state not in ("waiting", "failed") or report.state not in ISSUED:
        with transaction():
            services.stop([report.id])
            job.done()
        return
    if row.way == Way.MAIL:
        _mail(job, row.id)
    else:
        _drop(job, row.id, report)


def _mail(job: Job, delivery_id: UUID) -> None:
    """A message with a link. Who wants one mail a day, or has no address, finds it among the messages."""
    with transaction() as current:
        job.done()
        row = services.the_delivery(delivery_id)
        assert row.recipient_id is not None
        row.attempts = job.attempt
        notice_id = tell_staff(row.recipient_id, "report_ready", page_of(row))
        if notice_id is None:
            raise NobodyThere
        row.notice_id, row.state = notice_id, "on_its_way"
        current.flush()
        if current.scalar(select(Notice.channel).where(Notice.id == notice_id)) != "mail":
            services.delivered(delivery_id)


def _drop(job: Job, delivery_id: UUID, report: Document) -> None:
    """The file, then what lies beside it. A second run writes the same under the same names. Raises DropFailed."""
    slug = session().scalars(select(Court.slug).where(Court.id == current_court_id())).one()
    files = dropped_files(report)
    target = drops.open_drop(runtime().settings.drops_file, slug)
    # Each court's folder rests alone: a mount that is away costs the other courts nothing.
    with circuit("folder", slug, away=DropFailed, court_id=current_court_id()):
        for file in files:
            target.put(file.name, file.content, file.content_type)
    with transaction():
        job.done()
        row = services.the_delivery(delivery_id)
        row.attempts, row.file_name = job.attempt, files[0].name
        services.delivered(delivery_id)


def _gave_up(job: Job, message: str) -> None:
    assert job.subject_id is not None
    name, _, rest = message.partition(": ")
    services.the_delivery(job.subject_id).attempts = job.attempt
    services.not_delivered(job.subject_id, _code(name, rest))


def _code(name: str, rest: str) -> str:
    """By the name of the error that ended the last attempt, as the outbox notes it."""
    if name == DropFailed.__name__:
        return rest if rest in drops.FAULTS else "not_reached"
    return {"NobodyThere": "nobody_there", "Missing": "file_missing"}.get(name, "unknown")


JOBS: dict[str, JobHandler] = {
    HAND_OVER: JobHandler(hand_over, attempts=8),
    DELIVER: JobHandler(
        deliver, time_limit=timedelta(seconds=60), lease=timedelta(seconds=75), attempts=6, gave_up=_gave_up
    ),
}
