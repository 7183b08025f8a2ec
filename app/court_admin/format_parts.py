"""What an administrator is asked about the format of each kind of report, and its sections as rows of a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.i18n import LANGUAGES, LazyString
from app.core.i18n import gettext as _now
from app.core.i18n import lazy_gettext as _
from app.court_admin.questions import Kind, Part, Question
from tenants.report_formats import (
    KINDS,
    NEEDED,
    OFFERED,
    USUAL,
    WITH_TABLES,
    BirthDateStyle,
    CaseNumberStyle,
    Courtesy,
    Look,
    Paper,
)

SECTIONS = "sections"
Json = dict[str, Any]

TITLES: Mapping[str, LazyString] = {
    "proof_of_enrollment": _("Format: proof of enrollment"),
    "progress": _("Format: progress report"),
    "final": _("Format: final report"),
    "certificate": _("Format: certificate of completion"),
    "bench_card": _("Format: bench card"),
    "non_compliance": _("Format: non-compliance report"),
}
SECTION_WORDS: Mapping[str, LazyString] = {
    "statement": _("Statement"),
    "opening": _("Your own words, first text"),
    "facts": _("Facts of the case"),
    "standing": _("Where this person stands"),
    "chart": _("Progress, as a picture"),
    "modules": _("Modules"),
    "check_ins": _("Check-ins and possible violations"),
    "money": _("Program fees"),
    "agreement": _("Participation agreement"),
    "glance": _("At a glance"),
    "missing": _("Still missing"),
    "violations": _("Possible violations and decisions"),
    "steps": _("What the court has done so far"),
    "fee_line": _("Fee and ability to pay"),
    "happened": _("What happened, and what was decided"),
    "tried": _("What was tried"),
    "asked": _("What is asked of the court"),
    "closing": _("Your own words, second text"),
    "signature": _("Signature"),
    "verify": _("How to check that it is genuine"),
}
LOOKS: Mapping[Look, tuple[LazyString, LazyString]] = {
    Look.CLASSIC: (_("Classic letterhead"), _("The letterhead on top, quiet lines, every section.")),
    Look.COMPACT: (_("Compact, for one page"), _("Small type and narrow margins; no picture.")),
    Look.CLERK: (_("Clerk's form"), _("Boxes with black lines, tables first, good to copy and to fax.")),
    Look.LARGE: (_("Large print"), _("Large black type and few columns, for easy reading.")),
}
FIELDS_HINT = _(
    "Plain text. These names in braces become facts of the report: {name}, {case_number}, {case_numbers}, {court}, "
    "{stage}, {officer}, {deadline}, {next_hearing}, {enrolled_on}, {completed_on}, {report_number}, {issued_on}. "
    "Everybody who gets the report reads it. Never name victims, children or the charge."
)


def _format_part(kind: str) -> Part:
    here = ("reports", "formats", kind)
    return Part(
        f"format-{kind.replace('_', '-')}",
        TITLES[kind],
        _("How this kind of report looks, what stands on it, and in which forms people get it."),
        (
            Question(
                (*here, "look"),
                _("Look"),
                Kind.CHOICE,
                _("Layout and type. The letterhead and emblem are those of all papers. Usual: classic letterhead."),
                choices=tuple((look.value, words) for look, (words, _about) in LOOKS.items()),
            ),
            Question(
                (*here, "paper"),
                _("Paper"),
                Kind.CHOICE,
                _("Usual: Letter."),
                choices=(
                    (Paper.LETTER.value, _("Letter (8.5 by 11 inches)")),
                    (Paper.LEGAL.value, _("Legal (8.5 by 14 inches)")),
                    (Paper.A4.value, _("A4 (210 by 297 mm)")),
                ),
            ),
            *_in_both(
                (*here, "title"),
                (_("Title in English"), _("Title in Spanish")),
                Kind.LINE,
                _("Leave it empty for the usual title. Never the charge or what the program is about."),
            ),
            *_in_both(
                (*here, "opening"), (_("First text in English"), _("First text in Spanish")), Kind.TEXT, FIELDS_HINT
            ),
            *_in_both(
                (*here, "closing"),
                (_("Second text in English"), _("Second text in Spanish")),
                Kind.TEXT,
                _("The same names can stand in braces. It usually stands above the signature."),
            ),
            _sections(here),
            *(_columns(here) if kind in WITH_TABLES else ()),
            *_identifiers(here),
            Question(
                (*here, "signatories"),
                _("Who signs"),
                Kind.TABLE,
                _("One or two people. Without any, the one of the letterhead signs."),
                row_name=_("Person %(number)s who signs"),
                columns=(
                    Question(("name",), _("Name"), Kind.LINE, optional=True),
                    Question(("title",), _("Title"), Kind.LINE, optional=True),
                ),
                spare=1,
                most=2,
            ),
            *_languages(here),
            Question(
                (*here, "outputs"),
                _("Files besides the PDF"),
                Kind.CHOICES,
                _("Whoever may download the PDF may download these too. The PDF is the document; these are copies."),
                optional=True,
                choices=(
                    ("html", _("A web page (HTML)")),
                    ("csv", _("A table (CSV)")),
                    ("json", _("Data for other systems (JSON)")),
                ),
            ),
        ),
    )


def _in_both(
    path: tuple[str, ...], labels: tuple[LazyString, LazyString], kind: Kind, hint: LazyString
) -> tuple[Question, ...]:
    return tuple(
        Question(
            (*path, language),
            label,
            kind,
            hint,
            optional=True,
            left_out_if_blank=True,
            name=f"{path[-1]}_{language}",
            language=language,
        )
        for language, label in zip(LANGUAGES, labels, strict=True)
    )


def _sections(here: tuple[str, ...]) -> Question:
    return Question(
        (*here, SECTIONS),
        _("Sections"),
        Kind.TABLE,
        _(
            "They stand in the order of the numbers, which Move up and Move down change too. An empty section is left "
            "out."
        ),
        row_name=_("Section %(number)s"),
        columns=(
            Question(("key",), _("Section"), Kind.HIDDEN),
            Question(("show",), _("Show it"), Kind.YES_NO),
            Question(("position",), _("Place in the order"), Kind.NUMBER, optional=True),
            Question(("title", "en"), _("Own title in English"), Kind.LINE, optional=True, name="title_en"),
            Question(("title", "es"), _("Own title in Spanish"), Kind.LINE, optional=True, name="title_es"),
        ),
        spare=0,
        most=30,
    )


def _columns(here: tuple[str, ...]) -> tuple[Question, ...]:
    return (
        Question(
            (*here, "module_columns"),
            _("Columns of the modules"),
            Kind.CHOICES,
            _("Tick none to show all of them."),
            optional=True,
            choices=(
                ("title", _("Module")),
                ("kind", _("Required or optional")),
                ("state", _("State")),
                ("passed_on", _("Passed on")),
                ("score", _("Score")),
                ("time", _("Time")),
            ),
        ),
        Question(
            (*here, "check_in_columns"),
            _("Columns of the check-ins"),
            Kind.CHOICES,
            _("Tick none to show all of them."),
            optional=True,
            choices=(
                ("number", _("Number")),
                ("due", _("Due")),
                ("state", _("State")),
                ("submitted", _("Submitted")),
            ),
        ),
    )


def _identifiers(here: tuple[str, ...]) -> tuple[Question, ...]:
    return (
        Question(
            (*here, "birth_date"),
            _("Birth date on this kind"),
            Kind.CHOICE,
            _("It tells two people of one name apart. The year is usually enough."),
            choices=(
                ("", _("As on the court's other papers")),
                (BirthDateStyle.NONE.value, _("Not shown")),
                (BirthDateStyle.YEAR.value, _("The year only")),
                (BirthDateStyle.FULL.value, _("The whole date")),
            ),
        ),
        Question(
            (*here, "case_numbers"),
            _("Case numbers"),
            Kind.CHOICE,
            _("The last four are enough for a paper that goes outside the court. Usual: all of them."),
            choices=(
                (CaseNumberStyle.ALL.value, _("All of them")),
                (CaseNumberStyle.FIRST.value, _("The first one only")),
                (CaseNumberStyle.LAST_FOUR.value, _("The last four characters of each")),
            ),
        ),
    )


def _languages(here: tuple[str, ...]) -> tuple[Question, ...]:
    return (
        Question(
            (*here, "language"),
            _("Language, if nobody chooses another"),
            Kind.CHOICE,
            _("Whoever asks for a report can choose another. Usual: the court's first."),
            choices=(("", _("The court's first language")), ("en", _("English")), ("es", _("Spanish"))),
        ),
        Question(
            (*here, "courtesy"),
            _("Courtesy copy in the court's other language"),
            Kind.CHOICE,
            _("For information. The report says which of the two texts counts. Usual: none."),
            choices=(
                (Courtesy.NONE.value, _("None")),
                (Courtesy.APPENDED.value, _("At the end of the same document")),
                (Courtesy.OWN_FILE.value, _("As a file of its own")),
            ),
        ),
    )


FORMATS: tuple[Part, ...] = tuple(_format_part(kind) for kind in KINDS)


def kind_of(question: Question) -> str:
    """The kind of report whose sections a question asks about."""
    return question.path[2]


def kind_of_part(part: Part) -> str | None:
    """The kind of report whose format a part is; None for any other part."""
    return kind_of(part.questions[0]) if part in FORMATS else None


def section_titles() -> dict[str, str]:
    """Names of the sections by key, in the reader's language."""
    return {key: str(words) for key, words in SECTION_WORDS.items()}


