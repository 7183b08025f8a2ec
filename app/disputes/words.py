"""Disputes in words, for participants, the court's people and reports."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l
from app.disputes.rules import Fact

FACT_WORDS: Mapping[Fact, LazyString] = {
    Fact.CHECK_IN: _l("Check-in"),
    Fact.MODULE: _l("Result of a module"),
    Fact.SEAT_TIME: _l("Time counted in a module"),
    Fact.VIOLATION: _l("Possible violation"),
    Fact.STEP: _l("What the court did"),
    Fact.STANDING: _l("Where the program stands"),
    Fact.PAYMENT: _l("Fee and payments"),
    Fact.PERSON: _l("Name or birth date"),
    Fact.CASE_NUMBER: _l("Case number"),
    Fact.DATE: _l("Date"),
}
# Facts of which there is one in a record, by their subject.
PARTICULAR: Mapping[tuple[Fact, str], LazyString] = {
    (Fact.PERSON, "name"): _l("Name"),
    (Fact.PERSON, "birth_date"): _l("Date of birth"),
    (Fact.PERSON, "officer"): _l("Supervising officer"),
    (Fact.DATE, "order"): _l("Court order"),
    (Fact.DATE, "enrolled"): _l("Enrolled"),
    (Fact.DATE, "completed"): _l("Completed"),
    (Fact.DATE, "deadline"): _l("Days left"),
    (Fact.DATE, "hearing"): _l("Next hearing"),
    (Fact.DATE, "case_end"): _l("The case ends"),
    (Fact.PAYMENT, "balance"): _l("Fee and ability to pay"),
}
TONES: Mapping[str, str] = {
    "open": "attention",
    "corrected": "good",
    "stands": "info",
    "withdrawn": "neutral",
}
