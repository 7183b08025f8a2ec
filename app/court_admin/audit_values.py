"""Old and new values of an event, side by side and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.cases.rules import STATE_WORDS
from app.core.i18n import LANGUAGES, LazyString
from app.core.i18n import gettext as translated
from app.core.i18n import lazy_gettext as _
from app.core.money import format_cents
from app.payments.counter.rules import ADJUSTMENT_WORDS
from app.payments.waiver_rules import STATE_WORDS as WAIVER_WORDS
from app.reports.words import STATE_WORDS as REPORT_WORDS

SHOWN_AT_MOST = 300  # lines; a whole new version of the rules has fewer

# Names that services give to old and new values. One that is not here is shown as it was recorded.
FIELD_WORDS: dict[str, LazyString] = {
    "ground": _("Why"),
    "order": _("Order of the court"),
    "action": _("What happened"),
    "agreement": _("Language of the agreement"),
    "amount_cents": _("Amount"),
    "answer": _("Answer"),
    "asked_for": _("Asked for"),
    "attempt": _("Attempt"),
    "benefits": _("Benefits"),
    "can_pay_cents": _("Can pay"),
    "begins_at": _("In force from"),
    "begins_on": _("In force from this day"),
    "birth_date": _("Birth date"),
    "browser": _("Browser"),
    "by": _("By way of"),
    "canceled": _("Canceled"),
    "case_numbers": _("Case numbers"),
    "cause": _("Cause"),
    "checkout": _("Payment"),
    "codes": _("Codes"),
    "columns": _("Columns"),
    "count": _("How many"),
    "compared": _("Payments compared"),
    "component": _("Part of the fee"),
    "components": _("Parts of the fee"),
    "content_type": _("Type of file"),
    "days": _("Days"),
    "deadline": _("Deadline for the lessons"),
    "decision": _("Decision"),
    "decision_reason": _("Reason of the second person"),
    "differences": _("Differences"),
    "differing": _("Differences found"),
    "differs": _("What did not match"),
    "document": _("Document"),
    "door": _("Where"),
    "due": _("Due"),
    "due_on": _("Due on"),
    "earlier": _("Earlier referrals"),
    "email": _("Email"),
    "entries": _("Ledger entries"),
    "error": _("Why not"),
    "event": _("Stripe's event"),
    "event_on": _("Happened on"),
    "expenses": _("What has to be paid each month"),
    "expires_at": _("Good until"),
    "family_names": _("Family names"),
    "form": _("Kind of file"),
    "fault": _("Fault"),
    "file": _("File"),
    "files": _("Files"),
    "filter": _("Filter"),
    "for_running": _("Also for running cases"),
    "from": _("From"),
    "from_version": _("Made from version"),
    "from_paper": _("Signed on paper"),
    "given_names": _("Given names"),
    "guideline_percent": _("Income compared with the guideline"),
    "household_size": _("People in the household"),
    "income_cents": _("Income"),
    "income_period": _("How often it comes"),
    "method": _("How it was paid"),
    "monthly_income_cents": _("Income in a month"),
    "no_proof_reason": _("Why there is no proof"),
    "note": _("Note"),
    "outcome": _("Outcome"),
    "parts": _("Parts"),
    "proof": _("Proof"),
    "proof_choice": _("Proof"),
    "proofs": _("Proof"),
    "received_cents": _("Received"),
    "refund_cents": _("Goes back"),
    "rule": _("Rests on"),
    "statement": _("In their own words"),
    "fact": _("What it is about"),
    "ended": _("Ended"),
    "handled": _("Done so far"),
    "invitation": _("Invitation"),
    "items": _("Items"),
    "list": _("Which list"),
    "asked": _("What it shows"),
    "left_out": _("Left out"),
    "not_done": _("Not done"),
    "done": _("Done"),
    "shared_with_staff": _("Shared with the staff"),
    "kind": _("Kind"),
    "language": _("Language"),
    "last_four": _("Last four characters"),
    "left": _("Unused codes"),
    "length": _("Links"),
    "lesson": _("Lesson"),
    "locked": _("Locked"),
    "mail": _("By mail"),
    "message": _("Message"),
    "module": _("Module"),
    "name": _("Name"),
    "number": _("Number"),
    "occasion": _("Occasion"),
    "officer_id": _("Officer"),
    "covering_for": _("Standing in for"),
    "check_ins_counted": _("Check-ins from the other court that count here"),
    "documents": _("Documents that go along"),
    "modules": _("Modules"),
    "cover_id": _("Stands in"),
    "first_day": _("First day"),
    "last_day": _("Last day"),
    "order_date": _("Date of the order"),
    "order_file_id": _("Signed order"),
    "paused": _("Paused"),
    "people": _("People"),
    "per_page": _("Slips a page"),
    "percent": _("Percent"),
    "phone": _("Phone"),
    "preset": _("Starting rules"),
    "problems": _("Problems"),
    "put_away": _("Put away"),
    "recipient": _("Recipient"),
    "reason": _("Reason"),
    "receipt": _("Receipt"),
    "received_on": _("Received on"),
    "reference": _("Number of the check or money order"),
    "renderer_version": _("Made by version"),
    "replaced": _("Replaced codes"),
    "replayed": _("Events taken in"),
    "role": _("Role"),
    "rows": _("Rows"),
    "rules_id": _("Rules"),
    "rules_version": _("Version of the rules"),
    "sealed": _("Sealed"),
    "second_factor": _("Second step"),
    "seconds": _("Seconds"),
    "sha256": _("SHA-256 of the file"),
    "shared": _("Shared with the participant"),
    "sign_in_name": _("Sign-in name"),
    "size": _("Size in bytes"),
    "slug": _("Address of the court"),
    "schedule": _("Schedule"),
    "state": _("State"),
    "step": _("Step"),
    "swept": _("Open payments looked at"),
    "taken_from": _("Taken from"),
    "text": _("Text"),
    "to": _("To"),
    "total": _("In all"),
    "type": _("Type"),
    "typed_name": _("Name as typed"),
    "unsealed": _("Not yet sealed"),
    "until": _("Comes back on"),
    "version": _("Version"),
    "waived_cents": _("Waived"),
    "why": _("Why not"),
    "with_look_alikes": _("With look-alikes"),
    "words": _("In their own words"),
    "at_time": _("Time of the hearing"),
    "en": _("Text in English"),
    "es": _("Text in Spanish"),
    "messages": _("Messages"),
    "next_on": _("Day of the next hearing"),
    "on_date": _("Day of the hearing"),
    "orders": _("What the judge ordered"),
    "retired": _("No longer offered"),
    "title": _("Title"),
}

# By the kind of thing that an event is about: what its states are called.
_STATES: dict[str, Mapping[str, LazyString]] = {
    "enrollment": STATE_WORDS["enrollment"],
    "enrollment_code": STATE_WORDS["enrollment code"],
    "checkout": STATE_WORDS["checkout"],
    "ledger_adjustment": ADJUSTMENT_WORDS,
    "waiver": WAIVER_WORDS,
    "check_in": STATE_WORDS["check-in"],
    "report": REPORT_WORDS,
    "dispute": STATE_WORDS["dispute"],
}


@dataclass(frozen=True, slots=True)
class Change:
    """One value before and after; `known` is False where the name is shown as it was recorded."""

    label: str
    known: bool
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


def changes(
    old: Mapping[str, Any], new: Mapping[str, Any], subject_kind: str, names: Mapping[UUID, str]
) -> list[Change]:
    """Old and new, value by value, what differs first, else in the order of the record; at most SHOWN_AT_MOST lines.

    `names`: members of staff by id, to be shown in place of the id.
    """
    before, after = dict(_flat(old)), dict(_flat(new))
    found = []
    paths = [*before, *(path for path in after if path not in before)]
    for path in sorted(paths, key=lambda path: before.get(path) == after.get(path))[:SHOWN_AT_MOST]:
        label, known = _label(path)
        shown = (_value(path, values.get(path), subject_kind, names) for values in (before, after))
        found.append(Change(label, known, *shown))
    return found


Path = tuple[str, ...]


def _flat(values: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that holds no others, with the names that lead to it."""
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield from _flat(value, (*path, str(key)))
    elif isinstance(values, list) and any(isinstance(value, Mapping | list) for value in values):
        for place, value in enumerate(values, start=1):
            yield from _flat(value, (*path, str(place)))
    else:
        yield path, values


