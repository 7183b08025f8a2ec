"""Asking, deciding, taking back, ending. Every verb works under the lock of the learner's enrollment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.accounts.lookups import the_court
from app.accounts.models import LearnerAccount
from app.cases.amending import move_deadline
from app.cases.lookups import my_enrollment, the_enrollment
from app.cases.models import Enrollment
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.learning.accommodations.lookups import asked_by, contact_of_court, honored_for, the_accommodation
from app.learning.accommodations.models import Accommodation
from app.learning.accommodations.rules import TIMES, Help, contact_in_a_line
from app.learning.counting import recount
from app.learning.lookups import course_of
from app.permissions.identity import Identity
from tenants.database import session, transaction

LONGEST = 2000  # characters
PAGE = "help-to-take-part"


def ask(helps: Collection[str], own_words: str, *, actor: Identity) -> UUID:
    """Send a request to the court. Raises Refused while another one waits, and when nothing is asked for."""
    with transaction() as current:
        enrollment = the_enrollment(my_enrollment(actor).id, lock=True)
        if not helps:
            raise Refused(_("Choose what would help you."), "helps")
        if Help.OTHER in helps and not own_words.strip():
            raise Refused(_("Write what else would help you."), "own_words")
        if any(one.state == "requested" for one in asked_by(enrollment.id)):
            raise Refused(_("Your request is with the court already. You can take it back and ask again."))
        row = Accommodation(
            enrollment_id=enrollment.id,
            asked=[kind.value for kind in Help if kind in helps],
            own_words=own_words.strip()[:LONGEST],
            asked_at=clock.now(),
        )
        current.add(row)
        current.flush()
        _audit("accommodation.ask", row, enrollment, actor, {"asked": row.asked})
    return row.id


def grant(
    accommodation_id: UUID,
    helps: Collection[str],
    times: int,
    terms: str,
    *,
    until: date | None = None,
    version: str,
    actor: Identity,
) -> None:
    """Grant all or part of a request. Raises Refused (with the field), StaleForm when it was decided meanwhile.

    With more time the deadline for the lessons can move to the court-local day `until`: an amendment of the referral.
    """
    if not helps:
        raise Refused(_("Choose what is granted, or say why nothing is."), "helps")
    if Help.OTHER in helps and not terms.strip():
        raise Refused(_("Write what is granted."), "terms")
    if Help.TIME in helps and times not in TIMES:
        raise Refused(_("Choose how much more time."), "times")
    if until is not None and Help.TIME not in helps:
        raise Refused(_("A later deadline goes with more time: choose it too, or leave the day blank."), "until")
    with transaction():
        row, enrollment = _open(accommodation_id, "requested", version)
        row.state, row.granted = "granted", [kind.value for kind in Help if kind in helps]
        row.times, row.terms = times if Help.TIME in helps else 1, terms.strip()[:LONGEST]
        new: dict[str, object] = {"granted": row.granted, "times": row.times}
        if until is not None:
            row.deadline, new["deadline"] = until, until.isoformat()
            _move_deadline(enrollment, until, actor)
        _decided(row, enrollment, actor, "accommodation.grant", new)


def deny(accommodation_id: UUID, reason: str, *, version: str, actor: Identity) -> None:
    """Say no, with the reason that the learner reads. Raises Refused without one, StaleForm."""
    if not reason.strip():
        raise Refused(_("Write why. The participant reads it."), "reason")
    with transaction():
        row, enrollment = _open(accommodation_id, "requested", version)
        row.state, row.reason = "denied", reason.strip()[:LONGEST]
        _decided(row, enrollment, actor, "accommodation.deny", {"reason": row.reason})


def end(accommodation_id: UUID, reason: str, *, version: str, actor: Identity) -> None:
    """End what was granted, with the reason that the learner reads. What counted until now stays counted."""
    if not reason.strip():
        raise Refused(_("Write why. The participant reads it."), "reason")
    with transaction():
        row, enrollment = _open(accommodation_id, "granted", version)
        row.state, row.reason, row.over_at = "ended", reason.strip()[:LONGEST], clock.now()
        _audit("accommodation.end", row, enrollment, actor, {"reason": row.reason})
        _honor(enrollment)
        _tell(enrollment)


def withdraw(accommodation_id: UUID, *, actor: Identity) -> None:
    """The learner takes a request back, or gives up what was granted. Does nothing when it is over already."""
    with transaction():
        mine = the_enrollment(my_enrollment(actor).id, lock=True)
        row = the_accommodation(accommodation_id, lock=True)
        if row.enrollment_id != mine.id:
            raise NotFound
        if row.state not in ("requested", "granted"):
            return
        row.state, row.over_at = "withdrawn", clock.now()
        _audit("accommodation.withdraw", row, mine, actor, {})
        _honor(mine)


def _open(accommodation_id: UUID, state: str, version: str) -> tuple[Accommodation, Enrollment]:
    enrollment = the_enrollment(the_accommodation(accommodation_id).enrollment_id, lock=True)
    row = the_accommodation(accommodation_id, lock=True)
    if row.state != state or str(row.row_version) != version:
        raise StaleForm
    return row, enrollment


def _decided(row: Accommodation, enrollment: Enrollment, actor: Identity, action: str, new: dict[str, object]) -> None:
    row.decided_by, row.decided_at = actor.id, clock.now()
    _audit(action, row, enrollment, actor, new)
    _honor(enrollment)
    _tell(enrollment)


def _tell(enrollment: Enrollment) -> None:
    tell_learner(enrollment, "accommodation_decided", PAGE, contact=contact_in_a_line(contact_of_court()))


def _move_deadline(enrollment: Enrollment, until: date, actor: Identity) -> None:
    """What is said of the reason is read by all who may see the referral: that something changed, never why."""
    today = clock.today(the_court().time_zone)
    move_deadline(enrollment.referral_id, until, reason=str(_("More time was granted.")), actor=actor, today=today)


def _honor(enrollment: Enrollment) -> None:
    """Bring what depends on it in line: the print of every page, and time that was cut by narrower limits."""
    with transaction() as current:
        current.flush()
        account = current.scalar(select(LearnerAccount).where(LearnerAccount.id == enrollment.account_id))
        if account is not None:
            account.large_print = honored_for(enrollment.id).large_print
        if enrollment.rules_id is not None and enrollment.state == "coursework":
            recount(course_of(enrollment))
        session().flush()


def _audit(action: str, row: Accommodation, enrollment: Enrollment, actor: Actor, new: dict[str, object]) -> None:
    audit(
        action,
        actor=actor,
        subject=("accommodation", row.id),
        case_id=enrollment.referral_id,
        new=new,
    )
