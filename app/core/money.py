"""Money is an integer number of US cents; it becomes text only here."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import format_currency


def format_cents(cents: int) -> str:
    """`12345` -> `$123.45`, in the reader's language (Spanish as written in the United States)."""
    return str(format_currency(Decimal(cents) / 100, "USD"))
