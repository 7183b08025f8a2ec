"""The fee by a court's rules, and what a household would pay of it. Pure; integer US cents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.payments.guidelines import guideline_percent
from app.payments.rules import Band, FeeComponent, FeeLine, Guideline, apply_waiver, assess, band_for
from tenants.program import Fees, ProgramDocument

PERCENT = 100  # basis points


def fee_lines(fees: Fees) -> tuple[FeeLine, ...]:
    """What each component of the court's fee comes to."""
    return assess(
        [
            FeeComponent(
                c.key,
                amount=c.amount_cents,
                percent_of=c.percent_of,
                rate=None if c.percent is None else c.percent * PERCENT,
                waivable=c.waivable,
                refundable=c.refundable,
            )
            for c in fees.components
        ]
    )


@dataclass(frozen=True, slots=True)
class Household:
    """People who live together, and what they earn together in a month."""

    size: int
    monthly_income_cents: int


# Poor, near the line at which many courts stop waiving, and well above it.
SAMPLE_HOUSEHOLDS = (Household(1, 120_000), Household(3, 440_000), Household(2, 650_000))


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One component: `assessed_cents` is `waived_cents` and `due_cents` together."""

    key: str
    label: str
    payee: str
    waivable: bool
    assessed_cents: int
    waived_cents: int

    @property
    def due_cents(self) -> int:
        return self.assessed_cents - self.waived_cents


@dataclass(frozen=True, slots=True)
class FeePreview:
    """What a household would pay if a waiver is decided by income alone.

    `guideline_percent`: income as a percentage of the poverty guideline, rounded up; None before the first guideline.
    `band`: the court's band that holds it, with its rate in basis points; None above all of them.
    """

    lines: tuple[PreviewLine, ...]
    guideline_percent: int | None
    band: Band | None

    @property
    def assessed_cents(self) -> int:
        return sum(line.assessed_cents for line in self.lines)

    @property
    def waived_cents(self) -> int:
        return sum(line.waived_cents for line in self.lines)

    @property
    def due_cents(self) -> int:
        return sum(line.due_cents for line in self.lines)


def fee_preview(
    document: ProgramDocument,
    *,
    household_size: int,
    region: str,
    monthly_income_cents: int,
    on: date,
    guidelines: Sequence[Guideline],
) -> FeePreview:
    """The fee of a household under `document` on a court-local date. `region` is the court's two-letter state.

    Raises ValueError for a household of nobody or a negative income.
    """
    percent = guideline_percent(
        guidelines,
        monthly_income_cents=monthly_income_cents,
        household_size=household_size,
        region=region,
        on=on,
    )
    bands = [Band(band.up_to_percent, band.waives_percent * PERCENT) for band in document.waivers.bands]
    band = None if percent is None else band_for(percent, bands)
    lines = fee_lines(document.fees)
    waived = apply_waiver(lines, waived={}, rate=0 if band is None else band.rate)
    shown = tuple(
        PreviewLine(rule.key, rule.label, rule.payee, line.waivable, line.cents, waived.get(line.key, 0))
        for rule, line in zip(document.fees.components, lines, strict=True)
    )
    return FeePreview(shown, percent, band)
