"""Background jobs of batches."""

from __future__ import annotations

from datetime import timedelta

from app.batches import services
from app.core.actor import SYSTEM
from app.core.jobs import Job, JobHandler
from tenants.database import transaction


def step(job: Job) -> None:
    """Ask for the next few reports, then end, or come again in a moment. May run twice: each item is asked for once."""
    assert job.subject_id is not None
    services.step(job.subject_id)
    with transaction():
        job.done()
        services.end_or_go_on(job.subject_id, job.payload["turn"])


def gave_up(job: Job, _message: str) -> None:
    """A batch that can not go on by itself is paused, where a person sees it and has it go on."""
    assert job.subject_id is not None
    services.pause(job.subject_id, actor=SYSTEM)


JOBS: dict[str, JobHandler] = {
    services.STEP: JobHandler(
        step, queue="bulk", time_limit=timedelta(seconds=60), lease=timedelta(seconds=75), attempts=5, gave_up=gave_up
    ),
}
