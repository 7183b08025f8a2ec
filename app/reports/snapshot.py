"""What a report says, frozen when it is requested: the one input of every rendering of it.

Nothing is looked up later. A snapshot survives JSON both ways, `Snapshot.model_validate_json(s.model_dump_json())`,
and within one `RENDERER_VERSION` the same snapshot gives the same unsigned bytes. Dates are court-local; money is
integer cents; times are aware and stored in UTC.
"""

import base64
import binascii
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from app.reports.court_kinds.frozen import CaseStep, Disputed, NonCompliance
from app.reports.fee_snapshot import FeeStatement, Receipt, WaiverCopy, WaiverLetter
from app.reports.format_snapshot import PaperFormat
from app.reports.frozen import Frozen, Text, WebAddress
from tenants.lines import Language

# 2: the court's format and a courtesy copy. Reports of version 1 read as what they were: without either.
SCHEMA_VERSION: Final = 2
# Raise it whenever the same snapshot would come out as other bytes: templates, CSS, fonts, renderer, archive pass.
RENDERER_VERSION: Final = "5"
EMBLEM_BYTES_MAX: Final = 400_000
PNG_MAGIC: Final = b"\x89PNG\r\n\x1a\n"


class ReportKind(StrEnum):
    """The documents this pipeline makes."""

    PROOF_OF_ENROLLMENT = "proof_of_enrollment"
    PROGRESS = "progress"
    FINAL = "final"
    CERTIFICATE = "certificate"
    BENCH_CARD = "bench_card"
    NON_COMPLIANCE = "non_compliance"
    ENROLLMENT_SLIP = "enrollment_slip"
    RECEIPT = "receipt"
    RECEIPT_VOID = "receipt_void"
    FEE_STATEMENT = "fee_statement"
    WAIVER_LETTER = "waiver_letter"
    WAIVER_COPY = "waiver_copy"


# Papers of the fee: for the learner and for those who may see the money of a case; nobody reports to a court with them.
FEE_PAPERS: Final = frozenset(
    {
        ReportKind.RECEIPT,
        ReportKind.RECEIPT_VOID,
        ReportKind.FEE_STATEMENT,
        ReportKind.WAIVER_LETTER,
        ReportKind.WAIVER_COPY,
    }
)


class Section(StrEnum):
    """The parts a court's format picks from and orders; each is a template of the same name."""

    STATEMENT = "statement"
    OPENING = "opening"
    FACTS = "facts"
    STANDING = "standing"
    CHART = "chart"
    MODULES = "modules"
    CHECK_INS = "check_ins"
    MONEY = "money"
    AGREEMENT = "agreement"
    GLANCE = "glance"
    MISSING = "missing"
    VIOLATIONS = "violations"
    STEPS = "steps"
    DISPUTES = "disputes"
    FEE_LINE = "fee_line"
    HAPPENED = "happened"
    TRIED = "tried"
    ASKED = "asked"
    CLOSING = "closing"
    SIGNATURE = "signature"
    VERIFY = "verify"
    SLIP = "slip"
    RECEIPT = "receipt"
    FEE_STATEMENT = "fee_statement"
    WAIVER_LETTER = "waiver_letter"
    WAIVER_COPY = "waiver_copy"


SECTIONS_OF: Final[dict[ReportKind, tuple[Section, ...]]] = {
    ReportKind.PROOF_OF_ENROLLMENT: (
        Section.STATEMENT,
        Section.FACTS,
        Section.AGREEMENT,
        Section.SIGNATURE,
        Section.VERIFY,
    ),
    ReportKind.PROGRESS: (
        Section.FACTS,
        Section.STANDING,
        Section.CHART,
        Section.MODULES,
        Section.CHECK_INS,
        Section.MONEY,
        Section.AGREEMENT,
        Section.SIGNATURE,
        Section.VERIFY,
    ),
    ReportKind.FINAL: (
        Section.STATEMENT,
        Section.FACTS,
        Section.CHART,
        Section.MODULES,
        Section.CHECK_INS,
        Section.MONEY,
        Section.AGREEMENT,
        Section.SIGNATURE,
        Section.VERIFY,
    ),
    ReportKind.CERTIFICATE: (Section.STATEMENT, Section.FACTS, Section.SIGNATURE, Section.VERIFY),
    ReportKind.BENCH_CARD: (
        Section.FACTS,
        Section.GLANCE,
        Section.MISSING,
        Section.VIOLATIONS,
        Section.STEPS,
        Section.FEE_LINE,
        Section.VERIFY,
    ),
    ReportKind.NON_COMPLIANCE: (
        Section.FACTS,
        Section.HAPPENED,
        Section.TRIED,
        Section.ASKED,
        Section.GLANCE,
        Section.SIGNATURE,
        Section.VERIFY,
    ),
    ReportKind.ENROLLMENT_SLIP: (Section.SLIP,),
    ReportKind.RECEIPT: (Section.FACTS, Section.RECEIPT, Section.VERIFY),
    ReportKind.RECEIPT_VOID: (Section.FACTS, Section.RECEIPT, Section.VERIFY),
    ReportKind.FEE_STATEMENT: (Section.FACTS, Section.FEE_STATEMENT, Section.VERIFY),
    ReportKind.WAIVER_LETTER: (Section.FACTS, Section.WAIVER_LETTER, Section.VERIFY),
    ReportKind.WAIVER_COPY: (Section.FACTS, Section.WAIVER_COPY, Section.VERIFY),
}


