"""The federal poverty guidelines: a dated table of ours, the same for every court, to which an operator adds."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select

from app.payments.models import PovertyGuideline
from app.payments.rules import Guideline, guideline_cents, poverty_percent, read_guidelines
from app.payments.waiving.computing import region_of
from tenants.database import session

FILE = Path(__file__).with_name("poverty_guidelines.json")
KEPT_SECONDS = 60  # a new year's figures reach every process within a minute
_kept: tuple[float, tuple[Guideline, ...]] | None = None


@lru_cache(maxsize=1)
def shipped_guidelines() -> tuple[Guideline, ...]:
    """Those that came with the portal, oldest first: what a new database begins with."""
    return read_guidelines(json.loads(FILE.read_text()))


def known_guidelines() -> tuple[Guideline, ...]:
    """Every guideline in the database, oldest first; of two for one day and region the later addition counts."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] >= KEPT_SECONDS:
        _kept = (time.monotonic(), _read())
    return _kept[1]


def forget_guidelines() -> None:
    """Read them again at the next question: for the process that has just added some."""
    global _kept
    _kept = None


def _read() -> tuple[Guideline, ...]:
    rows = session().scalars(
        select(PovertyGuideline).order_by(PovertyGuideline.effective, PovertyGuideline.added_at, PovertyGuideline.id)
    )
    years: dict[date, dict[str, tuple[int, int]]] = {}
    for row in rows:
        years.setdefault(row.effective, {})[row.region] = (row.base_cents, row.per_person_cents)
    return tuple(Guideline(effective, regions) for effective, regions in sorted(years.items()))


def guideline_percent(
    guidelines: Sequence[Guideline], *, monthly_income_cents: int, household_size: int, region: str, on: date
) -> int | None:
    """A household's income as a percentage of the guideline on a court-local date, rounded up.

    `region` is the court's two-letter state. None before the first guideline.
    """
    try:
        line = guideline_cents(guidelines, on=on, region=region_of(region), household=household_size)
    except LookupError:
        return None
    return poverty_percent(monthly_income_cents * 12, line)
