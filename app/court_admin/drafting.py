"""Between the form of a part and the draft, and from the document's complaints back to the form's fields.

The document is the judge: whatever is wrong is shown at once, each fault at the field that it is about. A draft may
hold what is wrong, as it was typed, until it is published.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.court_admin.court_parts import PARTS
from app.court_admin.format_parts import SECTIONS, kind_of, read_sections, section_rows, section_titles
from app.court_admin.forms import Offered, PartForm, first_shown
from app.court_admin.lookups import Module
from app.court_admin.module_standing import OUTLINE, UNSIGNED, faults_here
from app.court_admin.program_parts import NOT_TAKEN, OPTIONAL, REQUIRED
from app.court_admin.questions import Kind, Part, Question, read, shown, value_at, with_value, without_value
from tenants.program import ProgramDocument

MODULES = "modules"
FEE_PARTS = "components"
Json = dict[str, Any]

FAULT_WORDS: Mapping[str, LazyString] = {
    "listed_twice": _l("This is there twice."),
    OUTLINE: _l("This module is an outline. It can not be required until it is written."),
    UNSIGNED: _l(
        "This is demonstration content: its approvers at JaneSchool have not signed it off. It can not be required yet."
    ),
    "none_required": _l("Make at least one module required."),
    "amount_or_percentage": _l(
        "Enter an amount in dollars, such as 300 or 49.50, or a percentage and the part that it is of."
    ),
    "percentage_of_nothing": _l("Choose another part that stays and has an amount in dollars."),
    "bands_must_rise": _l("Enter more than in the step before."),
    "bands_must_waive_less": _l("Enter no more than in the step before: who earns more can not pay less."),
    "longer_than_cadence": _l("This is longer than the time from one check-in to the next."),
    "statement_use_missing": _l("Fill this in, in each language of the participation agreement."),
    "open_and_closed": _l("This day also stands among the closed days."),
    "too_long_for_term": _l("The months of check-ins alone are longer than this."),
    "unknown_field": _l(
        "Braces may only hold these names: {name}, {case_number}, {case_numbers}, {court}, {stage}, {officer}, "
        "{deadline}, {next_hearing}, {enrolled_on}, {completed_on}, {report_number}, {issued_on}."
    ),
    "other_language_missing": _l("Write it in this language too: in each language of the participation agreement."),
    "column_needed": _l("Choose the first column too: it says what a row is about."),
    "section_needed": _l("A report needs its statement, the facts of the case, and how to check that it is genuine."),
    "not_in_this_kind": _l("This kind of report has no such section."),
    "no_copy": _l("This kind has no copy: a person writes it, in one language."),
    "delivered_to_nobody": _l("Choose who gets it."),
    "file_name_fields": _l("Use {number} and no other field than {kind}, {case_number} and {day}."),
    "string_too_short": _l("Fill this in."),
    "too_short": _l("Fill this in."),
    "missing": _l("Fill this in."),
}
KIND_WORDS: Mapping[Kind, LazyString] = {
    Kind.NUMBER: _l("Enter a whole number."),
    Kind.NUMBERS: _l("Enter whole numbers with commas between, such as 7, 3, 1."),
    Kind.CHOICE: _l("Choose one."),
    Kind.CHOICES: _l("Choose at least one."),
    Kind.DATES: _l("Write a date such as 12/24/2026."),
    Kind.TIME: _l("Write a time such as 20:00."),
    Kind.LINE: _l("Fill this in."),
    Kind.TEXT: _l("Fill this in."),
    Kind.PICTURE: _l("Choose the file of the emblem again."),
}


# --- showing ---------------------------------------------------------------------------------------------------------


def offered(document: Mapping[str, Any], existing: Iterable[Module]) -> Offered:
    """Modules that are written or named by the rules, and the parts of the fee that others can be a percentage of."""
    named = [row.get("slug") for row in _rows(document, ("coursework", "modules"))]
    titles = {module.slug: _title(module) for module in existing if module.ready or module.slug in named}
    parts = [row for row in _rows(document, ("fees", "components")) if row.get("amount_cents") is not None]
    return Offered(
        choices={"percent_of": [("", _("No other part (this is an amount)")), *map(_key_and_name, parts)]},
        row_titles={MODULES: {**{slug: slug for slug in named if slug}, **titles}, SECTIONS: section_titles()},
    )


def _title(module: Module) -> str:
    if not module.ready:
        return str(_("%(title)s (outline: can not be required yet)", title=module.title))
    if not module.signed:
        return str(_("%(title)s (demonstration content: not signed off yet)", title=module.title))
    return module.title


def _key_and_name(component: Json) -> tuple[str, str]:
    return str(component["key"]), str(component.get("label") or component["key"])


def shown_values(part: Part, document: Mapping[str, Any], known: Offered) -> Json:
    """What the fields of the part's form hold for this document."""
    return {
        question.name: _shown_rows(question, document, known)
        if question.kind is Kind.TABLE
        else shown(question, value_at(document, question.path))
        for question in part.questions
        if question.kind is not Kind.PICTURE
    }


