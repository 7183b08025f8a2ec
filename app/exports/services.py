"""Exports: asking for one, taking it along, saying that it arrived."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import func, select

from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.core.models import AuditEvent
from app.core.outbox import enqueue
from app.core.runtime import runtime
from app.core.storage import PIECE, Missing
from app.core.turns import take_turn
from app.court_admin.audit_words import READS
from app.exports.models import CourtExport, ExportState
from tenants.database import after_commit, session, transaction
from tenants.keys import uuid7
from tenants.scope import current_court_id

MAKE = "exports.make"
KEPT_FOR = timedelta(days=14)  # the file; who asked for it, and who has it, stays on record
SHOWN = 20
# What may happen after an export without making it old, besides reading: the export itself, looks, signing in and out.
NO_CHANGE = (
    "exports.%",
    "audit.%",
    "operator.look",
    "operator.end_look",
    "operator.retry_job",
    "operator.change_state",
    "accounts.sign_%",
    "accounts.password_given",
    "accounts.prove_%",
)


def ask(*, reason: str, actor: Actor) -> CourtExport:
    """Have the court at work exported; a worker makes the file. Raises Refused while one is on its way."""
    with transaction() as current:
        take_turn("asking for an export")
        waiting = current.scalar(select(CourtExport.id).where(CourtExport.state == ExportState.ASKED).limit(1))
        if waiting is not None:
            raise Refused(_("An export is being made already. Wait until it is ready."))
        export = CourtExport(
            id=uuid7(), reason=reason, asked_at=clock.now(), asked_by_kind=actor.kind, asked_by=actor.id
        )
        current.add(export)
        current.flush()
        audit("exports.ask", actor=actor, subject=("court_export", export.id), new={"reason": reason})
        enqueue(MAKE, export.id)
    return export


def exports() -> list[CourtExport]:
    """The last exports of the court at work, the newest first."""
    newest = select(CourtExport).order_by(CourtExport.asked_at.desc(), CourtExport.id.desc()).limit(SHOWN)
    return list(session().scalars(newest))


def the_export(export_id: UUID, *, lock: bool = False) -> CourtExport:
    """Raises NotFound."""
    query = select(CourtExport).where(CourtExport.id == export_id)
    found = session().scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def download(export_id: UUID, *, actor: Actor) -> tuple[CourtExport, BinaryIO]:
    """The file for reading; that it was taken is recorded. Raises NotFound when there is none (any more)."""
    with transaction():
        export = the_export(export_id, lock=True)
        if export.state != ExportState.READY:
            raise NotFound
        try:
            content = runtime().storage.open(current_court_id(), export.sha256)
        except Missing:
            raise NotFound from None
        if export.downloaded_at is None:
            export.downloaded_at, export.downloaded_by = clock.now(), actor.id
        audit("exports.download", actor=actor, subject=("court_export", export.id), new={"sha256": export.sha256})
    return export, content


def acknowledge(export_id: UUID, *, row_version: str, actor: Actor) -> None:
    """The court says that it has its copy. Does nothing the second time. Raises NotFound, Refused, StaleForm."""
    with transaction():
        export = the_export(export_id, lock=True)
        if export.acknowledged_at is not None:
            return
        if export.downloaded_at is None:
            raise Refused(_("Download the export first."))
        if str(export.row_version) != row_version:
            raise StaleForm
        export.acknowledged_at, export.acknowledged_by = clock.now(), actor.id
        audit("exports.acknowledge", actor=actor, subject=("court_export", export.id))


def hand_over(export_id: UUID, *, target: Path, to: str, actor: Actor) -> CourtExport:
    """Copy the file to `target` for somebody of the court who gets it on a medium; `to` says who.

    Raises NotFound, FileExistsError, OSError.
    """
    with transaction():
        export = the_export(export_id, lock=True)
        if export.state != ExportState.READY:
            raise NotFound
        try:
            source = runtime().storage.open(current_court_id(), export.sha256)
        except Missing:
            raise NotFound from None
        with source, target.open("xb") as out:
            shutil.copyfileobj(source, out, PIECE)
        export.handed_to = to
        export.downloaded_at = export.downloaded_at or clock.now()
        export.acknowledged_at = export.acknowledged_at or clock.now()
        audit("exports.hand_over", actor=actor, subject=("court_export", export.id), new={"to": to})
    return export


def forget_old() -> None:
    """Remove the files of exports that are older than KEPT_FOR: each is a whole copy of the court's data."""
    old = select(CourtExport.id).where(
        CourtExport.state == ExportState.READY, CourtExport.made_at < clock.now() - KEPT_FOR
    )
    for export_id in session().scalars(old).all():
        with transaction():
            export = the_export(export_id, lock=True)
            if export.state != ExportState.READY:
                continue
            _remove(export)


def _remove(export: CourtExport) -> None:
    court_id, sha256 = current_court_id(), export.sha256
    storage = runtime().storage
    export.state = ExportState.REMOVED
    after_commit(lambda: storage.delete(court_id, sha256))


def changes_since(as_of: datetime) -> int:
    """How many things happened in the court at work after `as_of` that its export therefore does not hold."""
    counted = select(func.count()).select_from(AuditEvent).where(AuditEvent.at > as_of, AuditEvent.action.not_in(READS))
    for pattern in NO_CHANGE:
        counted = counted.where(AuditEvent.action.not_like(pattern))
    return session().scalar(counted) or 0
