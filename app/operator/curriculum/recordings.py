"""Bringing videos in and withdrawing them. Runs as the platform role; all of it is logged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.core.storage import CURRICULUM
from app.court_admin.models import note
from app.curriculum.delivering import check_delivery, read_delivery
from app.curriculum.forgetting import hold_files
from app.curriculum.lookups import content_of, current_versions
from app.curriculum.models import CurriculumRecording
from tenants.database import session, transaction


def import_video(platform: Session, folder: Path, *, actor: Actor = SYSTEM) -> CurriculumRecording:
    """Check a delivery (see app/curriculum/delivering.py), keep its file and show it at its place from now on.

    `platform` is a `role_transaction("platform")` of a process with storage. The same delivery again changes nothing.
    Raises ContentError with every problem, NotFound for an unknown module, Refused when another recording stands there.
    """
    delivery = read_delivery(folder)
    current = current_versions().get(delivery.module)
    if current is None:
        raise NotFound
    found = check_delivery(folder, delivery, content_of(current.version_id), clock.now().date())
    hold_files(platform)
    there = platform.scalar(
        select(CurriculumRecording).where(
            CurriculumRecording.module == delivery.module,
            CurriculumRecording.lesson == delivery.lesson,
            CurriculumRecording.withdrawn_at.is_(None),
        )
    )
    if there is not None and there.sha256 == delivery.sha256:
        return there
    if there is not None:
        raise Refused(_("Another recording is shown in this lesson. Withdraw it first."))
    with found.path.open("rb") as source:
        sha256, size = runtime().storage.put_stream(CURRICULUM, source)
    if sha256 != delivery.sha256:
        raise Refused(_("The file changed while it was read."))
    consent = delivery.consent
    row = CurriculumRecording(
        module=delivery.module,
        lesson=delivery.lesson,
        title=dict(delivery.title.root),
        sha256=sha256,
        content_type=found.content_type,
        size=size,
        seconds=found.seconds,
        captions=dict(found.captions),
        transcripts=dict(found.transcripts),
        consent_by=consent.signed_by if consent else None,
        consent_document=consent.document if consent else None,
        consent_on=consent.signed_on if consent else None,
        consent_until=consent.until if consent else None,
        added_at=clock.now(),
    )
    platform.add(row)
    platform.flush()
    detail = {"module": row.module, "lesson": row.lesson, "sha256": sha256, "bytes": size, "seconds": row.seconds}
    note(platform, "operator.import_video", operator_id=actor.id, detail=detail)
    return row


def withdraw(recording_id: UUID, *, reason: str, actor: Actor) -> None:
    """Take a recording away at once, over every version; what people did with it stays done. Twice is once.

    A worker deletes the file. Raises NotFound.
    """
    with transaction() as current:
        row = current.scalar(
            select(CurriculumRecording).where(CurriculumRecording.id == recording_id).with_for_update()
        )
        if row is None:
            raise NotFound
        if row.withdrawn_at is not None:
            return
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = clock.now(), actor.id, reason
        current.flush()
        detail = {"module": row.module, "lesson": row.lesson, "sha256": row.sha256, "reason": reason}
        note(current, "operator.withdraw_recording", operator_id=actor.id, detail=detail)


def recordings() -> Sequence[CurriculumRecording]:
    """All that were ever brought in, the newest first."""
    return session().scalars(select(CurriculumRecording).order_by(CurriculumRecording.added_at.desc())).all()


def the_recording(recording_id: UUID) -> CurriculumRecording:
    """Raises NotFound."""
    found = session().get(CurriculumRecording, recording_id)
    if found is None:
        raise NotFound
    return found
