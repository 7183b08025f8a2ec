"""A case's rows as a person can read them: grouped, without numbers that mean nothing outside of the database."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from app.exports.contents import column_left_out

# What a record is made of, in the order in which it is read. A test refuses a table that stands nowhere.
GROUPS: tuple[tuple[LazyString, tuple[str, ...]], ...] = (
    (
        _("The person, the referral and hearings"),
        (
            "person", "referral", "case_number", "referral_amendment", "hearing", "hearing_correction",
            "enrollment_code", "referral_import_row",
        ),
    ),
    (
        _("The enrollment and what changed in it"),
        (
            "enrollment", "enrollment_transition", "agreement_signature", "program_change", "termination",
            "attention_mark", "counsel_admission", "case_action_item", "transfer",
        ),
    ),
    (
        _("Lessons, answers and reflections"),
        (
            "module_progress", "lesson_progress", "quiz_attempt", "reflection", "commitment", "commitment_change",
            "attestation", "accommodation", "seat_count", "page_event", "kept_text",
        ),
    ),
    (
        _("Check-ins, possible violations and concerns"),
        ("check_in", "possible_violation", "review_flag", "review_item", "concern", "concern_step"),
    ),
    (
        _("Messages, notes and disputed records"),
        (
            "case_message", "case_note", "case_note_version", "record_dispute", "notice", "message_wishes", "outbox",
            "occurrence",
        ),
    ),
    (
        _("Fees, payments and waivers"),
        (
            "ledger_entry", "ledger_adjustment", "checkout", "refund", "counter_payment", "counter_refund",
            "installment_plan", "installment", "waiver", "waiver_decision", "waiver_reply", "waiver_proof",
            "waiver_draft", "review_resolution", "reconciliation_difference",
        ),
    ),
    (
        _("Reports and where they went"),
        ("report", "report_delivery", "report_batch_item", "list_report", "list_report_person"),
    ),
    (
        _("The sign-in"),
        ("learner_account", "account_session", "account_recovery", "learner_device"),
    ),
    (_("Files"), ("stored_file",)),
    (_("Who did what with this case"), ("audit_event", "audit_detail")),
)  # fmt: skip
NUMBERS_OF_ROWS = re.compile(r"^(id|court_id|row_version|salt|gone_at)$|_id$|_sha256$|^sha256$|_digest$")
AN_ID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


@dataclass(frozen=True)
class Entry:
    """One row: what kind of row it is, and its facts as (name, value)."""

    kind: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Part:
    title: LazyString
    entries: tuple[Entry, ...]


def sections(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Part]:
    """The rows of a case (`tables` as app.keeping.boxes keeps them), by group; groups without a row are left out.

    Names of tables and columns stay as the portal has them, in English: they are what its export calls them, too.
    """
    found = []
    for title, names in GROUPS:
        entries = tuple(entry for name in names for entry in _entries(name, tables.get(name, ())))
        if entries:
            found.append(Part(title, entries))
    return found


def _entries(table: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Entry]:
    for row in rows:
        told = ((name, value) for name, value in row.items() if _tells(table, name, value))
        facts = tuple((name.replace("_", " ").capitalize(), _said(value)) for name, value in told)
        if facts:
            yield Entry(table.replace("_", " "), facts)


def _tells(table: str, column: str, value: Any) -> bool:
    if value in (None, "", [], {}) or NUMBERS_OF_ROWS.search(column) or column_left_out(table, column):
        return False
    return not (isinstance(value, str) and AN_ID.match(value))


def _said(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, indent=1)
    return str(value)
