"""A report as data for other systems: what its paper says, no more, under a published JSON Schema.

The classes are a promise to whoever reads the files. A field that is added, taken away or means something else makes a
new version of the schema; the names of the snapshot can change without one. Only what is named here leaves the portal.
Money is integer US cents, dates are court-local, times are UTC. docs/report-formats.md maps the names to NIEM and ECF.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from app.reports.layout import Layout
from app.reports.snapshot import CheckIn, Module, ReportKind, Section, Snapshot
from app.reports.wording import Wording
from tenants.lines import Language

VERSION: Final = 2
SCHEMA_PATH: Final = f"/schemas/report-{VERSION}.json"
SHOWS_MODULES: Final = frozenset({Section.MODULES})
SHOWS_CHECK_INS: Final = frozenset({Section.CHECK_INS})
SHOWS_VIOLATIONS: Final = frozenset({Section.CHECK_INS, Section.VIOLATIONS})
SHOWS_MONEY: Final = frozenset({Section.MONEY, Section.FEE_LINE})

ModuleState = Literal["locked", "available", "in_progress", "passed", "attempts_exhausted", "exempted"]
CheckInState = Literal["scheduled", "open", "submitted", "accepted", "returned", "missed", "excused"]
Kind = Literal["proof_of_enrollment", "progress", "final", "certificate", "bench_card", "non_compliance"]
Made = TypeVar("Made", bound="Published")


class Published(BaseModel):
    """Immutable, and nothing that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class PublishedCourt(Published):
    name: str
    county: str = ""
    state: str = ""


class PublishedPerson(Published):
    """The participant; `birth_date` as the court shows it: the whole date (month/day/year), the year, or nothing."""

    name: str
    birth_date: str | None = None


class PublishedCase(Published):
    """The court's order. A number can be a word for "pending", or its end only, as the court shows it."""

    numbers: tuple[str, ...]
    ordered_on: date | None = None
    deadline: date | None = None
    next_hearing: date | None = None
    ends_on: date | None = None
    officer: str = ""


class PublishedProgram(Published):
    """Where the person stands; `stage` in words. `counted_minutes`: of lessons, together."""

    title: str
    provider: str = ""
    stage: str
    enrolled_on: date | None = None
    completed_on: date | None = None
    accountability_months: int = 0
    counted_minutes: int = 0


class PublishedModule(Published):
    """One module; what the court does not show is null."""

    title: str
    required: bool | None = None
    state: ModuleState | None = None
    passed_on: date | None = None
    score_percent: int | None = None
    counted_minutes: int | None = None


class PublishedCheckIn(Published):
    """One check-in; what the court does not show is null."""

    due: date
    state: CheckInState | None = None
    submitted_on: date | None = None


class PublishedViolation(Published):
    """Something that a person of the court had, or has, to decide, in the report's words."""

    what: str
    event_on: date
    outcome: str
    decided_on: date | None = None
    court_told_on: date | None = None


class PublishedStep(Published):
    """Something that a person of the court did with the case."""

    on: date
    what: str
    by: str = ""


class PublishedDispute(Published):
    """A fact that the participant says is not right; `outcome` is open while no person of the court has answered."""

    what: str
    disputed_on: date
    answered_on: date | None = None
    outcome: Literal["open", "corrected", "stands"]


class PublishedMoneyLine(Published):
    """Negative cents reduce what is owed."""

    label: str
    cents: int


class PublishedMoney(Published):
    lines: tuple[PublishedMoneyLine, ...]
    balance_cents: int
    inability_note: str | None = None


class PublishedAgreement(Published):
    version: str
    signed_on: date


class PublishedEvent(Published):
    """One possible violation of a non-compliance report; `answer` only where the court's rules let it be quoted."""

    what: str
    happened_on: date
    noted_on: date
    facts: str = ""
    told_on: date | None = None
    answered_on: date | None = None
    answer: str | None = None
    state: str
    decided_on: date | None = None
    decided_by: str = ""
    reason: str = ""
    due_on: date | None = None
    court_told_on: date | None = None


class PublishedEnding(Published):
    """A proposal to end the program: notice, answer, decision."""

    proposed_on: date
    proposed_by: str = ""
    reasons: str
    told_on: date | None = None
    respond_by: date | None = None
    answered_on: date | None = None
    answer: str | None = None
    state: str
    decided_on: date | None = None
    decided_by: str = ""
    decision: str = ""


class PublishedNonCompliance(Published):
    """What happened, what was tried, what is asked of the court, by whom."""

    events: tuple[PublishedEvent, ...] = ()
    returned: PublishedStep | None = None
    ending: PublishedEnding | None = None
    tried: tuple[str, ...] = ()
    tried_besides: str = ""
    asked: str
    asked_besides: str = ""
    asked_by: str


class PublishedSignatory(Published):
    name: str = ""
    title: str = ""


