"""From a household to what would be waived, each number with where it comes from. Pure; cents, court-local dates.

It proposes; a person decides. The same object is shown to the learner and to whoever decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from app.payments.rules import WHOLE, Band, FeeLine, Guideline, apply_waiver, band_for, poverty_percent

MONTHS = 12
REGIONS = {"AK": "alaska", "HI": "hawaii"}
CONTIGUOUS = "contiguous"
REGION_WORDS: dict[str, LazyString] = {
    CONTIGUOUS: _("48 states and D.C."),
    "alaska": _("Alaska"),
    "hawaii": _("Hawaii"),
}


class Period(StrEnum):
    """How often an income comes."""

    WEEK = "week"
    TWO_WEEKS = "two_weeks"
    TWICE_MONTH = "twice_month"
    MONTH = "month"
    YEAR = "year"


TIMES_A_YEAR: dict[str, int] = {
    Period.WEEK: 52,
    Period.TWO_WEEKS: 26,
    Period.TWICE_MONTH: 24,
    Period.MONTH: 12,
    Period.YEAR: 1,
}
PERIOD_WORDS: dict[str, LazyString] = {
    Period.WEEK: _("every week"),
    Period.TWO_WEEKS: _("every two weeks"),
    Period.TWICE_MONTH: _("twice a month"),
    Period.MONTH: _("every month"),
    Period.YEAR: _("every year"),
}


class Why(StrEnum):
    """What a proposal rests on."""

    BENEFIT = "benefit"
    BAND = "band"
    ABOVE_BANDS = "above_bands"
    NO_GUIDELINE = "no_guideline"


@dataclass(frozen=True, slots=True)
class GuidelineUsed:
    """One year's guideline in one region: annual cents for a household of one and for each further person."""

    region: str
    effective: date
    base_cents: int
    person_cents: int

    @property
    def region_label(self) -> str:
        return str(REGION_WORDS[self.region])

    def for_household(self, size: int) -> int:
        return self.base_cents + (size - 1) * self.person_cents


@dataclass(frozen=True, slots=True)
class Household:
    """What was told. `income_cents` comes once every `period`; `benefits` are those of the court's list."""

    size: int
    income_cents: int
    period: str
    benefits: tuple[str, ...] = ()
    expenses: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class FeePart:
    """One component of the fee and what came of it so far, in cents."""

    line: FeeLine
    label: str
    payee: str
    waived_cents: int = 0


@dataclass(frozen=True, slots=True)
class ComputedPart:
    """One component: `fee_cents` is `waived_before_cents`, `waived_cents` (proposed) and `due_cents` together."""

    key: str
    label: str
    payee: str
    waivable: bool
    fee_cents: int
    waived_before_cents: int
    waived_cents: int

    @property
    def due_cents(self) -> int:
        return self.fee_cents - self.waived_before_cents - self.waived_cents


@dataclass(frozen=True, slots=True)
class Computation:
    """Every number on the way from the household to the fee.

    `percent`: annual income as a percentage of the guideline, rounded up; None without a guideline. `rate`: what is
    proposed, in basis points of what can be waived and is not waived yet.
    """

    household: Household
    times_a_year: int
    annual_cents: int
    monthly_cents: int
    guideline: GuidelineUsed | None
    guideline_cents: int | None
    percent: int | None
    band: Band | None
    why: Why
    rate: int
    parts: tuple[ComputedPart, ...]
    expenses_cents: int | None

    @property
    def waived_cents(self) -> int:
        return sum(part.waived_cents for part in self.parts)

    @property
    def due_cents(self) -> int:
        return sum(part.due_cents for part in self.parts)

    @property
    def left_each_month_cents(self) -> int | None:
        """Income less expenses in a month; None where expenses are not asked for."""
        return None if self.expenses_cents is None else self.monthly_cents - self.expenses_cents


def annual(income_cents: int, period: str) -> int:
    """Cents a year. ValueError for a negative income, KeyError for an unknown period."""
    if income_cents < 0:
        raise ValueError("an income is not negative")
    return income_cents * TIMES_A_YEAR[period]


def monthly(income_cents: int, period: str) -> int:
    """Cents a month, half a cent rounded up."""
    return (annual(income_cents, period) * 2 + MONTHS) // (2 * MONTHS)


def region_of(state: str) -> str:
    """The guideline's region for a two-letter state."""
    return REGIONS.get(state, CONTIGUOUS)


def guideline_for(guidelines: Iterable[Guideline], *, region: str, on: date) -> GuidelineUsed | None:
    """The guideline in force in a region on a court-local date; None before the first one that is known.

    A year whose notice lacks the region does not count for it.
    """
    fitting = [g for g in guidelines if g.effective <= on and region in g.regions]
    if not fitting:
        return None
    newest = max(fitting, key=lambda g: g.effective)
    return GuidelineUsed(region, newest.effective, *newest.regions[region])


def compute(
    household: Household, guideline: GuidelineUsed | None, bands: Sequence[Band], parts: Sequence[FeePart]
) -> Computation:
    """What the court's rules propose; rates are basis points. ValueError for nobody or a negative income."""
    if household.size < 1:
        raise ValueError("a household is at least one person")
    yearly = annual(household.income_cents, household.period)
    line = guideline.for_household(household.size) if guideline else None
    percent = poverty_percent(yearly, line) if line else None
    band = band_for(percent, bands) if percent is not None else None
    why, rate = _proposal(household, percent, band)
    waived = apply_waiver(
        [part.line for part in parts], waived={part.line.key: part.waived_cents for part in parts}, rate=rate
    )
    return Computation(
        household=household,
        times_a_year=TIMES_A_YEAR[household.period],
        annual_cents=yearly,
        monthly_cents=monthly(household.income_cents, household.period),
        guideline=guideline,
        guideline_cents=line,
        percent=percent,
        band=band,
        why=why,
        rate=rate,
        parts=tuple(_computed(part, waived.get(part.line.key, 0)) for part in parts),
        expenses_cents=None if household.expenses is None else sum(household.expenses.values()),
    )


def _proposal(household: Household, percent: int | None, band: Band | None) -> tuple[Why, int]:
    """A benefit of the court's list shows that somebody can not pay, whatever the income comes to."""
    if household.benefits:
        return Why.BENEFIT, WHOLE
    if percent is None:
        return Why.NO_GUIDELINE, 0
    return (Why.BAND, band.rate) if band is not None else (Why.ABOVE_BANDS, 0)


def _computed(part: FeePart, waived_cents: int) -> ComputedPart:
    return ComputedPart(
        key=part.line.key,
        label=part.label,
        payee=part.payee,
        waivable=part.line.waivable,
        fee_cents=part.line.cents,
        waived_before_cents=part.waived_cents,
        waived_cents=waived_cents,
    )
