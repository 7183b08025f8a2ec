"""Making the months of check-ins or the time for the lessons longer, ending them by order, giving a case back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.accountability.allowance import accountability_rules
from app.accountability.changing.models import ProgramChange
from app.accountability.lookups import check_ins_of, court_place, running_time, state_of, window_of
from app.accountability.models import CheckIn
from app.accountability.schedule import Window, continued
from app.accountability.services import excuse
from app.accountability.violations.moot import close_all
from app.cases import holding
from app.cases.amending import locked_case, move_deadline
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.services import finish_accountability
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from tenants.closed_days import ClosedDays
from tenants.database import session, transaction
from tenants.rules import rules_of

MOST_MONTHS = 24
TOLD = "program_changed"  # the kind of message
CAN_BE_EXTENDED = ("enrolled", "coursework", "accountability")
STILL_TO_DO = ("scheduled", "open", "returned")


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the court: its court-local day, and who gave it."""

    on: date
    by: str


def changes_of(enrollment_id: UUID) -> Sequence[ProgramChange]:
    """What was changed in somebody's months of check-ins, the earliest first."""
    query = select(ProgramChange).where(ProgramChange.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(ProgramChange.at, ProgramChange.id)).all()


def give_back(enrollment_id: UUID, *, reason: str, actor: Actor) -> Enrollment:
    """Return a case to the court and tell the person. Raises IllegalMove, or Refused without a reason."""
    with transaction():
        before = the_enrollment(enrollment_id, lock=True).state
        enrollment = holding.return_to_court(enrollment_id, reason=reason, actor=actor)
        if before != enrollment.state:
            tell_learner(enrollment, TOLD, "my-program")
        return enrollment


def extend_deadline(
    enrollment_id: UUID, deadline: date, *, reason: str, order: Order | None, actor: Actor
) -> Enrollment:
    """Give more time for the lessons, until the court-local `deadline`; kept as an amendment of the referral.

    Raises Refused (with the field): no reason, no order where the rules ask for one, no later day, no lessons.
    """
    zone, _region = court_place()
    today = clock.today(zone)
    with transaction():
        enrollment = locked_case(the_enrollment(enrollment_id).referral_id)
        _require(enrollment, reason, order, today)
        words = _with_order(reason, order)
        move_deadline(enrollment.referral_id, deadline, reason=words, actor=actor, today=today)
        tell_learner(enrollment, TOLD, "my-program")
        return enrollment


def extend_check_ins(
    enrollment_id: UUID,
    *,
    months: int | None = None,
    until: date | None = None,
    reason: str,
    order: Order | None,
    actor: Actor,
) -> list[CheckIn]:
    """Add check-ins after the plan by its own rules: for so many months more, or up to a court-local day.

    Raises Refused (with the field): no reason, no order where the rules ask for one, no check-in fits, check-ins are
    not running, the case ends before.
    """
    zone, region = court_place()
    today = clock.today(zone)
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)
        rows = check_ins_of(enrollment_id)
        planned = [row for row in rows if row.made_for != "make_up"]
        start = enrollment.accountability_from
        if enrollment.state != "accountability" or enrollment.rules_id is None or start is None or not planned:
            raise Refused(_("Check-ins are not running now, so none can be added."))
        _require(enrollment, reason, order, today)
        if (months is None) == (until is None) or (months is not None and not 1 <= months <= MOST_MONTHS):
            raise Refused(_("Give either a number of months from 1 to 24, or a last day."), "months")
        document = rules_of(enrollment.rules_id)
        rules = document.accountability
        latest = max(planned, key=lambda row: (row.due_on, row.number))
        windows = continued(
            start,
            len(planned),
            replace(window_of(latest), n=max(row.number for row in rows)),
            today=today,
            months=months,
            until=until,
            cadence=rules.cadence,
            window_days=rules.window_days,
            grace_days=rules.grace_days,
            time_zone=zone,
            holidays=ClosedDays(document.holidays, region),
            roll=document.holidays.roll_forward,
        )
        if not windows or len(windows) > MOST_MONTHS * 5:
            raise Refused(_("No check-in fits before that day. Choose a later one."), "until")
        _within_case(enrollment, windows[-1].due_on)
        added = [_check_in(enrollment_id, window) for window in windows]
        current.add_all(added)
        current.flush()
        numbers = [window.n for window in windows]
        _write(enrollment, "extended", reason, order, {"numbers": numbers}, actor)
        audit(
            "accountability.extend",
            actor=actor,
            subject=("enrollment", enrollment_id),
            case_id=enrollment.referral_id,
            new={"due": [window.due_on.isoformat() for window in windows], "reason": _with_order(reason, order)},
        )
        tell_learner(enrollment, TOLD, "check-ins")
        return added


