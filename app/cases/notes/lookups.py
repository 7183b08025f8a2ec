"""Notes on a case. Private ones are read by who works on it (app/cases/working.py), shared ones also by the learner."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.cases.models import CaseNote, CaseNoteVersion, Enrollment
from app.cases.working import get_worked_case_for
from app.core.errors import NotFound
from app.permissions.identity import Identity, Role
from tenants.database import session


def notes_of(enrollment_id: UUID) -> Sequence[CaseNote]:
    """All notes of a case, struck out ones too, the newest first."""
    query = select(CaseNote).where(CaseNote.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(CaseNote.at.desc(), CaseNote.id.desc())).all()


def shared_notes(enrollment_id: UUID) -> Sequence[CaseNote]:
    """Notes that are shared with the learner of this enrollment, the newest first; those taken back too, to say so."""
    query = select(CaseNote).where(CaseNote.enrollment_id == enrollment_id, CaseNote.shared.is_(True))
    return session().scalars(query.order_by(CaseNote.at.desc(), CaseNote.id.desc())).all()


def get_note_for(identity: Identity, enrollment_id: UUID, note_id: UUID) -> tuple[Enrollment, CaseNote]:
    """One note of a case that `identity` works on, with the case. Raises NotFound."""
    enrollment, _assigned = get_worked_case_for(identity, enrollment_id)
    found = session().scalar(select(CaseNote).where(CaseNote.id == note_id, CaseNote.enrollment_id == enrollment_id))
    if found is None:
        raise NotFound
    return enrollment, found


def versions_of(note_id: UUID) -> Sequence[CaseNoteVersion]:
    """What a note said before, the newest first."""
    query = select(CaseNoteVersion).where(CaseNoteVersion.note_id == note_id)
    return session().scalars(query.order_by(CaseNoteVersion.at.desc(), CaseNoteVersion.id.desc())).all()


def may_edit(identity: Identity, note: CaseNote) -> bool:
    """Nobody puts words into another one's mouth: only who wrote a note changes it."""
    return note.struck_at is None and note.author_id == identity.id


def may_strike(identity: Identity, note: CaseNote) -> bool:
    """Whoever wrote it, or a supervisor."""
    return note.struck_at is None and (note.author_id == identity.id or identity.as_role is Role.SUPERVISOR)
