"""Who needs a look today and why: ONE table of pure functions over the facts of a case.

The caseload's list, the list of the day and the morning's mail read the same table. Each finding is a fact with its
numbers, never a score.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from app.caseload.attention import words
from app.caseload.attention.reason import Reason
from app.caseload.rules import CaseFacts
from app.cases.rules import ACTIVE_STATES, FINAL_STATES
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l
from tenants.attention import Attention

HEARING_DAYS = 1  # the words know today and tomorrow
RUNNING = ACTIVE_STATES - {"report_due"}


class Limits(NamedTuple):
    """The court's borders (tenants/attention.py) as the rules use them: plain numbers, which are quick to compare."""

    deadline_days: int = 14
    quiet_days: int = 14
    waiting_days: int = 0
    waiver_days: int = 0
    report_days: int = 7
    answer_days: int = 3
    hold_days: int = 30

    @classmethod
    def of(cls, borders: Attention) -> Limits:
        return cls(*(getattr(borders, name) for name in cls._fields))


USUAL = Limits()


class LeadsTo(StrEnum):
    """The page on which something can be done about a reason, by its endpoint. Who may not open it gets the case."""

    CASE = "caseload.case"
    VIOLATION = "violations.violation"
    TERMINATION = "terminating.termination"
    CHECK_IN = "reviews.check_in"
    EXCUSE = "accountability.excuse_one"
    WAIVER = "deciding.newest_of"
    CARD = "refunds.card_payments"
    DISPUTED = "disputes.of_case"
    MESSAGES = "case_messages.of_case"
    MAIL = "mailroom.of_case"
    REPORT = "reports.request_report"
    HOLD = "cases.hold_case"


Find = Callable[[CaseFacts, Limits], Reason | None]


class Rule(NamedTuple):
    """How a kind of reason is found, said and named, where it leads, and whether the nearest day comes first.

    `occasion`: what makes it another one than before, from the facts; without it, the newest record behind it does
    (see lookups.py). Who put one aside hears of it again when there is another.
    """

    kind: str
    find: Find
    words: Callable[[Reason], str]
    label: LazyString
    leads_to: LeadsTo = LeadsTo.CASE
    ahead: bool = False
    occasion: Callable[[CaseFacts], str] | None = None


def _hearing(case: CaseFacts, _limits: Limits) -> Reason | None:
    return _hearing_within("hearing", case, HEARING_DAYS)


def _hearing_report(case: CaseFacts, limits: Limits) -> Reason | None:
    """Nothing was made for the court since it saw the person last. Before somebody is enrolled there is no report."""
    if case.state == "referred":
        return None
    if case.last_report_on is not None and (case.last_heard_on is None or case.last_report_on > case.last_heard_on):
        return None
    return _hearing_within("hearing_report", case, limits.report_days)


def _hearing_within(kind: str, case: CaseFacts, days: int) -> Reason | None:
    if case.hearing_on is None or case.state in FINAL_STATES:
        return None
    left = (case.hearing_on - case.today).days
    return Reason(kind, left) if 0 <= left <= days else None


def _is_beyond(case: CaseFacts) -> bool:
    allowed = case.misses_allowed
    return case.state == "accountability" and allowed is not None and case.misses_unanswered > allowed


def _beyond(case: CaseFacts, _limits: Limits) -> Reason | None:
    """More missed than the court's rules allow: nothing moves by itself any more. Told once, with what waits."""
    if case.violation_on is not None:
        return None
    return Reason("beyond", 0, case.check_ins_missed, case.misses_allowed or 0) if _is_beyond(case) else None


def _violation(case: CaseFacts, _limits: Limits) -> Reason | None:
    """Not for a case that is back with the court: there it is decided."""
    return _waiting("violation", case, case.violation_on) if case.state != "returned_to_court" else None


def _proposal(case: CaseFacts, _limits: Limits) -> Reason | None:
    """Only there, with the court, a program can be ended."""
    return _waiting("proposal", case, case.proposal_since) if case.state == "returned_to_court" else None


def _answer(case: CaseFacts, limits: Limits) -> Reason | None:
    if case.answer_due_on is None or case.state != "returned_to_court":
        return None
    left = (case.answer_due_on - case.today).days
    return Reason("answer", left) if left <= limits.answer_days else None


def _step_not_done(case: CaseFacts, _limits: Limits) -> Reason | None:
    return _waiting("step_not_done", case, case.step_not_done_on) if case.state != "returned_to_court" else None


