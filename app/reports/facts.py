"""What a report says, collected once, in the report's language and on the court's clock."""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from sqlalchemy import select

from app.accountability.lookups import running_time, state_of
from app.accountability.models import CheckIn as CheckInRow
from app.accountability.violations.models import PossibleViolation as ViolationRow
from app.accountability.violations.words import KIND_WORDS as KIND_OF_VIOLATION
from app.accountability.violations.words import state_words as state_of_violation
from app.cases.lookups import names_of
from app.cases.models import AgreementSignature, CaseNumber, Enrollment, EnrollmentTransition, Hearing
from app.core import clock
from app.core.court_words import in_reader_language
from app.core.errors import Refused
from app.core.i18n import LOCALES, LazyString, in_language
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.runtime import runtime
from app.core.storage import Missing
from app.learning.lookups import Course, course_in
from app.payments.kinds import is_void
from app.payments.models import LedgerEntry, Waiver
from app.payments.rules import WAIVER_PENDING
from app.reports.court_kinds.disputed import disputed_in
from app.reports.court_kinds.facts import doers_in, steps_in
from app.reports.court_kinds.frozen import CaseStep
from app.reports.formats import birth_date_words, case_number_words, paper_format, sections_of
from app.reports.records import CaseRecords, records_of
from app.reports.snapshot import (
    EMBLEM_BYTES_MAX,
    FEE_PAPERS,
    PNG_MAGIC,
    TELLS_DISPUTES,
    Agreement,
    Case,
    CheckIn,
    Money,
    MoneyLine,
    Person,
    PossibleViolation,
    Program,
    ReportKind,
    Section,
    with_disputes,
)
from app.reports.snapshot import Court as ShownCourt
from app.reports.snapshot import Module as ShownModule
from app.reports.sources import CHECK_INS, HEARING, LEDGER, MODULES, STEPS, VIOLATIONS, WAIVER
from app.reports.wording import instant_words
from tenants.database import session
from tenants.letterhead import Letterhead
from tenants.models import Court, ProgramRules
from tenants.scope import current_court_id

log = logging.getLogger(__name__)

PROVIDER = "JaneSchool"
LETTERHEAD_LINES = 6
SETTLED = ("submitted", "accepted", "excused", "missed")

STAGES: dict[str, LazyString] = {
    "enrolled": _l("Enrolled; the lessons have not begun"),
    "coursework": _l("In the lessons"),
    "accountability": _l("Accountability"),
    "report_due": _l("Every requirement is met; the final report is due"),
    "completed": _l("Completed"),
    "on_hold": _l("On hold"),
    "returned_to_court": _l("Returned to the court"),
    "transferred": _l("Moved to another court"),
    "withdrawn": _l("Withdrawn"),
    "terminated": _l("Ended by the court"),
}

LEDGER_WORDS: dict[str, LazyString] = {
    "waived": _l("Waived by the court on %(day)s"),
    "paid": _l("Payment received on %(day)s"),
    "refunded": _l("Refund on %(day)s"),
    "void": _l("Payment at the court office voided on %(day)s"),
    "disputed": _l("Payment questioned at the bank on %(day)s"),
    "dispute_won": _l("Payment confirmed by the bank on %(day)s"),
    "dispute_lost": _l("Payment kept by the bank on %(day)s"),
    "adjusted": _l("Correction on %(day)s"),
}


def the_court() -> Court:
    """The court at work."""
    return session().scalars(select(Court).where(Court.id == current_court_id())).one()


def shown_court(court: Court, letterhead: Letterhead) -> ShownCourt:
    """The court as its papers show it."""
    lines = [line for line in (*letterhead.lines, letterhead.email) if line]
    return ShownCourt(
        name=court.name,
        county=court.county,
        state=court.region,
        letterhead=tuple(lines[:LETTERHEAD_LINES]),
        phone=letterhead.phone,
        emblem_png=_emblem(court, letterhead.emblem),
        signatory_name=letterhead.signatory_name,
        signatory_title=letterhead.signatory_title,
    )


