"""What becomes of a possible violation: the person's own side, a person's decision, and that the court was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from babel.dates import format_date
from sqlalchemy import func, select

from app.accountability.allowance import accountability_rules, unanswered_misses
from app.accountability.lookups import court_place
from app.accountability.models import CheckIn
from app.accountability.schedule import midnight
from app.accountability.services import excuse, settle
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.rules import VIOLATION_MOVES, Outcome, ViolationKind, may_return, own_side_until
from app.cases.holding import return_to_court
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES, move
from app.cases.services import note_activity
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import LOCALES, current_language
from app.core.i18n import gettext as _
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from tenants.closed_days import due_day
from tenants.database import session, transaction
from tenants.rules import rules_of

LONGEST_RESPONSE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class ViolationDecision:
    """What somebody decides: `reason` is what the person reads (for a response: what was agreed). `due_on` is the
    court-local day by which it is done; `make_up`: as a check-in that is added to the plan for that day."""

    outcome: Outcome
    reason: str
    due_on: date | None = None
    make_up: bool = False


def note_reading(row: PossibleViolation, enrollment: Enrollment, *, actor: Actor) -> None:
    """Record that `actor` has opened it."""
    with transaction():
        audit(
            "accountability.read_violation",
            actor=actor,
            subject=("possible_violation", row.id),
            case_id=enrollment.referral_id,
        )


def say_own_side(violation_id: UUID, statement: str, *, actor: Actor) -> PossibleViolation:
    """Keep what the person says about it: once, before it is decided. Raises Refused, NotFound."""
    if not statement.strip():
        raise Refused(_("Write your side, or leave this page. You do not have to write anything."), "statement")
    with transaction() as current:
        row, enrollment = locked_violation(violation_id)
        if row.statement_at is not None:
            raise Refused(_("You have said your side already. It can not be changed."))
        if row.state != "open":
            raise Refused(_("This was decided in the meantime. Talk to your contact at the court."))
        row.statement, row.statement_at = statement.strip(), clock.now()
        row.quotable = accountability_rules(enrollment).quote_own_side
        current.flush()
        note_activity(enrollment.id)
        audit(
            "accountability.say_own_side",
            actor=actor,
            subject=("possible_violation", row.id),
            case_id=enrollment.referral_id,
        )
        return row


def decide(violation_id: UUID, decision: ViolationDecision, *, actor: Identity) -> PossibleViolation:
    """A person decides, once. The person is told; the check-ins concerned count no more.

    Raises NotFound for somebody without the right, and Refused (with the field): without a reason, decided before, a
    response without a day, a return before the person has had a say.
    """
    if not may(actor, Permission.VIOLATION_DECIDE):
        raise NotFound
    if not decision.reason.strip():
        raise Refused(_("Write the reason. The participant can read it."), "reason")
    with transaction() as current:
        row, enrollment = locked_violation(violation_id)
        if row.state != "open":
            raise Refused(_("Somebody has decided this already. Nothing was changed."))
        if enrollment.state in FINAL_STATES:
            raise Refused(_("The case is closed. Nothing was changed."))
        move(row.state, decision.outcome, VIOLATION_MOVES)
        match decision.outcome:
            case Outcome.RESPONSE:
                _agree(row, enrollment, decision)
            case Outcome.RETURNED:
                _check_return(row, enrollment, actor)
        now = clock.now()
        row.state, row.reason = decision.outcome, decision.reason.strip()
        row.decided_at, row.decided_by = now, actor.id
        row.notified_at = row.notified_at or now
        current.flush()
        if row.kind == ViolationKind.MISSED_CHECK_INS:
            _answer_misses(row, enrollment, excused=decision.outcome is Outcome.EXCUSED, actor=actor)
        if decision.outcome is Outcome.RETURNED:
            _give_back(row, enrollment, actor)
        current.flush()
        audit(
            "accountability.decide_violation",
            actor=actor,
            subject=("possible_violation", row.id),
            case_id=enrollment.referral_id,
            old={"state": "open"},
            new={
                "state": row.state,
                "reason": row.reason,
                "due_on": row.response_due_on.isoformat() if row.response_due_on else None,
            },
        )
        tell_learner(enrollment, "possible_violation_decided", f"possible-violations/{row.id}")
        if enrollment.state == "accountability":
            settle(enrollment)
        return row


def note_court_told(violation_id: UUID, how: str, *, actor: Identity) -> PossibleViolation:
    """Keep that the court was told of it, and how: once. Raises NotFound, Refused."""
    if not may(actor, Permission.VIOLATION_DECIDE):
        raise NotFound
    if not how.strip():
        raise Refused(_("Write how the court was told."), "how")
    with transaction() as current:
        row, enrollment = locked_violation(violation_id)
        if row.court_told_at is not None:
            return row
        row.court_told_at, row.court_told_how = clock.now(), how.strip()
        current.flush()
        audit(
            "accountability.tell_court",
            actor=actor,
            subject=("possible_violation", row.id),
            case_id=enrollment.referral_id,
            new={"by": row.court_told_how},
        )
        return row


def locked_violation(violation_id: UUID) -> tuple[PossibleViolation, Enrollment]:
    """One, fresh, under its enrollment's lock. Raises NotFound."""
    enrollment_id = session().scalar(
        select(PossibleViolation.enrollment_id).where(PossibleViolation.id == violation_id)
    )
    if enrollment_id is None:
        raise NotFound
    enrollment = the_enrollment(enrollment_id, lock=True)
    query = select(PossibleViolation).where(PossibleViolation.id == violation_id)
    return session().scalars(query.execution_options(populate_existing=True)).one(), enrollment


