"""The pure rules of ending a program: moves, who decides, from when on it can be decided."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from app.cases.rules import SYSTEM, Moves, transition
from app.core.i18n import lazy_gettext as _
from app.permissions.identity import Role
from tenants.program import Decider

OPEN = ("proposed", "noticed")
TERMINATION_MOVES = Moves(
    "termination",
    "proposed",
    (
        transition("proposed", "noticed", SYSTEM, _("The person was told."), "approval_if_required"),
        transition("noticed", "terminated", "case.terminate", _("The program was ended."), "reason", "response_time"),
        transition("noticed", "declined", "case.terminate", _("The program is not ended."), "reason", "response_time"),
        transition("proposed noticed", "withdrawn", "termination.propose", _("The proposal was taken back."), "reason"),
    ),
)


class Verdict(StrEnum):
    """What is decided about a proposal."""

    TERMINATED = "terminated"
    DECLINED = "declined"


def deciders(decider: Decider) -> frozenset[Role]:
    """The roles that decide, by the court's rules."""
    if decider is Decider.JUDGE:
        return frozenset({Role.JUDGE})
    return frozenset({Role.CLERK, Role.ADMINISTRATOR})


def can_be_decided(*, respond_by: date, responded: bool, today: date) -> bool:
    """Only when the person has answered, or the last day to answer is over. Both days are court-local."""
    return responded or today > respond_by
