"""Every state has one word for people, from one place, in every language."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

import app.factory  # noqa: F401 - every package with it
from app.batches.words import STATE_WORDS as RUN_WORDS
from app.caseload.timeline import MODULE_STATES
from app.cases.imports.words import ROW_STATES
from app.cases.imports.words import STATES as IMPORT_STATES
from app.cases.mailroom.views import STATE_WORDS as MAIL_WORDS
from app.cases.rules import STATE_WORDS
from app.core.i18n import LazyString, in_language
from app.learning.accommodations.rules import STATE_WORDS as HELP_WORDS
from app.learning.rules import MODULE_STATE_WORDS, ModuleState
from app.payments.counter.rules import ADJUSTMENT_WORDS
from app.payments.refunds.rules import STATE_WORDS as REFUND_WORDS
from app.reports.delivering.words import BATCH_WORDS
from app.reports.delivering.words import STATE_WORDS as DELIVERY_WORDS
from app.reports.words import STATE_WORDS as REPORT_WORDS
from app.reviews.history import REFLECTION_STATES
from app.transfers.rules import IN_WORDS, OUT_WORDS
from app.web import catalogs
from tenants.database import db

# By table: where its states have their words.
WORDS: dict[str, Mapping[Any, Any]] = {
    "accommodation": HELP_WORDS,
    "check_in": STATE_WORDS["check-in"],
    "checkout": STATE_WORDS["checkout"],
    "record_dispute": STATE_WORDS["dispute"],
    "enrollment": STATE_WORDS["enrollment"],
    "enrollment_code": STATE_WORDS["enrollment code"],
    "ledger_adjustment": ADJUSTMENT_WORDS,
    "list_report": REPORT_WORDS,
    "module_progress": MODULE_STATES,
    "notice": MAIL_WORDS,
    "possible_violation": STATE_WORDS["possible violation"],
    "print_batch": BATCH_WORDS,
    "referral_import": IMPORT_STATES,
    "referral_import_row": ROW_STATES,
    "refund": REFUND_WORDS,
    "reflection": REFLECTION_STATES,
    "report": REPORT_WORDS,
    "report_delivery": DELIVERY_WORDS,
    "report_batch": RUN_WORDS,
    "termination": STATE_WORDS["termination"],
    "transfer": IN_WORDS | OUT_WORDS,
    "transfer_parcel": IN_WORDS,
    "waiver": STATE_WORDS["waiver"],
}
# Nobody reads these as a state: what the page says follows from it.
SAID_OTHERWISE = {
    "attention_mark": "the list of the day names day and reason",
    "audit_check": "the page of the check tells what was found",
    "case_action": "its page shows the progress",
    "case_action_item": "its page says of each case what was done",
    "code_batch": "its page offers the slips, or to try again",
    "court": "an operator's page, or the message to the court's people",
    "court_export": "its page offers the file, or says that it is gone",
    "membership": "listed among those who work here, or among those who left",
    "program_rules": "the page of versions says since when each is in force",
    "record_sealing": "its page says what it waits for, or what was done",
    "report_batch_item": "asked for: then the state of the report itself",
    "reconciliation": "its page tells what was found",
    "stripe_event": "the operator's console",
}
# States that are never shown: the row is not there for people yet, or stands in a list of its own.
UNSEEN = {
    "checkout": {"creating", "review", "set_aside"},
    "reflection": {"draft"},
}
# What a page says beside the word: what comes next.
SENTENCES = ("NEXT", "_SENTENCES")
_STATES = re.compile(r"\bstate IN \(([^)]*)\)")


def known_states() -> dict[str, set[str]]:
    """By table: the states that the database admits."""
    found: dict[str, set[str]] = {}
    for table in db.metadata.tables.values():
        for one in table.constraints:
            if isinstance(one, sa.CheckConstraint) and str(one.name or "").endswith("state_known"):
                (inside,) = _STATES.findall(str(one.sqltext))
                found[table.name] = set(re.findall(r"'(\w+)'", inside))
    return found


def words_in(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) and value else value


@pytest.mark.proves("CD-2")
def test_every_state_has_its_word_in_every_language(app):
    missing: list[str] = []
    for table, states in known_states().items():
        if table in SAID_OTHERWISE:
            continue
        words = WORDS.get(table, {})
        missing += [f"{table}: {state} has no word" for state in states - set(words) - UNSEEN.get(table, set())]
        for state in states & set(words):
            with app.test_request_context(), in_language("en"):
                english = str(words_in(words[state]))
            for language in catalogs.LANGUAGES:
                with app.test_request_context(), in_language(language):
                    there = str(words_in(words[state]))
                if there == english:
                    missing.append(f"{table}: {state} is {english!r} in {language}, too")
    assert not missing, "\n".join(sorted(missing))
    assert set(MODULE_STATE_WORDS) == set(ModuleState)
    assert not set(SAID_OTHERWISE) & set(WORDS)


def tables_of_words() -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Every table of words of the portal's modules, and those one level below (app/cases/rules.py)."""
    for module, names in [(name, vars(sys.modules[name])) for name in sorted(sys.modules) if name.startswith("app.")]:
        for name, value in names.items():
            if name.isupper() and isinstance(value, dict):
                yield f"{module}.{name}", value
                inner = ((key, each) for key, each in value.items() if isinstance(each, Mapping))
                yield from ((f"{module}.{name}[{key}]", each) for key, each in inner)


def test_no_state_has_a_second_word(app):
    """Two tables over the same states say two things of one state sooner or later."""
    states = known_states()
    twice = []
    with app.test_request_context(), in_language("en"):
        for name, words in tables_of_words():
            worded = words and all(isinstance(words_in(value), LazyString) for value in words.values())
            if name.rpartition(".")[2] in SENTENCES or not worded or any(words is one for one in WORDS.values()):
                continue
            for table, first in WORDS.items():
                shown = states[table] - UNSEEN.get(table, set())
                if shown <= set(map(str, words)):
                    other = {key for key in shown if str(words_in(words[key])) != str(words_in(first[key]))}
                    twice += [f"{name}: {sorted(other)} unlike those of {table}"] if other else []
    assert not twice, "\n".join(twice)
