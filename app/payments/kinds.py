"""What the entries of a ledger mean beyond their kind: money that moved, what is waived, what was corrected.

`adjusted` is three things: money that came back in because a refund failed (it carries Stripe's object), a waiver that
was taken back (its effect begins with `waiver:`), and a person's correction.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import and_, case, literal_column, or_

from app.cases.many import is_one_of
from app.payments.models import LedgerEntry
from app.payments.rules import AT_COUNTER

MOVES_MONEY = ("paid", "refunded", "disputed", "dispute_won", "dispute_lost")
_TAKEN_BACK = "waiver:"

_adjusted = LedgerEntry.kind == "adjusted"
_of_waiver = LedgerEntry.effect.startswith(_TAKEN_BACK, autoescape=True)
IS_FAILED_REFUND = and_(_adjusted, LedgerEntry.stripe_object != "")
# A counter payment that was voided: recorded by mistake, so no money went back.
IS_VOID = and_(LedgerEntry.kind == "refunded", LedgerEntry.effect.startswith(AT_COUNTER, autoescape=True))
IS_MONEY = or_(is_one_of(LedgerEntry.kind, MOVES_MONEY), IS_FAILED_REFUND)
# What came in, and what went back: the same on the dashboard and by payee (`came_in`). What a bank holds or took back
# went back; a refund that failed, and what a bank gave back, count against it.
IS_CAME_IN = or_(LedgerEntry.kind == "paid", IS_VOID)
IS_WENT_BACK = and_(IS_MONEY, ~IS_CAME_IN, LedgerEntry.kind != "dispute_lost")
IS_WAIVED = or_(LedgerEntry.kind == "waived", and_(_adjusted, LedgerEntry.stripe_object == "", _of_waiver))
IS_CORRECTION = and_(_adjusted, LedgerEntry.stripe_object == "", ~_of_waiver)


class Meaning(StrEnum):
    """What one entry is, for people."""

    ASSESSED = "assessed"
    WAIVED = "waived"
    MONEY = "money"
    CORRECTED = "corrected"


def meaning_of(entry: LedgerEntry) -> Meaning:
    """The same question as the conditions above, of an entry that is loaded."""
    if entry.kind in MOVES_MONEY or (entry.kind == "adjusted" and entry.stripe_object):
        return Meaning.MONEY
    if entry.kind == "adjusted":
        return Meaning.WAIVED if entry.effect.startswith(_TAKEN_BACK) else Meaning.CORRECTED
    return Meaning(entry.kind)


def is_void(kind: str, effect: str) -> bool:
    """The same as IS_VOID, of an entry that is loaded."""
    return kind == "refunded" and effect.startswith(AT_COUNTER)


def came_in(kind: str, effect: str) -> bool:
    """The same as IS_CAME_IN, of money that is loaded; the rest of it went back."""
    return kind == "paid" or is_void(kind, effect)


MEANING = case(
    (IS_MONEY, literal_column("'money'")),
    (IS_WAIVED, literal_column("'waived'")),
    (IS_CORRECTION, literal_column("'corrected'")),
    else_=LedgerEntry.kind,
)
