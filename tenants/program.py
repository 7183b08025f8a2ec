"""A court's program rules: one validated document for each court and version.

`ProgramDocument.model_validate(data)` either returns the rules or raises pydantic's ValidationError with every
offending field at once. Money is integer US cents, spans are whole days or months, dates are court-local.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, time
from enum import StrEnum
from itertools import pairwise, product
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from tenants.attention import Attention
from tenants.care import AdaContact, Concerns, Contact, Disputes, Reviewing
from tenants.faults import Fault, Section, plain, repeated, rows, values
from tenants.letterhead import Letterhead
from tenants.lines import FilledLine, Language, Line, Text
from tenants.records import Retention, Sealing
from tenants.report_delivery import Delivery
from tenants.report_formats import BirthDateStyle, Formats
from tenants.report_schedules import Schedules

PRESETS = Path(__file__).parent / "presets"

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,60}$")]
Cadence = Literal["monthly", "every_two_weeks", "weekly"]


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
    """Who refers, who supervises, who decides.

    `unit_sees_fee`: the prosecutor's unit reads whether a fee is paid, waived or owed; never how much.
    """

    refers: tuple[Referrer, ...] = Field(default=(Referrer.CLERK,), min_length=1, max_length=2)
    supervises: Supervisor = Supervisor.PROBATION
    decides_termination: Decider = Decider.JUDGE
    unit_sees_fee: bool = False

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        yield from ((("refers", at), "listed_twice") for at in repeated(values(given.get("refers"))))


class ModuleRule(Section):
    """One module of the program, in the order in which it is taken.

    `minimum_minutes`: counted time that its lessons together must reach; 0: what the lessons themselves ask for.
    """

    slug: Key
    required: bool = True
    minimum_minutes: int = Field(default=0, ge=0, le=600)


class Coursework(Section):
    """What is learned, how a quiz is passed, and by when. `quiz_wait_hours`: between two tries.

    `deadline_opens_violation`: lessons that are not done by the deadline are a possible violation, which a person
    decides about. Never for somebody whose lessons are closed, be it for money or because a person has to read first.
    """

    modules: tuple[ModuleRule, ...] = Field(min_length=1, max_length=40)
    pass_percent: int = Field(default=80, ge=50, le=100)
    quiz_attempts: int = Field(default=3, ge=1, le=20)
    quiz_wait_hours: int = Field(default=0, ge=0, le=168)
    reflection_needs_acceptance: bool = True
    deadline_days: int = Field(default=90, ge=7, le=730)
    deadline_opens_violation: bool = False

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        modules = list(rows(given.get("modules")))
        slugs = ((at, module.get("slug")) for at, module in modules)
        yield from ((("modules", at, "slug"), "listed_twice") for at in repeated(slugs))
        if modules and all(module.get("required", True) is False for _at, module in modules):
            yield ("modules",), "none_required"


class Codes(Section):
    """Enrollment codes. The birth date is always asked; the case number too where the court says so and knows it."""

    valid_days: int = Field(default=60, ge=1, le=365)
    ask_case_number: bool = False


class FeeComponent(Section):
    """A part of the enrollment fee: an amount, or a percentage of another component."""

    key: Key
    label: FilledLine
    amount_cents: int | None = Field(default=None, ge=0, le=500_000)
    percent: int | None = Field(default=None, ge=0, le=100)
    percent_of: Key | None = None
    payee: Line = "Court"
    legal_basis: Line = ""
    waivable: bool = True
    refundable: bool = True

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        has = {name: given.get(name) is not None for name in ("amount_cents", "percent", "percent_of")}
        if has["amount_cents"] and (has["percent"] or has["percent_of"]):
            yield ("amount_cents",), "amount_or_percentage"
        elif not has["amount_cents"] and not (has["percent"] and has["percent_of"]):
            missing = "percent_of" if has["percent"] else "percent" if has["percent_of"] else "amount_cents"
            yield (missing,), "amount_or_percentage"


class Installments(Section):
    """Paying the fee in up to `parts` parts (1: only at once), `days_apart` days from one to the next."""

    parts: int = Field(default=1, ge=1, le=12)
    days_apart: int = Field(default=30, ge=7, le=92)


class Fees(Section):
    """What enrolling costs. A correction of more than `adjustment_limit_cents` needs a second person.

    `dispute_pauses_access`: while a payer's bank looks at a payment, the lessons wait; nothing else changes.
    """

    components: tuple[FeeComponent, ...] = Field(default=(), max_length=20)
    may_start_while_waiver_pending: bool = True
    installments: Installments = Installments()
    adjustment_limit_cents: int = Field(default=5_000, ge=0, le=500_000)
    dispute_pauses_access: bool = False

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        parts = list(rows(given.get("components")))
        keys = ((at, part.get("key")) for at, part in parts)
        yield from ((("components", at, "key"), "listed_twice") for at in repeated(keys))
        fixed = [part.get("key") for _at, part in parts if part.get("amount_cents") is not None]
        for at, part in parts:
            if part.get("percent_of") is not None and part["percent_of"] not in fixed:
                yield ("components", at, "percent_of"), "percentage_of_nothing"


class WaiverBand(Section):
    """Household income up to this percentage of the poverty guideline waives this percentage of the fee."""

    up_to_percent: int = Field(ge=0, le=1000)
    waives_percent: int = Field(ge=0, le=100)


class Proof(StrEnum):
    """Of income or benefits, with a request for a waiver."""

    NOT_NEEDED = "not_needed"  # the person's signed word is enough
    IF_ASKED = "if_asked"  # whoever decides may ask for it
    ALWAYS = "always"


class Waivers(Section):
    """Who need not pay the fee, or not all of it. `bands` rise; above the last one nothing is waived by itself.

    `grant_presumed`: who gets a presumptive benefit is granted a full waiver without a person's decision, once there is
    proof where `proof` asks for it always. Nothing is ever denied without a person.

    `asks_expenses`: what a household has to pay each month is asked for, too; it changes no number, a person weighs it.
    `proof_kept_days`: photos and PDFs are deleted so many days after the last day to ask again.
    """

    bands: tuple[WaiverBand, ...] = Field(default=(WaiverBand(up_to_percent=200, waives_percent=100),), max_length=10)
    presumptive_benefits: tuple[FilledLine, ...] = Field(default=("SNAP", "Medicaid", "SSI", "TANF"), max_length=20)
    grant_presumed: bool = False
    proof: Proof = Proof.IF_ASKED
    decides_full: Decider = Decider.CLERK
    decides_partial: Decider = Decider.CLERK
    reconsideration_days: int = Field(default=14, ge=1, le=120)
    asks_expenses: bool = False
    proof_kept_days: int = Field(default=30, ge=0, le=3650)

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        benefits = values(given.get("presumptive_benefits"))
        yield from ((("presumptive_benefits", at), "listed_twice") for at in repeated(benefits))
        bands = list(rows(given.get("bands")))
        for (_before, lower), (at, higher) in pairwise(bands):
            if _is_not_below(lower.get("up_to_percent"), higher.get("up_to_percent")):
                yield ("bands", at, "up_to_percent"), "bands_must_rise"
            if _is_not_below(higher.get("waives_percent"), lower.get("waives_percent"), unless_equal=True):
                yield ("bands", at, "waives_percent"), "bands_must_waive_less"


def _is_not_below(small: object, large: object, *, unless_equal: bool = False) -> bool:
    if not isinstance(small, int) or not isinstance(large, int):
        return False  # a fault of its own, told elsewhere
    return small > large or (small == large and not unless_equal)


CADENCE_DAYS: Mapping[str, int] = {"monthly": 28, "every_two_weeks": 14, "weekly": 7}


class Accountability(Section):
    """The check-ins after the course: for how many months, how often, how long each is open.

    `statement_use` tells, in each language, what the court may do with what somebody writes; it stands above the boxes.
    Only with it may a check-in ask about contact with the police (`ask_police_contact`).
    `own_side_days`: so long somebody can say the own side before a possible violation sends the case back to the court.
    `quote_own_side`: a non-compliance report may show what somebody answered; said above the box in which they write.
    `officer_may_extend`: more time for the lessons or more check-ins without an order of the court.
    """

    months: int = Field(default=6, ge=1, le=24)
    cadence: Cadence = "monthly"
    window_days: int = Field(default=7, ge=1, le=28)
    grace_days: int = Field(default=3, ge=0, le=14)
    misses_allowed: int = Field(default=1, ge=0, le=24)
    officer_questions: tuple[FilledLine, ...] = Field(default=(), max_length=3)
    statement_use: dict[Language, Text] = Field(default_factory=dict)
    ask_police_contact: bool = False
    own_side_days: int = Field(default=3, ge=0, le=30)
    quote_own_side: bool = False
    officer_may_extend: bool = False

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        questions = values(given.get("officer_questions"))
        yield from ((("officer_questions", at), "listed_twice") for at in repeated(questions))
        longest = CADENCE_DAYS.get(str(given.get("cadence", "monthly")), 28)
        if isinstance(given.get("window_days", 7), int) and longest < given.get("window_days", 7) <= 28:
            yield ("window_days",), "longer_than_cadence"


class Termination(Section):
    """Ending somebody's program: how long the person can answer, and whether a supervisor approves the proposal first.

    Who decides is `people.decides_termination`.
    """

    days_to_respond: int = Field(default=14, ge=7, le=90)
    supervisor_approves: bool = False


class Holidays(Section):
    """Days on which nothing falls due, court-local.

    `state_holidays`: the public holidays of the court's state. `days`: the court's own besides. `working_days`: state
    holidays on which this court works. `roll_forward`: what falls on a weekend or such a day is due on the next day
    that is none.
    """

    state_holidays: bool = False
    days: tuple[date, ...] = Field(default=(), max_length=400)
    working_days: tuple[date, ...] = Field(default=(), max_length=400)
    roll_forward: bool = True

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        closed = {str(day) for _at, day in values(given.get("days"))}
        for name in ("days", "working_days"):
            days = ((at, str(day)) for at, day in values(given.get(name)))
            yield from (((name, at), "listed_twice") for at in repeated(days))
        for at, day in values(given.get("working_days")):
            if str(day) in closed:
                yield ("working_days", at), "open_and_closed"


class Term(Section):
    """How long a case of this court can last, in months from the order: 0 where nothing limits it."""

    longest_months: int = Field(default=0, ge=0, le=120)


class Reports(Section):
    letterhead: Letterhead = Letterhead()
    birth_date: BirthDateStyle = BirthDateStyle.YEAR
    certificate_on_completion: bool = True
    delivery: Delivery = Delivery()
    formats: Formats = Formats()
    schedules: Schedules = Schedules()


class Reminders(Section):
    """Days before something is due on which a reminder goes out, and the court-local hours in which none does.

    `staff_after_days`: how long something may wait for a reader or a decision before the morning's mail counts it.
    """

    days_before: tuple[Annotated[int, Field(ge=0, le=60)], ...] = Field(default=(7, 3, 1), max_length=6)
    quiet_from: time = time(20, 0)
    quiet_until: time = time(9, 0)
    staff_after_days: int = Field(default=2, ge=0, le=30)

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        yield from ((("days_before", at), "listed_twice") for at in repeated(values(given.get("days_before"))))


class Agreement(Section):
    """The participation agreement, in each language that the court offers. Signed copies keep this exact text."""

    text: dict[Language, Text] = Field(min_length=1)


class ProgramDocument(Section):
    """The whole of a court's program rules.

    Documents that were published earlier stay readable: a new field has a default that means what was done before it.
    """

    people: People = People()
    coursework: Coursework
    codes: Codes = Codes()
    fees: Fees = Fees()
    waivers: Waivers = Waivers()
    accountability: Accountability = Accountability()
    reviewing: Reviewing = Reviewing()
    concerns: Concerns = Concerns()
    ada_contact: AdaContact = AdaContact()
    contact: Contact = Contact()
    termination: Termination = Termination()
    disputes: Disputes = Disputes()
    holidays: Holidays = Holidays()
    term: Term = Term()
    reports: Reports = Reports()
    reminders: Reminders = Reminders()
    attention: Attention = Attention()
    agreement: Agreement
    retention: Retention = Retention()
    sealing: Sealing = Sealing()

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_once_stored(cls, given: Any) -> Any:
        """Whether due days roll forward once stood with the check-ins, of which alone it then spoke."""
        if not isinstance(given, Mapping) or "roll_weekends_forward" not in plain(given.get("accountability")):
            return given
        accountability = plain(given["accountability"])
        rolls = accountability.pop("roll_weekends_forward")
        return {
            **given,
            "accountability": accountability,
            "holidays": {"roll_forward": rolls, **plain(given.get("holidays"))},
        }

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        accountability = plain(given.get("accountability"))
        use = plain(accountability.get("statement_use"))
        needed = set(plain(plain(given.get("agreement")).get("text"))) or {"en"}
        if (use or accountability.get("ask_police_contact")) and needed - {str(key) for key in use}:
            yield ("accountability", "statement_use"), "statement_use_missing"
        formats = plain(plain(given.get("reports")).get("formats"))
        for kind, name in product(formats, ("opening", "closing")):
            written = {str(key) for key in plain(plain(formats[kind]).get(name))}
            for language in sorted(needed - written if written else ()):
                yield ("reports", "formats", kind, name, language), "other_language_missing"
        longest, months = plain(given.get("term")).get("longest_months", 0), accountability.get("months", 6)
        if isinstance(longest, int) and isinstance(months, int) and 0 < longest < months:
            yield ("term", "longest_months"), "too_long_for_term"

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
