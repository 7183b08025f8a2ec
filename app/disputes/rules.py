"""The pure rules of a dispute of a record: what can be disputed, who answers it, how it moves, when it is late."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from app.cases.rules import Moves, transition
from app.core.i18n import lazy_gettext as _
from app.permissions.identity import Role
from app.permissions.permissions import SEES_WHOLE_COURT


class Fact(StrEnum):
    """The kinds of facts in a record."""

    CHECK_IN = "check_in"
    MODULE = "module"
    SEAT_TIME = "seat_time"
    VIOLATION = "violation"
    STEP = "step"
    STANDING = "standing"
    PAYMENT = "payment"
    PERSON = "person"
    CASE_NUMBER = "case_number"
    DATE = "date"


# What somebody who supervises has recorded, or can look up; of everything else the clerk keeps the record.
SUPERVISION = frozenset({Fact.CHECK_IN, Fact.MODULE, Fact.SEAT_TIME, Fact.VIOLATION, Fact.STEP, Fact.STANDING})
_SUPERVISING = frozenset({Role.OFFICER, Role.SUPERVISOR})
KEEPERS = frozenset({Role.CLERK, Role.ADMINISTRATOR})  # they also answer where nobody supervises

MOST_OPEN = 10  # of one case at a time

DISPUTE_MOVES = Moves(
    "dispute",
    "open",
    (
        transition("open", "corrected", "dispute.answer", _("The record was corrected."), "reason"),
        transition("open", "stands", "dispute.answer", _("The record stands."), "reason"),
        transition("open", "withdrawn", "own_program", _("The participant took it back.")),
    ),
)


class Verdict(StrEnum):
    """What a person of the court answers."""

    CORRECTED = "corrected"
    STANDS = "stands"


def answers(role: Role, fact: Fact) -> bool:
    """Whether somebody of this role answers a dispute of such a fact, in the cases that they see."""
    return role in KEEPERS or (role in _SUPERVISING and fact in SUPERVISION)


def answers_in_every_case(fact: Fact) -> list[Role]:
    """The roles of those who answer disputes of such a fact whosever case it is."""
    return [role for role in Role if role in SEES_WHOLE_COURT and answers(role, fact)]


def is_overdue(state: str, answer_by: date, today: date) -> bool:
    """Nobody has answered by the end of the day that the court's rules give it. Both days are court-local."""
    return state == "open" and today > answer_by