# In these a reader is told what the participant says is not right, whatever sections the court's format has.
TELLS_DISPUTES: Final = frozenset(
    {ReportKind.PROGRESS, ReportKind.FINAL, ReportKind.BENCH_CARD, ReportKind.NON_COMPLIANCE}
)
_AFTER_DISPUTES: Final = (
    Section.STEPS,
    Section.FEE_LINE,
    Section.AGREEMENT,
    Section.CLOSING,
    Section.SIGNATURE,
    Section.VERIFY,
)


def with_disputes(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """The sections with the one about disputes, behind the facts and before what closes a report."""
    at = next((place for place, one in enumerate(sections) if one in _AFTER_DISPUTES), len(sections))
    return (*sections[:at], Section.DISPUTES, *sections[at:])


class Court(Frozen):
    """The issuing court, as its letterhead and signature line show it."""

    name: Text
    county: str = ""
    state: str = ""
    letterhead: tuple[Text, ...] = Field(default=(), max_length=6)
    phone: str = ""
    emblem_png: str | None = Field(default=None, description="base64 of a PNG the portal re-encoded, or None")
    signatory_name: str = ""
    signatory_title: str = ""

    @field_validator("emblem_png")
    @classmethod
    def _emblem_is_a_png(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            data = base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise ValueError("the emblem is not base64") from error
        if not data.startswith(PNG_MAGIC) or len(data) > EMBLEM_BYTES_MAX:
            raise ValueError(f"the emblem must be a PNG of at most {EMBLEM_BYTES_MAX} bytes")
        return value


class Person(Frozen):
    """The participant. `birth_date` is text in the court's own style, or None where the court shows none."""

    name: Text
    birth_date: str | None = None


class Case(Frozen):
    """The court's order. A number may be the text "pending"."""

    numbers: tuple[Text, ...] = Field(min_length=1)
    ordered_on: date | None = None
    deadline: date | None = None
    officer: str = ""
    next_hearing: date | None = None
    hearings: tuple[date, ...] = ()
    ends_on: date | None = Field(default=None, description="the last day of the case's term, where the court gave one")


class Program(Frozen):
    """Where the person stands. `stage` is in words and in the report's language."""

    title: Text
    stage: Text
    provider: str = ""
    provider_phone: str = ""
    enrolled_on: date | None = None
    completed_on: date | None = None
    accountability_months: int = Field(default=0, ge=0)


ModuleState = Literal["locked", "available", "in_progress", "passed", "attempts_exhausted", "exempted"]
CheckInState = Literal["scheduled", "open", "submitted", "accepted", "returned", "missed", "excused"]


class Module(Frozen):
    """One module: `score_percent` of the passing attempt, `counted_minutes` of seat time."""

    title: Text
    required: bool
    state: ModuleState
    passed_on: date | None = None
    score_percent: int | None = Field(default=None, ge=0, le=100)
    counted_minutes: int = Field(default=0, ge=0)


class CheckIn(Frozen):
    """One check-in of the accountability plan."""

    due: date
    state: CheckInState
    submitted_on: date | None = None


class PossibleViolation(Frozen):
    """Something that a person of the court had, or has, to decide: in the report's words, never the participant's."""

    what: Text
    event_on: date
    outcome: Text
    decided_on: date | None = None
    court_told_on: date | None = None


class MoneyLine(Frozen):
    """A line of the statement; negative cents reduce what is owed."""

    label: Text
    cents: int


class Money(Frozen):
    """The ledger in words: lines, their balance, and what the court was told about inability to pay."""

    lines: tuple[MoneyLine, ...]
    balance_cents: int
    inability_note: str | None = None

    @model_validator(mode="after")
    def _lines_add_up(self) -> Self:
        if sum(line.cents for line in self.lines) != self.balance_cents:
            raise ValueError("the lines do not add up to the balance")
        return self


class Agreement(Frozen):
    """The participation agreement that was signed."""

    version: Text
    signed_on: date


class Replaced(Frozen):
    """The report that this one corrects: its number, and in the court's words what was wrong with it."""

    number: Text
    reason: Text


_PAPER_PARTS: Final = ("receipt", "fee_statement", "waiver_letter", "waiver_copy")


class Slip(Frozen):
    """What the enrollment slip hands over. The code comes in the groups that are printed."""

    code_groups: tuple[Text, ...] = Field(min_length=1)
    enroll_url: WebAddress
    expires_on: date | None = None
    court_address: tuple[Text, ...] = ()


class Snapshot(Frozen):
    """Everything one report says."""

    schema_version: Literal[1, 2] = SCHEMA_VERSION
    renderer_version: str = RENDERER_VERSION
    kind: ReportKind
    number: str = Field(min_length=1, max_length=60, description="such as RIV-2026-000123")
    language: Language = "en"
    generated_at: datetime = Field(description="aware; kept in UTC")
    as_of: date | None = Field(default=None, description="court-local day of the facts, to count days from")
    generated_on: Text = Field(description="court-local date and time, as text in the report's language")
    court: Court
    person: Person
    case: Case
    program: Program
    modules: tuple[Module, ...] = ()
    check_ins: tuple[CheckIn, ...] = ()
    violations: tuple[PossibleViolation, ...] = ()
    steps: tuple[CaseStep, ...] = ()
    disputes: tuple[Disputed, ...] = ()
    non_compliance: NonCompliance | None = None
    money: Money | None = None
    agreement: Agreement | None = None
    slip: Slip | None = None
    receipt: Receipt | None = None
    fee_statement: FeeStatement | None = None
    waiver_letter: WaiverLetter | None = None
    waiver_copy: WaiverCopy | None = None
    verify_url: WebAddress | None = None
    replaces: Replaced | None = None
    sections: tuple[Section, ...] = ()
    format: PaperFormat = PaperFormat()
    courtesy: "Snapshot | None" = Field(default=None, description="the same facts in the court's other language")

    @property
    def courtesy_language(self) -> str:
        """The language of the courtesy copy; empty where there is none."""
        return "" if self.courtesy is None else self.courtesy.language

    @property
    def courtesy_copy(self) -> "Snapshot | None":
        """The courtesy copy, whole: the emblem is kept once, with the report."""
        if self.courtesy is None:
            return None
        court = self.courtesy.court.model_copy(update={"emblem_png": self.court.emblem_png})
        return self.courtesy.model_copy(update={"court": court})

    @field_validator("generated_at")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        if value.tzinfo is None:
            raise ValueError("a time zone is needed")
        return value.astimezone(UTC)

    @model_validator(mode="before")
    @classmethod
    def _default_sections(cls, data: object) -> object:
        if isinstance(data, dict) and not data.get("sections") and data.get("kind") in list(ReportKind):
            return {**data, "sections": SECTIONS_OF[ReportKind(data["kind"])]}
        return data

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind is ReportKind.ENROLLMENT_SLIP:
            if self.slip is None or self.verify_url is not None or self.sections != (Section.SLIP,):
                raise ValueError("a slip carries its code and nothing to verify")
            return self
        shown = {one for one in _PAPER_PARTS if getattr(self, one) is not None}
        if shown != set(_PAPER_PARTS) & set(self.sections):
            raise ValueError("a paper of the fee carries what it is about, and no other does")
        if bool(self.disputes) != (Section.DISPUTES in self.sections):
            raise ValueError("what is disputed is shown")
        if (self.non_compliance is not None) != (self.kind is ReportKind.NON_COMPLIANCE):
            raise ValueError("a non-compliance report carries what happened, and no other does")
        if self.slip is not None or Section.SLIP in self.sections:
            raise ValueError("only an enrollment slip shows a code")
        if self.verify_url is None or Section.VERIFY not in self.sections:
            raise ValueError("a report carries the address where it can be verified")
        if len(set(self.sections)) != len(self.sections):
            raise ValueError("a section is listed twice")
        if self.courtesy is not None and (self.courtesy.courtesy or self.courtesy.number != self.number):
            raise ValueError("a courtesy copy is of this report")
        return self
