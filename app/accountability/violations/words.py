"""Possible violations in words, for the person and for the court."""

from __future__ import annotations

from collections.abc import Mapping

from app.accountability.models import CheckIn
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.rules import ViolationKind
from app.cases.rules import STATE_WORDS
from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

KIND_WORDS: Mapping[str, LazyString] = {
    ViolationKind.MISSED_CHECK_INS: _l("More check-ins missed than allowed"),
    ViolationKind.LESSONS_NOT_DONE: _l("Lessons not done by the deadline"),
    ViolationKind.APPOINTMENT: _l("Did not come to an appointment, or could not be reached"),
    ViolationKind.CONDITION: _l("A condition of the order was not kept"),
    ViolationKind.CONDUCT: _l("Something else that the court should know"),
}
# To the person, without a reproach.
TOLD: Mapping[str, LazyString] = {
    ViolationKind.MISSED_CHECK_INS: _l("You missed more check-ins than the rules of your program allow."),
    ViolationKind.LESSONS_NOT_DONE: _l("The deadline for your lessons has passed, and some are not done yet."),
    ViolationKind.APPOINTMENT: _l(
        "Your officer wrote down that you did not come to an appointment, or that nobody could reach you."
    ),
    ViolationKind.CONDITION: _l("Your officer wrote down that a condition of your order may not have been kept."),
    ViolationKind.CONDUCT: _l("Your officer wrote down something that the court may want to know."),
}
NEXT: Mapping[str, LazyString] = {
    "open": _l("A person of the court looks at it and decides. Nothing is decided yet."),
    "excused": _l("It is excused. It does not count against you."),
    "response": _l("A next step was agreed. Please do it by the day below."),
    "returned": _l("Your case is back with the court. Talk to your lawyer or your contact at the court."),
}
TONES: Mapping[str, str] = {"open": "attention", "excused": "good", "response": "info", "returned": "problem"}


def state_words(row: PossibleViolation) -> str:
    """Where it stands, in the reader's language."""
    return str(STATE_WORDS["possible violation"][row.state])


def concerned(row: PossibleViolation, check_ins: list[CheckIn]) -> list[CheckIn]:
    """The check-ins that it is about: of a decided one those that it answered, of an open one all that nobody has."""
    if row.kind != ViolationKind.MISSED_CHECK_INS:
        return []
    if row.state == "open":
        return [one for one in check_ins if one.state == "missed" and one.answered_by is None]
    return [one for one in check_ins if one.answered_by == row.id]


def told_how(row: PossibleViolation) -> str:
    """How the court was told; a return to the court tells it."""
    return row.court_told_how or (str(_("The case was returned to the court.")) if row.court_told_at else "")
