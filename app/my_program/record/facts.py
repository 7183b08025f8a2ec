"""A record in plain words. Collected, frozen and put into words by the very code that makes a bench card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.cases.models import Enrollment
from app.core.i18n import LANGUAGES, current_language
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.disputes.models import Dispute
from app.disputes.rules import Fact
from app.disputes.services import Disputed
from app.my_program.record.recorders import recorder_of
from app.reports.court_kinds.disputed import step_keys
from app.reports.court_kinds.wording import BenchWording
from app.reports.facts import facts_in, the_court
from app.reports.records import CaseRecords, records_of
from app.reports.snapshot import CheckIn, Module, ReportKind, Snapshot
from app.reports.sources import CHECK_INS, LEDGER, MODULES, VIOLATIONS, WAIVER
from app.reports.wording import NOT_SHOWN, Wording
from app.web.templating import show_date

Page = tuple[str, dict[str, str]]  # an endpoint and its values
NUMBER = "record"  # a page has no number of a report


@dataclass(frozen=True)
class RecordFact:
    """One fact: what it says, when and where it comes from, and whether it is disputed.

    `fact` is None for what is counted from other facts of the page. `url`: where the reader sees more of it.
    """

    label: str
    value: str
    source: str
    fact: Fact | None = None
    subject: str = ""
    page: Page | None = None
    dispute: Dispute | None = None  # the latest that was not taken back

    @property
    def said(self) -> str:
        return f"{self.label}: {self.value}"


@dataclass(frozen=True)
class Part:
    """Facts under one heading. `lines`: sentences of the bench card that stand above them."""

    key: str
    title: str
    facts: Sequence[RecordFact]
    lines: Sequence[str] = ()
    nothing: str = ""
    counts: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Record:
    """Everything that the court sees, as it stands now."""

    snapshot: Snapshot
    parts: Sequence[Part]
    disputes: Sequence[Dispute]  # without the words of either side
    records: CaseRecords
    time_zone: str

    @property
    def days_to_answer(self) -> int:
        """Within how many days the court answers a dispute, by the rules of the case."""
        return self.records.pinned.disputes.days_to_answer

    def about(self, one: RecordFact) -> Disputed:
        """What a dispute of a fact is about. Raises ValueError for what can not be disputed."""
        fact = Fact(one.fact or "")
        return Disputed(fact, one.subject, one.said, recorder_of(fact, one.subject, self.records, self.time_zone))

    def find(self, fact: str, subject: str) -> RecordFact | None:
        """One fact that can be disputed."""
        found = (one for part in self.parts for one in part.facts if one.fact == fact and one.subject == subject)
        return next(found, None)


def record_of(enrollment: Enrollment) -> Record:
    """The record of an enrollment that has begun, in the reader's language; `.referral.person` is loaded.

    Five statements. Raises NoRules before enrolling.
    """
    court, records = the_court(), records_of(enrollment)
    language = current_language() if current_language() in LANGUAGES else "en"  # a snapshot knows no pseudo-language
    facts, sources = facts_in(records, ReportKind.BENCH_CARD, court, language=language)
    address = f"{runtime().settings.public_url}/{court.slug}/verify"
    snapshot, disputes = Snapshot(number=NUMBER, verify_url=address, **facts), records.found.of(Dispute)
    parts = _Words(snapshot, sources, enrollment, disputes).parts()
    return Record(snapshot, parts, disputes, records, court.time_zone)


class _Words:
    """The parts of a record, in the words of a bench card."""

    def __init__(
        self,
        snapshot: Snapshot,
        sources: Mapping[str, Sequence[str]],
        enrollment: Enrollment,
        disputes: Sequence[Dispute],
    ) -> None:
        self.snapshot, self.sources, self.enrollment = snapshot, sources, enrollment
        self.say = Wording(snapshot, lambda text: str(_(text)))
        self.bench = BenchWording(self.say)
        self.latest = {(one.fact, one.subject): one for one in disputes if one.state != "withdrawn"}

    def parts(self) -> list[Part]:
        return [
            Part("case", str(_("You and your case")), self._case()),
            Part(
                "standing",
                str(_("Where you stand")),
                self._standing(),
                lines=self.bench.missing(),
                counts=self.bench.counts(),
            ),
            Part("modules", str(_("Your lessons")), self._modules(), nothing=str(_("No modules yet."))),
            Part("check-ins", str(_("Your check-ins")), self._check_ins(), nothing=str(_("No check-ins yet."))),
            Part("violations", str(_("Things to be decided")), self._violations(), nothing=str(_("None was noted."))),
            Part(
                "steps",
                str(_("What the court has done so far")),
                self._steps(),
                nothing=str(_("Nothing besides the program itself.")),
            ),
            Part("fee", str(_("Your fee")), self._fee(), lines=self.bench.fee()),
        ]

    def _fact(
        self,
        label: str,
        value: str,
        source: str,
        fact: Fact,
        subject: str,
        page: Page | None = None,
    ) -> RecordFact:
        return RecordFact(str(label), value, str(source), fact, subject, page, dispute=self.latest.get((fact, subject)))

    def _case(self) -> list[RecordFact]:
        entered = _("From the court, entered on %(day)s.", day=show_date(self.enrollment.referral.referred_at))
        agreed = _("From your enrollment in this portal.")
        where = {
            str(_("Name")): (entered, Fact.PERSON, "name"),
            str(_("Case number")): (entered, Fact.CASE_NUMBER, "all"),
            str(_("Date of birth")): (entered, Fact.PERSON, "birth_date"),
            str(_("Supervising officer")): (_("Assigned by the court."), Fact.PERSON, "officer"),
            str(_("Court order")): (entered, Fact.DATE, "order"),
            str(_("Enrolled")): (agreed, Fact.DATE, "enrolled"),
            str(_("Completed")): (_("From your lessons and check-ins."), Fact.DATE, "completed"),
        }
        return [
            self._fact(label, value, where[label][0], where[label][1], where[label][2])
            for label, value in self.say.facts()
        ]

    def _standing(self) -> list[RecordFact]:
        where = {
            str(_("Days left")): (_("Counted from the last day that the court set."), "deadline"),
            str(_("Next hearing")): (_("From the court's calendar of your case."), "hearing"),
            str(_("The case ends")): (_("From the court's order."), "case_end"),
        }
        shown = [
            self._fact(label, _figure(figure, meaning), where[label][0], Fact.DATE, where[label][1])
            for label, figure, meaning in self.bench.figures()
        ]
        stage = _("From your lessons, your check-ins and what the court decided.")
        return [*shown, self._fact(_("Stage"), self.snapshot.program.stage, stage, Fact.STANDING, "stage")]

    def _modules(self) -> list[RecordFact]:
        found = []
        rows, slugs = self.say.module_rows(), self.sources.get(MODULES, ())
        for slug, module, row in zip(slugs, self.snapshot.modules, rows, strict=True):
            title, kind, state, _passed_on, score, minutes = row
            value = ", ".join([str(kind), str(state), *([str(score)] if module.score_percent is not None else [])])
            result = self._fact(title, value, _of_module(module), Fact.MODULE, slug, ("learning.modules", {}))
            time = self._fact(
                _("Time counted: %(module)s", module=module.title),
                minutes,
                _("Counted by the portal while you read, watch and answer."),
                Fact.SEAT_TIME,
                slug,
                ("learning.my_time", {}),
            )
            found += [result, time]
        return found

    def _check_ins(self) -> list[RecordFact]:
        found = []
        rows, ids = self.say.check_in_rows(), self.sources.get(CHECK_INS, ())
        for key, check_in, (number, due, state, _sent) in zip(ids, self.snapshot.check_ins, rows, strict=True):
            label = _("Check-in %(number)s, due on %(day)s", number=number, day=due)
            page: Page = ("accountability.my_check_ins", {})
            found.append(self._fact(label, state, self._of_check_in(check_in), Fact.CHECK_IN, key, page))
        return found

    def _of_check_in(self, one: CheckIn) -> str:
        if one.submitted_on is not None:
            return str(_("You sent it on %(day)s.", day=self.say.short_day(one.submitted_on)))
        if one.state == "missed":
            return str(_("The portal received nothing by the last day."))
        if one.state == "excused":
            return str(_("Excused by the court."))
        return str(_("From your plan of check-ins."))

    def _violations(self) -> list[RecordFact]:
        ids = self.sources.get(VIOLATIONS, ())
        return [
            self._fact(
                what,
                f"{happened}. {outcome}" + ("" if one.decided_on is None else f", {decided}"),
                _("Noted by the court.")
                if one.court_told_on is None
                else _("Noted by the court. The judge was told on %(day)s.", day=told),
                Fact.VIOLATION,
                key,
                ("violations.my_side", {"violation_id": key}),
            )
            for key, one, (what, happened, outcome, decided, told) in zip(
                ids, self.snapshot.violations, self.say.violation_rows(), strict=True
            )
        ]

    def _steps(self) -> list[RecordFact]:
        steps = self.snapshot.steps
        return [
            self._fact(
                one.what,
                self.say.short_day(one.on),
                _("Recorded by %(name)s.", name=one.by) if one.by else _("Recorded by the portal."),
                Fact.STEP,
                key,
            )
            for key, one in zip(step_keys(steps), steps, strict=True)
        ]

    def _fee(self) -> list[RecordFact]:
        money = self.snapshot.money
        if money is None:
            return []
        entered = _("From the record of your fee.")
        found = [
            self._fact(
                self.say.marked(line.label, LEDGER, place), self.say.cents(line.cents), entered, Fact.PAYMENT, key
            )
            for place, (key, line) in enumerate(zip(self.sources.get(LEDGER, ()), money.lines, strict=True))
        ]
        waiver = next(iter(self.sources.get(WAIVER, ())), "")
        if money.inability_note and waiver:
            asked = _("From your request about the fee.")
            found.append(self._fact(_("Ability to pay"), money.inability_note, asked, Fact.PAYMENT, waiver))
        return found


def _figure(figure: str, meaning: str) -> str:
    """A large figure of a bench card and what it means, on one line."""
    return meaning if figure == NOT_SHOWN else f"{figure} ({meaning})"


def _of_module(module: Module) -> str:
    passed: date | None = module.passed_on
    if passed is not None:
        return str(_("From your lessons. Passed on %(day)s.", day=show_date(passed)))
    if module.state == "exempted":
        return str(_("Exempted by the court."))
    return str(_("From your lessons."))