def _step(case: CaseFacts, _limits: Limits) -> Reason | None:
    """From the day after: until then it can still be done."""
    if case.step_due_on is None or case.step_due_on >= case.today or case.state == "returned_to_court":
        return None
    return _waiting("step", case, case.step_due_on)


def _missed(case: CaseFacts, _limits: Limits) -> Reason | None:
    if case.check_in_missed_on is None or case.state != "accountability" or _is_beyond(case):
        return None
    return Reason("missed", max(0, (case.today - case.check_in_missed_on).days))


def _deadline(case: CaseFacts, limits: Limits) -> Reason | None:
    """Days below zero: the deadline has passed."""
    if case.state not in RUNNING - {"accountability"}:
        return None
    return _until_deadline("deadline", case, limits, case.modules_passed, case.modules_required)


def _deadline_check_ins(case: CaseFacts, limits: Limits) -> Reason | None:
    if case.state != "accountability":
        return None
    return _until_deadline("deadline_check_ins", case, limits, case.check_ins_done, case.check_ins_required)


def _until_deadline(kind: str, case: CaseFacts, limits: Limits, done: int, required: int) -> Reason | None:
    if case.deadline is None:
        return None
    days = (case.deadline - case.today).days
    return Reason(kind, days, done, required) if days <= limits.deadline_days else None


def _too_long(case: CaseFacts, _limits: Limits) -> Reason | None:
    """The program can not end before the case does, from the day on which that is so."""
    if case.case_ends_on is None or case.program_ends_on is None or case.state not in RUNNING:
        return None
    days = (case.program_ends_on - case.case_ends_on).days
    return Reason("too_long", days) if days > 0 else None


def _report(case: CaseFacts, _limits: Limits) -> Reason | None:
    """All is done; the portal has asked for the final report, which is not out yet."""
    return _waiting("report", case, case.last_activity_on or case.today) if case.state == "report_due" else None


def _waiver(case: CaseFacts, limits: Limits) -> Reason | None:
    return _waiting("waiver", case, case.waiver_since, limits.waiver_days)


def _dispute(case: CaseFacts, _limits: Limits) -> Reason | None:
    return _waiting("dispute", case, case.dispute_since)


def _check_in(case: CaseFacts, limits: Limits) -> Reason | None:
    return _waiting("check_in", case, case.check_in_since, limits.waiting_days)


def _reflection(case: CaseFacts, limits: Limits) -> Reason | None:
    return _waiting("reflection", case, case.reflection_since, limits.waiting_days)


def _record_dispute(case: CaseFacts, _limits: Limits) -> Reason | None:
    """Days below zero: nobody has answered in time."""
    if case.record_dispute_due_on is None or case.state in FINAL_STATES:
        return None
    return Reason("record_dispute", (case.record_dispute_due_on - case.today).days)


def _message(case: CaseFacts, _limits: Limits) -> Reason | None:
    return _waiting("message", case, case.message_since)


def _mail_lost(case: CaseFacts, _limits: Limits) -> Reason | None:
    return _waiting("mail_lost", case, case.mail_lost_on)


def _hold(case: CaseFacts, limits: Limits) -> Reason | None:
    return _waiting("hold", case, case.hold_since, limits.hold_days) if case.state == "on_hold" else None


def _waiting(kind: str, case: CaseFacts, since: date | None, at_least: int = 0) -> Reason | None:
    if since is None or case.state in FINAL_STATES:
        return None
    days = max(0, (case.today - since).days)
    return Reason(kind, days) if days >= at_least else None


def _quiet(case: CaseFacts, limits: Limits) -> Reason | None:
    """Only in classes: between check-ins there is nothing to do, and waiting for a person is not being quiet."""
    waits = case.waiver_since or case.reflection_since
    if case.last_activity_on is None or waits or case.state not in {"enrolled", "coursework"}:
        return None
    days = (case.today - case.last_activity_on).days
    return Reason("quiet", days) if days >= limits.quiet_days else None


# What makes a reason another one than before, where no record of its own does.
def _by_hearing(case: CaseFacts) -> str:
    return str(case.hearing_on)


def _by_deadline(case: CaseFacts) -> str:
    """A deadline that has passed is something new, and so is one that was moved."""
    passed = case.deadline is not None and case.deadline < case.today
    return f"{case.deadline}, passed" if passed else str(case.deadline)


def _by_misses(case: CaseFacts) -> str:
    return str(case.check_ins_missed)


