"""Noting possible violations: by rule, or by an officer by hand. Never for money.

Every opening happens under the enrollment's lock, once for each occasion, and tells the person and the officer.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import exists, func, select

from app.accountability.allowance import accountability_rules, unanswered_misses
from app.accountability.lookups import court_place, window_of
from app.accountability.models import CheckIn
from app.accountability.schedule import last_day
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.rules import (
    BY_HAND,
    ViolationKind,
    deadline_occasion,
    hand_occasion,
    misses_occasion,
)
from app.accounts.telling import tell_staff
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment, Referral
from app.cases.moving.lookups import who_is_told
from app.cases.rules import ACTIVE_STATES
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.occasions import first_time, happened
from app.learning.lookups import course_of
from app.learning.rules import Waiting
from tenants.database import session, transaction
from tenants.models import ProgramRules
from tenants.rules import rules_of
from tenants.scope import current_court_id

LOOKED = "accountability.look_for_violations"  # the day on which this was done
CAN_BE_NOTED = ACTIVE_STATES | {"on_hold"}  # a case that is back with the court is decided there


def note_by_hand(
    enrollment_id: UUID, kind: ViolationKind, *, event_on: date, facts: str, not_money: bool, actor: Actor
) -> PossibleViolation:
    """An officer notes what happened, in facts; `event_on` is court-local.

    Raises Refused (with the field) for another kind than BY_HAND, without facts, for a day to come, for a case that is
    not running, for a second one of that kind and day, and unless it is said not to be about money.
    """
    zone, _region = court_place()
    if kind not in BY_HAND:
        raise Refused(_("Choose what it is about."), "kind")
    if not facts.strip():
        raise Refused(_("Write what happened, in facts."), "facts")
    if not not_money:
        raise Refused(_("Money that is owed is no reason. Tick the box if it is about something else."), "not_money")
    if event_on > clock.today(zone):
        raise Refused(_("Choose today or an earlier day."), "event_on")
    with transaction():
        enrollment = the_enrollment(enrollment_id, lock=True)
        if enrollment.state not in CAN_BE_NOTED:
            raise Refused(_("Nothing can be noted for this case now: it is not running."))
        opened = _open(enrollment, kind, hand_occasion(kind, event_on), event_on, facts=facts.strip(), actor=actor)
        if opened is None:
            raise Refused(_("This is noted for that day already."), "event_on")
        return opened


def note_misses(enrollment: Enrollment) -> None:
    """Open one when the misses go beyond the allowance; the enrollment is locked. While one is open, it stands for
    further misses too."""
    missed = unanswered_misses(enrollment)
    occasion = misses_occasion([row.number for row in missed], accountability_rules(enrollment).misses_allowed)
    if occasion is None or _open_of(enrollment.id, ViolationKind.MISSED_CHECK_INS):
        return
    zone, _region = court_place()
    crossing = missed[accountability_rules(enrollment).misses_allowed]
    _open(enrollment, ViolationKind.MISSED_CHECK_INS, occasion, last_day(window_of(crossing), zone), actor=SYSTEM)


def look_for_violations() -> None:
    """What has become a possible violation by rule (scheduled, for the court at work): looked for once on each
    court-local day, and again if that was cut short.

    Misses are noted when they happen; here are those from before, and the deadlines of the lessons. At every run, the
    officers of those that nobody was told of are told.
    """
    zone, _region = court_place()
    today = clock.today(zone)
    if not happened(LOOKED, current_court_id(), today.isoformat()):
        for enrollment_id in _with_misses():
            with transaction():
                enrollment = the_enrollment(enrollment_id, lock=True)
                if enrollment.state == "accountability":
                    note_misses(enrollment)
        for enrollment_id in _past_the_deadline(today):
            _note_deadline(enrollment_id, today)
        first_time(LOOKED, current_court_id(), today.isoformat())
    for enrollment_id in _nobody_was_told():
        with transaction():
            tell_officers(the_enrollment(enrollment_id, lock=True))


def _nobody_was_told() -> list[UUID]:
    query = (
        select(PossibleViolation.enrollment_id)
        .join(Enrollment, Enrollment.id == PossibleViolation.enrollment_id)
        .where(
            PossibleViolation.state == "open",
            PossibleViolation.notified_at.is_(None),
            Enrollment.officer_id.is_not(None),
        )
    )
    return list(session().scalars(query))


def _past_the_deadline(today: date) -> list[UUID]:
    """Cases in their lessons after a deadline's day that was not noted, where the pinned rules make that a possible
    violation."""
    strict = [
        rules_id
        for rules_id, coursework in session().execute(select(ProgramRules.id, ProgramRules.document["coursework"]))
        if coursework.get("deadline_opens_violation")
    ]
    if not strict:
        return []
    noted = exists().where(
        PossibleViolation.enrollment_id == Enrollment.id,
        PossibleViolation.occasion == func.concat("deadline ", func.to_char(Referral.deadline, "YYYY-MM-DD")),
    )
    query = (
        select(Enrollment.id)
        .join(Referral, Referral.id == Enrollment.referral_id)
        .where(Enrollment.state == "coursework", Enrollment.rules_id.in_(strict), Referral.deadline < today, ~noted)
        .order_by(Enrollment.id)
    )
    return list(session().scalars(query))


def _with_misses() -> list[UUID]:
    query = (
        select(CheckIn.enrollment_id)
        .join(Enrollment, Enrollment.id == CheckIn.enrollment_id)
        .where(CheckIn.state == "missed", CheckIn.answered_by.is_(None), Enrollment.state == "accountability")
        .distinct()
    )
    return list(session().scalars(query))


def _note_deadline(enrollment_id: UUID, today: date) -> None:
    """The lessons were not done in time. Never where money keeps them closed, or they wait for the program's people:
    somebody whose fee is not settled has no open lessons, and is not late (CD-4)."""
    with transaction():
        enrollment = the_enrollment(enrollment_id, lock=True)
        deadline = enrollment.referral.deadline
        if enrollment.state != "coursework" or enrollment.rules_id is None or deadline >= today:
            return
        course = course_of(enrollment)
        if not rules_of(enrollment.rules_id).coursework.deadline_opens_violation:
            return
        if not course.is_open or course.next is Waiting.REVIEW:
            return
        _open(enrollment, ViolationKind.LESSONS_NOT_DONE, deadline_occasion(deadline), deadline, actor=SYSTEM)


def _open_of(enrollment_id: UUID, kind: ViolationKind) -> bool:
    query = select(PossibleViolation.id).where(
        PossibleViolation.enrollment_id == enrollment_id,
        PossibleViolation.kind == kind,
        PossibleViolation.state == "open",
    )
    return session().scalar(query.limit(1)) is not None


def _open(
    enrollment: Enrollment, kind: ViolationKind, occasion: str, event_on: date, *, facts: str = "", actor: Actor
) -> PossibleViolation | None:
    """Write it down and tell those concerned; None when this occasion was noted before."""
    with transaction() as current:
        there = select(PossibleViolation.id).where(
            PossibleViolation.enrollment_id == enrollment.id, PossibleViolation.occasion == occasion
        )
        if current.scalar(there) is not None:
            return None
        now = clock.now()
        row = PossibleViolation(
            enrollment_id=enrollment.id,
            kind=kind,
            occasion=occasion,
            facts=facts,
            event_on=event_on,
            opened_at=now,
            opened_by=actor.id,
            notified_at=now if actor.id is not None and actor.id == enrollment.officer_id else None,
        )
        current.add(row)
        current.flush()
        audit(
            "accountability.open_violation",
            actor=actor,
            subject=("possible_violation", row.id),
            case_id=enrollment.referral_id,
            new={"kind": kind, "occasion": occasion, "event_on": event_on.isoformat()},
        )
        tell_learner(enrollment, "possible_violation", f"possible-violations/{row.id}")
        tell_officers(enrollment)
        return row


def tell_officers(enrollment: Enrollment) -> None:
    """Mail the officer of a locked case about what waits and nobody was told of. Nobody assigned: it waits."""
    with transaction() as current:
        if enrollment.officer_id is None:
            return
        rows = current.scalars(
            select(PossibleViolation).where(
                PossibleViolation.enrollment_id == enrollment.id,
                PossibleViolation.state == "open",
                PossibleViolation.notified_at.is_(None),
            )
        ).all()
        for row in rows:
            for who in who_is_told(enrollment.officer_id):
                tell_staff(who, "possible_violation_officer", f"cases/violations/{row.id}")
            row.notified_at = clock.now()
            current.flush()
            audit(
                "accountability.tell_officer",
                actor=SYSTEM,
                subject=("possible_violation", row.id),
                case_id=enrollment.referral_id,
            )
