"""What a message may be, and the texts to start one from, without a database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date

from app.cases.rules import FINAL_STATES
from app.core.errors import Refused
from app.core.i18n import LOCALES, LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

LONGEST = 2000  # characters
PER_HOUR = 10  # messages of one side of one case
TOLD_AGAIN_AFTER = timedelta(days=1)  # while the earlier ones are not read
_GAP = re.compile(r"\[([^\[\]\n]{1,60})\]")

# What a court may write in brackets, in either language, and which fact of the case takes its place.
PLACES = {
    "first name": "first_name",
    "nombre": "first_name",
    "officer": "officer",
    "agente": "officer",
    "oficial": "officer",
    "next hearing": "hearing",
    "próxima audiencia": "hearing",
    "deadline": "deadline",
    "fecha límite": "deadline",
}


@dataclass(frozen=True, slots=True)
class Starter:
    """A text that every court has."""

    title: LazyString
    text: LazyString


STARTERS: dict[str, Starter] = {
    "call": Starter(
        _l("Please call me"), _l("Hello [first name]. Please call me at [phone number] by [day]. Thank you. [officer]")
    ),
    "hearing": Starter(
        _l("Your next hearing"),
        _l("Hello [first name]. Your next hearing is on [next hearing]. If you can not come, tell me before that day."),
    ),
    "check_in": Starter(
        _l("A check-in was missed"),
        _l(
            "Hello [first name]. A check-in was missed. Please sign in and look at your check-ins: you may still be"
            " able to do it. If something was in the way, tell me."
        ),
    ),
    "lessons": Starter(
        _l("Time for the lessons"),
        _l(
            "Hello [first name]. Your lessons are due by [deadline]. A little each day is enough. If something is in"
            " the way, tell me."
        ),
    ),
    "well_done": Starter(
        _l("Well done"),
        _l("Hello [first name]. You have kept up with your program. That is good work. Go on like this."),
    ),
}


def filled(text: str, facts: Mapping[str, str]) -> str:
    """`text` with each known place filled from `facts`; what is not known stays in brackets, to be filled by hand."""

    def fact(found: re.Match[str]) -> str:
        return facts.get(PLACES.get(found[1].strip().lower(), ""), "") or found[0]

    return _GAP.sub(fact, text)


def facts_for(
    *, given_names: str, officer: str, next_hearing: date | None, deadline: date, language: str
) -> dict[str, str]:
    """The facts that take the places of PLACES, for a text in `language`; empty for what is not known. Days are the
    court's."""
    locale = LOCALES.get(language, LOCALES["en"])
    return {
        "first_name": given_names.partition(" ")[0],
        "officer": officer,
        "hearing": format_date(next_hearing, "full", locale=locale) if next_hearing else "",
        "deadline": format_date(deadline, "full", locale=locale),
    }


def gaps(text: str) -> list[str]:
    """What still stands in brackets."""
    return [found[0] for found in _GAP.finditer(text)]


def by_hand(text: str) -> list[str]:
    """What stands in brackets that no fact of a case can fill: somebody does, and sends such a text to one person."""
    return [found[0] for found in _GAP.finditer(text) if found[1].strip().lower() not in PLACES]


@dataclass(frozen=True, slots=True)
class ReadyText:
    """A text to send: its key (of STARTERS, or an id) and title; `es` may be empty: then all are sent the English."""

    key: str
    title: str
    en: str
    es: str

    @property
    def by_hand(self) -> list[str]:
        """What in it somebody has to fill in; empty for a text that can go to many at once."""
        return by_hand(f"{self.en}\n{self.es}")

    def for_reader(self, language: str) -> tuple[str, str]:
        """The text for somebody who reads `language`, and the language that it is in."""
        return (self.es, "es") if language == "es" and self.es else (self.en, "en")


def is_closed(state: str) -> bool:
    """Whether nothing more is written in a case of this state; what was written can still be read."""
    return state in FINAL_STATES


def refuse_text(text: str, *, by_staff: bool) -> None:
    """Raises Refused at `text` for what can not be sent."""
    if not text.strip():
        raise Refused(_("Write the message."), "text")
    if len(text) > LONGEST:
        raise Refused(_("This is too long. Use at most %(most)s characters.", most=LONGEST), "text")
    if by_staff and (left := gaps(text)):
        raise Refused(_("Fill in what stands in brackets: %(places)s", places=", ".join(left)), "text")


def refuse_many(sent_within_the_hour: int) -> None:
    """Raises Refused when one side has written enough for an hour."""
    if sent_within_the_hour >= PER_HOUR:
        raise Refused(
            _(
                "That is %(number)s messages in an hour. Please wait a little; nothing that you sent is lost.",
                number=PER_HOUR,
            ),
            "text",
        )