class PublishedReport(Published):
    """One report of a court. The PDF is the document; this says the same."""

    schema_address: str = Field(alias="$schema", description="where this schema is published")
    kind: Kind
    title: str
    number: str
    language: Language = Field(description="of every word in this file")
    issued_at: datetime = Field(description="UTC")
    court: PublishedCourt
    person: PublishedPerson
    case: PublishedCase
    program: PublishedProgram
    modules: tuple[PublishedModule, ...] = ()
    check_ins: tuple[PublishedCheckIn, ...] = ()
    possible_violations: tuple[PublishedViolation, ...] = ()
    steps: tuple[PublishedStep, ...] = ()
    disputes: tuple[PublishedDispute, ...] = ()
    money: PublishedMoney | None = None
    agreement: PublishedAgreement | None = None
    non_compliance: PublishedNonCompliance | None = None
    own_words: tuple[str, ...] = Field(default=(), description="the court's own paragraphs, in order")
    signatories: tuple[PublishedSignatory, ...] = ()
    verify_url: str = Field(description="where anyone can check that the report is genuine")


def json_schema() -> dict[str, Any]:
    """The schema as it is published at SCHEMA_PATH (JSON Schema 2020-12)."""
    schema = PublishedReport.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_PATH, **schema}


def schema_file() -> bytes:
    """The schema as it is served, and kept in docs/schemas."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2).encode() + b"\n"


def published(snapshot: Snapshot, say: Wording, layout: Layout, *, public_url: str) -> PublishedReport:
    """What the report's paper shows of its snapshot: sections, columns, identifiers as the court's format has them."""
    shown = frozenset(snapshot.sections)
    case = _picked(PublishedCase, snapshot.case)
    if snapshot.kind is ReportKind.CERTIFICATE:
        case = case.model_copy(update={"deadline": None, "next_hearing": None, "officer": ""})
    own = [line for place in ("opening", "closing") if Section(place) in shown for line in layout.own_words(place)]
    money = snapshot.money if shown & SHOWS_MONEY else None
    return PublishedReport(
        schema_address=f"{public_url}{SCHEMA_PATH}",
        kind=snapshot.kind.value,
        title=say.title(),
        number=snapshot.number,
        language=snapshot.language,
        issued_at=snapshot.generated_at,
        court=_picked(PublishedCourt, snapshot.court),
        person=_picked(PublishedPerson, snapshot.person),
        case=case,
        program=_program(snapshot),
        modules=tuple(_module(snapshot, one) for one in snapshot.modules if shown & SHOWS_MODULES),
        check_ins=tuple(_check_in(snapshot, one) for one in snapshot.check_ins if shown & SHOWS_CHECK_INS),
        possible_violations=tuple(
            _picked(PublishedViolation, one) for one in snapshot.violations if shown & SHOWS_VIOLATIONS
        ),
        steps=tuple(_picked(PublishedStep, one) for one in snapshot.steps if Section.STEPS in shown),
        disputes=tuple(_picked(PublishedDispute, one, disputed_on=one.on) for one in snapshot.disputes),
        money=None if money is None else _money(money),
        agreement=_picked(PublishedAgreement, snapshot.agreement)
        if snapshot.agreement is not None and Section.AGREEMENT in shown
        else None,
        non_compliance=_non_compliance(snapshot),
        own_words=tuple(own),
        signatories=tuple(_picked(PublishedSignatory, one) for one in layout.signatories())
        if Section.SIGNATURE in shown
        else (),
        verify_url=snapshot.verify_url or "",
    )


def _picked(made: type[Made], source: Any, **more: Any) -> Made:
    """The declared fields and no others, whatever else the source holds."""
    return made(**{name: getattr(source, name) for name in made.model_fields if name not in more}, **more)


def _program(snapshot: Snapshot) -> PublishedProgram:
    minutes = sum(one.counted_minutes for one in snapshot.modules)
    return _picked(PublishedProgram, snapshot.program, counted_minutes=minutes)


def _module(snapshot: Snapshot, one: Module) -> PublishedModule:
    columns = snapshot.format.module_columns
    return PublishedModule(
        title=one.title,
        required=one.required if "kind" in columns else None,
        state=one.state if "state" in columns else None,
        passed_on=one.passed_on if "passed_on" in columns else None,
        score_percent=one.score_percent if "score" in columns else None,
        counted_minutes=one.counted_minutes if "time" in columns else None,
    )


def _check_in(snapshot: Snapshot, one: CheckIn) -> PublishedCheckIn:
    columns = snapshot.format.check_in_columns
    return PublishedCheckIn(
        due=one.due,
        state=one.state if "state" in columns else None,
        submitted_on=one.submitted_on if "submitted" in columns else None,
    )


def _money(money: Any) -> PublishedMoney:
    return _picked(PublishedMoney, money, lines=tuple(_picked(PublishedMoneyLine, line) for line in money.lines))


def _answered(own_side: Any) -> dict[str, Any]:
    return {
        "answered_on": None if own_side is None else own_side.on,
        "answer": None if own_side is None else own_side.words,
    }


def _non_compliance(snapshot: Snapshot) -> PublishedNonCompliance | None:
    told = snapshot.non_compliance
    if told is None:
        return None
    tried = Section.TRIED in snapshot.sections
    return _picked(
        PublishedNonCompliance,
        told,
        events=tuple(_picked(PublishedEvent, one, **_answered(one.own_side)) for one in told.events),
        returned=None if told.returned is None else _picked(PublishedStep, told.returned),
        ending=None
        if told.ending is None
        else _picked(PublishedEnding, told.ending, **_answered(told.ending.own_side)),
        tried=told.tried if tried else (),
        tried_besides=told.tried_besides if tried else "",
    )