def end_early(enrollment_id: UUID, *, reason: str, order: Order, actor: Actor) -> Enrollment:
    """The court orders that the check-ins are over: those still to do are excused, and the final report is due.

    What was missed or waits for a reader stays as it is. Raises Refused (with the field).
    """
    zone, _region = court_place()
    with transaction():
        enrollment = the_enrollment(enrollment_id, lock=True)
        if enrollment.state != "accountability":
            raise Refused(_("Check-ins are not running now, so they can not be ended."))
        _require(enrollment, reason, order, clock.today(zone))
        now = running_time(enrollment)
        left = [row for row in check_ins_of(enrollment_id) if state_of(row, now) in STILL_TO_DO]
        words = _with_order(reason, order)
        _write(enrollment, "ended_early", reason, order, {"numbers": [row.number for row in left]}, actor)
        close_all(enrollment, reason=words, actor=actor)
        audit(
            "accountability.end_early",
            actor=actor,
            subject=("enrollment", enrollment_id),
            case_id=enrollment.referral_id,
            new={"left": len(left), "reason": words},
        )
        for row in left:
            excuse(row.id, words, actor=actor)
        finish_accountability(enrollment_id)
        tell_learner(enrollment, TOLD, "my-program")
        return the_enrollment(enrollment_id)


def _require(enrollment: Enrollment, reason: str, order: Order | None, today: date) -> None:
    if not reason.strip():
        raise Refused(_("Write the reason. The participant can read it."), "reason")
    if order is None:
        if not accountability_rules(enrollment).officer_may_extend:
            raise Refused(
                _("By the rules of this court this needs an order: give its day, and who gave it."), "ordered_on"
            )
        return
    if not order.by.strip():
        raise Refused(_("Write who gave the order."), "ordered_by")
    if order.on > today:
        raise Refused(_("The day of the order can not be in the future."), "ordered_on")


def _within_case(enrollment: Enrollment, last: date) -> None:
    ends = enrollment.referral.case_ends_on
    if ends is not None and last > ends:
        raise Refused(_("The case ends before that day. If the court has made it longer, change the referral first."))


def _with_order(reason: str, order: Order | None) -> str:
    if order is None:
        return reason.strip()
    words = _("Order of %(day)s, %(name)s.", day=order.on.isoformat(), name=order.by.strip())
    return f"{reason.strip()} {words}"


def _check_in(enrollment_id: UUID, window: Window) -> CheckIn:
    return CheckIn(
        enrollment_id=enrollment_id,
        number=window.n,
        opens_at=window.opens_at,
        due_on=window.due_on,
        closes_at=window.closes_at,
        grace_until=window.grace_until,
        answers={},
        made_for="extension",
    )


def _write(
    enrollment: Enrollment, kind: str, reason: str, order: Order | None, detail: dict[str, list[int]], actor: Actor
) -> None:
    with transaction() as current:
        current.add(
            ProgramChange(
                enrollment_id=enrollment.id,
                kind=kind,
                at=clock.now(),
                actor_id=actor.id,
                ordered_on=order.on if order else None,
                ordered_by=order.by.strip() if order else "",
                reason=reason.strip(),
                detail=detail,
            )
        )
        current.flush()
