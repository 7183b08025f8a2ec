"""The pure rules of an agreed step: what is said of it, when it is asked about. Days are court-local."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from app.accountability.violations.models import PossibleViolation
from app.cases.rules import Moves, transition
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _

AGREED = "agreed"


class Kept(StrEnum):
    """What somebody of the court says about an agreed step."""

    KEPT = "kept"
    NOT_KEPT = "not_kept"
    LET_GO = "let_go"


_SAY = "violation.decide"
STEP_MOVES = Moves(
    "agreed step",
    AGREED,
    (
        transition("agreed not_kept", Kept.KEPT, _SAY, _("The agreed step was done.")),
        transition("agreed", Kept.NOT_KEPT, _SAY, _("The agreed step was not done."), "note", "day_is_over"),
        transition("not_kept", Kept.LET_GO, _SAY, _("Nothing more is asked of the agreed step."), "note"),
    ),
)
STEP_WORDS: Mapping[str, tuple[LazyString, str]] = {
    AGREED: (_("Not answered yet"), "neutral"),
    Kept.KEPT: (_("Done"), "good"),
    Kept.NOT_KEPT: (_("Not done"), "attention"),
    Kept.LET_GO: (_("Nothing more is asked"), "neutral"),
}


def waits_to_be_done(row: PossibleViolation) -> bool:
    """Whether a step was agreed that nobody has spoken of since. A check-in speaks for itself."""
    return row.state == "response" and row.response_kept is None and not row.response_by_check_in


def is_to_be_asked(due_on: date, today: date) -> bool:
    """Whether the day is over by which the step was to be done, so that somebody has to say whether it was."""
    return today > due_on
