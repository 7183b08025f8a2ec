"""Finding a case by what somebody types: a name in any spelling that people use, a case number in any format."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlalchemy.sql.expression import false

from app.caseload.lookups import Case, CourtDay, in_order, known, visible_cases
from app.cases.lookups import reach_of
from app.cases.models import CaseNumber, Enrollment, Person, Referral
from app.cases.rules import case_number_key
from app.core import clock
from app.permissions.identity import Identity
from tenants.database import session

FOUND_AT_MOST = 100  # cases that a search shows
WORDS_AT_MOST = 8
# Letters that are no plain ones with an accent, and what people type for them; a sign without one goes.
_SPECIAL = "ØøŁłĐđÐðı'\u2019\u2018`\u00b4\u02bc."
_PLAIN = "oollddddi"
_DOUBLE = (("ß", "ss"), ("Æ", "ae"), ("æ", "ae"), ("Œ", "oe"), ("œ", "oe"), ("Þ", "th"), ("þ", "th"))
_BETWEEN = "[-\u2010-\u2015_,/()[:space:]]+"  # what parts the words of a name


def plain_name(*parts: Any) -> ColumnElement[str]:
    """Names for comparison, in SQL: small letters without accents, one space for every hyphen, comma and gap."""
    # First taken apart into letter and accent, so that nothing below depends on the database's alphabet.
    text: ColumnElement[str] = func.normalize(func.concat(*parts), literal_column("NFKD"))
    text = func.translate(func.regexp_replace(text, "[\u0300-\u036f]", "", "g"), _SPECIAL, _PLAIN)
    for letter, letters in _DOUBLE:
        text = func.replace(text, letter, letters)
    return func.regexp_replace(func.lower(text), _BETWEEN, " ", "g")


def by_name() -> tuple[ColumnElement[str], ColumnElement[str]]:
    """The order of people by name, in which accents and capitals make no difference."""
    return plain_name(Person.family_names), plain_name(Person.given_names)


def find(identity: Identity, day: CourtDay, words: str) -> list[Case]:
    """Cases whose person's name or case number holds every one of `words`; at most FOUND_AT_MOST, by name.

    The order of the words makes no difference; a word in two with a hyphen is two.
    """
    number, typed = case_number_key(words), [word for word in re.split(r"\s+", words) if word][:WORDS_AT_MOST]
    by_words = and_(*(_matches(word) for word in typed)) if typed else false()
    query = visible_cases(reach_of(identity)).where(or_(by_words, _has_number(number)) if number else by_words)
    query = query.order_by(*by_name(), Enrollment.id).limit(FOUND_AT_MOST)
    rows = session().connection().execute(query, {"viewer": identity.id, "now": clock.now()}).all()
    found = [row[0] for row in rows]
    return in_order(found, known(found, day))


def _matches(word: str) -> ColumnElement[bool]:
    """A name that holds every part of `word`, as it stands or written in one, or a case number that holds it."""
    whole = plain_name(Person.given_names, " ", Person.family_names)
    parts = [part for part in re.split(r"[-\u2010-\u2015_,/().]+", word) if part]
    names = [
        or_(func.strpos(whole, plain) > 0, func.strpos(func.replace(whole, " ", ""), plain) > 0)
        for plain in (plain_name(part) for part in parts)
    ]
    key = case_number_key(word)
    either = [and_(*names)] if names else []
    return or_(false(), *either, *([_has_number(key)] if key else []))


def _has_number(key: str) -> ColumnElement[bool]:
    held = CaseNumber.normalized.contains(key, autoescape=True)
    return Referral.id.in_(select(CaseNumber.referral_id).where(held))
