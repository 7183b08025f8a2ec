"""From the facts of a case to the row that is shown: every word made once, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from babel.dates import format_date
from flask_babel import get_locale

from app.accountability.schedule import planned_check_ins
from app.caseload.attention.reason import Reason
from app.caseload.attention.rules import Limits, attention, said, urgency
from app.caseload.lookups import Case, CourtDay, facts_in
from app.caseload.rules import CaseFacts, progress_percent, stage
from app.cases.rules import STAGE_WORDS, STATE_WORDS
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import format_cents
from app.payments.rules import WAIVER_PENDING
from tenants.term import add_months

NONE_ASIDE: frozenset[str] = frozenset()
IN_CLASSES = frozenset({"referred", "enrolled", "coursework"})
NEXT_DUE = {
    "referred": _l("Enroll"),
    "enrolled": _l("Start of lessons"),
    "coursework": _l("Lessons"),
    "accountability": _l("Check-in"),
    "report_due": _l("Report"),
    "on_hold": _l("On hold"),
    "returned_to_court": _l("Decision of the court"),
}
NOTHING_DUE = _l("Nothing")
FEE = ("balance_cents", "assessed_cents", "waived_cents", "waiver_state")
Aside = Mapping[str, frozenset[str]]  # by enrollment id the kinds of reasons that were put aside
NOTHING_ASIDE: Aside = {}
REMEMBERED = 16_384  # cases' worth of words in a process


class Told(NamedTuple):
    """What a row says of a case, without saying whose it is."""

    stage: str
    percent: int
    reasons: tuple[str, ...]
    last_activity: str
    next_due: str
    next_due_on: str
    deadline: str
    hearing: str
    fee: str


class ShownCase(NamedTuple):
    """A row of the caseload, in words."""

    id: str
    url: str
    name: str
    numbers: str
    told: Told


Rank = tuple[int, int, int]


@lru_cache(maxsize=REMEMBERED)
def words_of(
    facts: str, today: date, locale: str, money: bool, limits: Limits, aside: frozenset[str] = NONE_ASIDE
) -> tuple[Rank | None, Told]:
    """How urgent a case with these `facts` is today, None when nothing asks for a look; its words.

    `aside`: the kinds of reasons that somebody put aside, which are left out.

    Nobody is named in here, and the same facts say the same to everybody who reads in this `locale`: so it is
    remembered, since an officer opens the same list many times a day.
    """
    case = facts_in(facts)
    looked_at = facts_of(case, today, money=money)
    reasons = attention(looked_at, limits)
    if aside:
        reasons = tuple([one for one in reasons if one.kind not in aside])
    return urgency(reasons) if reasons else None, Told(
        stage=_stage(stage(looked_at), locale),
        percent=progress_percent(looked_at),
        reasons=tuple([_reason(one, locale) for one in reasons]),
        last_activity=_in_words(looked_at.last_activity_on, locale),
        next_due=_next_due(looked_at.state, locale),
        next_due_on=_in_words(next_due_on(case), locale),
        deadline=_in_words(case["deadline"], locale),
        hearing=_in_words(looked_at.hearing_on, locale),
        fee=_fee(*(case[name] for name in FEE), locale) if money else "",
    )


def next_due_on(case: dict[str, Any]) -> date | None:
    """The court-local day of what is due next: the check-in's or, before, the lessons' deadline."""
    column = "next_check_in" if case["state"] == "accountability" else "deadline"
    found: date | None = case[column] if column != "deadline" or case["state"] in IN_CLASSES else None
    return found


def facts_of(case: dict[str, Any], today: date, *, money: bool = True) -> CaseFacts:
    """What the rules look at. The deadline is the coursework's: once that is done, nobody is past it any more.

    Without `money`, nothing of fee and waiver is a reason for anything.
    """
    state = case["state"]
    return CaseFacts(
        state=state,
        today=today,
        deadline=case["deadline"] if state in IN_CLASSES else None,
        hearing_on=case["hearing_on"],
        lessons_opened=case["modules_opened"] or 0,
        modules_passed=case["modules_passed"] or 0,
        modules_required=case["modules_required"] or 0,
        check_ins_done=case["check_ins_done"] or 0,
        check_ins_required=case["check_ins_planned"]
        or planned_check_ins(case["months"] or 0, case["cadence"] or "monthly"),
        check_in_missed_on=case["missed_on"],
        check_ins_missed=case["check_ins_missed"] or 0,
        misses_unanswered=case["misses_unanswered"] or 0,
        misses_allowed=case["misses_allowed"],
        violation_on=case["violation_on"],
        step_due_on=case["step_due_on"],
        step_not_done_on=case["step_not_done_on"],
        proposal_since=case["proposal_since"],
        check_in_since=case["check_in_since"],
        reflection_since=case["reflection_since"],
        message_since=case["message_since"],
        answer_due_on=case["answer_due_on"],
        waiver_since=case["waiver_since"] if money else None,
        dispute_since=case["dispute_since"] if money else None,
        record_dispute_due_on=case["dispute_due_on"],
        mail_lost_on=case["mail_lost"],
        hold_since=case["paused_on"] if state == "on_hold" else None,
        last_heard_on=case["last_heard_on"],
        last_report_on=case["last_report"],
        last_activity_on=case["last_activity_on"],
        case_ends_on=case["case_ends_on"],
        program_ends_on=_earliest_end(case, today),
    )


def _earliest_end(case: dict[str, Any], today: date) -> date | None:
    """The last check-in's day or, before there is a plan, the months from today on."""
    if case["state"] == "accountability" or not case["months"]:
        last: date | None = case["last_check_in"]
        return last
    return add_months(today, case["months"])