def section_rows(kind: str, chosen: Sequence[Mapping[str, Any]]) -> list[Json]:
    """What the form shows: the sections that are on the report, then those that are not."""
    rows: Sequence[Mapping[str, Any]] = chosen or [{"key": key} for key in USUAL[kind]]
    shown = [
        {"key": row.get("key"), "show": True, "position": at, **_flat(row.get("title"))}
        for at, row in enumerate(rows, start=1)
    ]
    keys = {row["key"] for row in shown}
    return [*shown, *({"key": key, "show": False} for key in OFFERED[kind] if key not in keys)]


def _flat(title: Any) -> Json:
    return {f"title_{language}": words for language, words in title.items()} if isinstance(title, Mapping) else {}


def read_sections(kind: str, rows: list[tuple[int, Json]]) -> list[tuple[int, Json]]:
    """The sections that are ticked, by the numbers typed, those without a sound one last; none: the usual ones."""
    usual, offered = USUAL[kind], OFFERED[kind]
    ticked = [(at, row) for at, row in rows if row["show"] and row["key"] in offered]
    ticked.sort(key=lambda one: one[1]["position"] if isinstance(one[1]["position"], int) else len(offered) + 1)
    read = [(at, _section(row)) for at, row in ticked]
    if [row for _at, row in read] == [{"key": key, "title": {}} for key in usual]:
        return []
    # With no tick at all the needed ones are asked for: an empty list would mean the usual sections.
    return read or [(at, {"key": row["key"], "title": {}}) for at, row in rows if row["key"] in NEEDED][:1]


def moved(kind: str, chosen: Sequence[Mapping[str, Any]], key: str, step: int) -> list[Json]:
    """The sections with one of them a place up (`step` -1) or down (1); as they are when it has no such place."""
    rows = [dict(row) for row in chosen or ({"key": one} for one in USUAL[kind])]
    at = next((at for at, row in enumerate(rows) if row.get("key") == key), None)
    if at is not None and 0 <= at + step < len(rows):
        rows[at], rows[at + step] = rows[at + step], rows[at]
    return rows


def _section(row: Json) -> Json:
    title = {language: row[f"title_{language}"] for language in LANGUAGES if row.get(f"title_{language}")}
    return {"key": row["key"], "title": title}


def sections_said(rows: Sequence[Mapping[str, Any]]) -> str:
    """The sections of a format in words, in order."""
    if not rows:
        return str(_now("all, in the usual order"))
    titles = section_titles()
    return "; ".join(_one_said(titles.get(str(row.get("key")), str(row.get("key"))), row.get("title")) for row in rows)


def _one_said(name: str, title: Any) -> str:
    own = ", ".join(str(words) for words in title.values()) if isinstance(title, Mapping) else ""
    return f"{name} ({own})" if own else name
