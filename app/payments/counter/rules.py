"""What may be recorded at the counter, and which corrections need a second person. Pure; integer US cents."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _

LONGEST_AGO = timedelta(days=366)  # a payment received earlier is a slip of the finger
MOST_CENTS = 1_000_000_00


class Method(StrEnum):
    """How somebody paid at the counter."""

    CASH = "cash"
    MONEY_ORDER = "money_order"
    CHECK = "check"


METHOD_WORDS: dict[str, LazyString] = {
    Method.CASH: _("Cash"),
    Method.MONEY_ORDER: _("Money order"),
    Method.CHECK: _("Check"),
}
ADJUSTMENT_WORDS: dict[str, LazyString] = {
    "waiting": _("Waits for a second person"),
    "applied": _("Applied"),
    "declined": _("Declined"),
}


def received_in_time(received_on: date, today: date) -> bool:
    """Whether a court-local day can be the one on which money came in: not to come, and no year ago."""
    return today - LONGEST_AGO < received_on <= today


def payable_back(*, credit: int, on_its_way: int, at_counter: int, nobodys: int) -> int:
    """What of a credit can be paid back at the counter.

    Not what goes back to a card already (`on_its_way`), not more than what came in at the counter and is still there,
    and only what nobody is owed (payees.rules): a part of the fee that is not refundable keeps what it has.
    """
    return max(0, min(credit - on_its_way, at_counter, nobodys))


def needs_second_person(cents: int, limit: int, *, alone: Iterable[int] = ()) -> bool:
    """Whether a signed correction waits for somebody else: above the court's limit, up or down.

    `alone`: the signed corrections of the same fee that nobody else has looked at. They count too, or a large
    correction could be made in small ones.
    """
    return abs(cents) + sum(map(abs, alone)) > limit
