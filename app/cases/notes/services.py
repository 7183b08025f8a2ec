"""Writing, changing and striking out notes. What a note said before stays; no report shows one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.cases.models import CaseNote, CaseNoteVersion, Enrollment
from app.cases.notes.lookups import may_edit, may_strike
from app.cases.telling import tell_learner
from app.core import clock
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.permissions.identity import Identity
from tenants.database import transaction

LONGEST = 4000  # characters
TOLD, PAGE = "note_shared", "my-program"  # the kind of message, and where a shared note stands


def add_note(enrollment: Enrollment, text: str, *, shared: bool, actor: Identity) -> CaseNote:
    """Write a note on a case that was loaded for `actor`; a shared one tells the learner. Raises Refused at `text`."""
    _require(text)
    assert actor.id is not None
    with transaction() as current:
        note = CaseNote(
            enrollment_id=enrollment.id, author_id=actor.id, text=text.strip(), shared=shared, at=clock.now()
        )
        current.add(note)
        current.flush()
        audit(
            "caseload.add_note",
            actor=actor,
            subject=("case_note", note.id),
            case_id=enrollment.referral_id,
            new={"shared": shared, "text": note.text},
        )
        if shared:
            tell_learner(enrollment, TOLD, PAGE)
    return note


def edit_note(note_id: UUID, text: str, *, shared: bool, expected: str | None = None, actor: Identity) -> bool:
    """Make a note say `text`; False, and nothing written, when it says so already.

    A note that was shared stays shared: it can be struck out. Raises NotFound for a note that is not `actor`'s to
    change, StaleForm when it was changed after `expected` was read, Refused at `text`.
    """
    _require(text)
    with transaction() as current:
        note = _locked(note_id, expected)
        if not may_edit(actor, note):
            raise NotFound
        if not shared and note.shared:
            raise Refused(_("The participant has been shown this note. Strike it out to take it back."), "shared")
        old = {"shared": note.shared, "text": note.text}
        new = {"shared": shared, "text": text.strip()}
        if old == new:
            return False
        now = clock.now()
        current.add(CaseNoteVersion(note_id=note_id, at=now, actor_id=actor.id, text=note.text, shared=note.shared))
        note.text, note.shared, note.edited_at = text.strip(), shared, now
        enrollment = the_enrollment(note.enrollment_id)
        audit(
            "cases.edit_note",
            actor=actor,
            subject=("case_note", note_id),
            case_id=enrollment.referral_id,
            old=old,
            new=new,
        )
        if shared:
            tell_learner(enrollment, TOLD, PAGE)
        return True


def strike_note(note_id: UUID, *, reason: str, expected: str | None = None, actor: Identity) -> None:
    """Strike a note out: it stays, with the reason, and a learner who was shown it sees that it was taken back.

    Does nothing to one that is struck out already. Raises as `edit_note`, and Refused without a reason.
    """
    if not reason.strip():
        raise Refused(_("Write why the note is struck out."), "reason")
    with transaction() as current:
        note = _locked(note_id, expected)
        if note.struck_at is not None:
            return
        if not may_strike(actor, note):
            raise NotFound
        note.struck_at, note.struck_by, note.struck_reason = clock.now(), actor.id, reason.strip()
        enrollment = the_enrollment(note.enrollment_id)
        audit(
            "cases.strike_note",
            actor=actor,
            subject=("case_note", note_id),
            case_id=enrollment.referral_id,
            new={"reason": reason.strip()},
        )
        current.flush()
        if note.shared:
            tell_learner(enrollment, TOLD, PAGE)


def _locked(note_id: UUID, expected: str | None) -> CaseNote:
    with transaction() as current:
        note = current.scalar(select(CaseNote).where(CaseNote.id == note_id).with_for_update())
    if note is None:
        raise NotFound
    if expected is not None and expected != str(note.row_version):
        raise StaleForm
    return note


def _require(text: str) -> None:
    if not text.strip():
        raise Refused(_("Write the note."), "text")
    if len(text) > LONGEST:
        raise Refused(_("This is too long. Use at most %(most)s characters.", most=LONGEST), "text")
