"""What a record of a hearing may say, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any

from app.core.errors import Refused
from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

LONGEST = 2000  # characters of orders
MOST_AHEAD = 366 * 3  # days to a next hearing: further is a slip of the pen

KIND_WORDS: dict[str, LazyString] = {
    "review": _l("Review of progress"),
    "status": _l("Status hearing"),
    "violation": _l("About a possible violation"),
    "fee": _l("About the fee or a waiver"),
    "final": _l("End of the program"),
    "other": _l("Another kind of hearing"),
}
OUTCOME_WORDS: dict[str, LazyString] = {
    "held": _l("Held"),
    "continued": _l("Continued to another day"),
    "did_not_appear": _l("Did not appear"),
    "dismissed": _l("Case completed or dismissed"),
    "returned": _l("Case returned to the court"),
    "other": _l("Something else: see the orders"),
}
TONES = {"held": "good", "dismissed": "good", "did_not_appear": "problem", "returned": "attention"}


@dataclass(frozen=True, slots=True)
class Held:
    """What came of a hearing: its court-local date and time, keys of KIND_WORDS and OUTCOME_WORDS, orders in words."""

    on_date: date
    at_time: time | None
    kind: str
    outcome: str
    orders: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "on_date": self.on_date.isoformat(),
            "at_time": self.at_time.isoformat() if self.at_time else None,
            "kind": self.kind,
            "outcome": self.outcome,
            "orders": self.orders,
        }


@dataclass(frozen=True, slots=True)
class NextDay:
    """The court-local day and time to which somebody is to come next."""

    on_date: date
    at_time: time | None = None


def refuse(held: Held, following: NextDay | None, today: date) -> None:
    """Raises Refused, with the field, for what can not be the record of a hearing. `today` is court-local."""
    if held.kind not in KIND_WORDS:
        raise Refused(_("Choose what kind of hearing it was."), "kind")
    if held.outcome not in OUTCOME_WORDS:
        raise Refused(_("Choose what came of it."), "outcome")
    if held.on_date > today:
        raise Refused(_("This day has not come yet. Record the hearing when it is over."), "on_date")
    if len(held.orders) > LONGEST:
        raise Refused(_("This is too long. Use at most %(most)s characters.", most=LONGEST), "orders")
    if held.outcome == "other" and not held.orders.strip():
        raise Refused(_("Write what came of it."), "orders")
    if following is None:
        return
    if following.on_date <= held.on_date:
        raise Refused(_("The next hearing must be after this one."), "next_on")
    if (following.on_date - today).days > MOST_AHEAD:
        raise Refused(_("The next hearing is more than three years away. Check the year."), "next_on")
