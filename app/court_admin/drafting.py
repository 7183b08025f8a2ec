"""From the form to a program document, and from the document's complaints back to the form's fields.

The document is the judge: whatever is wrong with it is shown at once, each fault at the field that it is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.core.i18n import gettext as _
from app.court_admin.forms import MOST_LINES, RulesForm
from tenants.program import FeeComponent, ProgramDocument

COURSE_FIELDS = ("pass_percent", "quiz_attempts", "deadline_days")
ACCOUNTABILITY_FIELDS = ("months", "window_days", "grace_days", "misses_allowed")
LETTERHEAD_FIELDS = ("phone", "email", "signatory_name", "signatory_title")
FEE_FIELDS = {"amount_cents": "amount", "label": "label", "payee": "payee", "legal_basis": "legal_basis"}

# Where in the document -> which field of the form. The longest matching beginning counts.
FIELDS: dict[tuple[str, ...], str] = {
    ("coursework",): "modules",
    ("coursework", "modules"): "modules",
    **{("coursework", name): name for name in COURSE_FIELDS},
    ("accountability",): "months",
    **{("accountability", name): name for name in ACCOUNTABILITY_FIELDS},
    ("reports", "letterhead", "lines"): "letterhead_lines",
    ("reports", "letterhead", "emblem"): "emblem",
    **{("reports", "letterhead", name): name for name in LETTERHEAD_FIELDS},
}


def fill(form: RulesForm, document: ProgramDocument, version: int) -> None:
    """Show the rules in force in a form that was just opened."""
    form.row_version.data = str(version)
    form.modules.data = [module.slug for module in document.coursework.modules if module.required]
    for name in COURSE_FIELDS:
        form[name].data = getattr(document.coursework, name)
    for name in ACCOUNTABILITY_FIELDS:
        form[name].data = getattr(document.accountability, name)
    letterhead = document.reports.letterhead
    form.letterhead_lines.data = "\n".join(letterhead.lines)
    for name in LETTERHEAD_FIELDS:
        form[name].data = getattr(letterhead, name)
    for part in _amounts(document):
        form.fees.append_entry({**part.model_dump(), "amount": part.amount_cents})


def draft(form: RulesForm, current: ProgramDocument) -> ProgramDocument | None:
    """The document that the validated `form` asks for, or None: then every fault stands at its field.

    What the form does not show stays as it is in `current`. A field with a fault of its own keeps its current value
    here, so that the other faults can be found in the same go.
    """
    data = current.to_json()
    _put(data["coursework"], form, COURSE_FIELDS)
    data["coursework"]["modules"] = _modules(form, current)
    _put(data["accountability"], form, ACCOUNTABILITY_FIELDS)
    letterhead = data["reports"]["letterhead"]
    _put(letterhead, form, LETTERHEAD_FIELDS)
    letterhead["lines"] = [line.strip() for line in (form.letterhead_lines.data or "").splitlines() if line.strip()]
    if form.without_emblem.data:
        letterhead["emblem"] = ""
    elif form.kept_emblem.data:
        letterhead["emblem"] = form.kept_emblem.data
    data["fees"]["components"], rows = _fees(form, current)
    try:
        document = ProgramDocument.model_validate(data)
    except ValidationError as invalid:
        for error in invalid.errors():
            form.complain(_path(error["loc"], rows), _words(error))
        return None
    return None if form.errors else document


def _put(section: dict[str, Any], form: RulesForm, names: Iterable[str]) -> None:
    for name in names:
        if not form[name].errors and form[name].data is not None:
            section[name] = form[name].data
        elif not form[name].errors:
            form.complain((name,), _("Enter a whole number."))


def _modules(form: RulesForm, current: ProgramDocument) -> list[dict[str, Any]]:
    """The chosen modules as required ones, in the order so far; modules that were optional stay so."""
    chosen = dict.fromkeys(form.modules.data or [])
    known = {module.slug: module.required for module in current.coursework.modules}
    kept = [slug for slug, required in known.items() if slug in chosen or not required]
    return [{"slug": slug, "required": slug in chosen} for slug in (*kept, *(s for s in chosen if s not in known))]


def _amounts(document: ProgramDocument) -> list[FeeComponent]:
    return [part for part in document.fees.components if part.amount_cents is not None]


def _fees(form: RulesForm, current: ProgramDocument) -> tuple[list[dict[str, Any]], list[int]]:
    """The parts of the fee, and for each the form's row that it comes from (-1: a percentage, not on the form)."""
    before = {part.key: part.model_dump(mode="json") for part in current.fees.components}
    parts: list[dict[str, Any]] = []
    rows: list[int] = []
    taken: set[str] = set()
    for row, entry in enumerate(form.fees.entries):
        fee = entry.form
        if fee.is_blank:
            continue
        key = fee.key.data if fee.key.data in before else _key(fee.label.data, {*taken, *before})
        taken.add(key)
        _complain_of_gaps(form, row)
        part = {
            **before.get(key, {}),
            "key": key,
            "label": fee.label.data,
            # A fault of the amount's own is told already; 0 lets the rest be judged.
            "amount_cents": fee.amount.data or 0,
            "payee": fee.payee.data or "Court",
            "legal_basis": fee.legal_basis.data,
            "waivable": fee.waivable.data,
        }
        parts.append(part)
        rows.append(row)
    percentages = [before[part.key] for part in current.fees.components if part.amount_cents is None]
    return [*parts, *percentages], [*rows, *(-1 for _part in percentages)]


