"""Putting a case on hold, returning it to the court, going on with it, and taking a referral back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment, EnrollmentCode
from app.cases.rules import CODE_MOVES, move
from app.cases.services import move_enrollment
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.runtime import Happening, tell
from tenants.database import transaction

SIDE_STATES = ("on_hold", "returned_to_court")


def hold(enrollment_id: UUID, *, reason: str, actor: Actor) -> Enrollment:
    """Pause an active case. Nothing falls due meanwhile. Raises IllegalMove, or Refused without a reason."""
    _require(reason)
    return move_enrollment(enrollment_id, "on_hold", actor=actor, reason=reason.strip())


def return_to_court(enrollment_id: UUID, *, reason: str, actor: Actor) -> Enrollment:
    """Give a case back to the court, which decides how it goes on. Nothing falls due meanwhile.

    Does nothing when it is there already. Raises IllegalMove, or Refused without a reason.
    """
    _require(reason)
    return move_enrollment(enrollment_id, "returned_to_court", actor=actor, reason=reason.strip())


def resume(enrollment_id: UUID, *, reason: str, actor: Actor) -> Enrollment:
    """Go on in the stage that was left; what fell into the pause is moved by those who hear of it.

    Does nothing for a case that is not paused. Raises Refused without a reason.
    """
    _require(reason)
    with transaction():
        enrollment = the_enrollment(enrollment_id, lock=True)
        if enrollment.state not in SIDE_STATES or enrollment.held_from is None:
            return enrollment
        move_enrollment(enrollment_id, enrollment.held_from, actor=actor, reason=reason.strip())
        tell(Happening.RESUMED, enrollment_id)
        enrollment = the_enrollment(enrollment_id, lock=True)
        enrollment.paused_at = None
        return enrollment


def withdraw(enrollment_id: UUID, *, reason: str, actor: Actor) -> Enrollment:
    """Take a referral back for good: codes stop working, and whatever is open of the case is told.

    Raises IllegalMove for a case that is closed, or Refused without a reason.
    """
    _require(reason)
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)
        if enrollment.state == "withdrawn":
            return enrollment
        move_enrollment(enrollment_id, "withdrawn", actor=actor, reason=reason.strip())
        codes = current.scalars(
            select(EnrollmentCode)
            .where(EnrollmentCode.referral_id == enrollment.referral_id, EnrollmentCode.state == "issued")
            .with_for_update()
        ).all()
        for code in codes:
            move(code.state, "revoked", CODE_MOVES)
            code.state = "revoked"
            audit(
                "cases.revoke_code",
                actor=actor,
                subject=("enrollment_code", code.id),
                case_id=code.referral_id,
                old={"state": "issued"},
                new={"state": "revoked", "reason": reason.strip()},
            )
        tell(Happening.WITHDRAWN, enrollment_id)
        return the_enrollment(enrollment_id)


def _require(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Write the reason."), "reason")
