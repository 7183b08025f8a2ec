"""What a request for a waiver tells, step by step. Pure: no database, no request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from tenants.program import ProgramDocument, Proof, Waivers

LARGEST_HOUSEHOLD = 30
LARGEST_CENTS = 999_999_999  # of an amount by the month: cents fit into the database's integers
LONGEST_TEXT = 1500  # characters of a free text
MOST_PROOFS = 8


class Step(StrEnum):
    """One page of the way; the names stand in addresses."""

    BENEFITS = "benefits"
    HOUSEHOLD = "household"
    INCOME = "income"
    EXPENSES = "expenses"
    PROOF = "proof"
    ASKING = "asking"
    STATEMENT = "words"


class AskedFor(StrEnum):
    FULL = "full"
    PART = "part"
    MORE_TIME = "more_time"
    INSTALLMENTS = "installments"


class ProofChoice(StrEnum):
    """What somebody says about proof: it is added, it can be brought, or there is none (and why)."""

    FILES = "files"
    LATER = "later"
    NONE = "none"


STEP_WORDS: dict[Step, LazyString] = {
    Step.BENEFITS: _("Benefits"),
    Step.HOUSEHOLD: _("Household"),
    Step.INCOME: _("Income"),
    Step.EXPENSES: _("Expenses"),
    Step.PROOF: _("Proof"),
    Step.ASKING: _("What you ask for"),
    Step.STATEMENT: _("In your own words"),
}
ASKED_WORDS: dict[str, LazyString] = {
    AskedFor.FULL: _("To pay nothing"),
    AskedFor.PART: _("To pay less"),
    AskedFor.MORE_TIME: _("More time to pay"),
    AskedFor.INSTALLMENTS: _("To pay in parts"),
}
PROOF_CHOICE_WORDS: dict[str, LazyString] = {
    "": _("Not asked for"),
    ProofChoice.FILES: _("Sent with the request"),
    ProofChoice.LATER: _("Will be brought if the court asks"),
    ProofChoice.NONE: _("There is no proof"),
}
EXPENSE_WORDS: dict[str, LazyString] = {
    "housing": _("Rent or mortgage"),
    "food": _("Food"),
    "utilities": _("Power, water, heating and phone"),
    "transport": _("Getting to work and around"),
    "medical": _("Doctors and medicine"),
    "support": _("Child support and care of family"),
    "other": _("Other things that have to be paid"),
}


@dataclass(frozen=True)
class Answers:
    """What was answered so far; None or '' where nothing was. Cents; `expenses` by the month and by name."""

    benefits: tuple[str, ...] | None = None
    household_size: int | None = None
    income_cents: int | None = None
    income_period: str = ""
    expenses: Mapping[str, int] | None = None
    proof_choice: str = ""
    no_proof_reason: str = ""
    asked_for: str = ""
    can_pay_cents: int | None = None
    statement: str | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Answers:
        known = {field.name for field in fields(cls)}
        kept = {name: value for name, value in stored.items() if name in known}
        if kept.get("benefits") is not None:
            kept["benefits"] = tuple(kept["benefits"])
        return cls(**kept)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "benefits": None if self.benefits is None else list(self.benefits)}

    def has(self, step: Step) -> bool:
        """Whether this step was answered."""
        return {
            Step.BENEFITS: self.benefits is not None,
            Step.HOUSEHOLD: self.household_size is not None,
            Step.INCOME: self.income_cents is not None and bool(self.income_period),
            Step.EXPENSES: self.expenses is not None,
            Step.PROOF: bool(self.proof_choice),
            Step.ASKING: bool(self.asked_for),
            Step.STATEMENT: self.statement is not None,
        }[step]


def steps_of(waivers: Waivers, *, at_counter: bool = False) -> tuple[Step, ...]:
    """The steps that a court asks for, in order; at the counter there is always a place for a scan."""
    left_out = set()
    if not waivers.asks_expenses:
        left_out.add(Step.EXPENSES)
    if waivers.proof is Proof.NOT_NEEDED and not at_counter:
        left_out.add(Step.PROOF)
    return tuple(step for step in Step if step not in left_out)


def asks_open(document: ProgramDocument) -> tuple[AskedFor, ...]:
    """What may be asked for under a court's rules."""
    parts = document.fees.installments.parts > 1
    return tuple(asked for asked in AskedFor if parts or asked is not AskedFor.INSTALLMENTS)


def first_open(answers: Answers, steps: Sequence[Step], *, proofs: int) -> Step | None:
    """The first step that has still to be answered; None when nothing is missing.

    Who says that proof was added has to have added some.
    """
    for step in steps:
        lacks_files = step is Step.PROOF and answers.proof_choice == ProofChoice.FILES and not proofs
        if not answers.has(step) or lacks_files:
            return step
    return None


def within_rules(answers: Answers, document: ProgramDocument, steps: Sequence[Step]) -> Answers:
    """The answers without what the court's rules do not ask for (they may have been amended meanwhile)."""
    known = tuple(name for name in answers.benefits or () if name in document.waivers.presumptive_benefits)
    return replace(
        answers,
        benefits=None if answers.benefits is None else known,
        expenses=answers.expenses if Step.EXPENSES in steps else None,
        proof_choice=answers.proof_choice if Step.PROOF in steps else "",
        no_proof_reason=answers.no_proof_reason if Step.PROOF in steps else "",
        asked_for=answers.asked_for if answers.asked_for in asks_open(document) else "",
    )


def signed_digest(answers: Answers, proofs: Sequence[str], declaration: str) -> str:
    """SHA-256, in hexadecimal, of all that stands above the signature: answers, files (their hashes), declaration."""
    signed = {"answers": answers.to_json(), "proofs": sorted(proofs), "declaration": declaration}
    return hashlib.sha256(json.dumps(signed, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
