"""A court's program rules: one validated document for each court and version.

`ProgramDocument.model_validate(data)` either returns the rules or raises pydantic's ValidationError with every
offending field at once. Money is integer US cents, spans are whole days or months, dates are court-local.
"""

from __future__ import annotations

import tomllib
from datetime import date, time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

PRESETS = Path(__file__).parent / "presets"

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,60}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]
FileHash = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Language = Literal["en", "es"]


class Section(BaseModel):
    """A part of the rules. Unknown fields are refused: a misspelled rule must never be a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Referrer(StrEnum):
    CLERK = "clerk"
    PROSECUTOR = "prosecutor"


class Supervisor(StrEnum):
    PROBATION = "probation"
    PROSECUTOR = "prosecutor"
    CLERK = "clerk"
    NOBODY = "nobody"


class Decider(StrEnum):
    CLERK = "clerk"
    JUDGE = "judge"


class People(Section):
    """Who refers, who supervises, who decides."""

    refers: tuple[Referrer, ...] = (Referrer.CLERK,)
    supervises: Supervisor = Supervisor.PROBATION
    decides_termination: Decider = Decider.JUDGE


class ModuleRule(Section):
    """One module of the program, in the order in which it is taken."""

    slug: Key
    required: bool = True


class Coursework(Section):
    modules: tuple[ModuleRule, ...] = Field(min_length=1, max_length=40)
    pass_percent: int = Field(default=80, ge=50, le=100)
    quiz_attempts: int = Field(default=3, ge=1, le=20)
    quiz_wait_hours: int = Field(default=0, ge=0, le=168)
    reflection_needs_acceptance: bool = True
    deadline_days: int = Field(default=90, ge=7, le=730)

    @model_validator(mode="after")
    def _each_module_once(self) -> Self:
        slugs = [module.slug for module in self.modules]
        if len(set(slugs)) != len(slugs):
            raise ValueError("a module is listed twice")
        if not any(module.required for module in self.modules):
            raise ValueError("at least one module must be required")
        return self


class Codes(Section):
    valid_days: int = Field(default=60, ge=1, le=365)


class FeeComponent(Section):
    """A part of the enrollment fee: an amount, or a percentage of another component."""

    key: Key
    label: Line
    amount_cents: int | None = Field(default=None, ge=0, le=500_000)
    percent: int | None = Field(default=None, ge=0, le=100)
    percent_of: Key | None = None
    payee: Line = "Court"
    legal_basis: Line = ""
    waivable: bool = True
    refundable: bool = True

    @model_validator(mode="after")
    def _amount_or_percentage(self) -> Self:
        has_percentage = self.percent is not None and self.percent_of is not None
        if (self.amount_cents is not None) == has_percentage:
            raise ValueError("give either an amount, or a percentage and the component it is of")
        return self


class Fees(Section):
    components: tuple[FeeComponent, ...] = ()
    may_start_while_waiver_pending: bool = True

    @model_validator(mode="after")
    def _components_fit(self) -> Self:
        fixed = {c.key for c in self.components if c.amount_cents is not None}
        if len({c.key for c in self.components}) != len(self.components):
            raise ValueError("a fee component is listed twice")
        for component in self.components:
            if component.percent_of is not None and component.percent_of not in fixed:
                raise ValueError(f"{component.key} is a percentage of an unknown amount")
        return self


class WaiverBand(Section):
    """Household income up to this percentage of the poverty guideline waives this percentage of the fee."""

    up_to_percent: int = Field(ge=0, le=1000)
    waives_percent: int = Field(ge=0, le=100)


class Waivers(Section):
    bands: tuple[WaiverBand, ...] = (WaiverBand(up_to_percent=200, waives_percent=100),)
    presumptive_benefits: tuple[Line, ...] = ("SNAP", "Medicaid", "SSI", "TANF")
    decides_full: Decider = Decider.CLERK
    decides_partial: Decider = Decider.CLERK
    reconsideration_days: int = Field(default=14, ge=1, le=120)


class Accountability(Section):
    months: int = Field(default=6, ge=1, le=24)
    window_days: int = Field(default=7, ge=1, le=28)
    grace_days: int = Field(default=3, ge=0, le=14)
    misses_allowed: int = Field(default=1, ge=0, le=24)
    roll_weekends_forward: bool = True
    officer_questions: tuple[Line, ...] = Field(default=(), max_length=3)


class Holidays(Section):
    """Days on which nothing falls due, court-local."""

    days: tuple[date, ...] = ()


class BirthDateStyle(StrEnum):
    NONE = "none"
    YEAR = "year"
    FULL = "full"


class Letterhead(Section):
    """What stands at the top and the foot of the court's papers.

    `emblem` is the SHA-256 of a PNG in the court's storage, in hexadecimal; empty: none.
    """

    lines: tuple[Line, ...] = Field(default=(), max_length=6)
    phone: Line = ""
    email: Line = ""
    signatory_name: Line = ""
    signatory_title: Line = ""
    emblem: FileHash = ""


class Reports(Section):
    letterhead: Letterhead = Letterhead()
    birth_date: BirthDateStyle = BirthDateStyle.YEAR
    certificate_on_completion: bool = True


class Reminders(Section):
    days_before: tuple[int, ...] = (7, 3, 1)
    quiet_from: time = time(20, 0)
    quiet_until: time = time(9, 0)


class Agreement(Section):
    """The participation agreement, in each language that the court offers. Signed copies keep this exact text."""

    text: dict[Language, Paragraph] = Field(min_length=1)


class Retention(Section):
    """How long a finished case is kept before it is sealed or destroyed."""

    keep_years: int = Field(default=7, ge=1, le=50)


class ProgramDocument(Section):
    """The whole of a court's program rules."""

    people: People = People()
    coursework: Coursework
    codes: Codes = Codes()
    fees: Fees = Fees()
    waivers: Waivers = Waivers()
    accountability: Accountability = Accountability()
    holidays: Holidays = Holidays()
    reports: Reports = Reports()
    reminders: Reminders = Reminders()
    agreement: Agreement
    retention: Retention = Retention()

    def to_json(self) -> dict[str, Any]:
        """What a `program_rules` row holds."""
        return self.model_dump(mode="json")


def preset_names() -> list[str]:
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def load_preset(name: str) -> ProgramDocument:
    """Starting rules by name (see `preset_names`). Raises KeyError for an unknown name."""
    if name not in preset_names():
        raise KeyError(name)
    return ProgramDocument.model_validate(tomllib.loads((PRESETS / f"{name}.toml").read_text()))
