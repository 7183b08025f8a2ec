"""What staff write on a case, and that they have read it."""

from __future__ import annotations

from app.cases.models import CaseNote, Enrollment
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from tenants.database import transaction


def add_note(enrollment: Enrollment, text: str, *, shared: bool, actor: Actor) -> CaseNote:
    """Write a note on a case that was loaded for `actor`. Raises Refused when it is empty."""
    if not text.strip():
        raise Refused(_("Write the note."), "text")
    assert actor.id is not None
    with transaction() as session:
        note = CaseNote(
            enrollment_id=enrollment.id, author_id=actor.id, text=text.strip(), shared=shared, at=clock.now()
        )
        session.add(note)
        session.flush()
        audit(
            "caseload.add_note",
            actor=actor,
            subject=("case_note", note.id),
            case_id=enrollment.referral_id,
            new={"shared": shared, "text": note.text},
        )
    return note


def note_reading(enrollment: Enrollment, *, actor: Actor) -> None:
    """Record that `actor` has read the case: each look is one audit row."""
    with transaction():
        audit(
            "caseload.read_case",
            actor=actor,
            subject=("enrollment", enrollment.id),
            case_id=enrollment.referral_id,
        )
