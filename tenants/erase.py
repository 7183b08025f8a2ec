"""How a personal value goes away. Every text, date, JSON or binary column of a court's table declares one of these.

Sealing, expungement and retention read the declarations; a test refuses a column without one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Erase(StrEnum):
    """What happens to the column when its person's case is destroyed."""

    CLEAR = "clear"  # the value is blanked or replaced, the row stays for counts and history
    ROW = "row"  # the whole row goes
    KEEP = "keep"  # stays: needed to prove what the court did, and harmless without the rest


NOT_PERSONAL: dict[str, Any] = {"erase": None}


def personal(rule: Erase) -> dict[str, Any]:
    """`info=` of a column that holds a personal value."""
    return {"erase": rule}
