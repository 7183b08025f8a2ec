"""A job: a row of the outbox being worked on. What a handler gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core import clock
from app.core.models import Outbox
from tenants.database import transaction


class JobDone(Exception):
    """Another run of the same job got there first: this run's transaction is rolled back, nothing happens twice."""


@dataclass(frozen=True)
class Job:
    """Ids only; the handler reloads. It may run twice at once and must then have one effect.

    A handler does its effect and `job.done()` in one `transaction()`. Work outside the database (a render, a mail) goes
    before that transaction; what it made is only taken over when `done()` did not raise.
    """

    id: UUID
    kind: str
    subject_id: UUID | None
    payload: dict[str, Any]
    attempt: int

    def done(self) -> None:
        """Mark the row done, inside the handler's transaction. Raises JobDone when it already was."""
        with transaction() as session:
            row = session.scalar(select(Outbox).where(Outbox.id == self.id).with_for_update())
            if row is None or row.done_at is not None:
                raise JobDone(self.kind)
            row.done_at = clock.now()
            row.failed_at = None
            row.error = ""


@dataclass(frozen=True)
class JobHandler:
    """How a kind of job is run: by which function, for how long at most, how often before a person must look."""

    run: Callable[[Job], None]
    queue: str = "default"
    time_limit: timedelta = timedelta(seconds=60)
    lease: timedelta = timedelta(seconds=90)  # silence after which it is sent again; longer than the time limit
    attempts: int = 8
    gave_up: Callable[[Job, str], None] | None = None  # in its own transaction, after the last attempt failed

    def __post_init__(self) -> None:
        if self.lease <= self.time_limit:
            object.__setattr__(self, "lease", self.time_limit + timedelta(seconds=30))
