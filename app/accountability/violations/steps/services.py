"""Saying whether an agreed step was done."""

from __future__ import annotations

from uuid import UUID

from app.accountability.lookups import court_place
from app.accountability.violations.deciding import locked_violation
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.rules import Outcome
from app.accountability.violations.steps.rules import AGREED, STEP_MOVES, Kept, is_to_be_asked
from app.cases.rules import move
from app.cases.telling import tell_learner
from app.core import clock
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from tenants.database import transaction


def say_whether_done(violation_id: UUID, kept: Kept, note: str, *, actor: Identity) -> PossibleViolation:
    """Keep what somebody says of an agreed step. The person is told of a no, and nothing else follows from it.

    Raises NotFound for somebody without the right or where no step waits, and Refused (with the field): a no before the
    day is over or without a note, said before.
    """
    if not may(actor, Permission.VIOLATION_DECIDE):
        raise NotFound
    with transaction() as current:
        row, enrollment = locked_violation(violation_id)
        if row.state != Outcome.RESPONSE or row.response_due_on is None or row.response_by_check_in:
            raise NotFound
        before = row.response_kept or AGREED
        if kept not in STEP_MOVES.onward(before):
            raise Refused(_("Somebody has said this already. Nothing was changed."), "kept")
        if kept is not Kept.KEPT and not note.strip():
            raise Refused(_("Write a note. The participant can read it."), "note")
        if kept is Kept.NOT_KEPT and not is_to_be_asked(row.response_due_on, clock.today(court_place()[0])):
            raise Refused(_("The day is not over yet. There is still time to do it."), "kept")
        move(before, kept, STEP_MOVES)
        row.response_kept, row.response_note = kept, note.strip()
        row.response_kept_at, row.response_kept_by = clock.now(), actor.id
        current.flush()
        audit(
            "accountability.say_step_done",
            actor=actor,
            subject=("possible_violation", row.id),
            case_id=enrollment.referral_id,
            old={"state": before},
            new={"state": row.response_kept, "note": row.response_note},
        )
        if kept is Kept.NOT_KEPT:
            tell_learner(enrollment, "agreed_step_not_done", f"possible-violations/{row.id}")
        return row
