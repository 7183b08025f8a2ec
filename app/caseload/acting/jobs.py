"""The worker's part of what is done for many people at once."""

from __future__ import annotations

from datetime import timedelta

from app.caseload.acting import services
from app.core.jobs import Job, JobHandler
from app.core.outbox import enqueue
from tenants.database import transaction


def act(job: Job) -> None:
    """Do some of it, then end, or come again. May run twice: each part is done once."""
    assert job.subject_id is not None
    services.go_on(job.subject_id)
    with transaction():
        job.done()
        if not services.end_if_over(job.subject_id):
            enqueue(services.STEP, job.subject_id)


JOBS: dict[str, JobHandler] = {
    services.STEP: JobHandler(act, queue="bulk", time_limit=timedelta(seconds=60), lease=timedelta(seconds=75)),
}
