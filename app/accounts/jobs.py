"""Background jobs of accounts, by kind."""

from __future__ import annotations

from datetime import timedelta

from app.accounts import recovery
from app.core.jobs import Job, JobHandler
from tenants.database import transaction


def mail_link(job: Job) -> None:
    """Mail a way back in to an address, if it is anybody's."""
    with transaction():
        recovery.mail_links(str(job.payload["email"]))
        job.done()


JOBS: dict[str, JobHandler] = {
    recovery.MAIL_JOB: JobHandler(mail_link, queue="default", time_limit=timedelta(seconds=30), attempts=8),
}