def _emblem(court: Court, sha256: str) -> str | None:
    """The emblem in base64. A paper goes out without it rather than not at all."""
    try:
        content = runtime().storage.get(court.id, sha256) if sha256 else b""
    except (Missing, OSError):
        log.warning("the emblem of court %s is not in storage", court.slug)
        return None
    fits = content.startswith(PNG_MAGIC) and len(content) <= EMBLEM_BYTES_MAX
    return base64.b64encode(content).decode() if fits else None


def collect(enrollment: Enrollment, kind: ReportKind, court: Court, *, language: str) -> dict[str, Any]:
    """Every field of a Snapshot but its number and address, as things stand now; at most 6 statements.

    The enrollment has `.referral.person` loaded. Letterhead and identifiers follow the court's rules in force, what was
    asked of the person the rules that the enrollment is pinned to. Raises Refused before somebody has enrolled.
    """
    return collect_traced(enrollment, kind, court, language=language)[0]


def collect_traced(
    enrollment: Enrollment, kind: ReportKind, court: Court, *, language: str
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """As `collect`, and what tells the record behind each fact (`Report.sources`; its keys are in tracing.py)."""
    if enrollment.rules_id is None:
        raise Refused(_("There is nothing to report yet: this person has not enrolled."), "kind")
    return facts_in(records_of(enrollment), kind, court, language=language)


def facts_in(
    records: CaseRecords, kind: ReportKind, court: Court, *, language: str
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """As `collect_traced`, from records that were read already. The one place in which facts of a case are made."""
    with in_language(language):
        collector = _Collector(records, kind, court, language)
        return collector.fields(), collector.sources


class _Collector:
    def __init__(self, records: CaseRecords, kind: ReportKind, court: Court, language: str) -> None:
        self.enrollment, self.found = records.enrollment, records.found
        self.pinned, self.in_force = records.pinned, records.in_force
        self.kind, self.court, self.language = kind, court, language
        self.sources: dict[str, list[str]] = {}
        self.now = clock.now()
        self.today = clock.today(court.time_zone)
        self.format = paper_format(kind, self.in_force.reports, language)
        self.sections = sections_of(kind, self.in_force.reports, self.format)
        self.names = names_of({self.enrollment.officer_id, *doers_in(self.found)})

    def _has(self, *sections: Section) -> bool:
        return not set(sections).isdisjoint(self.sections)

    def fields(self) -> dict[str, Any]:
        check_ins = self._check_ins()
        # A certificate states the hours, though it does not list the modules.
        no_modules = self.kind is ReportKind.PROOF_OF_ENROLLMENT or self.kind in FEE_PAPERS
        modules = () if no_modules else self._modules()
        facts = {
            "kind": self.kind,
            "language": self.language,
            "generated_at": self.now,
            "as_of": self.today,
            "generated_on": self._instant(self.now),
            "court": shown_court(self.court, self.in_force.reports.letterhead),
            "person": self._person(),
            "case": self._case(),
            "program": self._program(check_ins),
            "modules": modules,
            "check_ins": check_ins if self._shows_check_ins() else (),
            "violations": self._violations() if self._has(Section.CHECK_INS, Section.VIOLATIONS) else (),
            "steps": self._steps() if self._has(Section.STEPS) else (),
            "money": self._money() if self._has(Section.MONEY, Section.FEE_LINE) else None,
            "agreement": self._agreement() if Section.AGREEMENT in self.sections else None,
            "sections": self.sections,
            "format": self.format,
        }
        return {**facts, **self._disputes(facts)}

    def _disputes(self, facts: dict[str, Any]) -> dict[str, Any]:
        """What the participant says is not right stands in a section that no format leaves out."""
        if self.kind not in TELLS_DISPUTES:
            return {}
        found = disputed_in(self.found, facts, self.sources, self.court.time_zone)
        return {"disputes": found, "sections": with_disputes(self.sections)} if found else {}

    def _instant(self, instant: datetime) -> str:
        return instant_words(instant, self.court.time_zone, self.language)

    def _day(self, instant: datetime) -> date:
        return clock.local(instant, self.court.time_zone).date()

    def _day_words(self, instant: datetime) -> str:
        return str(format_date(self._day(instant), "long", locale=LOCALES[self.language]))

    def _person(self) -> Person:
        person = self.enrollment.referral.person
        shown = birth_date_words(self.kind, self.in_force.reports, person.birth_date)
        return Person(name=person.full_name, birth_date=shown)

    def _case(self) -> Case:
        referral = self.enrollment.referral
        known = [one.number for one in self.found.of(CaseNumber)]
        numbers = case_number_words(self.kind, self.in_force.reports, known, lambda text: str(_(text)))
        hearings = self.found.of(Hearing)
        ahead = [hearing for hearing in hearings if hearing.on_date >= self.today]
        self.sources[HEARING] = [str(hearing.id) for hearing in ahead[:1]]
        return Case(
            numbers=numbers or (_("pending"),),
            ordered_on=referral.order_date,
            deadline=referral.deadline,
            officer=self.names.get(self.enrollment.officer_id, "") if self.enrollment.officer_id else "",
            next_hearing=ahead[0].on_date if ahead else None,
            hearings=tuple(one.on_date for one in hearings) if self._has(Section.CHART) else (),
            ends_on=referral.case_ends_on if self._has(Section.GLANCE) else None,
        )

    def _program(self, check_ins: Sequence[CheckIn]) -> Program:
        enrolled_at = self.enrollment.enrolled_at
        return Program(
            title=_("Court program"),
            stage=self._stage(check_ins),
            provider=PROVIDER,
            enrolled_on=None if enrolled_at is None else self._day(enrolled_at),
            completed_on=self._completed_on(),
            accountability_months=self.pinned.accountability.months,
        )

    def _stage(self, check_ins: Sequence[CheckIn]) -> str:
        state = self.enrollment.state
        if state != "accountability" or not check_ins:
            return str(STAGES[state])
        ahead = (n for n, one in enumerate(check_ins, start=1) if one.state not in SETTLED)
        at, planned = next(ahead, len(check_ins)), len(check_ins)
        if self.pinned.accountability.cadence == "monthly":
            return str(_("Accountability: month %(n)s of %(all)s", n=at, all=planned))
        return str(_("Accountability: check-in %(n)s of %(all)s", n=at, all=planned))

    def _completed_on(self) -> date | None:
        """The day on which the last requirement was met: the final report, which completes the case, says so too."""
        if self.enrollment.state not in ("report_due", "completed"):
            return None
        if self.enrollment.state == "report_due" and self.kind is not ReportKind.FINAL:
            return None
        steps = self.found.of(EnrollmentTransition)
        met = next((step.at for step in steps if step.to_state == "report_due"), self.enrollment.completed_at)
        return None if met is None else self._day(met)

    def _modules(self) -> tuple[ShownModule, ...]:
        course = course_in(self.found, self.enrollment, self.pinned, self.language)
        self.sources[MODULES] = list(course.modules)
        return tuple(self._module(course, slug) for slug in course.modules)

    def _module(self, course: Course, slug: str) -> ShownModule:
        row = course.modules[slug]
        derived = course.states.get(slug)
        state = row.state
        if state not in ("passed", "exempted"):
            state = str(derived.state) if derived is not None else {"waiting": "locked"}.get(state, state)
        known = slug in course.versions
        title = course.content(slug).title.words(course.language_of(slug)) if known else slug.replace("-", " ").title()
        return ShownModule.model_validate(
            {
                "title": title,
                "required": row.required,
                "state": state,
                "passed_on": None if row.passed_at is None else self._day(row.passed_at),
                "score_percent": row.best_percent if state == "passed" else None,
                "counted_minutes": row.counted_seconds // 60,
            }
        )

    def _shows_check_ins(self) -> bool:
        return self._has(Section.CHECK_INS, Section.CHART, Section.GLANCE, Section.MISSING)

    def _check_ins(self) -> tuple[CheckIn, ...]:
        if not self._shows_check_ins() and self.enrollment.state != "accountability":
            return ()
        rows = self.found.of(CheckInRow)
        if self._shows_check_ins():
            self.sources[CHECK_INS] = [str(row.id) for row in rows]
        return tuple(
            CheckIn(
                due=row.due_on,
                state=state_of(row, running_time(self.enrollment)),
                submitted_on=None if row.submitted_at is None else self._day(row.submitted_at),
            )
            for row in rows
        )

    def _steps(self) -> tuple[CaseStep, ...]:
        steps = steps_in(self.found, self.names, self.court.time_zone)
        self.sources[STEPS] = [one.proposal for one in steps]
        return tuple(one.told for one in steps)

    def _violations(self) -> tuple[PossibleViolation, ...]:
        rows = self.found.of(ViolationRow)
        self.sources[VIOLATIONS] = [str(row.id) for row in rows]
        return tuple(
            PossibleViolation(
                what=str(KIND_OF_VIOLATION[row.kind]),
                event_on=row.event_on,
                outcome=state_of_violation(row),
                decided_on=None if row.decided_at is None else self._day(row.decided_at),
                court_told_on=None if row.court_told_at is None else self._day(row.court_told_at),
            )
            for row in rows
        )

    def _money(self) -> Money | None:
        entries = self.found.of(LedgerEntry)
        if not entries:
            return None
        labels = {one.key: in_reader_language(one.label) for one in self.pinned.fees.components}
        lines = tuple(MoneyLine(label=self._entry(one, labels), cents=one.amount_cents) for one in entries)
        waiver = next(iter(self.found.of(Waiver)), None)
        self.sources[LEDGER] = [str(one.id) for one in entries]
        self.sources[WAIVER] = [] if waiver is None else [str(waiver.id)]
        return Money(
            lines=lines,
            balance_cents=sum(line.cents for line in lines),
            inability_note=None if waiver is None else self._inability(waiver),
        )

    def _entry(self, entry: LedgerEntry, labels: dict[str, str]) -> str:
        label = labels.get(entry.component, "")
        if entry.kind == "assessed":
            return label or _("Program fee")
        kind = "void" if is_void(entry.kind, entry.effect) else entry.kind
        words = str(LEDGER_WORDS[kind]) % {"day": self._day_words(entry.at)}
        return f"{words}: {label}" if label else words

    def _inability(self, waiver: Waiver) -> str | None:
        """What the court was told about inability to pay, as long as it stands.

        A denial, or a grant that was taken back, is no business of a report.
        """
        filed = self._day_words(waiver.submitted_at)
        if waiver.state in WAIVER_PENDING:
            return str(_("A request to waive the fee, filed on %(day)s, waits for the court's decision.", day=filed))
        if waiver.state == "granted_full":
            return str(_("The court waived the fee in full on a request filed on %(day)s.", day=filed))
        if waiver.state == "granted_partial":
            return str(_("The court waived a part of the fee on a request filed on %(day)s.", day=filed))
        if waiver.state == "more_time":
            return str(_("The court gave more time to pay on a request filed on %(day)s.", day=filed))
        if waiver.state == "installments":
            return str(_("The court let the fee be paid in parts on a request filed on %(day)s.", day=filed))
        return None

    def _agreement(self) -> Agreement | None:
        signed = next(iter(self.found.of(AgreementSignature)), None)
        if signed is None:
            return None
        version = session().scalars(select(ProgramRules.version).where(ProgramRules.id == signed.rules_id)).one()
        return Agreement(version=str(version), signed_on=self._day(signed.signed_at))
