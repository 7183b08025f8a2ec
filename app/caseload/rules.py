"""Who needs attention today and why: one table of pure functions over the facts of a case, and how far it has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.cases.rules import ACTIVE_STATES, FINAL_STATES, stage_of
from app.core.i18n import gettext, ngettext

HEARING_DAYS, DEADLINE_DAYS, QUIET_DAYS = 1, 14, 14


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
    check_in_since: date | None = None
    reflection_since: date | None = None
    waiver_since: date | None = None
    last_activity_on: date | None = None
    case_ends_on: date | None = None
    program_ends_on: date | None = None  # at the earliest


@dataclass(frozen=True, slots=True)
class Attention:
    """One reason, with its numbers. Hashable, so that a page can keep the words of equal reasons."""

    kind: str
    days: int
    done: int = 0
    required: int = 0

    @property
    def words(self) -> str:
        """The reason in the reader's language."""
        return REASONS[self.kind][1](self)


def _hearing(case: CaseFacts) -> Attention | None:
    if case.hearing_on is None or case.state in FINAL_STATES:
        return None
    days = (case.hearing_on - case.today).days
    return Attention("hearing", days) if 0 <= days <= HEARING_DAYS else None


def _is_beyond(case: CaseFacts) -> bool:
    allowed = case.misses_allowed
    return case.state == "accountability" and allowed is not None and case.misses_unanswered > allowed


def _beyond(case: CaseFacts) -> Attention | None:
    """More missed than the court's rules allow: nothing moves by itself any more. Told once, with what waits."""
    if case.violation_on is not None:
        return None
    return Attention("beyond", 0, case.check_ins_missed, case.misses_allowed or 0) if _is_beyond(case) else None


def _violation(case: CaseFacts) -> Attention | None:
    """Not for a case that is back with the court: there it is decided."""
    return _waiting("violation", case, case.violation_on) if case.state != "returned_to_court" else None


def _proposal(case: CaseFacts) -> Attention | None:
    """Only there, with the court, a program can be ended."""
    return _waiting("proposal", case, case.proposal_since) if case.state == "returned_to_court" else None


def _step_not_done(case: CaseFacts) -> Attention | None:
    return _waiting("step_not_done", case, case.step_not_done_on) if case.state != "returned_to_court" else None


def _step(case: CaseFacts) -> Attention | None:
    """From the day after: until then it can still be done."""
    if case.step_due_on is None or case.step_due_on >= case.today or case.state == "returned_to_court":
        return None
    return _waiting("step", case, case.step_due_on)


def _missed(case: CaseFacts) -> Attention | None:
    if case.check_in_missed_on is None or case.state != "accountability" or _is_beyond(case):
        return None
    return Attention("missed", max(0, (case.today - case.check_in_missed_on).days))


def _deadline(case: CaseFacts) -> Attention | None:
    """Counts classes in classes and check-ins in check-ins. Days below zero: the deadline has passed."""
    if case.deadline is None or case.state not in ACTIVE_STATES - {"report_due"}:
        return None
    days = (case.deadline - case.today).days
    if days > DEADLINE_DAYS:
        return None
    if case.state == "accountability":
        return Attention("deadline_check_ins", days, case.check_ins_done, case.check_ins_required)
    return Attention("deadline", days, case.modules_passed, case.modules_required)


def _too_long(case: CaseFacts) -> Attention | None:
    """The program can not end before the case does, from the day on which that is so."""
    if case.case_ends_on is None or case.program_ends_on is None or case.state not in ACTIVE_STATES - {"report_due"}:
        return None
    days = (case.program_ends_on - case.case_ends_on).days
    return Attention("too_long", days) if days > 0 else None


def _report(case: CaseFacts) -> Attention | None:
    """All is done; the portal has asked for the final report, which is not out yet."""
    return _waiting("report", case, case.last_activity_on or case.today) if case.state == "report_due" else None


def _waiver(case: CaseFacts) -> Attention | None:
    return _waiting("waiver", case, case.waiver_since)


def _check_in(case: CaseFacts) -> Attention | None:
    return _waiting("check_in", case, case.check_in_since)


def _reflection(case: CaseFacts) -> Attention | None:
    return _waiting("reflection", case, case.reflection_since)


def _waiting(kind: str, case: CaseFacts, since: date | None) -> Attention | None:
    if since is None or case.state in FINAL_STATES:
        return None
    return Attention(kind, max(0, (case.today - since).days))


def _quiet(case: CaseFacts) -> Attention | None:
    """Only in classes: between check-ins there is nothing to do, and waiting for a person is not being quiet."""
    waits = case.waiver_since or case.reflection_since
    if case.last_activity_on is None or waits or case.state not in {"enrolled", "coursework"}:
        return None
    days = (case.today - case.last_activity_on).days
    return Attention("quiet", days) if days >= QUIET_DAYS else None


def _hearing_words(a: Attention) -> str:
    return str(gettext("Hearing today") if a.days == 0 else gettext("Hearing tomorrow"))


