"""What a paper of the fee says, frozen when it is requested. Money is integer cents; dates are court-local.

Sentences come ready to be read, in the paper's language.
"""

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from app.reports.frozen import Frozen, Text


class Receipt(Frozen):
    """Money taken at the counter. `method` and `recorded_on` are in the paper's words; `owed_cents`: left to pay.

    A void says by whom, when and why; `owed_cents` is then what is left after it.
    """

    number: Text
    received_on: date
    recorded_on: Text
    method: Text
    reference: str = ""
    cents: int = Field(gt=0)
    taken_by: str = ""
    owed_cents: int
    voided_on: Text | None = None
    voided_by: str = ""
    void_reason: str = ""


class FeeEntry(Frozen):
    """One entry of the ledger in words; `cents` adds to what is owed, `owed_after_cents` is the balance then."""

    on: date
    words: Text
    note: str = ""
    cents: int
    owed_after_cents: int


class FeePart(Frozen):
    """One component of the fee and its payee: what it came to, and what the payee has of it."""

    label: Text
    payee: str = ""
    due_cents: int
    paid_cents: int


class PlannedPart(Frozen):
    """One installment as it stood."""

    number: int
    due_on: date
    cents: int
    left_cents: int


class FeeStatement(Frozen):
    """Every entry of a fee with the running balance, whose each cent is, and the plan to pay in parts."""

    entries: tuple[FeeEntry, ...]
    parts: tuple[FeePart, ...] = ()
    plan: tuple[PlannedPart, ...] = ()
    balance_cents: int

    @property
    def due_cents(self) -> int:
        return sum(part.due_cents for part in self.parts)

    @property
    def paid_cents(self) -> int:
        return sum(part.paid_cents for part in self.parts)

    @model_validator(mode="after")
    def _entries_add_up(self) -> Self:
        running = 0
        for entry in self.entries:
            running += entry.cents
            if running != entry.owed_after_cents:
                raise ValueError("the running balance does not follow from the entries")
        if running != self.balance_cents:
            raise ValueError("the entries do not add up to the balance")
        if self.parts and self.due_cents - self.paid_cents != self.balance_cents:
            raise ValueError("the parts do not add up to the balance")
        return self


class LetterLine(Frozen):
    """One component of the fee as an answer left it."""

    label: Text
    fee_cents: int
    waived_cents: int

    @property
    def left_cents(self) -> int:
        return self.fee_cents - self.waived_cents


class WaiverLetter(Frozen):
    """The court's answer to a request about the fee, in the reader's words: sentences come ready to be read."""

    sent_on: date
    decided_on: date
    decided_by: str = ""
    headline: Text
    reason: str = ""
    explanation: str = ""
    amounts: tuple[Text, ...] = ()
    numbers: tuple[Text, ...] = ()
    lines: tuple[LetterLine, ...] = ()
    next_steps: tuple[Text, ...] = ()


class WaiverCopy(Frozen):
    """What somebody asked about the fee, as signed: names and values, and the numbers it comes to, in words."""

    sent_on: Text
    rows: tuple[tuple[Text, str], ...]
    numbers: tuple[Text, ...] = ()
    declaration: str = ""
    signed_name: str = ""
    signed_how: tuple[Text, ...] = ()
    fingerprint: str = ""
