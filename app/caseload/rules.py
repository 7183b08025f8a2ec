"""The facts of a case as a list knows them, and how far it has come. What of them needs a look: attention/rules.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.cases.rules import stage_of


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a caseload row knows of one enrollment. All dates are the court's local ones, `today` too.

    `*_since` is the day on which something began to wait for a person of the program; None when nothing waits.
    """

    state: str
    today: date
    deadline: date | None = None
    hearing_on: date | None = None
    lessons_opened: int = 0
    modules_passed: int = 0
    modules_required: int = 0
    check_ins_done: int = 0
    check_ins_required: int = 0
    check_in_missed_on: date | None = None
    check_ins_missed: int = 0
    misses_unanswered: int = 0  # of those, the ones that nobody has decided about
    misses_allowed: int | None = None
    violation_on: date | None = None  # the oldest event that waits to be decided
    step_due_on: date | None = None  # by which the first agreed step was to be done of which nobody has said if it was
    step_not_done_on: date | None = None  # the same of those that were not done
    proposal_since: date | None = None  # to end the program
    answer_due_on: date | None = None  # by which the person can answer such a proposal, and has not yet
    check_in_since: date | None = None
    reflection_since: date | None = None
    message_since: date | None = None  # of the participant, that nobody has read
    waiver_since: date | None = None
    dispute_since: date | None = None  # a payer's bank looks at a payment
    record_dispute_due_on: date | None = None  # by which a fact that the person disputes is to be answered
    mail_lost_on: date | None = None  # the last mail to the person did not arrive
    hold_since: date | None = None
    last_heard_on: date | None = None  # the last hearing before today
    last_report_on: date | None = None  # the last report about the case that was made
    last_activity_on: date | None = None
    case_ends_on: date | None = None
    program_ends_on: date | None = None  # at the earliest


def progress_percent(case: CaseFacts) -> int:
    """Modules and check-ins done, of all required, 0 to 100, rounded down: 100 only when nothing is left."""
    if case.state == "completed":
        return 100
    required = case.modules_required + case.check_ins_required
    done = min(case.modules_passed, case.modules_required) + min(case.check_ins_done, case.check_ins_required)
    return done * 100 // required if required else 0


def stage(case: CaseFacts) -> str:
    """The stage, "not started" and "past the deadline" included: a key of STAGE_WORDS."""
    return stage_of(case.state, lessons_opened=case.lessons_opened, deadline=case.deadline, today=case.today)
