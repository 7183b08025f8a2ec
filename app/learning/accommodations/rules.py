"""What can be asked for, what was granted, and what that changes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from tenants.care import AdaContact


class Help(StrEnum):
    """A kind of change. Never a reason for it: nobody is asked for one."""

    TIME = "time"
    LARGE_PRINT = "large_print"
    READER = "reader"
    BREAKS = "breaks"
    LANGUAGE = "language"
    OTHER = "other"


ASK_WORDS: Mapping[Help, LazyString] = {
    Help.TIME: _l("More time"),
    Help.LARGE_PRINT: _l("Large print on my pages"),
    Help.READER: _l("A person who reads aloud to me, or types what I say"),
    Help.BREAKS: _l("More breaks"),
    Help.LANGUAGE: _l("Help with the language"),
    Help.OTHER: _l("Something else"),
}
# What the learner and the court see that it changes.
CHANGES: Mapping[Help, LazyString] = {
    Help.TIME: _l("Limits of counted time are wider, and there is no waiting between tries at a quiz."),
    Help.LARGE_PRINT: _l("Pages are shown in large print."),
    Help.READER: _l("A person may read lessons aloud or type answers that are spoken."),
    Help.BREAKS: _l("Breaks can be as many and as long as needed. They never count against anyone."),
    Help.LANGUAGE: _l("The court gives help with the language."),
    Help.OTHER: _l("What the court wrote about it."),
}
TIMES = (2, 3)  # how many times the usual limits
STATE_WORDS: Mapping[str, tuple[LazyString, str]] = {
    "requested": (_l("Waiting for the court"), "info"),
    "granted": (_l("Granted"), "good"),
    "denied": (_l("Not granted"), "attention"),
    "withdrawn": (_l("Taken back"), "neutral"),
    "ended": (_l("Ended"), "neutral"),
}


def contact_in_a_line(contact: AdaContact) -> str:
    """Name, phone and email of whom to ask, for a letter; empty where the court gave neither."""
    ways = [way for way in (contact.phone, contact.email) if way]
    return ", ".join([name for name in (contact.name,) if name] + ways) if ways else ""


@dataclass(frozen=True)
class Honored:
    """What holds for one person now. `widen`: how many times the usual limits of time (1: as for everybody)."""

    helps: frozenset[Help] = frozenset()
    widen: int = 1
    terms: tuple[str, ...] = ()

    @property
    def reader(self) -> bool:
        return Help.READER in self.helps

    @property
    def large_print(self) -> bool:
        return Help.LARGE_PRINT in self.helps

    def words(self) -> list[str]:
        """What it changes, a sentence each."""
        found = [str(CHANGES[one]) for one in Help if one in self.helps and one is not Help.OTHER]
        if self.widen > 1:
            found.append(str(_("Time limits are %(times)s times the usual.", times=self.widen)))
        return [*found, *(text for text in self.terms if text)]


NOTHING = Honored()


def honored(granted: Iterable[tuple[Collection[str], int, str]]) -> Honored:
    """All that was granted taken together: kinds, times the usual limits, and the court's own words, of each."""
    rows = list(granted)
    helps = frozenset(Help(kind) for kinds, _times, _terms in rows for kind in kinds)
    widen = max((times for kinds, times, _terms in rows if Help.TIME in kinds), default=1)
    return Honored(helps, max(widen, 1), tuple(terms for _kinds, _times, terms in rows))
