"""The words of a report: titles, statements and labels, one place for both the printed and the web page."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency

from app.reports.snapshot import CheckIn, Module, ReportKind, Snapshot

LOCALES = {"en": "en_US", "es": "es_US"}
NOT_SHOWN = "\N{EM DASH}"


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
        """The document's title; it never names the offense or what the program teaches."""
        gettext = self.gettext
        return {
            ReportKind.PROOF_OF_ENROLLMENT: gettext("Proof of enrollment"),
            ReportKind.PROGRESS: gettext("Progress report"),
            ReportKind.FINAL: gettext("Final report"),
            ReportKind.CERTIFICATE: gettext("Certificate of completion"),
            ReportKind.ENROLLMENT_SLIP: gettext("How to enroll"),
        }[self.snapshot.kind]

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

    def module_rows(self) -> list[Sequence[str]]:
        """Title, required or optional, state, day passed, score, minutes."""
        return [self._module_row(module) for module in self.snapshot.modules]

    def check_in_rows(self) -> list[Sequence[str]]:
        """Number, day due, state, day submitted."""
        rows = enumerate(self.snapshot.check_ins, start=1)
        return [
            (str(n), self.short_day(c.due), self.check_in_state(c), self.short_day(c.submitted_on)) for n, c in rows
        ]

    def _module_row(self, module: Module) -> Sequence[str]:
        gettext = self.gettext
        minutes = gettext("%(minutes)s min") % {"minutes": module.counted_minutes}
        return (
            module.title,
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
