"""Writing jobs, and running one. The relay (app/scheduler.py) carries rows to RQ; Redis holds nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock
from app.core.circuits import ServiceResting
from app.core.jobs import Job, JobDone, JobHandler
from app.core.models import Outbox
from tenants.database import session, transaction
from tenants.keys import uuid7

log = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=30)
SPREAD = timedelta(seconds=10)  # over which jobs come back to a service that was away


class WorkerLost(RuntimeError):
    """A job came to no end of its own."""


def enqueue(
    kind: str,
    subject_id: UUID | None,
    *,
    payload: dict[str, Any] | None = None,
    due_at: datetime | None = None,
    once: str | None = None,
) -> UUID:
    """Write a job into the transaction at hand; returns its id.

    `once` names an occasion: a second job of this kind, subject and occasion is not written. It needs a subject.
    """
    if once is not None and subject_id is None:
        raise ValueError("once: an occasion of which subject?")
    with transaction() as current:
        job_id = uuid7()
        values = {
            "id": job_id,
            "kind": kind,
            "subject_id": subject_id,
            "once": once,
            "payload": payload or {},
            "due_at": due_at or clock.now(),
        }
        current.execute(insert(Outbox).values(values).on_conflict_do_nothing(constraint="uq_outbox_once"))
    return job_id


def wait_after(attempt: int) -> timedelta:
    """Growing waits between attempts: 5 s, 10 s, 20 s ... 30 minutes."""
    return min(FIRST_WAIT * int(2 ** min(attempt, 12)), LONGEST_WAIT)


def run_job(job_id: UUID, handlers: Mapping[str, JobHandler]) -> str:
    """Run one job of the court at work. Returns `done`, `gone`, `retry`, `resting` or `failed`.

    A job's own fault never raises.
    """
    with transaction() as current:
        row = current.scalar(select(Outbox).where(Outbox.id == job_id))
        if row is None or row.done_at is not None or row.failed_at is not None:
            return "gone"
        job = Job(row.id, row.kind, row.subject_id, dict(row.payload), row.attempt)
    handler = handlers[job.kind]
    if job.attempt > handler.attempts:
        # Every earlier attempt took its process down with it, so none could count itself as failed.
        return _failed(job, handler, WorkerLost(f"no result after {handler.attempts} attempts"))
    try:
        handler.run(job)
        _require_done(job)
    except JobDone:
        return "gone"
    except ServiceResting as resting:
        return _postponed(job, resting)
    except Exception as error:  # a job's fault must never take the worker down; it is stored and shown
        return _failed(job, handler, error)
    return "done"


def _require_done(job: Job) -> None:
    """A handler that forgets `job.done()` would be run again for ever."""
    with transaction() as current:
        if current.scalar(select(Outbox.done_at).where(Outbox.id == job.id)) is None:
            raise WorkerLost(f"the handler of {job.kind} returned without done()")


def _postponed(job: Job, resting: ServiceResting) -> str:
    """The service that it needs is left alone: being turned away is no attempt. Not all come back at one moment."""
    with transaction() as current:
        row = current.scalar(select(Outbox).where(Outbox.id == job.id).with_for_update())
        if row is None or row.done_at is not None:
            return "gone"
        row.error = f"{type(resting).__name__}: {resting.service}"
        row.attempt = max(job.attempt - 1, 0)
        row.sent_at, row.lease_until = None, None
        row.due_at = resting.until + SPREAD * (job.id.int % 100) / 100
    return "resting"


def _failed(job: Job, handler: JobHandler, error: Exception) -> str:
    message = f"{type(error).__name__}: {error}"[:500].replace("\x00", "")
    give_up = job.attempt >= handler.attempts
    with transaction() as current:
        row = current.scalar(select(Outbox).where(Outbox.id == job.id).with_for_update())
        if row is None or row.done_at is not None:
            return "gone"
        row.error = message
        if give_up:
            row.failed_at = clock.now()
        else:
            row.sent_at, row.lease_until, row.due_at = None, None, clock.now() + wait_after(job.attempt)
        if give_up and handler.gave_up is not None:
            _tell_given_up(job, handler.gave_up, message)
    return "failed" if give_up else "retry"


def _tell_given_up(job: Job, gave_up: Callable[[Job, str], None], message: str) -> None:
    """Should even this fail, the row still says that the job did: else it would be sent again for ever."""
    try:
        with session().begin_nested():
            gave_up(job, message)
    except Exception:
        log.exception("giving up job %s of kind %s could not be told", job.id, job.kind)


def retry(job_id: UUID) -> None:
    """Send a failed job again, from the button that shows the failure."""
    with transaction() as current:
        row = current.scalar(select(Outbox).where(Outbox.id == job_id).with_for_update())
        if row is None or row.failed_at is None:
            return
        row.failed_at, row.sent_at, row.lease_until, row.attempt = None, None, None, 0
        row.due_at = clock.now()
