"""What the participant says is not right, as reports tell it: in the language at work, on the court's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from babel.dates import format_date

from app.core.gathering import Gathered
from app.core.i18n import LOCALES, LazyString, current_language
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.disputes.models import Dispute
from app.disputes.rules import Fact
from app.disputes.words import FACT_WORDS, PARTICULAR
from app.reports.court_kinds.facts import Day
from app.reports.court_kinds.frozen import CaseStep, Disputed
from app.reports.sources import CHECK_INS, LEDGER, MODULES, STEPS, VIOLATIONS

# In which list of the snapshot a fact of this kind stands.
PLACES: dict[Fact, str] = {
    Fact.CHECK_IN: CHECK_INS,
    Fact.MODULE: MODULES,
    Fact.SEAT_TIME: MODULES,
    Fact.VIOLATION: VIOLATIONS,
    Fact.STEP: STEPS,
    Fact.PAYMENT: LEDGER,
}
_NAMED: dict[str, LazyString] = {
    MODULES: _l("Module: %(what)s"),
    VIOLATIONS: _l("Possible violation: %(what)s, %(day)s"),
    LEDGER: _l("Fee: %(what)s"),
    STEPS: _l("What the court did: %(what)s, %(day)s"),
}


def disputed_in(
    found: Gathered, fields: Mapping[str, Any], sources: Mapping[str, Sequence[str]], time_zone: str
) -> tuple[Disputed, ...]:
    """Everything that is or was disputed and was not taken back, in the order in which it was raised.

    `found`: the records of the case; `fields` and `sources`: the facts of the report, and what tells those behind them.
    """
    day = Day(time_zone)
    return tuple(_disputed(one, fields, sources, day) for one in found.of(Dispute) if one.state != "withdrawn")


def _disputed(one: Dispute, fields: Mapping[str, Any], sources: Mapping[str, Sequence[str]], day: Day) -> Disputed:
    fact = Fact(one.fact)
    place, row = place_of(fact, one.subject, fields, sources)
    return Disputed.model_validate(
        {
            "what": _what(fact, one.subject, fields, place, row),
            "on": day.of(one.raised_at),
            "answered_on": day.or_none(one.answered_at),
            "outcome": one.state,
            "place": place,
            "row": row,
        }
    )


def place_of(
    fact: Fact, subject: str, fields: Mapping[str, Any], sources: Mapping[str, Sequence[str]]
) -> tuple[str, int | None]:
    """The list in which a fact stands, and where in it; None where the report does not list it."""
    place = PLACES.get(fact, "")
    found = step_keys(fields.get("steps", ())) if fact is Fact.STEP else list(sources.get(place, ()))
    return place, found.index(subject) if subject in found else None


def step_keys(steps: Sequence[CaseStep]) -> list[str]:
    """What tells each step from the others: its day, and which of that day it is. Earlier steps never change."""
    days = [one.on for one in steps]
    return [f"{day.isoformat()}-{days[:place].count(day) + 1}" for place, day in enumerate(days)]


def _what(fact: Fact, subject: str, fields: Mapping[str, Any], place: str, row: int | None) -> str:
    """The fact by its name in this report; what it is about in general where the report does not list it."""
    general = str(PARTICULAR.get((fact, subject), FACT_WORDS[fact]))
    if row is None:
        return general
    if fact is Fact.CHECK_IN:
        return str(_("Check-in %(number)s, due on %(day)s", number=row + 1, day=_day(fields["check_ins"][row].due)))
    listed = fields["money"].lines if place == LEDGER else fields[place]
    if row >= len(listed):
        return general
    one = listed[row]
    if fact is Fact.SEAT_TIME:
        return str(_("Time counted in the module: %(what)s", what=one.title))
    if place == MODULES:
        return str(_NAMED[place]) % {"what": one.title}
    if place == LEDGER:
        return str(_NAMED[place]) % {"what": one.label}
    return str(_NAMED[place]) % {"what": one.what, "day": _day(one.event_on if place == VIOLATIONS else one.on)}


def _day(day: Any) -> str:
    return str(format_date(day, "medium", locale=LOCALES[current_language()]))
