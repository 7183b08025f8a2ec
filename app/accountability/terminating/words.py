"""Ending a program in words, for the person and for the court."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l

TOLD: Mapping[str, LazyString] = {
    "noticed": _l("Somebody has proposed to the court to end your program. Nothing is decided yet. You can answer."),
    "terminated": _l("The court has ended your program. Talk to your lawyer about what follows."),
    "declined": _l("The court has looked at it: your program is not ended. The court will tell you how it goes on."),
    "withdrawn": _l("The proposal to end your program was taken back."),
}
TONES: Mapping[str, str] = {
    "proposed": "attention",
    "noticed": "attention",
    "terminated": "problem",
    "declined": "info",
    "withdrawn": "neutral",
}
