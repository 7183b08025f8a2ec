"""Money is an integer number of US cents; it becomes text only here."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import format_currency


def format_cents(cents: int) -> str:
    """`12345` -> `$123.45`, in the reader's language (Spanish as written in the United States)."""
    return str(format_currency(Decimal(cents) / 100, "USD"))


def plain_dollars(cents: int | None) -> str:
    """Cents as they stand in a box or a CSV file: 1900.50; empty for None."""
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"
