"""What the court's papers would look like under a draft: reports about a person who does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from flask import url_for
from flask_babel import format_date

from app.accountability.schedule import plan
from app.accountability.violations.rules import ViolationKind
from app.accountability.violations.words import KIND_WORDS
from app.core import clock
from app.core.i18n import gettext as _
from app.core.i18n import in_language
from app.payments.fees import fee_lines
from app.reports.court_kinds.frozen import CaseStep, Event, NonCompliance
from app.reports.court_kinds.services import ASKED_WORDS, Asked
from app.reports.facts import shown_court
from app.reports.formats import (
    birth_date_words,
    case_number_words,
    other_language,
    paper_format,
    sections_of,
)
from app.reports.snapshot import (
    Agreement,
    Case,
    CheckIn,
    Module,
    Money,
    MoneyLine,
    Person,
    PossibleViolation,
    Program,
    ReportKind,
    Snapshot,
)
from app.reports.wording import instant_words
from tenants.closed_days import ClosedDays
from tenants.models import Court
from tenants.program import ProgramDocument
from tenants.term import add_months

SAMPLE_NUMBERS = ("26-CR-00417", "26-CR-00418")
KINDS = (
    ReportKind.PROOF_OF_ENROLLMENT,
    ReportKind.PROGRESS,
    ReportKind.FINAL,
    ReportKind.CERTIFICATE,
    ReportKind.BENCH_CARD,
    ReportKind.NON_COMPLIANCE,
)
FINISHED = (ReportKind.FINAL, ReportKind.CERTIFICATE)
BORN = date(1986, 4, 28)
COURSE_TIME = timedelta(days=40)
MINUTES = 45  # in each module


def sample(
    kind: ReportKind, document: ProgramDocument, court: Court, titles: Mapping[str, str], language: str
) -> Snapshot:
    """A report of this kind on an invented person whose case runs under `document`, with its courtesy copy if any.

    `titles` names modules by slug.
    """
    with in_language(language):
        made = _in_one_language(kind, document, court, titles, language)
    other = other_language(court.languages, language)
    if made.format.courtesy == "none" or other is None:
        return made
    with in_language(other):
        copy = _in_one_language(kind, document, court, titles, other, number=made.number)
    copy = copy.model_copy(update={"court": copy.court.model_copy(update={"emblem_png": None})})
    return Snapshot.model_validate({**made.model_dump(), "courtesy": copy.model_dump()})


def _in_one_language(
    kind: ReportKind,
    document: ProgramDocument,
    court: Court,
    titles: Mapping[str, str],
    language: str,
    **more: str,
) -> Snapshot:
    today = clock.today(court.time_zone)
    months = document.accountability.months
    done = kind in FINISHED
    # Somebody who has finished today, or who is in the middle of the check-ins.
    began = add_months(today, -months if done else -(months // 2 or 1))
    enrolled = began - COURSE_TIME
    shown = paper_format(kind, document.reports, language)
    fields = {
        "kind": kind,
        "number": _("SAMPLE"),
        "language": language,
        "generated_at": clock.now(),
        "generated_on": instant_words(clock.now(), court.time_zone, language),
        "court": shown_court(court, document.reports.letterhead),
        "person": Person(name=_("Sample Person"), birth_date=birth_date_words(kind, document.reports, BORN)),
        "case": Case(
            numbers=case_number_words(kind, document.reports, SAMPLE_NUMBERS, lambda text: str(_(text))),
            ordered_on=enrolled - timedelta(days=7),
            deadline=enrolled + timedelta(days=document.coursework.deadline_days),
            officer=_("Sample Officer"),
        ),
        "program": Program(
            title=_("Court program"),
            stage=_("Completed") if done else _("Accountability"),
            provider="JaneSchool",
            enrolled_on=enrolled,
            completed_on=today if done else None,
            accountability_months=months,
        ),
        "modules": () if kind is ReportKind.PROOF_OF_ENROLLMENT else _modules(document, titles, began),
        "check_ins": () if kind is ReportKind.CERTIFICATE else _check_ins(document, court, began, today),
        "money": _money(document, enrolled),
        "agreement": Agreement(version=_("of this draft"), signed_on=enrolled),
        "verify_url": url_for("reports.verify_sample", _external=True),
        "sections": sections_of(kind, document.reports, shown),
        "format": shown,
        "as_of": today,
        "violations": _violations(kind, today),
        "steps": _steps(kind, today),
        "non_compliance": _non_compliance(kind, today),
    }
    return Snapshot.model_validate(fields | more)


def _modules(document: ProgramDocument, titles: Mapping[str, str], passed_on: date) -> tuple[Module, ...]:
    return tuple(
        Module(
            title=titles.get(module.slug, module.slug),
            required=module.required,
            state="passed",
            passed_on=passed_on,
            score_percent=document.coursework.pass_percent,
            counted_minutes=max(MINUTES, module.minimum_minutes),
        )
        for module in document.coursework.modules
    )


def _check_ins(document: ProgramDocument, court: Court, began: date, today: date) -> tuple[CheckIn, ...]:
    rules = document.accountability
    windows = plan(
        began,
        rules.months,
        cadence=rules.cadence,
        window_days=rules.window_days,
        grace_days=rules.grace_days,
        time_zone=court.time_zone,
        holidays=ClosedDays(document.holidays, court.region),
        roll=document.holidays.roll_forward,
    )
    return tuple(
        CheckIn(due=window.due_on, state="accepted", submitted_on=window.due_on)
        if window.due_on <= today
        else CheckIn(due=window.due_on, state="scheduled")
        for window in windows
    )


def _money(document: ProgramDocument, paid_on: date) -> Money:
    labels = {component.key: component.label for component in document.fees.components}
    lines = [MoneyLine(label=labels[line.key], cents=line.cents) for line in fee_lines(document.fees)]
    whole = sum(line.cents for line in lines)
    if whole:
        lines.append(MoneyLine(label=_("Payment received"), cents=-whole))
    return Money(lines=tuple(lines), balance_cents=0)


def _violations(kind: ReportKind, today: date) -> tuple[PossibleViolation, ...]:
    if kind is not ReportKind.BENCH_CARD:
        return ()
    noted = today - timedelta(days=20)
    what = str(KIND_WORDS[ViolationKind.MISSED_CHECK_INS])
    return (PossibleViolation(what=what, event_on=noted, outcome=_("A step was agreed"), decided_on=noted),)


def _steps(kind: ReportKind, today: date) -> tuple[CaseStep, ...]:
    if kind in (ReportKind.CERTIFICATE, ReportKind.NON_COMPLIANCE):
        return ()
    on = today - timedelta(days=30)
    return (CaseStep(on=on, what=_("On hold"), by=_("Sample Officer")),)


def _non_compliance(kind: ReportKind, today: date) -> NonCompliance | None:
    if kind is not ReportKind.NON_COMPLIANCE:
        return None
    noted = today - timedelta(days=20)
    event = Event(
        what=str(KIND_WORDS[ViolationKind.MISSED_CHECK_INS]),
        happened_on=noted,
        noted_on=noted,
        told_on=noted,
        state=_("A step was agreed"),
        decided_on=noted + timedelta(days=5),
        decided_by=_("Sample Officer"),
    )
    return NonCompliance(
        events=(event,),
        tried=(_("A make-up check-in was added for %(day)s.", day=format_date(noted)),),
        asked=str(ASKED_WORDS[Asked.HEARING]),
        asked_by=_("Sample Officer"),
    )
