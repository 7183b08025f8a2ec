"""The plan of check-ins and what becomes of them. Every change is made under the enrollment's lock."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select

from app.accountability import schedule
from app.accountability.allowance import accountability_rules, counted_states
from app.accountability.lookups import ForReview, check_ins_of, court_place, running_time, state_of
from app.accountability.models import CheckIn
from app.accountability.rules import CHECK_IN_MOVES, AllowanceRules, accountability_done
from app.accountability.violations.lookups import has_open
from app.accountability.violations.moot import close_moot
from app.accountability.violations.opening import note_misses
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES, move
from app.cases.services import finish_accountability, note_activity
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from tenants.closed_days import ClosedDays
from tenants.database import session, transaction
from tenants.program import Accountability
from tenants.rules import rules_of

ReviewDecision = Literal["accepted", "returned"]
AT_ONCE = 500  # enrollments looked at by one run of the schedule


def check_ins_by_rule(rules: Accountability) -> int:
    """How many check-ins there will be, while there is no plan yet."""
    return schedule.planned_check_ins(rules.months, rules.cadence)


def make_plan(enrollment_id: UUID) -> None:
    """Write the check-ins of the pinned rules, from today's court-local date on. Does nothing when they are there."""
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)
        if enrollment.rules_id is None or check_ins_of(enrollment_id):
            return
        document = rules_of(enrollment.rules_id)
        rules, (zone, region) = document.accountability, court_place()
        start = clock.today(zone)
        windows = schedule.plan(
            start,
            rules.months,
            cadence=rules.cadence,
            window_days=rules.window_days,
            grace_days=rules.grace_days,
            time_zone=zone,
            holidays=ClosedDays(document.holidays, region),
            roll=document.holidays.roll_forward,
        )
        enrollment.accountability_from = start
        for window in windows:
            current.add(
                CheckIn(
                    enrollment_id=enrollment_id,
                    number=window.n,
                    opens_at=window.opens_at,
                    due_on=window.due_on,
                    closes_at=window.closes_at,
                    grace_until=window.grace_until,
                    answers={},
                )
            )
        current.flush()
        audit(
            "accountability.plan",
            actor=SYSTEM,
            subject=("enrollment", enrollment_id),
            case_id=enrollment.referral_id,
            new={"from": start.isoformat(), "due": [window.due_on.isoformat() for window in windows]},
        )


def submit(enrollment_id: UUID, number: int, answers: dict[str, Any], *, actor: Actor) -> CheckIn:
    """Send a check-in, or what was asked to be added to it. Sending it twice has one effect.

    `answers` are the form's values; for a returned one, `{"addition": text}`. Raises Refused before it opens and after
    its time is over, NotFound when the plan has no such number, StaleForm when it was returned meanwhile.
    """
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)
        row = current.scalar(
            select(CheckIn)
            .where(CheckIn.enrollment_id == enrollment_id, CheckIn.number == number)
            .execution_options(populate_existing=True)
        )
        if row is None:
            raise NotFound
        now = clock.now()
        state = state_of(row, now)
        if state in ("submitted", "accepted"):
            return row
        _check_time(row, state, enrollment)
        if (state == "returned") != ("addition" in answers):
            raise StaleForm
        move(state, "submitted", CHECK_IN_MOVES)
        if state == "returned":
            additions = [*row.answers.get("additions", ()), {"asked": row.feedback, "text": answers["addition"]}]
            row.answers = {**row.answers, "additions": additions}
        else:
            row.answers = answers
        row.state = "submitted"
        row.submitted_at = row.submitted_at or now
        row.decided_at = row.decided_by = None
        current.flush()
        note_activity(enrollment_id)
        _audit(row, enrollment, "accountability.submit_check_in", actor, old=state, new="submitted")
        return row


def _check_time(row: CheckIn, state: str, enrollment: Enrollment) -> None:
    if enrollment.state != "accountability":
        raise Refused(_("Check-ins are not open now. You do not need to do anything."))
    if state == "scheduled":
        raise Refused(_("This check-in is not open yet. There is nothing to do before it opens."))
    if state == "missed":
        raise Refused(
            _("The time for this check-in is over. Please do the next one. If something kept you, tell the court.")
        )
    if state == "excused":
        raise Refused(_("This check-in is excused. You do not need to do it."))


def note_reading(one: ForReview, *, actor: Actor) -> None:
    """Record that `actor` has read what somebody wrote."""
    with transaction():
        audit(
            "accountability.read_check_in",
            actor=actor,
            subject=("check_in", one.check_in.id),
            case_id=the_enrollment(one.enrollment_id).referral_id,
        )


