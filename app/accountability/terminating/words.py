"""Ending a program in words, for the person and for the court."""

from __future__ import annotations

from collections.abc import Mapping

from app.accountability.terminating.models import Termination
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l

TOLD: Mapping[str, LazyString] = {
    "noticed": _l("Somebody has proposed to the court to end your program. Nothing is decided yet. You can answer."),
    "terminated": _l("The court has ended your program. Talk to your lawyer about what follows."),
    "declined": _l("The court has looked at it: your program is not ended. The court will tell you how it goes on."),
    "withdrawn": _l("The proposal to end your program was taken back."),
}
ANSWERED = _l(
    "Somebody has proposed to the court to end your program. Nothing is decided yet. Your answer is in, and is read "
    "before anybody decides."
)
# The tag above it: the court's own words speak of the person as somebody else.
TAGS: Mapping[str, LazyString] = {"noticed": _l("Nothing is decided yet")}


def told_to_the_person(row: Termination) -> str:
    """What a notice means for its reader, in their language."""
    return str(ANSWERED if row.state == "noticed" and row.response_at is not None else TOLD[row.state])


TONES: Mapping[str, str] = {
    "proposed": "attention",
    "noticed": "attention",
    "terminated": "problem",
    "declined": "info",
    "withdrawn": "neutral",
}
