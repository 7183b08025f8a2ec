"""Putting a reason of the list of the day aside, and taking it up again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.caseload.attention.lookups import get_mark_for, item_of
from app.caseload.attention.models import AttentionMark
from app.caseload.lookups import CourtDay
from app.cases.assigning import reassign
from app.cases.lookups import get_enrollment_for, the_enrollment
from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES
from app.core import clock
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from tenants.database import session, transaction

LONGEST = timedelta(days=180)


def snooze(
    enrollment_id: UUID, kind: str, occasion: str, until: date | None, reason: str, *, day: CourtDay, actor: Identity
) -> AttentionMark:
    """Put a reason aside until the court-local day `until`, on which it comes back; or at once when it happens anew.

    `occasion`: the one that `actor` saw. Raises NotFound, and Refused: not a coming day (field `until`), no reason
    (`reason`), or what was seen does not hold any more.
    """
    if until is None or not day.today < until <= day.today + LONGEST:
        raise Refused(_("Choose a day after today, within half a year."), "until")
    if not reason.strip():
        raise Refused(_("Write why it can wait. Colleagues read it."), "reason")
    return _put_aside(enrollment_id, kind, occasion, "snoozed", until, reason, day, actor)


def mark_done(
    enrollment_id: UUID, kind: str, occasion: str, note: str = "", *, day: CourtDay, actor: Identity
) -> AttentionMark:
    """Put a reason aside for good: it stays away until it happens anew. Raises NotFound, and Refused as `snooze`."""
    return _put_aside(enrollment_id, kind, occasion, "done", None, note, day, actor)


def _put_aside(
    enrollment_id: UUID,
    kind: str,
    occasion: str,
    state: str,
    until: date | None,
    reason: str,
    day: CourtDay,
    actor: Identity,
) -> AttentionMark:
    if not may(actor, Permission.ATTENTION_HANDLE):
        raise NotFound
    get_enrollment_for(actor, enrollment_id)
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)  # who puts the same aside at once, waits here
        found = item_of(actor, day, enrollment_id, kind)
        if found is None or found[1].occasion != occasion:
            raise Refused(_("This has changed since you opened the page. Please look again."))
        now = clock.now()
        assert actor.id is not None
        before = current.scalar(
            select(AttentionMark).where(
                AttentionMark.enrollment_id == enrollment_id,
                AttentionMark.kind == kind,
                AttentionMark.occasion == occasion,
                AttentionMark.ended_at.is_(None),
            )
        )
        if before is not None:
            _end(before, now, actor)
        mark = AttentionMark(
            enrollment_id=enrollment_id,
            kind=kind,
            occasion=occasion,
            state=state,
            until=until,
            reason=reason.strip(),
            at=now,
            by=actor.id,
        )
        current.add(mark)
        current.flush()
        audit(
            "caseload.put_aside",
            actor=actor,
            subject=("attention_mark", mark.id),
            case_id=enrollment.referral_id,
            new={"kind": kind, "state": state, "until": until.isoformat() if until else "", "reason": mark.reason},
        )
    return mark


def take_up_again(mark_id: UUID, *, actor: Identity) -> AttentionMark:
    """Undo: the reason stands on the list again, if it still holds. Does nothing when it was ended. Raises NotFound."""
    if not may(actor, Permission.ATTENTION_HANDLE):
        raise NotFound
    with transaction() as current:
        mark = get_mark_for(actor, mark_id)
        enrollment = the_enrollment(mark.enrollment_id, lock=True)
        current.refresh(mark)
        if mark.ended_at is not None:
            return mark
        _end(mark, clock.now(), actor)
        audit(
            "caseload.take_up_again",
            actor=actor,
            subject=("attention_mark", mark.id),
            case_id=enrollment.referral_id,
            old={"kind": mark.kind, "state": mark.state},
        )
    return mark


def _end(mark: AttentionMark, at: datetime, actor: Identity) -> None:
    mark.ended_at, mark.ended_by = at, actor.id
    session().flush()


def assign(enrollment_id: UUID, to: UUID, *, actor: Identity) -> Enrollment:
    """Make a member of staff responsible for a running case for which nobody is.

    Acts at once: from the next request on that person sees it. Raises NotFound, and Refused (field `officer`).
    """
    if not may(actor, Permission.CASE_ASSIGN):
        raise NotFound
    get_enrollment_for(actor, enrollment_id)
    with transaction():
        enrollment = the_enrollment(enrollment_id, lock=True)
        if enrollment.officer_id is not None or enrollment.state in FINAL_STATES:
            raise Refused(_("Somebody else is responsible for this case by now. Please look again."), "officer")
        reassign([enrollment.id], to, reason=_("Nobody was responsible for the case."), actor=actor)
        return enrollment
