"""From the facts of a case to the row that is shown: every word made once, whatever the number of rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel import get_locale

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


def facts_of(case: Case, today: date, zone: ZoneInfo) -> CaseFacts:
    """What the rules look at. The deadline is the coursework's: once that is done, nobody is past it any more."""
    row, check_ins, waiver = case.row, case.check_ins, case.waiver
    state = row.state
    return CaseFacts(
        state=state,
        today=today,
        deadline=row.deadline if state in IN_CLASSES else None,
        hearing_on=row.hearing_on,
        lessons_opened=case.lessons.opened,
        modules_passed=case.lessons.passed,
        modules_required=case.lessons.required,
        check_ins_done=check_ins.done,
        check_ins_required=check_ins.planned or row.months or 0,
        check_in_missed_on=check_ins.missed_on,
        check_ins_missed=check_ins.missed,
        misses_allowed=row.misses_allowed,
        check_in_since=_day(check_ins.waiting_since, zone),
        reflection_since=_day(case.reflections.waiting_since, zone),
        waiver_since=_day(waiver.waiting_since, zone) if waiver else None,
        last_activity_on=row.last_activity_at.astimezone(zone).date(),
    )


def _day(instant: datetime | None, zone: ZoneInfo) -> date | None:
    return instant.astimezone(zone).date() if instant is not None else None


@dataclass(frozen=True, slots=True)
class ShownCase:
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

    `address` is the case page's address with `{}` for the id.
    """

    def __init__(self, today: date, time_zone: str, address: str) -> None:
        self.today, self.zone = today, ZoneInfo(time_zone)
        self.before, _gap, self.behind = address.partition("{}")
        self.locale = str(get_locale() or "en_US")
        self._stages: dict[tuple[str, bool, bool], str] = {}
        self._reasons: dict[Attention, str] = {}
        self._fees: dict[tuple[int, int, int, str | None], str] = {}
        self._due_words = _next_due_words()
        self._pending = _("Case number pending")

    def day(self, day: date | None) -> str:
        return _date_words(day, self.locale) if day is not None else ""

    def row(self, case: Case) -> tuple[ShownCase, tuple[Attention, ...]]:
        """A case's row and the reasons to look at it."""
        facts = facts_of(case, self.today, self.zone)
        found, row = attention(facts), case.row
        due_on = self._due_on(case, facts)
        shown = ShownCase(
            id=row.id,
            url=f"{self.before}{row.id}{self.behind}",
            name=f"{row.given_names} {row.family_names}",
            numbers=row.numbers or self._pending,
            stage=self._stage(facts),
            percent=progress_percent(facts),
            reasons=tuple(self._reason(one) for one in found),
            last_activity=self.day(facts.last_activity_on),
            next_due=self._due_words.get(facts.state, ""),
            next_due_on=self.day(due_on),
            deadline=self.day(row.deadline),
            hearing=self.day(row.hearing_on),
            fee=self._fee(case),
        )
        return shown, found

    def rows(self, cases: list[Case]) -> list[ShownCase]:
        return [self.row(case)[0] for case in cases]

    def urgent(self, cases: list[Case]) -> list[ShownCase]:
        """Only the cases with a reason, the most urgent first."""
        found = [(urgency(reasons), shown) for shown, reasons in map(self.row, cases) if reasons]
        return [shown for _rank, shown in sorted(found, key=lambda one: one[0])]

    @staticmethod
    def _due_on(case: Case, facts: CaseFacts) -> date | None:
        if facts.state == "accountability":
            return case.check_ins.next_due
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
        money, waiver = case.money, case.waiver.state if case.waiver else None
        key = (money.balance_cents, money.assessed_cents, money.waived_cents, waiver)
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
