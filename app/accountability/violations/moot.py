"""Possible violations that a person answers in passing: by excusing the check-ins, by ending the program by order."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, true

from app.accountability.allowance import accountability_rules, unanswered_misses
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.rules import VIOLATION_MOVES, Outcome, ViolationKind
from app.cases.models import Enrollment
from app.cases.rules import move
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from tenants.database import transaction


def close_moot(enrollment: Enrollment, *, reason: str, actor: Actor) -> None:
    """Excuse an open one over missed check-ins when they are within the allowance again; the enrollment is locked.

    The decision is that of the person who excused the check-in, with the same reason.
    """
    if len(unanswered_misses(enrollment)) > accountability_rules(enrollment).misses_allowed:
        return
    _excuse(enrollment, PossibleViolation.kind == ViolationKind.MISSED_CHECK_INS, reason=reason, actor=actor)


def close_all(enrollment: Enrollment, *, reason: str, actor: Actor) -> None:
    """Excuse everything that is open: the court has ended the program by order. The enrollment is locked."""
    _excuse(enrollment, true(), reason=reason, actor=actor)


def _excuse(enrollment: Enrollment, which: ColumnElement[bool], *, reason: str, actor: Actor) -> None:
    with transaction() as current:
        rows = current.scalars(
            select(PossibleViolation).where(
                PossibleViolation.enrollment_id == enrollment.id, PossibleViolation.state == "open", which
            )
        ).all()
        for row in rows:
            move(row.state, Outcome.EXCUSED, VIOLATION_MOVES)
            now = clock.now()
            row.state, row.reason = Outcome.EXCUSED, reason
            row.decided_at, row.decided_by, row.notified_at = now, actor.id, row.notified_at or now
            current.flush()
            audit(
                "accountability.decide_violation",
                actor=actor,
                subject=("possible_violation", row.id),
                case_id=enrollment.referral_id,
                old={"state": "open"},
                new={"state": row.state, "reason": reason},
            )
            tell_learner(enrollment, "possible_violation_decided", f"possible-violations/{row.id}")