def review(check_in_id: UUID, decision: ReviewDecision, feedback: str = "", *, actor: Actor) -> CheckIn:
    """Accept a sent check-in, or return it with the one thing to add.

    Raises Refused when somebody else has decided meanwhile, or when nothing is said to add.
    """
    if decision == "returned" and not feedback.strip():
        raise Refused(_("Say what is to be added, in one or two sentences."), "feedback")
    with transaction() as current:
        row, enrollment = _locked(check_in_id)
        if row.state == decision:
            return row
        if row.state != "submitted":
            raise Refused(_("Somebody else has just looked at this check-in. Nothing was changed."))
        move(row.state, decision, CHECK_IN_MOVES)
        row.state = decision
        row.decided_at, row.decided_by = clock.now(), actor.id
        row.feedback = feedback.strip()
        current.flush()
        _audit(row, enrollment, "accountability.review_check_in", actor, old="submitted", new=decision)
        if decision == "returned":
            tell_learner(enrollment, "something_to_add", f"check-ins/{row.number}")
        settle(enrollment)
        return row


def excuse(check_in_id: UUID, reason: str, *, actor: Actor) -> CheckIn:
    """Excuse a check-in that was missed or is still to do, with the reason that the learner reads. Raises Refused."""
    if not reason.strip():
        raise Refused(_("Give the reason. The participant can read it."), "reason")
    with transaction() as current:
        row, enrollment = _locked(check_in_id)
        state = state_of(row, running_time(enrollment))
        if state == "excused":
            return row
        if state in ("submitted", "accepted") or enrollment.state in FINAL_STATES:
            raise Refused(_("This check-in can not be excused any more: it was sent."))
        move(state, "excused", CHECK_IN_MOVES)
        row.state = "excused"
        row.decided_at, row.decided_by = clock.now(), actor.id
        row.feedback = reason.strip()
        current.flush()
        _audit(row, enrollment, "accountability.excuse_check_in", actor, old=state, new="excused")
        close_moot(enrollment, reason=row.feedback, actor=actor)
        settle(enrollment)
        return row


def _locked(check_in_id: UUID) -> tuple[CheckIn, Enrollment]:
    """A check-in, fresh, under its enrollment's lock. Raises NotFound."""
    enrollment_id = session().scalar(select(CheckIn.enrollment_id).where(CheckIn.id == check_in_id))
    if enrollment_id is None:
        raise NotFound
    enrollment = the_enrollment(enrollment_id, lock=True)
    query = select(CheckIn).where(CheckIn.id == check_in_id).execution_options(populate_existing=True)
    return session().scalars(query).one(), enrollment


def settle(enrollment: Enrollment) -> None:
    """Finish accountability when every check-in is settled and the misses stay within the allowance.

    Beyond the allowance nothing moves by itself, nor while a possible violation waits: a person decides.
    """
    rows = check_ins_of(enrollment.id)
    states = counted_states(rows, running_time(enrollment))
    allowance = AllowanceRules(len(rows), accountability_rules(enrollment).misses_allowed)
    if rows and accountability_done(states, allowance) and not has_open(enrollment.id):
        finish_accountability(enrollment.id)


def mark_missed() -> None:
    """Note check-ins whose grace has passed (scheduled, for the court at work). Several may run at once.

    Only while accountability runs: nobody misses anything while the program is paused.
    """
    now = clock.now()
    due = (
        select(CheckIn.enrollment_id)
        .join(Enrollment, Enrollment.id == CheckIn.enrollment_id)
        .where(CheckIn.state == "scheduled", CheckIn.grace_until <= now, Enrollment.state == "accountability")
        .distinct()
        .limit(AT_ONCE)
    )
    with transaction() as current:
        enrollment_ids = list(current.scalars(due))
    for enrollment_id in enrollment_ids:
        _mark_missed_of(enrollment_id)


def _mark_missed_of(enrollment_id: UUID) -> None:
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)
        if enrollment.state != "accountability":
            return
        late = current.scalars(
            select(CheckIn)
            .where(
                CheckIn.enrollment_id == enrollment_id,
                CheckIn.state == "scheduled",
                CheckIn.grace_until <= clock.now(),
            )
            .order_by(CheckIn.number)
            .execution_options(populate_existing=True)
        ).all()
        for row in late:
            move("open", "missed", CHECK_IN_MOVES)
            row.state = "missed"
            _audit(row, enrollment, "accountability.miss_check_in", SYSTEM, old="open", new="missed")
            tell_learner(enrollment, "check_in_missed", "check-ins", due_on=row.due_on)
        current.flush()
        note_misses(enrollment)
        settle(enrollment)


def _audit(row: CheckIn, enrollment: Enrollment, action: str, actor: Actor, *, old: str, new: str) -> None:
    """What happened to which check-in; never what somebody wrote."""
    audit(
        action,
        actor=actor,
        subject=("check_in", row.id),
        case_id=enrollment.referral_id,
        old={"state": old},
        new={"state": new, "number": row.number},
    )