def _label(path: Path) -> tuple[str, bool]:
    pieces = [str(FIELD_WORDS.get(piece, piece)) for piece in path]
    known = all(piece in FIELD_WORDS or piece.isdigit() for piece in path)
    return " / ".join(pieces), known


def ids_among(*values: Mapping[str, Any]) -> set[UUID]:
    """Every id that stands among the values: some are members of staff."""
    found = (_as_id(value) for tree in values for _path, value in _flat(tree))
    return {value for value in found if value is not None}


def _as_id(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) and len(value) == 36 else None
    except ValueError:
        return None


def _value(path: Path, value: Any, subject_kind: str, names: Mapping[UUID, str]) -> str:
    key = path[-1] if path else ""
    if value is None or value in ("", []):
        return ""
    if isinstance(value, bool):
        return str(translated("Yes") if value else translated("No"))
    if isinstance(value, int) and (key.endswith("_cents") or "components" in path):
        return str(format_cents(value))
    if isinstance(value, list):
        return ", ".join(_value((key,), one, subject_kind, names) for one in value)
    text = str(value)
    if key in ("state", "decision"):
        return str(_STATES.get(subject_kind, {}).get(text, text))
    if key == "language":
        return LANGUAGES.get(text, text)
    member = _as_id(text)
    return names.get(member, text) if member is not None else text
