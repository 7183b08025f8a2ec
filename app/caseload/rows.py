"""From the facts of a case to the row that is shown: every word made once, whatever the number of rows."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel import get_locale

from app.accountability.schedule import planned_check_ins
from app.caseload.lookups import Case
from app.caseload.rules import Attention, CaseFacts, attention, progress_percent, stage, urgency
from app.cases.rules import STATE_WORDS
from app.core.i18n import gettext as _
from app.core.money import format_cents
from app.payments.rules import WAIVER_PENDING

IN_CLASSES = frozenset({"referred", "enrolled", "coursework"})


@lru_cache(maxsize=8192)
def _date_words(day: date, locale: str) -> str:
    return str(format_date(day, "medium", locale=locale))


def facts_of(case: Case, today: date, zone: ZoneInfo, *, money: bool = True) -> CaseFacts:
    """What the rules look at. The deadline is the coursework's: once that is done, nobody is past it any more.

    Without `money`, nothing of fee and waiver is a reason for anything.
    """
    state = case.state
    return CaseFacts(
        state=state,
        today=today,
        deadline=case.deadline if state in IN_CLASSES else None,
        hearing_on=case.hearing_on,
        lessons_opened=case.modules_opened or 0,
        modules_passed=case.modules_passed or 0,
        modules_required=case.modules_required or 0,
        check_ins_done=case.check_ins_done or 0,
        check_ins_required=case.check_ins_planned or planned_check_ins(case.months or 0, case.cadence or "monthly"),
        check_in_missed_on=case.missed_on,
        check_ins_missed=case.check_ins_missed or 0,
        misses_allowed=case.misses_allowed,
        check_in_since=_day(case.check_in_since, zone),
        reflection_since=_day(case.reflection_since, zone),
        waiver_since=_day(case.waiver_since, zone) if money else None,
        last_activity_on=case.last_activity_at.astimezone(zone).date(),
    )


def _day(instant: datetime | None, zone: ZoneInfo) -> date | None:
    return instant.astimezone(zone).date() if instant is not None else None


class ShownCase(NamedTuple):
    """A row of the caseload, in words."""

    id: UUID
    url: str
    name: str
    numbers: str
    stage: str
    percent: int
    reasons: tuple[str, ...]
    last_activity: str
    next_due: str
    next_due_on: str
    deadline: str
    hearing: str
    fee: str


class RowMaker:
    """Makes the rows of one page. It remembers every word, since most rows say the same things.

    `address` is the case page's address with `{}` for the id. Without `money`, rows say nothing of fee and waiver.
    """

    def __init__(self, today: date, time_zone: str, address: str, *, money: bool = True) -> None:
        self.today, self.zone, self.money = today, ZoneInfo(time_zone), money
        self.before, _gap, self.behind = address.partition("{}")
        self.locale = str(get_locale() or "en_US")
        self._facts: dict[UUID, tuple[CaseFacts, tuple[Attention, ...]]] = {}
        self._stages: dict[tuple[str, bool, bool], str] = {}
        self._reasons: dict[Attention, str] = {}
        self._fees: dict[tuple[int, int, int, str | None], str] = {}
        self._due_words = _next_due_words()
        self._pending = _("Case number pending")

    def day(self, day: date | None) -> str:
        return _date_words(day, self.locale) if day is not None else ""

    def row(self, case: Case) -> ShownCase:
        """A case's row."""
        return self._made(case, *self._looked_at(case))

    def rows(self, cases: list[Case]) -> list[ShownCase]:
        return [self.row(case) for case in cases]

    def urgent(self, cases: list[Case]) -> list[Case]:
        """Only the cases with a reason, the most urgent first."""
        found = [(urgency(reasons), case) for case in cases if (reasons := self._looked_at(case)[1])]
        return [case for _rank, case in sorted(found, key=lambda one: one[0])]

    def _looked_at(self, case: Case) -> tuple[CaseFacts, tuple[Attention, ...]]:
        key = case.id
        known = self._facts.get(key)
        if known is None:
            facts = facts_of(case, self.today, self.zone, money=self.money)
            known = self._facts[key] = (facts, attention(facts))
        return known

    def _made(self, case: Case, facts: CaseFacts, reasons: tuple[Attention, ...]) -> ShownCase:
        return ShownCase(
            id=case.id,
            url=f"{self.before}{case.id}{self.behind}",
            name=f"{case.given_names} {case.family_names}",
            numbers=case.numbers or self._pending,
            stage=self._stage(facts),
            percent=progress_percent(facts),
            reasons=tuple([self._reason(one) for one in reasons]),
            last_activity=self.day(facts.last_activity_on),
            next_due=self._due_words.get(facts.state, ""),
            next_due_on=self.day(self._due_on(case, facts)),
            deadline=self.day(case.deadline),
            hearing=self.day(case.hearing_on),
            fee=self._fee(case),
        )

    @staticmethod
    def _due_on(case: Case, facts: CaseFacts) -> date | None:
        if facts.state == "accountability":
            due: date | None = case.next_check_in
            return due
        return facts.deadline

    def _stage(self, facts: CaseFacts) -> str:
        late = facts.deadline is not None and facts.today > facts.deadline
        key = (facts.state, facts.lessons_opened == 0, late)
        if key not in self._stages:
            self._stages[key] = str(stage(facts))
        return self._stages[key]

    def _reason(self, one: Attention) -> str:
        if one not in self._reasons:
            self._reasons[one] = one.words
        return self._reasons[one]

    def _fee(self, case: Case) -> str:
        if not self.money:
            return ""
        key = (case.balance_cents or 0, case.assessed_cents or 0, case.waived_cents or 0, case.waiver_state)
        if key not in self._fees:
            self._fees[key] = fee_words(*key)
        return self._fees[key]


def _next_due_words() -> dict[str, str]:
    return {
        "referred": _("Enroll"),
        "enrolled": _("Start of lessons"),
        "coursework": _("Lessons"),
        "accountability": _("Check-in"),
        "report_due": _("Report"),
    }


def fee_words(balance: int, assessed: int, waived: int, waiver_state: str | None) -> str:
    """The fee in a few words. What is open is a fact, never a fault; a request for a waiver comes first."""
    if waiver_state in WAIVER_PENDING:
        return str(_("Waiver: %(state)s", state=STATE_WORDS["waiver"][waiver_state]))
    if assessed == 0:
        return str(_("No fee"))
    if balance > 0:
        return str(_("%(amount)s open", amount=format_cents(balance)))
    return str(_("Waived") if waived >= assessed else _("Settled"))
