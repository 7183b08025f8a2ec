"""One cell of a file to one value of ours. Pure; a cell that can not be read raises CellFault with a code."""

from __future__ import annotations

import re
from datetime import date, time

from app.cases.typed import EARLIEST_YEAR, is_email, is_phone, time_of_day

_US = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MIDNIGHT = re.compile(r"[T ]\s*(0?0|12):00(:00(\.0+)?)?\s*(AM)?Z?$", re.I)  # what exports put behind a date
_YES = frozenset({"yes", "y", "true", "1", "x", "si", "sí"})
_NO = frozenset({"no", "n", "false", "0"})
_LANGUAGES = {
    "en": "en",
    "eng": "en",
    "english": "en",
    "inglés": "en",
    "ingles": "en",
    "es": "es",
    "spa": "es",
    "spanish": "es",
    "español": "es",
    "espanol": "es",
}
_NUMBERS = re.compile(r"[;|]")
_NO_NUMBER = frozenset({"pending", "pendiente", "tbd", "n/a", "na", "none", "unknown", "-", "?"})


class CellFault(Exception):
    """Why a cell can not be read: a code of `words.PROBLEMS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def date_of(cell: str) -> date:
    """`4/28/1986` (month first, as in the United States) or `1986-04-28`, a midnight behind it or not."""
    typed = _MIDNIGHT.sub("", cell).strip()
    if found := _US.fullmatch(typed):
        month, day, year = found.groups()
    elif found := _ISO.fullmatch(typed):
        year, month, day = found.groups()
    else:
        raise CellFault("not_a_date")
    if len(year) < 4 or int(year) < EARLIEST_YEAR:
        raise CellFault("short_year")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise CellFault("no_such_day") from None


def time_of(cell: str) -> time:
    """`14:30`, `2:30 PM` or `2 pm`."""
    try:
        return time_of_day(cell)
    except ValueError:
        raise CellFault("not_a_time") from None


def yes_or_no(cell: str) -> bool:
    """Yes, y, true, x, sí or 1; no, n, false or 0."""
    word = cell.casefold()
    if word in _YES | _NO:
        return word in _YES
    raise CellFault("yes_or_no")


def language_of(cell: str) -> str:
    """A two-letter language that the portal speaks, from its name or letters."""
    letters = cell.casefold().partition("-")[0].strip()
    if letters not in _LANGUAGES:
        raise CellFault("unknown_language")
    return _LANGUAGES[letters]


def name_of(cell: str) -> str:
    """A name on one line, inner spaces folded."""
    name = " ".join(cell.split())
    if not any(c.isalpha() for c in name):
        raise CellFault("not_a_name")
    return name


def full_name_of(cell: str) -> tuple[str, str]:
    """Given and family names of `Family, Given` or, without a comma, `Given Family` (the last word is the family's)."""
    family, comma, given = cell.partition(",")
    if not comma:
        given, _space, family = name_of(cell).rpartition(" ")
    if not given.strip() or not family.strip():
        raise CellFault("one_name_only")
    return name_of(given), name_of(family)


def case_numbers_of(cell: str) -> tuple[str, ...]:
    """The case numbers of a cell, set apart by semicolons or bars; none for "pending" and its like."""
    parts = (part.strip() for part in _NUMBERS.split(cell))
    return tuple(part for part in parts if part and part.casefold() not in _NO_NUMBER)


def email_of(cell: str) -> str:
    if not is_email(cell):
        raise CellFault("not_an_email")
    return cell


def phone_of(cell: str) -> str:
    if not is_phone(cell):
        raise CellFault("not_a_phone")
    return cell
