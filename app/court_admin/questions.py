"""How one field of the rules is asked for, read, shown again and put in words.

Between the form and the document there is one shape for each kind: `read` turns what was typed into the document's
JSON, or leaves it as typed where it makes no sense, so that the document can complain and nothing is lost; `shown` is
the way back; `said` puts a value in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeAlias

from babel.dates import format_date

from app.core.i18n import LOCALES, LazyString, current_language
from app.core.i18n import gettext as _
from app.core.money import format_cents

Words: TypeAlias = "LazyString | str"
LONGEST_NUMBER = 12  # characters; nobody means more
LARGEST_DOLLARS = Decimal(1_000_000_000)  # beyond that it is a slip of the finger; the rules' own limit is lower


class Kind(StrEnum):
    NUMBER = "number"
    DOLLARS = "dollars"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    LINE = "line"
    TEXT = "text"
    LINES = "lines"  # one entry a line
    DATES = "dates"  # one date a line
    NUMBERS = "numbers"  # with commas between
    TIME = "time"
    TABLE = "table"
    PICTURE = "picture"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Question:
    """A field of the rules as an administrator meets it.

    `path` leads to it in the document (in a table's column: in the row). `hint` says why it matters and what is usual.
    `said` puts a number in words. A question that is `left_out_if_blank` is no key of the document while it is empty.
    """

    path: tuple[str, ...]
    label: Words
    kind: Kind
    hint: Words = ""
    optional: bool = False
    choices: tuple[tuple[str, Words], ...] = ()
    said: Callable[[Any], str] | None = None
    left_out_if_blank: bool = False
    columns: tuple[Question, ...] = ()
    row_name: Words = ""  # of a table: "Part %(number)s of the fee"
    spare: int = 2  # empty rows of a table for what is new
    most: int = 20  # rows of a table
    heading: Words = ""  # above it, where a group of questions begins
    later: bool = False  # kept with the rules, but the portal does not act on it yet: the page says so
    name: str = ""
    language: str = ""  # of what is written there, where it is not the reader's

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.path[-1])


@dataclass(frozen=True)
class Part:
    """A section of the rules that is edited as one page."""

    key: str
    title: Words
    intro: Words
    questions: tuple[Question, ...]


def printable(value: str | None) -> str:
    """What was typed without control characters, which no paper can show and the database refuses."""
    return "".join(c for c in value or "" if c.isprintable() or c in "\r\n").strip()


def value_at(document: Mapping[str, Any], path: Sequence[str]) -> Any:
    """What stands in the document at `path`; None where nothing does."""
    found: Any = document
    for step in path:
        if not isinstance(found, Mapping) or step not in found:
            return None
        found = found[step]
    return found


def with_value(document: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """A copy of the document with `value` at `path`."""
    step, *rest = path
    within = document.get(step)
    changed = with_value(within if isinstance(within, Mapping) else {}, rest, value) if rest else value
    return {**document, step: changed}


def without_value(document: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """A copy of the document with nothing at `path`."""
    step, *rest = path
    if not rest:
        return {key: value for key, value in document.items() if key != step}
    within = document.get(step)
    return {**document, step: without_value(within, rest)} if isinstance(within, Mapping) else dict(document)


# --- from what was typed to the document ---------------------------------------------------------------------------


def read(question: Question, typed: Any) -> Any:
    """The document's value for what stands in the form: text, a list of chosen values, or a boolean."""
    match question.kind:
        case Kind.YES_NO:
            return bool(typed)
        case Kind.CHOICES:
            return [value for value, _label in question.choices if value in (typed or ())]
        case Kind.NUMBER:
            return _number(printable(typed))
        case Kind.DOLLARS:
            return _cents(printable(typed))
        case Kind.CHOICE | Kind.HIDDEN:
            return printable(typed) or None
        case Kind.LINES:
            return _lines(typed)
        case Kind.DATES:
            return [_date(line) for line in _lines(typed)]
        case Kind.NUMBERS:
            return [_number(part) for part in re.split(r"[,;\s]+", printable(typed)) if part]
        case Kind.TIME:
            return _time(printable(typed))
    return "\n".join(line.rstrip() for line in printable(typed).splitlines())


def _lines(typed: str | None) -> list[str]:
    return [line.strip() for line in printable(typed).splitlines() if line.strip()]


def _number(typed: str) -> int | str | None:
    if not typed:
        return None
    with suppress(ValueError):
        return int(typed[:LONGEST_NUMBER])
    return typed


def _cents(typed: str) -> int | str | None:
    """Cents; the text itself when it is no amount of whole cents."""
    if not typed:
        return None
    try:
        dollars = Decimal(typed[:20].removeprefix("$").replace(",", ""))
    except InvalidOperation:
        return typed
    if not dollars.is_finite() or abs(dollars) > LARGEST_DOLLARS or dollars != round(dollars, 2):
        return typed
    return int(dollars * 100)


def _date(typed: str) -> str:
    """`2026-12-25` for `12/25/2026` and for itself; anything else as typed."""
    parts = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", typed)
    with suppress(ValueError):
        if parts:
            return date(int(parts[3]), int(parts[1]), int(parts[2])).isoformat()
        return date.fromisoformat(typed).isoformat()
    return typed


def _time(typed: str) -> str:
    with suppress(ValueError):
        return time.fromisoformat(typed).isoformat()
    return typed


# --- from the document to the form ---------------------------------------------------------------------------------


def shown(question: Question, value: Any) -> Any:
    """What the form's field holds for a value of the document, sound or not."""
    match question.kind:
        case Kind.YES_NO:
            return bool(value)
        case Kind.CHOICES:
            return [str(one) for one in value or ()]
        case Kind.LINES:
            return "\n".join(str(one) for one in value or ())
        case Kind.DATES:
            return "\n".join(_us_date(str(one)) for one in value or ())
        case Kind.NUMBERS:
            return ", ".join(str(one) for one in value or ())
        case Kind.DOLLARS if isinstance(value, int):
            return f"{Decimal(value) / 100:.2f}"
        case Kind.TIME:
            return str(value or "")[:5]
    return "" if value is None else str(value)


def _us_date(value: str) -> str:
    with suppress(ValueError):
        return date.fromisoformat(value).strftime("%m/%d/%Y")
    return value


# --- from the document to words ------------------------------------------------------------------------------------


def said(question: Question, value: Any) -> str:
    """A value of a sound document in words, in the reader's language."""
    if question.said is not None and value is not None:
        return question.said(value)
    match question.kind:
        case Kind.YES_NO:
            return str(_("Yes") if value else _("No"))
        case Kind.CHOICE:
            return str(dict(question.choices).get(str(value), value if value is not None else _("not set")))
        case Kind.CHOICES:
            labels = dict(question.choices)
            return "; ".join(str(labels.get(str(one), one)) for one in value or ()) or str(_("none"))
        case Kind.DOLLARS if isinstance(value, int):
            return format_cents(value)
        case Kind.DATES:
            days = (
                format_date(date.fromisoformat(str(day)), "long", locale=LOCALES[current_language()])
                for day in value or ()
            )
            return "; ".join(days) or str(_("none"))
        case Kind.LINES | Kind.NUMBERS:
            return "; ".join(str(one) for one in value or ()) or str(_("none"))
        case Kind.TIME:
            return str(value)[:5]
        case Kind.PICTURE:
            return str(_("a picture of the court's own") if value else _("none"))
    return str(value) if value not in (None, "") else str(_("not set"))
