"""Deleting the files of withdrawn recordings. Any court's schedule does it for all: the curriculum belongs to none."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.runtime import runtime
from app.core.storage import CURRICULUM
from app.curriculum.models import CurriculumRecording
from tenants.database import session, transaction

_LOCK = 0x6375727269636C75  # one number for "the curriculum's files"


def hold_files(current: Session) -> None:
    """Until this transaction ends nobody else brings a file of the curriculum in or deletes one."""
    current.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def forget_withdrawn() -> None:
    """Delete the file of each withdrawn recording, unless another recording shows the same file. Safe to run twice."""
    columns = (CurriculumRecording.id, CurriculumRecording.sha256)
    waiting = select(*columns).where(
        CurriculumRecording.withdrawn_at.is_not(None), CurriculumRecording.file_deleted_at.is_(None)
    )
    if session().execute(waiting).first() is None:
        return
    with transaction() as current:
        hold_files(current)
        shown = set(
            current.scalars(select(CurriculumRecording.sha256).where(CurriculumRecording.withdrawn_at.is_(None)))
        )
        for recording_id, sha256 in current.execute(waiting).all():
            if sha256 not in shown:
                runtime().storage.delete(CURRICULUM, sha256)
            current.execute(
                update(CurriculumRecording)
                .where(CurriculumRecording.id == recording_id)
                .values(file_deleted_at=clock.now())
            )
