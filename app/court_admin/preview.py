"""What a draft would do: what differs, for whom, and what sample households would pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from app.cases.models import Enrollment
from app.court_admin.court_parts import PARTS
from app.court_admin.running import RUNNING, Concerned, RunningRule, concerned
from app.court_admin.wording import Difference, differences
from app.payments.fees import SAMPLE_HOUSEHOLDS, FeePreview, Household, fee_preview
from app.payments.guidelines import known_guidelines
from tenants.database import session
from tenants.models import Court
from tenants.program import ProgramDocument

QUESTIONS = {question.path: question for part in PARTS for question in part.questions}


@dataclass(frozen=True)
class HouseholdFee:
    household: Household
    before: FeePreview
    after: FeePreview


@dataclass(frozen=True)
class ForRunning:
    """A rule that differs and may be applied to people who are in the program: to how many it would be."""

    label: str
    reason: str
    number: int


@dataclass(frozen=True)
class Preview:
    """Everything the preview page says. `waiting_to_enroll`: people who were referred and have not enrolled yet."""

    changes: tuple[Difference, ...]
    waiting_to_enroll: int
    concerned: Concerned
    for_running: tuple[ForRunning, ...]
    fees: tuple[HouseholdFee, ...]


def preview(
    in_force: ProgramDocument, wanted: ProgramDocument, court: Court, titles: Mapping[str, str], on: date
) -> Preview:
    """What publishing `wanted` would do. Three statements."""
    found = concerned(wanted.to_json())
    by_rule = found.by_rule()
    referred = select(func.count()).select_from(Enrollment).where(Enrollment.state == "referred")
    return Preview(
        changes=differences(in_force, wanted, titles),
        waiting_to_enroll=session().scalar(referred) or 0,
        concerned=found,
        for_running=tuple(
            ForRunning(label_of(rule), str(rule.reason), by_rule[rule]) for rule in RUNNING if rule in by_rule
        ),
        fees=tuple(_household(in_force, wanted, court.region, household, on) for household in SAMPLE_HOUSEHOLDS),
    )


def label_of(rule: RunningRule) -> str:
    return str(QUESTIONS[rule.path].label)


def _household(
    in_force: ProgramDocument, wanted: ProgramDocument, region: str, household: Household, on: date
) -> HouseholdFee:
    facts: dict[str, Any] = {
        "household_size": household.size,
        "monthly_income_cents": household.monthly_income_cents,
        "region": region,
        "on": on,
        "guidelines": known_guidelines(),
    }
    return HouseholdFee(household, fee_preview(in_force, **facts), fee_preview(wanted, **facts))
