"""Which column of a file is which field of ours: the fields, a first guess, and what a choice must hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _


class Kind(StrEnum):
    """What a file is for."""

    REFERRALS = "referrals"  # new people
    NUMBERS = "numbers"  # case numbers of people who were referred before there was one


class Column(StrEnum):
    """A field of ours that a column of a file may fill."""

    GIVEN_NAMES = "given_names"
    FAMILY_NAMES = "family_names"
    FULL_NAME = "full_name"
    BIRTH_DATE = "birth_date"
    CASE_NUMBERS = "case_numbers"
    PENDING = "pending"
    ORDER_DATE = "order_date"
    DEADLINE = "deadline"
    CASE_ENDS_ON = "case_ends_on"
    HEARING_ON = "hearing_on"
    HEARING_AT = "hearing_at"
    OFFICER = "officer"
    LANGUAGE = "language"
    EMAIL = "email"
    PHONE = "phone"
    REFERENCE = "reference"


C = Column
LABELS: dict[Column, LazyString] = {
    C.GIVEN_NAMES: _("Given names"),
    C.FAMILY_NAMES: _("Family names"),
    C.FULL_NAME: _("Full name in one column"),
    C.BIRTH_DATE: _("Birth date"),
    C.CASE_NUMBERS: _("Case number"),
    C.PENDING: _("Case number pending (yes or no)"),
    C.ORDER_DATE: _("Date of the order"),
    C.DEADLINE: _("Deadline for the lessons"),
    C.CASE_ENDS_ON: _("The case ends on"),
    C.HEARING_ON: _("Date of the next hearing"),
    C.HEARING_AT: _("Time of the next hearing"),
    C.OFFICER: _("Officer"),
    C.LANGUAGE: _("Language"),
    C.EMAIL: _("Email"),
    C.PHONE: _("Phone"),
    C.REFERENCE: _("Portal reference"),
}
HINTS: dict[Column, LazyString] = {
    C.FULL_NAME: _("Only if your file has no two columns for it: Family, Given."),
    C.BIRTH_DATE: _("Such as 4/28/1986 or 1986-04-28."),
    C.CASE_NUMBERS: _("Several in one cell: set apart by semicolons. Empty: pending."),
    C.DEADLINE: _("Without it, your court's usual time from today."),
    C.OFFICER: _("Name or email of somebody who supervises in this court."),
    C.LANGUAGE: _("English or Spanish. Without it, English."),
    C.REFERENCE: _("From a result file or from the list of pending numbers. It finds a person for certain."),
}

_NAMES = (C.GIVEN_NAMES, C.FAMILY_NAMES, C.FULL_NAME)
COLUMNS: dict[Kind, tuple[Column, ...]] = {
    Kind.REFERRALS: (*_NAMES, *(c for c in Column if c not in (*_NAMES, C.REFERENCE))),
    Kind.NUMBERS: (C.REFERENCE, *_NAMES, C.BIRTH_DATE, C.CASE_NUMBERS),
}

# The headings of our own template come first; then what case management systems write.
KNOWN_HEADINGS: dict[Column, tuple[str, ...]] = {
    C.GIVEN_NAMES: ("Given names", "first name", "first", "given name", "first names", "fname", "nombre", "nombres"),
    C.FAMILY_NAMES: ("Family names", "last name", "last", "surname", "family name", "lname", "apellido", "apellidos"),
    C.FULL_NAME: ("Full name", "name", "defendant", "defendant name", "person", "participant", "nombre completo"),
    C.BIRTH_DATE: ("Birth date", "date of birth", "dob", "birthdate", "birthday", "born", "fecha de nacimiento"),
    C.CASE_NUMBERS: (
        "Case number", "case numbers", "case no", "case #", "case", "cause number", "cause no", "docket number",
        "docket", "número de caso",
    ),
    C.PENDING: ("Case number pending", "pending", "number pending"),
    C.ORDER_DATE: (
        "Order date", "date of the order", "date of order", "ordered on", "ordered", "order",
        "disposition date",
    ),
    C.DEADLINE: ("Deadline", "deadline for the lessons", "due date", "complete by", "due"),
    C.CASE_ENDS_ON: ("Case ends on", "case end", "case end date", "term ends", "supervision ends", "probation ends"),
    C.HEARING_ON: ("Hearing date", "next hearing", "date of the next hearing", "next court date", "court date"),
    C.HEARING_AT: ("Hearing time", "time of the next hearing", "court time"),
    C.OFFICER: ("Officer", "officer email", "probation officer", "officer name", "supervised by", "po"),
    C.LANGUAGE: ("Language", "preferred language", "lang", "idioma"),
    C.EMAIL: ("Email", "e mail", "mail", "email address", "correo electrónico"),
    C.PHONE: ("Phone", "phone number", "telephone", "mobile", "cell", "cell phone", "teléfono"),
    C.REFERENCE: ("Portal reference", "reference", "portal id", "referencia del portal"),
}  # fmt: skip
TEMPLATE: dict[Kind, tuple[Column, ...]] = {
    kind: tuple(c for c in columns if c is not C.FULL_NAME) for kind, columns in COLUMNS.items()
}

Mapped = Mapping[Column, str]  # our field -> the heading of its column


def heading_key(heading: str) -> str:
    """A heading for comparison: letters, digits and # only, small, without accents."""
    plain = unicodedata.normalize("NFKD", heading.casefold())
    return " ".join(re.findall(r"[a-z0-9#]+", "".join(c for c in plain if not unicodedata.combining(c))))


