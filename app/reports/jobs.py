"""Background jobs of reports, by kind."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from dataclasses import replace
from datetime import timedelta

from app.core import clock
from app.core.i18n import gettext, in_language
from app.core.jobs import Job, JobDone, JobHandler
from app.core.runtime import runtime
from app.reports import publishing
from app.reports.document import Document, has_own_copy, make_courtesy, make_document
from app.reports.lookups import RENDER, RENDER_LATER
from app.reports.renderer import shared_renderer
from app.reports.sign import check, sign
from app.reports.snapshot import Snapshot
from app.reports.wording import Wording
from tenants.database import transaction
from tenants.scope import current_court_id

log = logging.getLogger(__name__)


class NotStored(Exception):
    """The file is not whole in storage."""


class NotSealed(Exception):
    """The seal that was just put on does not hold."""


# By the name of the error that ended the last attempt, as the outbox notes it.
CODES = {
    "RenderTimeout": "too_slow",
    "JobTimeoutException": "too_slow",
    "RenderFailed": "not_drawn",
    "NotArchivableError": "not_drawn",
    "NotStored": "not_stored",
    "CannotSignError": "not_sealed",
    "NotSealed": "not_sealed",
    "WorkerLost": "interrupted",
}


def render(job: Job) -> None:
    """Make the file of one report outside of any transaction, then issue it in one."""
    assert job.subject_id is not None
    snapshot = publishing.begin(job.subject_id)
    if snapshot is None:
        with transaction():
            job.done()
        return
    made = _kept(*make_file(snapshot))
    copy = _kept(*make_copy(snapshot)) if has_own_copy(snapshot) else None
    try:
        publishing.publish(job, job.subject_id, made, copy)
    except JobDone:
        # Another run has issued its own files; every run's seal differs, so these belong to nobody.
        for one in filter(None, (made, copy)):
            with contextlib.suppress(OSError):
                runtime().storage.delete(current_court_id(), one.signed_sha256)
        raise


def _kept(signed: bytes, unsigned_sha256: str) -> publishing.MadeFile:
    return publishing.MadeFile(store(signed), unsigned_sha256, len(signed))


def make_file(snapshot: Snapshot) -> tuple[bytes, str]:
    """The sealed and checked PDF/A, and the SHA-256 of the bytes before the seal.

    Raises RenderFailed, NotArchivableError, CannotSignError, NotSealed.
    """
    with in_language(snapshot.language):
        return _sealed_file(snapshot, make_document(snapshot, translate, shared_renderer()))


def make_copy(snapshot: Snapshot) -> tuple[bytes, str]:
    """The same of the courtesy copy, where it is a file of its own."""
    with in_language(snapshot.language):
        return _sealed_file(snapshot, make_courtesy(snapshot, translate, shared_renderer()))


def _sealed_file(snapshot: Snapshot, document: Document) -> tuple[bytes, str]:
    reason = f"{Wording(snapshot, translate).title()} {snapshot.number}"
    if document.complaints:
        # They may quote the document, so only their number is told.
        log.warning("report %s was drawn with %d complaints", snapshot.number, len(document.complaints))
    return sealed(document.pdf, reason), hashlib.sha256(document.pdf).hexdigest()


def sealed(pdf: bytes, reason: str) -> bytes:
    """The document with the court's seal, which was checked. Raises CannotSignError, NotSealed."""
    settings = runtime().settings
    certificate = settings.signing_cert_file.read_bytes()
    signed = sign(
        pdf, key_pem=settings.signing_key_file.read_bytes(), cert_pem=certificate, reason=reason, at=clock.now()
    )
    state = check(signed, [certificate])
    if not state.ok:
        raise NotSealed(state.reason)
    return signed


def translate(text: str) -> str:
    """`gettext` for the templates of reports."""
    return str(gettext(text))


def store(content: bytes) -> str:
    """Keep a file of the court at work; its SHA-256. Raises NotStored."""
    try:
        return runtime().storage.put(current_court_id(), content)
    except OSError as error:
        raise NotStored(error.strerror or type(error).__name__) from error


def _gave_up(job: Job, message: str) -> None:
    assert job.subject_id is not None
    publishing.give_up(job.subject_id, CODES.get(message.partition(":")[0], "unknown"))


_RENDER = JobHandler(
    render, time_limit=timedelta(seconds=60), lease=timedelta(seconds=75), attempts=4, gave_up=_gave_up
)
JOBS: dict[str, JobHandler] = {RENDER: _RENDER, RENDER_LATER: replace(_RENDER, queue="bulk")}