def _shown_rows(question: Question, document: Mapping[str, Any], known: Offered) -> list[Json]:
    rows = _rows(document, question.path)
    if question.name == MODULES:
        rows = _module_rows(rows, known.row_titles[MODULES])
    if question.name == SECTIONS:
        rows = section_rows(kind_of(question), rows)
    return [{column.name: shown(column, row.get(column.name)) for column in question.columns} for row in rows]


def _module_rows(rows: list[Json], titles: Mapping[str, str]) -> list[Json]:
    taken = [
        {"minimum_minutes": 0, **row, "use": REQUIRED if row.get("required", True) else OPTIONAL, "position": at}
        for at, row in enumerate(rows, start=1)
    ]
    slugs = {row.get("slug") for row in rows}
    rest = [{"slug": slug, "use": NOT_TAKEN, "minimum_minutes": 0} for slug in titles if slug not in slugs]
    return [*taken, *rest]


def _rows(document: Mapping[str, Any], path: tuple[str, ...]) -> list[Json]:
    found = value_at(document, path)
    return [dict(row) for row in found if isinstance(row, Mapping)] if isinstance(found, list | tuple) else []


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Typed:
    """The draft as it would be with what was typed. `rows`: for each table, the form's row of each of its entries."""

    document: Json
    rows: Mapping[str, list[int]]


def typed(form: PartForm, current: Mapping[str, Any]) -> Typed:
    """`current` with this part as the form has it. What the form does not show stays as it is."""
    document = dict(current)
    all_rows: dict[str, list[int]] = {}
    value: Any
    for question in form.part.questions:
        match question.kind:
            case Kind.TABLE:
                value, all_rows[question.name] = _typed_rows(form, question, current)
            case Kind.PICTURE:
                value = "" if form.without_emblem.data else form.kept_emblem.data or value_at(current, question.path)
            case _:
                value = read(question, form[question.name].data)
                was = value_at(current, question.path)
                if question.kind is Kind.CHOICES and isinstance(was, list) and set(was) == set(value):
                    value = was  # the order of ticks means nothing, so it is no change
        blank = question.left_out_if_blank and not value
        document = without_value(document, question.path) if blank else with_value(document, question.path, value)
    return Typed(document, all_rows)


def _typed_rows(form: PartForm, question: Question, current: Mapping[str, Any]) -> tuple[list[Json], list[int]]:
    read_rows: list[tuple[int, Json]] = []
    for at, entry in enumerate(form[question.name].entries):
        # Only where rows are added by hand is an empty one no row.
        if entry.form.remove.data or (question.spare and entry.form.is_blank):
            continue
        read_rows.append((at, {c.name: read(c, entry.form[c.name].data) for c in question.columns}))
    if question.name == MODULES:
        read_rows = _read_modules(read_rows, form.offered.row_titles[MODULES])
    if question.name == SECTIONS:
        read_rows = read_sections(kind_of(question), read_rows)
    if question.name == FEE_PARTS:
        _give_keys([row for _at, row in read_rows], {row.get("key") for row in _rows(current, question.path)})
    return [row for _at, row in read_rows], [at for at, _row in read_rows]


def _read_modules(rows: list[tuple[int, Json]], titles: Mapping[str, str]) -> list[tuple[int, Json]]:
    """The modules that are taken, by the numbers typed; those without a sound number come last."""
    taken = [(at, row) for at, row in rows if row["use"] in (REQUIRED, OPTIONAL) and row["slug"] in titles]
    taken.sort(key=lambda one: one[1]["position"] if isinstance(one[1]["position"], int) else len(titles) + 1)
    return [
        (
            at,
            {
                "slug": row["slug"],
                "required": row["use"] == REQUIRED,
                "minimum_minutes": row["minimum_minutes"] if row["minimum_minutes"] is not None else 0,
            },
        )
        for at, row in taken
    ]


def _give_keys(rows: list[Json], known: set[Any]) -> None:
    """Each part of the fee keeps the short name that it has; a new one gets one, which is never shown."""
    taken: set[Any] = set(known)
    for row in rows:
        if row["key"] not in known:
            row["key"] = _key(str(row["label"]), taken)
        taken.add(row["key"])


def _key(label: str, taken: set[Any]) -> str:
    start = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:40]
    key = stem = start if start[:1].isalpha() else f"fee-{start}".strip("-")
    number = 2
    while key in taken:
        key, number = f"{stem}-{number}", number + 1
    return key


