"""Making the file of an export, in a worker."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from uuid import UUID

from app.core import clock
from app.core.actor import SYSTEM
from app.core.audit import audit
from app.core.jobs import Job, JobDone, JobHandler
from app.core.runtime import runtime
from app.exports.models import ExportState
from app.exports.services import MAKE, the_export
from app.exports.writing import write
from tenants.database import transaction
from tenants.scope import current_court_id

TIME_LIMIT = timedelta(hours=2)


def make(job: Job) -> None:
    """Write the ZIP beside the database and take it over with the job's end."""
    assert job.subject_id is not None
    as_of = clock.now()
    storage, court_id = runtime().storage, current_court_id()
    with tempfile.TemporaryFile() as file:
        written = write(file, export_id=job.subject_id, as_of=as_of)
        file.seek(0)
        sha256, size = storage.put_stream(court_id, file)
    try:
        with transaction():
            job.done()
            export = the_export(job.subject_id, lock=True)
            export.state, export.as_of, export.made_at = ExportState.READY, as_of, clock.now()
            export.sha256, export.size = sha256, size
            export.row_count, export.file_count, export.problems = written.rows, written.files, written.problems
            new = {"sha256": sha256, "rows": written.rows, "files": written.files, "problems": len(written.problems)}
            audit("exports.make", actor=SYSTEM, subject=("court_export", export.id), new=new)
    except JobDone:
        storage.delete(court_id, sha256)  # another run was first; every run's file differs
        raise


def _gave_up(job: Job, message: str) -> None:
    with transaction():
        export = the_export(UUID(str(job.subject_id)), lock=True)
        if export.state == ExportState.ASKED:
            export.state, export.error = ExportState.FAILED, message.partition(":")[0]
            audit("exports.fail", actor=SYSTEM, subject=("court_export", export.id), new={"fault": export.error})


JOBS: dict[str, JobHandler] = {
    MAKE: JobHandler(make, queue="bulk", time_limit=TIME_LIMIT, attempts=3, gave_up=_gave_up),
}