def _agree(row: PossibleViolation, enrollment: Enrollment, decision: ViolationDecision) -> None:
    """The day of what was agreed and, if it is a check-in, that check-in."""
    zone, region = court_place()
    today, due_on = clock.today(zone), decision.due_on
    if due_on is None:
        raise Refused(_("Give the day by which it is to be done."), "due_on")
    if not today < due_on <= today + LONGEST_RESPONSE:
        raise Refused(_("Choose a day from tomorrow on, within a year."), "due_on")
    if enrollment.rules_id is None:
        raise NotFound
    due_on = due_day(due_on, rules_of(enrollment.rules_id).holidays, region)
    if decision.make_up:
        if enrollment.state != "accountability":
            raise Refused(_("Check-ins are not running now, so none can be added."), "make_up")
        _add_check_in(enrollment, today, due_on, zone)
    row.response_due_on, row.response_by_check_in = due_on, decision.make_up


def _add_check_in(enrollment: Enrollment, today: date, due_on: date, zone: str) -> None:
    """A check-in to make up for one that was missed: open from today to that day, with the grace of the rules."""
    with transaction() as current:
        last = current.scalar(select(func.max(CheckIn.number)).where(CheckIn.enrollment_id == enrollment.id)) or 0
        ends = due_on + timedelta(days=1)
        current.add(
            CheckIn(
                enrollment_id=enrollment.id,
                number=last + 1,
                opens_at=midnight(today, zone),
                due_on=due_on,
                closes_at=midnight(ends, zone),
                grace_until=midnight(ends + timedelta(days=accountability_rules(enrollment).grace_days), zone),
                answers={},
                made_for="make_up",
            )
        )
        current.flush()


def _check_return(row: PossibleViolation, enrollment: Enrollment, actor: Identity) -> None:
    if not may(actor, Permission.CASE_RETURN):
        raise Refused(_("Your role can not return a case to the court."), "outcome")
    zone, _region = court_place()
    opened_on, days = clock.local(row.opened_at, zone).date(), accountability_rules(enrollment).own_side_days
    said = row.statement_at is not None
    if not may_return(said=said, opened_on=opened_on, days=days, today=clock.today(zone)):
        until = format_date(own_side_until(opened_on, days), "long", locale=LOCALES[current_language()])
        raise Refused(_("The participant can say the own side until %(day)s. Decide after that.", day=until), "outcome")


def _answer_misses(row: PossibleViolation, enrollment: Enrollment, *, excused: bool, actor: Actor) -> None:
    """The misses beyond the allowance are dealt with: excused with the reason, or answered by what was decided."""
    beyond = unanswered_misses(enrollment)[accountability_rules(enrollment).misses_allowed :]
    for check_in in beyond:
        check_in.answered_by = row.id
    session().flush()
    if excused:
        for check_in in beyond:
            excuse(check_in.id, row.reason, actor=actor)


def _give_back(row: PossibleViolation, enrollment: Enrollment, actor: Actor) -> None:
    """The case goes back to the court, which thereby is told."""
    if enrollment.state != "returned_to_court":
        return_to_court(enrollment.id, reason=row.reason, actor=actor)
    if row.court_told_at is None:
        row.court_told_at = clock.now()