def _beyond_words(a: Attention) -> str:
    values = {"missed": a.done, "allowed": a.required}
    return str(gettext("%(missed)s check-ins missed, %(allowed)s allowed: a person decides", **values))


def _violation_words(a: Attention) -> str:
    if a.days == 0:
        return str(gettext("Possible violation to decide, since today"))
    return str(
        ngettext(
            "Possible violation to decide, for %(num)s day", "Possible violation to decide, for %(num)s days", a.days
        )
    )


def _proposal_words(a: Attention) -> str:
    if a.days == 0:
        return str(gettext("Ending the program is proposed, since today"))
    return str(
        ngettext(
            "Ending the program is proposed, for %(num)s day",
            "Ending the program is proposed, for %(num)s days",
            a.days,
        )
    )


def _step_not_done_words(a: Attention) -> str:
    return str(
        ngettext("Agreed step not done, due %(num)s day ago", "Agreed step not done, due %(num)s days ago", a.days)
    )


def _step_words(a: Attention) -> str:
    return str(
        ngettext(
            "Was the agreed step done? It was due %(num)s day ago",
            "Was the agreed step done? It was due %(num)s days ago",
            a.days,
        )
    )


def _missed_words(a: Attention) -> str:
    if a.days == 0:
        return str(gettext("Check-in missed today"))
    return str(ngettext("Check-in missed %(num)s day ago", "Check-in missed %(num)s days ago", a.days))


def _deadline_when(days: int) -> str:
    if days == 0:
        return str(gettext("Deadline is today"))
    if days < 0:
        return str(ngettext("Deadline passed %(num)s day ago", "Deadline passed %(num)s days ago", -days))
    return str(ngettext("Deadline in %(num)s day", "Deadline in %(num)s days", days))


def _deadline_words(a: Attention) -> str:
    values = {"when": _deadline_when(a.days), "done": a.done, "required": a.required}
    if a.kind == "deadline":
        return str(gettext("%(when)s, %(done)s of %(required)s modules done", **values))
    return str(gettext("%(when)s, %(done)s of %(required)s check-ins done", **values))


def _too_long_words(a: Attention) -> str:
    return str(
        ngettext(
            "Program ends %(num)s day after the case does, or later",
            "Program ends %(num)s days after the case does, or later",
            a.days,
        )
    )


def _report_words(a: Attention) -> str:
    if a.days == 0:
        return str(gettext("Final report due, since today"))
    return str(ngettext("Final report due, for %(num)s day", "Final report due, for %(num)s days", a.days))


def _waiver_words(a: Attention) -> str:
    if a.days == 0:
        return str(gettext("Fee waiver to decide, since today"))
    return str(ngettext("Fee waiver to decide, for %(num)s day", "Fee waiver to decide, for %(num)s days", a.days))


def _check_in_words(a: Attention) -> str:
    if a.days == 0:
        return str(gettext("Check-in to review, since today"))
    return str(ngettext("Check-in to review, for %(num)s day", "Check-in to review, for %(num)s days", a.days))


def _reflection_words(a: Attention) -> str:
    if a.days == 0:
        return str(gettext("Written answer to review, since today"))
    return str(
        ngettext("Written answer to review, for %(num)s day", "Written answer to review, for %(num)s days", a.days)
    )


def _quiet_words(a: Attention) -> str:
    return str(ngettext("No activity for %(num)s day", "No activity for %(num)s days", a.days))


# The order is the order of urgency: first what cannot wait, last what may be nothing.
REASONS: dict[str, tuple[Callable[[CaseFacts], Attention | None], Callable[[Attention], str]]] = {
    "hearing": (_hearing, _hearing_words),
    "violation": (_violation, _violation_words),
    "proposal": (_proposal, _proposal_words),
    "step_not_done": (_step_not_done, _step_not_done_words),
    "step": (_step, _step_words),
    "beyond": (_beyond, _beyond_words),
    "missed": (_missed, _missed_words),
    "deadline": (_deadline, _deadline_words),
    "deadline_check_ins": (_deadline, _deadline_words),
    "too_long": (_too_long, _too_long_words),
    "report": (_report, _report_words),
    "waiver": (_waiver, _waiver_words),
    "check_in": (_check_in, _check_in_words),
    "reflection": (_reflection, _reflection_words),
    "quiet": (_quiet, _quiet_words),
}
_RANK = {kind: rank for rank, kind in enumerate(REASONS)}
_FINDERS = tuple(dict.fromkeys(find for find, _words in REASONS.values()))


def attention(case: CaseFacts) -> tuple[Attention, ...]:
    """Every reason to look at this case today, the most urgent first; empty when there is none."""
    return tuple(found for find in _FINDERS if (found := find(case)) is not None)


def urgency(reasons: tuple[Attention, ...]) -> tuple[int, int, int]:
    """A sort key, lowest first: the first reason's rank, then how near or how long, then how many more there are."""
    if not reasons:
        return (len(REASONS), 0, 0)
    first = reasons[0]
    ahead = first.kind in {"hearing", "deadline", "deadline_check_ins"}
    return (_RANK[first.kind], first.days if ahead else -first.days, -len(reasons))


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