# Most cases say the same few things: each is put into a language once. `locale` is the reader's.


@lru_cache(maxsize=8192)
def _in_words(day: date | None, locale: str) -> str:
    return str(format_date(day, "medium", locale=locale)) if day is not None else ""


@lru_cache(maxsize=256)
def _stage(stage: str, locale: str) -> str:
    return str(STAGE_WORDS[stage])


@lru_cache(maxsize=256)
def _next_due(state: str, locale: str) -> str:
    return str(NEXT_DUE.get(state, NOTHING_DUE))


@lru_cache(maxsize=2048)
def _reason(reason: Reason, locale: str) -> str:
    return said(reason)


@lru_cache(maxsize=2048)
def _fee(balance: int | None, assessed: int | None, waived: int | None, waiver: str | None, locale: str) -> str:
    return fee_words(balance or 0, assessed or 0, waived or 0, waiver)


class RowMaker:
    """Makes the rows of one page.

    `address` is the case page's address with `{}` for the id. Without `money`, rows say nothing of fee and waiver.
    """

    def __init__(self, day: CourtDay, address: str, *, money: bool = True) -> None:
        self.day, self.money = day, money
        self._before, _gap, self._behind = address.partition("{}")
        self._locale = str(get_locale() or "en_US")
        self._pending = _("Case number pending")

    def row(self, case: Case) -> ShownCase:
        """A case's row."""
        return self.rows([case])[0]

    def rows(self, cases: list[Case], aside: Aside = NOTHING_ASIDE) -> list[ShownCase]:
        # One comprehension, since there may be hundreds.
        before, behind, pending = self._before, self._behind, self._pending
        given = (self.day.today, self._locale, self.money, self.day.limits)
        return [
            ShownCase(
                key,
                f"{before}{key}{behind}",
                f"{given_names} {family_names}",
                numbers or pending,
                words_of(facts, *given, aside.get(key, NONE_ASIDE))[1],
            )
            for key, given_names, family_names, numbers, facts in cases
        ]

    def urgent(self, cases: list[Case], aside: Aside = NOTHING_ASIDE) -> list[Case]:
        """Only the cases with a reason that was not put aside, the most urgent first."""
        given = (self.day.today, self._locale, self.money, self.day.limits)
        found = [
            (rank, case)
            for case in cases
            if (rank := words_of(case[-1], *given, aside.get(case[0], NONE_ASIDE))[0]) is not None
        ]
        return [case for _rank, case in sorted(found, key=lambda one: one[0])]


def fee_words(balance: int, assessed: int, waived: int, waiver_state: str | None) -> str:
    """The fee in a few words. What is open is a fact, never a fault; a request for a waiver comes first."""
    if waiver_state in WAIVER_PENDING:
        return str(_("Waiver: %(state)s", state=STATE_WORDS["waiver"][waiver_state]))
    if assessed == 0:
        return str(_("No fee"))
    if balance > 0:
        return str(_("%(amount)s open", amount=format_cents(balance)))
    return str(_("Waived") if waived >= assessed else _("Settled"))