def template_headings(kind: Kind) -> tuple[str, ...]:
    """The first row of the file that a court may fill in."""
    return tuple(KNOWN_HEADINGS[column][0] for column in TEMPLATE[kind])


_BY_HEADING = {heading_key(name): column for column, names in KNOWN_HEADINGS.items() for name in names}


def guess(kind: Kind, headings: Sequence[str], remembered: Mapped | None = None) -> dict[Column, str]:
    """A first choice: what the court chose last time for the same headings, then headings that are known.

    No heading is used twice.
    """
    allowed = COLUMNS[kind]
    found = {c: heading for c, heading in (remembered or {}).items() if c in allowed and heading in headings}
    for heading in headings:
        column = _BY_HEADING.get(heading_key(heading))
        if column in allowed and column not in found and heading not in found.values():
            found[column] = heading
    if C.GIVEN_NAMES in found and C.FAMILY_NAMES in found:
        found.pop(C.FULL_NAME, None)
    return found


def faults(kind: Kind, mapped: Mapped, headings: Sequence[str]) -> dict[Column, LazyString]:
    """What is wrong with a choice, all at once, by field; empty when the file can be read with it."""
    found: dict[Column, LazyString] = {}
    seen: dict[str, Column] = {}
    for column, heading in mapped.items():
        if column not in COLUMNS[kind] or heading not in headings:
            found[column] = _("Choose a column from the list.")
        elif heading in seen:
            found[column] = _("This column is chosen twice.")
        seen.setdefault(heading, column)
    whole_name = C.GIVEN_NAMES in mapped and C.FAMILY_NAMES in mapped
    by_reference = kind is Kind.NUMBERS and C.REFERENCE in mapped
    if not by_reference:
        if not whole_name and C.FULL_NAME not in mapped:
            for column in (C.GIVEN_NAMES, C.FAMILY_NAMES):
                if column not in mapped:
                    found[column] = _("Choose the column with the names.")
        if C.BIRTH_DATE not in mapped:
            found[C.BIRTH_DATE] = _("Choose the column with the birth date.")
    if kind is Kind.NUMBERS and C.CASE_NUMBERS not in mapped:
        found[C.CASE_NUMBERS] = _("Choose the column with the case number.")
    if kind is Kind.REFERRALS and C.ORDER_DATE not in mapped:
        found[C.ORDER_DATE] = _("Choose the column with the date of the order.")
    return found


def everything_known(kind: Kind, mapped: Mapped, headings: Sequence[str]) -> bool:
    """Whether nobody needs to be asked: the choice is whole and no column is left over."""
    return not faults(kind, mapped, headings) and set(headings) <= set(mapped.values())
