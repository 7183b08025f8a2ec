"""What the diversion unit is told of a case. Pure.

Facts only: where somebody stands, days, counts, and what a person has decided. Nothing that somebody wrote, no amounts.
"""

from __future__ import annotations

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _

# A return to the court says that one was decided; an event that nobody has decided yet is nobody's business here.
DECIDED = ("excused", "response", "returned")

FEE_WORDS: dict[str, LazyString] = {
    "none": _("No fee"),
    "owed": _("Owed"),
    "waived": _("Waived"),
    "paid": _("Paid"),
}


def fee_standing(*, balance: int, assessed: int, waived: int) -> str:
    """A key of FEE_WORDS from what is owed, was assessed and was waived (cents). Never how much."""
    if assessed <= 0:
        return "none"
    if balance > 0:
        return "owed"
    return "waived" if waived >= assessed else "paid"