def _complain_of_gaps(form: RulesForm, row: int) -> None:
    fee = form.fees.entries[row].form
    if not fee.label.data:
        form.complain(("fees", row, "label"), _("Give this part of the fee a name."))
    if fee.amount.data is None and not fee.amount.errors:
        form.complain(("fees", row, "amount"), _("Enter an amount in dollars, such as 300 or 49.50."))


def _key(label: str, taken: set[str]) -> str:
    """A short name for a new part, never shown."""
    start = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:40]
    key = stem = start if start[:1].isalpha() else f"fee-{start}".strip("-")
    number = 2
    while key in taken:
        key, number = f"{stem}-{number}", number + 1
    return key


def _path(loc: tuple[str | int, ...], rows: list[int]) -> tuple[str | int, ...]:
    if loc[:2] == ("fees", "components") and len(loc) > 2:
        row = rows[int(loc[2])]
        name = FEE_FIELDS.get(str(loc[3]) if len(loc) > 3 else "", "label")
        return ("fees", row, name) if row >= 0 else ()
    names = tuple(str(part) for part in loc)
    for length in range(len(names), 0, -1):
        if names[:length] in FIELDS:
            return (FIELDS[names[:length]],)
    return ()


def _words(error: ErrorDetails) -> str:
    """A complaint of the document, in words for the person who typed."""
    limits = error.get("ctx", {})
    match error["type"]:
        case "greater_than_equal":
            return str(_("Enter %(limit)s or more.", limit=limits["ge"]))
        case "less_than_equal":
            # The only amounts among the limits are cents, and those have a field of dollars.
            limit = limits["le"] // 100 if error["loc"][-1] == "amount_cents" else limits["le"]
            return str(_("Enter %(limit)s or less.", limit=f"{limit:,}"))
        case "string_too_long":
            return str(_("Use at most %(limit)s characters.", limit=limits["max_length"]))
        case "too_long":
            return str(_("Use at most %(limit)s lines.", limit=limits.get("max_length", MOST_LINES)))
        case "too_short":
            return str(_("Choose at least one."))
        case "none_required":
            return str(_("Choose at least one required module."))
        case "listed_twice":
            return str(_("It is listed twice."))
        case "percentage_of_nothing":
            return str(_("Another part of the fee is a percentage of a part that you took out. Put it back first."))
    return str(_("This does not fit the rules of the program."))