# --- what a part says, and whether it moved -----------------------------------------------------------------------


def said_in(part: Part, document: Mapping[str, Any]) -> Json:
    """The values of a part by path, as one thing that can be compared and kept in the audit."""
    return {".".join(question.path): value_at(document, question.path) for question in part.questions}


def put_part(part: Part, source: Mapping[str, Any], target: Mapping[str, Any]) -> Json:
    """`target` with this part as `source` has it."""
    changed = dict(target)
    for question in part.questions:
        value = value_at(source, question.path)
        changed = (
            without_value(changed, question.path)
            if value is None and question.left_out_if_blank
            else with_value(changed, question.path, value)
        )
    return changed


def mark(part: Part, document: Mapping[str, Any]) -> str:
    """Changes whenever the part does: what a page saw of it."""
    body = json.dumps(said_in(part, document), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()[:32]


# --- complaints ------------------------------------------------------------------------------------------------------


def faults(document: Mapping[str, Any], existing: Iterable[Module]) -> list[ErrorDetails]:
    """Everything that is wrong with a draft; empty when it could be published."""
    found = faults_here(document, existing)
    try:
        ProgramDocument.model_validate(document)
    except ValidationError as invalid:
        found += invalid.errors()
    return found


def faults_by_part(document: Mapping[str, Any], existing: Iterable[Module]) -> dict[str, int]:
    """How many faults each part has; those of no part count under the empty key."""
    counts: dict[str, int] = {}
    for error in faults(document, existing):
        part, _question = _about(error["loc"])
        key = part.key if part else ""
        counts[key] = counts.get(key, 0) + 1
    return counts


def complain(form: PartForm, attempt: Typed, existing: Iterable[Module]) -> None:
    """Put what is wrong with this part at its fields. Other parts' faults are told on their own pages."""
    for error in faults(attempt.document, existing):
        part, question = _about(error["loc"])
        if part is not None and part.key == form.part.key and question is not None:
            within = error["loc"][len(question.path) :]
            place = _place(question, within, attempt.rows.get(question.name, []))
            form.complain(question, place, _words(question, within, error))


def _about(loc: tuple[str | int, ...]) -> tuple[Part | None, Question | None]:
    """Whose fault it is: the question on the way to `loc`, else the first one behind it."""
    steps = tuple(str(step) for step in loc)
    behind: tuple[Part | None, Question | None] = (None, None)
    for part in PARTS:
        for question in part.questions:
            if steps[: len(question.path)] == question.path:
                return part, question
            if behind[0] is None and steps and question.path[: len(steps)] == steps:
                behind = (part, question)
    return behind


def _place(question: Question, within: tuple[str | int, ...], rows: list[int]) -> tuple[int, str] | None:
    if question.kind is not Kind.TABLE or not within or int(within[0]) >= len(rows):
        return None
    column = _column(question, within)
    shown_column = column is not None and column.kind is not Kind.HIDDEN
    return rows[int(within[0])], column.name if column and shown_column else first_shown(question)


def _column(question: Question, within: tuple[str | int, ...]) -> Question | None:
    """The column of a table that a fault is about."""
    return next((c for c in question.columns if within[1 : 1 + len(c.path)] == c.path), None)


def _words(question: Question, within: tuple[str | int, ...], error: ErrorDetails) -> str:
    """A complaint of the document, in words for the person who typed."""
    said = _said(_column(question, within) or question, error)
    if question.kind in (Kind.LINES, Kind.DATES) and within:
        return str(_("Line %(number)s: %(words)s", number=int(within[0]) + 1, words=said))
    return said


def _said(asked: Question, error: ErrorDetails) -> str:
    limits = error.get("ctx", {})
    match error["type"]:
        case "greater_than_equal":
            return str(_("Enter %(limit)s or more.", limit=limits["ge"]))
        case "less_than_equal":
            limit = limits["le"] // 100 if asked.kind is Kind.DOLLARS else limits["le"]
            return str(_("Enter %(limit)s or less.", limit=f"{limit:,}"))
        case "string_too_long":
            return str(_("Use at most %(limit)s characters.", limit=f"{limits['max_length']:,}"))
        case "too_long":
            return str(_("Enter at most %(limit)s.", limit=limits["max_length"]))
        case "too_short" if asked.kind is not Kind.TEXT:
            return str(_("Choose at least one."))
    if asked.kind is Kind.DOLLARS and error["type"] in ("int_parsing", "int_type", "int_parsing_size"):
        return str(_("Enter an amount in dollars, such as 300 or 49.50."))
    words = FAULT_WORDS.get(error["type"]) or KIND_WORDS.get(asked.kind)
    return str(words or _("This does not fit the rules of the program."))
