"""Whether a case leaves enough time for the program, by the rules that hold for it."""

from __future__ import annotations

from datetime import date

from app.cases.models import Enrollment
from app.cases.rules import ACTIVE_STATES
from tenants.rules import rules_in_force, rules_of
from tenants.term import EndInTime, can_end_in_time


def end_in_time(enrollment: Enrollment, *, today: date, region: str) -> EndInTime | None:
    """How the program's end lies to the case's end; None where nothing limits it, or the case is past that question.

    `enrollment` with `.referral` loaded; `today` is court-local, `region` the court's state.
    """
    if enrollment.state not in ACTIVE_STATES | {"referred", "on_hold"} or enrollment.state == "report_due":
        return None
    referral = enrollment.referral
    document = rules_of(enrollment.rules_id) if enrollment.rules_id else rules_in_force()[1]
    return can_end_in_time(
        document,
        term_ends=referral.case_ends_on,
        today=today,
        region=region,
        course_due=referral.deadline,
        accountability_from=enrollment.accountability_from,
    )
