"""The reminder of what is due next, sent by hand: the same message as the one that goes out by itself."""

from __future__ import annotations

from datetime import date

from app.caseload.acting.rules import Subject
from app.cases.models import Enrollment
from app.cases.telling import tell_learner
from app.core.actor import Actor
from app.core.audit import audit
from app.core.occasions import first_time
from tenants.database import transaction

REMINDED = "caseload.remind"


def remind(enrollment: Enrollment, case: Subject, *, actor: Actor, today: date) -> bool:
    """Remind somebody of the lessons or the next check-in; once on a court-local day. False: today it was sent before.

    The case is locked, and something is due (`rules.why_not`).
    """
    with transaction():
        if not first_time(REMINDED, enrollment.id, today.isoformat()):
            return False
        if case.state == "accountability" and case.next_check_in is not None:
            # Also in its grace: it can still be done.
            kind, page, due_on = "check_in_due", "check-ins", case.next_check_in
        else:
            kind, page, due_on = "coursework_due", "lessons", case.deadline
            if due_on < today:
                kind = "coursework_missed"
        tell_learner(enrollment, kind, page, due_on=due_on)
        audit(
            "caseload.remind",
            actor=actor,
            subject=("enrollment", enrollment.id),
            case_id=enrollment.referral_id,
            new={"kind": kind, "due_on": due_on.isoformat()},
        )
    return True
