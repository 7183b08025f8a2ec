"""The queue in words."""

from __future__ import annotations

from datetime import datetime

from app.core.i18n import LANGUAGES, LazyString, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.reviews.rules import FlagReason, Kind, waited

KIND_WORDS: dict[Kind, LazyString] = {
    Kind.REFLECTION: _l("Reflection"),
    Kind.CHECK_IN: _l("Check-in"),
    Kind.QUIZ: _l("Quiz with all tries used"),
    Kind.FLAG: _l("Flag"),
}
REASON_WORDS: dict[FlagReason, LazyString] = {
    FlagReason.OWN_WORDS: _l("It may not be in the person's own words"),
    FlagReason.OFF_TASK: _l("It does not answer what was asked, again"),
    FlagReason.SUPPORT: _l("The person may need support"),
    FlagReason.HOSTILE: _l("It is hostile"),
    FlagReason.PROGRAM: _l("Something in the program or the portal is wrong"),
    FlagReason.OTHER: _l("Something else"),
}
LANGUAGE_WORDS: dict[str, LazyString] = {"en": _l("English"), "es": _l("Spanish")}


def language_words(code: str) -> str:
    return str(LANGUAGE_WORDS.get(code, LANGUAGES.get(code, code)))


def kind_words(kind: str) -> str:
    return str(KIND_WORDS[Kind(kind)])


def wait_words(since: datetime, now: datetime) -> str:
    """How long something has waited: "2 days", "5 hours", "less than an hour"."""
    days, hours = waited(since, now)
    if days:
        return str(ngettext("%(num)s day", "%(num)s days", days))
    if hours:
        return str(ngettext("%(num)s hour", "%(num)s hours", hours))
    return str(_("less than an hour"))