def _by_end(case: CaseFacts) -> str:
    return str(case.case_ends_on)


def _by_activity(case: CaseFacts) -> str:
    return str(case.last_activity_on)


def _by_answer(case: CaseFacts) -> str:
    """One that is late is something new."""
    late = case.record_dispute_due_on is not None and case.record_dispute_due_on < case.today
    return f"{case.record_dispute_due_on}, late" if late else str(case.record_dispute_due_on)


def _once(_case: CaseFacts) -> str:
    return "once"


# The order is the order of urgency: first what cannot wait, last what may be nothing.
_IN_ORDER = (
    Rule("hearing", _hearing, words.hearing, _l("Hearing"), ahead=True, occasion=_by_hearing),
    Rule("violation", _violation, words.violation, _l("Possible violation"), LeadsTo.VIOLATION),
    Rule("answer", _answer, words.answer, _l("Answer to a proposal"), LeadsTo.TERMINATION, ahead=True),
    Rule("proposal", _proposal, words.proposal, _l("Proposal to end the program"), LeadsTo.TERMINATION),
    Rule(
        "hearing_report",
        _hearing_report,
        words.hearing_report,
        _l("Hearing without a report"),
        LeadsTo.REPORT,
        ahead=True,
        occasion=_by_hearing,
    ),
    Rule(
        "record_dispute",
        _record_dispute,
        words.record_dispute,
        _l("Disputed record"),
        LeadsTo.DISPUTED,
        ahead=True,
        occasion=_by_answer,
    ),
    Rule("step_not_done", _step_not_done, words.step_not_done, _l("Agreed step not done"), LeadsTo.VIOLATION),
    Rule("step", _step, words.step, _l("Agreed step to ask about"), LeadsTo.VIOLATION),
    Rule("beyond", _beyond, words.beyond, _l("Too many check-ins missed"), occasion=_by_misses),
    Rule("missed", _missed, words.missed, _l("Check-in missed"), LeadsTo.EXCUSE),
    Rule("deadline", _deadline, words.deadline, _l("Deadline of the lessons"), ahead=True, occasion=_by_deadline),
    Rule(
        "deadline_check_ins",
        _deadline_check_ins,
        words.deadline_check_ins,
        _l("Deadline of check-ins"),
        ahead=True,
        occasion=_by_deadline,
    ),
    Rule("too_long", _too_long, words.too_long, _l("Program longer than the case"), occasion=_by_end),
    Rule("report", _report, words.report, _l("Final report due"), occasion=_once),
    Rule("waiver", _waiver, words.waiver, _l("Fee waiver to decide"), LeadsTo.WAIVER),
    Rule("dispute", _dispute, words.dispute, _l("Payment questioned"), LeadsTo.CARD),
    Rule("check_in", _check_in, words.check_in, _l("Check-in to review"), LeadsTo.CHECK_IN),
    Rule("message", _message, words.message, _l("Message to answer"), LeadsTo.MESSAGES),
    Rule("reflection", _reflection, words.reflection, _l("Written answer to review")),
    Rule("mail_lost", _mail_lost, words.mail_lost, _l("Mail does not arrive"), LeadsTo.MAIL),
    Rule("hold", _hold, words.hold, _l("On hold for long"), LeadsTo.HOLD),
    Rule("quiet", _quiet, words.quiet, _l("No activity"), occasion=_by_activity),
)
RULES: dict[str, Rule] = {rule.kind: rule for rule in _IN_ORDER}
_RANK = {kind: rank for rank, kind in enumerate(RULES)}


def attention(case: CaseFacts, limits: Limits = USUAL) -> tuple[Reason, ...]:
    """Every reason to look at this case today, the most urgent first; empty when there is none."""
    return tuple(found for rule in _IN_ORDER if (found := rule.find(case, limits)) is not None)


def urgency(reasons: tuple[Reason, ...]) -> tuple[int, int, int]:
    """A sort key, lowest first: the first reason's rank, then how near or how long, then how many more there are."""
    if not reasons:
        return (len(RULES), 0, 0)
    first = reasons[0]
    return (_RANK[first.kind], first.days if RULES[first.kind].ahead else -first.days, -len(reasons))


def said(reason: Reason) -> str:
    """The reason in the reader's language."""
    return RULES[reason.kind].words(reason)


def limits_in(stored: Any) -> Limits:
    """The borders in a stored document's section; those of old where a court never set any."""
    return Limits.of(Attention.model_validate(stored or {}))
