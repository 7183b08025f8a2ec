"""The pure rules of a report: its moves, and the states that a step may begin from."""

from __future__ import annotations

from app.cases.rules import SYSTEM, Moves, transition
from app.core.i18n import lazy_gettext as _

_OPEN = "requested rendering failed"
_ISSUED = "ready delivered acknowledged"
REPORT_MOVES = Moves(
    "report",
    "requested",
    (
        transition(_OPEN, "rendering", SYSTEM, _("The document is being made.")),
        transition(_OPEN, "ready", SYSTEM, _("The document was issued."), "whole_file"),
        transition(_OPEN, "failed", SYSTEM, _("The document could not be made."), "attempts_over"),
        transition("failed", "requested", "report_request", _("It is made again from the same facts.")),
        transition("ready", "delivered", SYSTEM, _("The document reached somebody."), "delivery"),
        transition("ready delivered", "acknowledged", "report_receive", _("Somebody said that they have it.")),
        transition(f"{_OPEN} {_ISSUED}", "superseded", SYSTEM, _("A newer one took its place."), "newer_is_issued"),
        transition(f"{_ISSUED} superseded", "revoked", "report_revoke", _("The court took it back."), "reason"),
        transition(_OPEN, "revoked", SYSTEM, _("The case ended before it was made.")),
    ),
)


def before(state: str) -> tuple[str, ...]:
    """The states from which a report can go to `state`: what a compare-and-set names."""
    found = frozenset[str]().union(*(row.from_states for row in REPORT_MOVES.transitions if row.to == state))
    return tuple(sorted(found))
