"""`python -m tests.faults.processes worker|scheduler`: the portal's own process with one more kind of job.

The job leaves one row for each effect (of a table without a unique key, so that a second effect would show), and one
line in a file for each run, so that a test knows when to strike.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path

from app import factory
from app.core import clock
from app.core.jobs import Job, JobHandler
from app.core.models import Attempt
from tenants.database import transaction

KIND = "test.effect"


def effect(job: Job) -> None:
    """Payload: `folder` for the lines; `slow` seconds for the first attempt."""
    with (Path(job.payload["folder"]) / "runs").open("a") as runs:
        runs.write(f"{job.id} {job.attempt} {os.getpid()}\n")
    if job.attempt == 1:
        time.sleep(job.payload.get("slow", 0))
    with transaction() as session:
        session.add(Attempt(bucket=KIND, key_digest=str(job.subject_id), at=clock.now()))
        job.done()


HANDLER = JobHandler(run=effect)

if __name__ == "__main__":
    factory.JOBS[KIND] = HANDLER
    importlib.import_module(f"app.{sys.argv[1]}").main()
