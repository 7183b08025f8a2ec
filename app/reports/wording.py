"""The words of a report: titles, statements and labels, one place for both the printed and the web page."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency

from app.core import clock
from app.core.i18n import LOCALES
from app.reports.court_kinds.frozen import Disputed
from app.reports.snapshot import FEE_PAPERS, CheckIn, Module, ReportKind, Snapshot
from app.reports.sources import CHECK_INS, MODULES, VIOLATIONS

NOT_SHOWN = "\N{EM DASH}"
_PLAIN_INSTANT = "d MMMM y, H:mm zzz"
INSTANT_PATTERNS = {"en": "MMMM d, y, h:mm a zzz", "es": "d 'de' MMMM 'de' y, H:mm zzz"}


def instant_words(instant: datetime, time_zone: str, language: str) -> str:
    """A moment on the court's clock, in words."""
    local = clock.local(instant, time_zone)
    return str(format_datetime(local, INSTANT_PATTERNS.get(language, _PLAIN_INSTANT), locale=LOCALES[language]))


class Wording:
    """Formats what a snapshot holds, in its language. `gettext` translates into that same language."""

    def __init__(self, snapshot: Snapshot, gettext: Callable[[str], str]) -> None:
        self.snapshot = snapshot
        self.gettext = gettext
        self.locale = LOCALES[snapshot.language]

    def day(self, value: date | None) -> str:
        """A court-local date in words, or a dash."""
        return NOT_SHOWN if value is None else str(format_date(value, "long", locale=self.locale))

    def short_day(self, value: date | None) -> str:
        """A court-local date for the column of a table, or a dash."""
        return NOT_SHOWN if value is None else str(format_date(value, "medium", locale=self.locale))

    def cents(self, value: int) -> str:
        """US dollars."""
        return str(format_currency(Decimal(value) / 100, "USD", locale=self.locale))

    def title(self) -> str:
        """The document's title: the court's own, or one that never names the offense or what the program teaches."""
        gettext = self.gettext
        return (
            self.snapshot.format.title
            or {
                ReportKind.PROOF_OF_ENROLLMENT: gettext("Proof of enrollment"),
                ReportKind.PROGRESS: gettext("Progress report"),
                ReportKind.FINAL: gettext("Final report"),
                ReportKind.CERTIFICATE: gettext("Certificate of completion"),
                ReportKind.BENCH_CARD: gettext("Bench card"),
                ReportKind.NON_COMPLIANCE: gettext("Non-compliance report"),
                ReportKind.ENROLLMENT_SLIP: gettext("How to enroll"),
                ReportKind.RECEIPT: gettext("Receipt"),
                ReportKind.RECEIPT_VOID: gettext("Voided receipt"),
                ReportKind.FEE_STATEMENT: gettext("Statement of the fee"),
                ReportKind.WAIVER_LETTER: gettext("Letter about the fee"),
                ReportKind.WAIVER_COPY: gettext("Copy of the request about the fee"),
            }[self.snapshot.kind]
        )

    def statement(self) -> str:
        """The sentence the court reads first, without the person's name."""
        gettext, program = self.gettext, self.snapshot.program
        if self.snapshot.kind is ReportKind.PROOF_OF_ENROLLMENT:
            return gettext("is enrolled in the court program as of %(day)s.") % {"day": self.day(program.enrolled_on)}
        if program.completed_on is None:
            return gettext("has not completed the court program. Current stage: %(stage)s.") % {"stage": program.stage}
        if not program.accountability_months:
            return gettext("completed the court program on %(day)s.") % {"day": self.day(program.completed_on)}
        return gettext(
            "completed the court program on %(day)s: every required module and %(months)s months of accountability."
        ) % {"day": self.day(program.completed_on), "months": program.accountability_months}

    def facts(self) -> list[tuple[str, str]]:
        """Label and value of each fact of the case; what the court did not give is left out."""
        gettext, snapshot = self.gettext, self.snapshot
        person, case, program = snapshot.person, snapshot.case, snapshot.program
        if snapshot.kind in FEE_PAPERS:
            return self._facts_of_a_fee_paper()
        if snapshot.kind is ReportKind.BENCH_CARD:
            return self._facts_of_a_bench_card()
        certificate = snapshot.kind is ReportKind.CERTIFICATE
        rows: list[tuple[str, str | None]] = [
            (gettext("Name"), person.name),
            (gettext("Case number"), ", ".join(case.numbers)),
            (gettext("Date of birth"), person.birth_date),
            (gettext("Court order"), self._day_or_none(case.ordered_on)),
            (gettext("Program"), program.title),
            (gettext("Provider"), " · ".join(filter(None, (program.provider, program.provider_phone)))),
            (gettext("Enrolled"), self._day_or_none(program.enrolled_on)),
            (gettext("Completed"), self._day_or_none(program.completed_on)),
            (gettext("Deadline"), None if certificate else self._day_or_none(case.deadline)),
            (gettext("Next hearing"), None if certificate else self._day_or_none(case.next_hearing)),
            (gettext("Supervising officer"), None if certificate else case.officer),
            (gettext("Program time"), self._hours()),
            (gettext("Report number"), snapshot.number),
            (gettext("Issued"), snapshot.generated_on),
        ]
        return [(label, value) for label, value in rows if value]

    def _facts_of_a_bench_card(self) -> list[tuple[str, str]]:
        """What tells the case from others; the days that matter stand below it, large."""
        gettext, snapshot = self.gettext, self.snapshot
        rows = [
            (gettext("Name"), snapshot.person.name),
            (gettext("Case number"), ", ".join(snapshot.case.numbers)),
            (gettext("Date of birth"), snapshot.person.birth_date),
            (gettext("Supervising officer"), snapshot.case.officer),
            (gettext("Court order"), self._day_or_none(snapshot.case.ordered_on)),
            (gettext("Enrolled"), self._day_or_none(snapshot.program.enrolled_on)),
            (gettext("Completed"), self._day_or_none(snapshot.program.completed_on)),
        ]
        return [(label, value) for label, value in rows if value]

    def _facts_of_a_fee_paper(self) -> list[tuple[str, str]]:
        """Whose fee it is, and nothing of how the program goes."""
        gettext, snapshot = self.gettext, self.snapshot
        rows = [
            (gettext("Name"), snapshot.person.name),
            (gettext("Case number"), ", ".join(snapshot.case.numbers)),
            (gettext("Court order"), self._day_or_none(snapshot.case.ordered_on)),
            (gettext("Document number"), snapshot.number),
        ]
        return [(label, value) for label, value in rows if value]

    def receipt_rows(self) -> list[tuple[str, str]]:
        """Label and value of everything that a receipt says."""
        gettext, receipt = self.gettext, self.snapshot.receipt
        assert receipt is not None
        rows = [
            (gettext("Receipt number"), receipt.number),
            (gettext("Amount"), self.cents(receipt.cents)),
            (gettext("Received on"), self.day(receipt.received_on)),
            (gettext("Paid by"), receipt.method),
            (gettext("Number of the check or money order"), receipt.reference),
            (gettext("Taken by"), receipt.taken_by),
            (gettext("Recorded"), receipt.recorded_on),
            (gettext("Voided"), receipt.voided_on),
            (gettext("Voided by"), receipt.voided_by),
            (gettext("Why"), receipt.void_reason),
        ]
        return [(label, value) for label, value in rows if value]

    def entry_rows(self) -> list[Sequence[str]]:
        """Day, what it was, amount, what was owed after it."""
        fee = self.snapshot.fee_statement
        assert fee is not None
        return [
            (
                self.short_day(one.on),
                f"{one.words}. {one.note}" if one.note else one.words,
                self.cents(one.cents),
                self.cents(one.owed_after_cents),
            )
            for one in fee.entries
        ]

    def part_rows(self) -> list[Sequence[str]]:
        """Part of the fee, its payee, what is owed for it in all, what the payee has of it."""
        fee = self.snapshot.fee_statement
        assert fee is not None
        return [
            (one.label, one.payee or NOT_SHOWN, self.cents(one.due_cents), self.cents(one.paid_cents))
            for one in fee.parts
        ]

    def part_sums(self) -> Sequence[str]:
        """The last row under `part_rows`."""
        fee = self.snapshot.fee_statement
        assert fee is not None
        return (self.gettext("Together"), "", self.cents(fee.due_cents), self.cents(fee.paid_cents))

    def plan_rows(self) -> list[Sequence[str]]:
        """Number, day, amount, what is left of it."""
        fee = self.snapshot.fee_statement
        assert fee is not None
        return [
            (str(one.number), self.day(one.due_on), self.cents(one.cents), self.cents(one.left_cents))
            for one in fee.plan
        ]

    def letter_rows(self) -> list[Sequence[str]]:
        """Part of the fee, amount, what is waived of it, what is not."""
        letter = self.snapshot.waiver_letter
        assert letter is not None
        return [
            (one.label, self.cents(one.fee_cents), self.cents(one.waived_cents), self.cents(one.left_cents))
            for one in letter.lines
        ]

    def decided_by(self) -> str:
        """Who answered, and when."""
        gettext, letter = self.gettext, self.snapshot.waiver_letter
        assert letter is not None
        day = self.day(letter.decided_on)
        if not letter.decided_by:
            return gettext("Granted on %(day)s by the rules of this court, without a person.") % {"day": day}
        return gettext("Decided on %(day)s by %(name)s.") % {"day": day, "name": letter.decided_by}

    def left_to_pay(self, balance_cents: int) -> str:
        """What is owed after it, in a sentence."""
        gettext = self.gettext
        if balance_cents > 0:
            return gettext("Left to pay: %(amount)s.") % {"amount": self.cents(balance_cents)}
        if balance_cents < 0:
            return gettext("The court owes %(amount)s.") % {"amount": self.cents(-balance_cents)}
        return gettext("Nothing is left to pay.")

    def modules_passed(self) -> str:
        """The line over the table of modules."""
        required = [m for m in self.snapshot.modules if m.required]
        done = sum(m.state in ("passed", "exempted") for m in required)
        return self.gettext("%(done)s of %(total)s required modules finished.") % {
            "done": done,
            "total": len(required),
        }

    def check_ins_counted(self) -> str:
        """The line over the table of check-ins."""
        states = [c.state for c in self.snapshot.check_ins]
        return self.gettext(
            "%(accepted)s accepted, %(waiting)s waiting for review, %(excused)s excused, %(missed)s missed, "
            "%(ahead)s still to come."
        ) % {
            "accepted": states.count("accepted"),
            "waiting": states.count("submitted") + states.count("returned"),
            "excused": states.count("excused"),
            "missed": states.count("missed"),
            "ahead": states.count("scheduled") + states.count("open"),
        }

    def marked(self, words: str, place: str, row: int) -> str:
        """A fact's words, with a mark where the participant says that it is not right and nobody has answered."""
        mark = self.gettext("(disputed)")
        here = ((one.place, one.row) for one in self.snapshot.disputes if one.outcome == "open")
        return f"{words} {mark}" if (place, row) in here else words

    def dispute_answer(self, one: Disputed) -> str:
        """Whether a person has answered, and what."""
        if one.answered_on is None:
            return self.gettext("Not yet answered")
        corrected = self.gettext("Answered on %(day)s: the record was corrected")
        stands = self.gettext("Answered on %(day)s: the record stands")
        return (corrected if one.outcome == "corrected" else stands) % {"day": self.short_day(one.answered_on)}

    def dispute_rows(self, places: Sequence[int] | None = None) -> list[Sequence[str]]:
        """What is disputed, since when, and the answer."""
        found = self.snapshot.disputes
        shown = found if places is None else [found[place] for place in places]
        return [(one.what, self.short_day(one.on), self.dispute_answer(one)) for one in shown]

    def module_rows(self) -> list[Sequence[str]]:
        """Title, required or optional, state, day passed, score, minutes."""
        return [self._module_row(module, at) for at, module in enumerate(self.snapshot.modules)]

    def check_in_rows(self) -> list[Sequence[str]]:
        """Number, day due, state, day submitted."""
        rows = enumerate(self.snapshot.check_ins, start=1)
        return [
            (
                str(n),
                self.marked(self.short_day(c.due), CHECK_INS, n - 1),
                self.check_in_state(c),
                self.short_day(c.submitted_on),
            )
            for n, c in rows
        ]

    def violation_rows(self) -> list[Sequence[str]]:
        """What, day of the event, outcome, day of the decision, day on which the court was told."""
        return [
            (
                self.marked(v.what, VIOLATIONS, at),
                self.short_day(v.event_on),
                v.outcome,
                self.short_day(v.decided_on),
                self.short_day(v.court_told_on),
            )
            for at, v in enumerate(self.snapshot.violations)
        ]

    def _module_row(self, module: Module, at: int) -> Sequence[str]:
        gettext = self.gettext
        minutes = gettext("%(minutes)s min") % {"minutes": module.counted_minutes}
        return (
            self.marked(module.title, MODULES, at),
            gettext("Required") if module.required else gettext("Optional"),
            self.module_state(module),
            self.short_day(module.passed_on),
            NOT_SHOWN if module.score_percent is None else f"{module.score_percent}%",
            minutes if module.counted_minutes else NOT_SHOWN,
        )

    def module_state(self, module: Module) -> str:
        """The state in words."""
        gettext = self.gettext
        return {
            "locked": gettext("Not started"),
            "available": gettext("Not started"),
            "in_progress": gettext("In progress"),
            "passed": gettext("Passed"),
            "attempts_exhausted": gettext("Waiting for a facilitator"),
            "exempted": gettext("Exempted"),
        }[module.state]

    def check_in_state(self, check_in: CheckIn) -> str:
        """The state in words."""
        gettext = self.gettext
        return {
            "scheduled": gettext("To come"),
            "open": gettext("Open now"),
            "submitted": gettext("Waiting for review"),
            "accepted": gettext("Accepted"),
            "returned": gettext("Returned to add one thing"),
            "missed": gettext("Missed"),
            "excused": gettext("Excused"),
        }[check_in.state]

    def _hours(self) -> str | None:
        minutes = sum(m.counted_minutes for m in self.snapshot.modules)
        if not minutes:
            return None
        return self.gettext("%(hours)s h %(minutes)s min") % {"hours": minutes // 60, "minutes": minutes % 60}

    def _day_or_none(self, value: date | None) -> str | None:
        return None if value is None else self.day(value)
