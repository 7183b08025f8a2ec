"""Recording what came of a hearing, and correcting such a record: what it said before stays in the history.

A record says what the judge ordered. It moves the case nowhere: that has its own verbs, with their own reasons.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.cases.amending import locked_case
from app.cases.hearings.rules import Held, NextDay, refuse
from app.cases.lookups import hearings, the_enrollment
from app.cases.models import Enrollment, Hearing, HearingCorrection
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from tenants.database import session, transaction
from tenants.models import Court
from tenants.scope import current_court_id

TOLD = "hearing_noted"  # the kind of message
PAGE = "my-program"


def record_hearing(
    enrollment_id: UUID,
    held: Held,
    *,
    actor: Actor,
    following: NextDay | None = None,
    hearing_id: UUID | None = None,
) -> Hearing:
    """Record what came of a hearing, and set the next one; the learner is told, discreetly, to look at the dates.

    `hearing_id`: the hearing that was set; without it the one of that day is taken, or a new one is made. Does nothing
    when the same is recorded already. Raises NotFound, and Refused (with the field) for what can not be, or when
    something else is recorded of that hearing: that is corrected, not written over.
    """
    with transaction() as current:
        enrollment = locked_case(the_enrollment(enrollment_id).referral_id)
        refuse(held, following, _today())
        row = _row_for(enrollment, held, hearing_id)
        if row.recorded_at is not None:
            if facts_of(row) != held:
                raise Refused(_("This hearing is recorded already. Open it to correct the record."), "on_date")
            return row
        _write(row, held)
        row.recorded_at, row.recorded_by = clock.now(), actor.id
        current.add(row)
        is_new = following is not None and _set_next(enrollment, following)
        enrollment.referral.amended_at = clock.now()  # forms that were opened on the old dates are stale now
        current.flush()
        audit(
            "cases.record_hearing",
            actor=actor,
            subject=("hearing", row.id),
            case_id=enrollment.referral_id,
            new={**held.as_json(), "next_on": following.on_date.isoformat() if following else None},
        )
        if is_new or held.orders:
            tell_learner(enrollment, TOLD, PAGE)
        return row


def correct_hearing(
    enrollment_id: UUID, hearing_id: UUID, held: Held, *, reason: str, expected: str | None = None, actor: Actor
) -> bool:
    """Make the record of a hearing say `held`; False, and nothing written, when it says so already.

    Raises NotFound, StaleForm when somebody else corrected it after `expected` was read, Refused without a reason.
    """
    with transaction() as current:
        enrollment, row = _recorded(enrollment_id, hearing_id, expected)
        old = facts_of(row)
        if old == held:
            return False
        _require(reason)
        refuse(held, None, _today())
        _write(row, held)
        _keep(enrollment, row, old, held, reason, actor)
        current.flush()
        tell_learner(enrollment, TOLD, PAGE)
        return True


def strike_hearing(
    enrollment_id: UUID, hearing_id: UUID, *, reason: str, expected: str | None = None, actor: Actor
) -> None:
    """Take away a record that was made by mistake, as on the wrong case; what it said stays in the history.

    Raises as `correct_hearing`.
    """
    with transaction() as current:
        enrollment, row = _recorded(enrollment_id, hearing_id, expected)
        _require(reason)
        _keep(enrollment, row, facts_of(row), None, reason, actor)
        current.delete(row)
        current.flush()
        tell_learner(enrollment, TOLD, PAGE)


def facts_of(row: Hearing) -> Held:
    """What a hearing's row says."""
    return Held(row.on_date, row.at_time, row.kind or "", row.outcome, row.orders or "")


def _row_for(enrollment: Enrollment, held: Held, hearing_id: UUID | None) -> Hearing:
    rows = hearings(enrollment.referral_id)
    if hearing_id is not None:
        found = [row for row in rows if row.id == hearing_id]
        if not found:
            raise NotFound
        return found[0]
    that_day = [row for row in rows if row.on_date == held.on_date]
    same_time = [row for row in that_day if row.at_time == held.at_time]
    still_open = [row for row in that_day if row.recorded_at is None]
    return next(iter(same_time or still_open), None) or Hearing(referral_id=enrollment.referral_id)


def _write(row: Hearing, held: Held) -> None:
    row.on_date, row.at_time, row.kind = held.on_date, held.at_time, held.kind
    row.outcome, row.orders = held.outcome, held.orders.strip()


def _set_next(enrollment: Enrollment, following: NextDay) -> bool:
    """Whether the next hearing was not known yet."""
    rows = hearings(enrollment.referral_id)
    that_day = [row for row in rows if row.on_date == following.on_date]
    if any(following.at_time in (None, row.at_time) for row in that_day):
        return False
    with transaction() as current:
        for row in that_day:
            if row.at_time is None and row.recorded_at is None:  # the day was known, now its time is: still one hearing
                row.at_time = following.at_time
                return True
        current.add(Hearing(referral_id=enrollment.referral_id, on_date=following.on_date, at_time=following.at_time))
    return True


def _recorded(enrollment_id: UUID, hearing_id: UUID, expected: str | None) -> tuple[Enrollment, Hearing]:
    enrollment = locked_case(the_enrollment(enrollment_id).referral_id)
    row = session().scalar(
        select(Hearing).where(Hearing.id == hearing_id, Hearing.referral_id == enrollment.referral_id)
    )
    if row is None or row.recorded_at is None:
        raise NotFound
    if expected is not None and expected != str(row.row_version):
        raise StaleForm
    return enrollment, row


def _keep(enrollment: Enrollment, row: Hearing, old: Held, new: Held | None, reason: str, actor: Actor) -> None:
    said, says = old.as_json(), new.as_json() if new else {}
    with transaction() as current:
        current.add(
            HearingCorrection(
                referral_id=enrollment.referral_id,
                hearing_id=row.id,
                at=clock.now(),
                actor_id=actor.id,
                reason=reason.strip(),
                old=said,
                new=says,
            )
        )
        enrollment.referral.amended_at = clock.now()
        audit(
            "cases.correct_hearing" if new else "cases.strike_hearing",
            actor=actor,
            subject=("hearing", row.id),
            case_id=enrollment.referral_id,
            old=said,
            new={**says, "reason": reason.strip()},
        )


def _require(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Write why the record is corrected."), "reason")


def _today() -> date:
    zone = session().scalars(select(Court.time_zone).where(Court.id == current_court_id())).one()
    return clock.today(zone)
