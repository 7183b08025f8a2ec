"""The first steps of a court: which there are, and which are done. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """One thing that a new court does once, in this order."""

    RULES = "rules"
    EMBLEM = "emblem"
    STAFF = "staff"
    REFERRAL = "referral"
    CODE = "code"
    PAYMENT = "payment"
    REPORT = "report"


@dataclass(frozen=True)
class Known:
    """What the rows of a court say. None: the reader may not know it, or the court has no such thing."""

    own_rules: bool
    emblem: bool
    colleagues: int  # members of staff and invitations, without the first administrator
    referrals: int
    codes: int
    payments: int | None
    reports: int | None


def steps_of(known: Known) -> list[tuple[Step, bool]]:
    """The steps that this court takes, each with whether it is done."""
    found = [
        (Step.RULES, known.own_rules),
        (Step.EMBLEM, known.emblem),
        (Step.STAFF, known.colleagues > 0),
        (Step.REFERRAL, known.referrals > 0),
        (Step.CODE, known.codes > 0),
    ]
    if known.payments is not None:
        found.append((Step.PAYMENT, known.payments > 0))
    if known.reports is not None:
        found.append((Step.REPORT, known.reports > 0))
    return found
