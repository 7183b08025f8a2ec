"""A court's program rules in plain words: for reading, and for comparing two versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from app.core.i18n import gettext as _
from app.core.money import format_cents
from app.court_admin.court_parts import PARTS
from app.court_admin.drafting import FEE_PARTS, MODULES
from app.court_admin.format_parts import SECTIONS, sections_said
from app.court_admin.program_parts import minutes
from app.court_admin.questions import Kind, Part, Question, said, value_at
from app.payments.fees import fee_lines
from tenants.program import Fees, ProgramDocument

Fact = tuple[str, str]
BANDS = "bands"


@dataclass(frozen=True)
class Section:
    """A part of the rules: facts as (name, value), in words."""

    key: str
    title: str
    rows: tuple[Fact, ...]


@dataclass(frozen=True)
class Difference:
    """One fact that two versions state differently; empty text: not stated there."""

    title: str
    label: str
    before: str
    after: str


def describe(document: ProgramDocument, titles: Mapping[str, str]) -> tuple[Section, ...]:
    """The rules in the reader's language. `titles` names modules by slug."""
    data = document.to_json()
    return tuple(Section(part.key, str(part.title), _facts(part, data, document.fees, titles)) for part in PARTS)


def differences(before: ProgramDocument, after: ProgramDocument, titles: Mapping[str, str]) -> tuple[Difference, ...]:
    """What `after` says differently, fact by fact."""
    found = []
    for part, old, new in zip(PARTS, describe(before, titles), describe(after, titles), strict=True):
        found += _compared(new.title, dict(old.rows), dict(new.rows))
        found += _other_pictures(part, before.to_json(), after.to_json())
    return tuple(found)


def part_differences(part: Part, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What two states of one part say differently, sound or not: the values as they would be typed."""
    old, new = _as_typed(part, before), _as_typed(part, after)
    return (*_compared(str(part.title), old, new), *_other_pictures(part, before, after))


def _compared(title: str, was: Mapping[str, str], will: Mapping[str, str]) -> list[Difference]:
    return [
        Difference(title, label, was.get(label, ""), will.get(label, ""))
        for label in dict.fromkeys((*was, *will))
        if was.get(label) != will.get(label)
    ]


def _other_pictures(part: Part, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Pictures that took the place of another: in words both are only "a picture"."""
    pictures = [question for question in part.questions if question.kind is Kind.PICTURE]
    pairs = [(question, value_at(before, question.path), value_at(after, question.path)) for question in pictures]
    return [
        Difference(str(part.title), str(question.label), said(question, old), _("another picture"))
        for question, old, new in pairs
        if old and new and old != new
    ]


def fee_total(fees: Fees) -> int:
    """The whole fee in cents."""
    return sum(line.cents for line in fee_lines(fees))


def _facts(part: Part, data: Mapping[str, Any], fees: Fees, titles: Mapping[str, str]) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    for question in part.questions:
        value = value_at(data, question.path)
        if question.name == MODULES:
            facts += _modules(value, titles)
        elif question.name == FEE_PARTS:
            facts += _fee(value, fees)
        elif question.name == BANDS:
            facts += _steps(question, value)
        elif question.name == SECTIONS:
            facts.append((str(question.label), sections_said(value or ())))
        elif question.kind is Kind.TABLE:
            facts += _rows(question, value)
        else:
            facts.append((str(question.label), _spoken(question, said(question, value))))
    return tuple(facts)


def _spoken(question: Question, words: str) -> str:
    """Words that are in a language of their own say so, for whoever has them read aloud."""
    if not question.language or not words:
        return words
    return Markup('<span lang="{}">{}</span>').format(question.language, words)


def _modules(rows: list[dict[str, Any]], titles: Mapping[str, str]) -> list[Fact]:
    def named(required: bool) -> str:
        return "; ".join(
            _("%(title)s (at least %(time)s)", title=title, time=minutes(row["minimum_minutes"]))
            if row.get("minimum_minutes")
            else title
            for row in rows
            if row["required"] is required
            for title in [titles.get(row["slug"], row["slug"])]
        )

    facts = [(_("Required modules"), named(True))]
    return [*facts, (_("Optional modules"), named(False))] if named(False) else facts


def _fee(rows: list[dict[str, Any]], fees: Fees) -> list[Fact]:
    if not rows:
        return [(_("Fee"), _("The court charges no fee."))]
    labels = {row["key"]: row["label"] for row in rows}
    return [*((row["label"], _fee_part(row, labels)) for row in rows), (_("Whole fee"), format_cents(fee_total(fees)))]


def _fee_part(row: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    if row["amount_cents"] is not None:
        amount = format_cents(row["amount_cents"])
    else:
        amount = _(
            "%(percent)s%% of %(part)s",
            percent=row["percent"],
            part=labels.get(row["percent_of"], row["percent_of"]),
        )
    waivable = _("can be waived") if row["waivable"] else _("cannot be waived")
    refundable = _("can be paid back") if row["refundable"] else _("is not paid back")
    words = _(
        "%(amount)s, goes to: %(payee)s, %(waivable)s, %(refundable)s",
        amount=amount,
        payee=row["payee"],
        waivable=waivable,
        refundable=refundable,
    )
    return f"{words} ({row['legal_basis']})" if row["legal_basis"] else words


def _steps(question: Question, rows: list[dict[str, Any]]) -> list[Fact]:
    if not rows:
        return [(str(question.label), _("none"))]
    return [
        (
            _("Income up to %(percent)s%% of the poverty guideline", percent=row["up_to_percent"]),
            _("%(percent)s%% of the fee is waived", percent=row["waives_percent"]),
        )
        for row in rows
    ]


def _rows(question: Question, rows: list[dict[str, Any]]) -> list[Fact]:
    """Each row of a table as one fact."""
    if not rows:
        return [(str(question.label), _("none"))]
    return [
        (
            str(question.row_name) % {"number": number},
            ", ".join(str(row[column.name]) for column in question.columns if row.get(column.name)),
        )
        for number, row in enumerate(rows, start=1)
    ]


def _as_typed(part: Part, document: Mapping[str, Any]) -> dict[str, str]:
    facts: dict[str, str] = {}
    for question in part.questions:
        value = value_at(document, question.path)
        if question.name == SECTIONS:
            facts[str(question.label)] = sections_said(value or ())
        elif question.kind is Kind.TABLE:
            for number, row in enumerate(value or (), start=1):
                name = str(question.row_name) % {"number": number}
                facts[name] = "; ".join(_cell(column, row) for column in question.columns if column.path[0] in row)
        else:
            facts[str(question.label)] = _value(question, value)
    return facts


def _cell(column: Question, row: Mapping[str, Any]) -> str:
    return f"{column.label}: {_value(column, row.get(column.path[0]))}"


def _value(question: Question, value: Any) -> str:
    """In words where it makes sense, else as it was typed."""
    try:
        return said(question, value)
    except (ValueError, TypeError):
        return str(value)
