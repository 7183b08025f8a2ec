"""The federal poverty guidelines: a dated table of ours, the same for every court."""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from pathlib import Path

from app.payments.rules import Guideline, guideline_cents, poverty_percent, read_guidelines

FILE = Path(__file__).with_name("poverty_guidelines.json")
REGIONS = {"AK": "alaska", "HI": "hawaii"}


@lru_cache(maxsize=1)
def guidelines() -> tuple[Guideline, ...]:
    """Every guideline known, oldest first."""
    return read_guidelines(json.loads(FILE.read_text()))


def guideline_percent(*, monthly_income_cents: int, household_size: int, region: str, on: date) -> int | None:
    """A household's income as a percentage of the guideline on a court-local date, rounded up.

    `region` is the court's two-letter state. None before the first guideline that we hold.
    """
    try:
        line = guideline_cents(guidelines(), on=on, region=REGIONS.get(region, "contiguous"), household=household_size)
    except LookupError:
        return None
    return poverty_percent(monthly_income_cents * 12, line)
