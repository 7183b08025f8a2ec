"""From the court's format of a kind to what a snapshot keeps of it. Pure: no database, no clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from app.reports.format_snapshot import PaperFormat, ShownSignatory
from app.reports.snapshot import SECTIONS_OF, ReportKind, Section
from tenants.lines import Language
from tenants.program import Reports
from tenants.report_formats import (
    CHECK_IN_COLUMNS,
    MODULE_COLUMNS,
    USUAL,
    BirthDateStyle,
    CaseNumberStyle,
    section_keys,
)

OWN_WORDS = ("opening", "closing")
SHOWN_DIGITS = 4
_WORD = re.compile(r"\w", re.ASCII)


def paper_format(kind: ReportKind, rules: Reports, language: str) -> PaperFormat:
    """The format of a kind in one language, as it stands in the rules now."""
    chosen = rules.formats.of(kind)
    words = {"title": chosen.title, "opening": chosen.opening, "closing": chosen.closing}
    titles = {one.key: _in(one.title, language) for one in chosen.sections}
    return PaperFormat.model_validate(
        {
            "look": chosen.look.value,
            "paper": chosen.paper.value,
            **{name: _in(said, language) for name, said in words.items()},
            "headings": {key: title for key, title in titles.items() if title},
            "module_columns": getattr(chosen, "module_columns", ()) or MODULE_COLUMNS,
            "check_in_columns": getattr(chosen, "check_in_columns", ()) or CHECK_IN_COLUMNS,
            "signatories": tuple(
                ShownSignatory(name=one.name, title=one.title) for one in chosen.signatories if one.name or one.title
            ),
            "courtesy": chosen.courtesy.value,
            "outputs": chosen.outputs,
        }
    )


def _in(said: Mapping[Language, str], language: str) -> str:
    return next((words for known, words in said.items() if known == language), "")


def sections_of(kind: ReportKind, rules: Reports, shown: PaperFormat) -> tuple[Section, ...]:
    """The sections of a report in the court's order; own words only where there are some in this language."""
    if kind not in USUAL:
        return SECTIONS_OF[kind]
    keys = section_keys(kind, rules.formats.of(kind))
    return tuple(Section(key) for key in keys if key not in OWN_WORDS or getattr(shown, key))


def birth_date_words(kind: ReportKind, rules: Reports, born: date) -> str | None:
    """The birth date in the style of this kind, else in that of all papers; None where the court shows none."""
    style = rules.formats.of(kind).birth_date or rules.birth_date
    return {
        BirthDateStyle.NONE: None,
        BirthDateStyle.YEAR: str(born.year),
        BirthDateStyle.FULL: born.strftime("%m/%d/%Y"),
    }[style]


def case_number_words(
    kind: ReportKind, rules: Reports, numbers: Sequence[str | None], gettext: Callable[[str], str]
) -> tuple[str, ...]:
    """The case numbers in the style of this kind; one that is not known yet is the word "pending" in any style."""
    style = rules.formats.of(kind).case_numbers
    shown = list(numbers)[:1] if style is CaseNumberStyle.FIRST else list(numbers)
    if style is CaseNumberStyle.LAST_FOUR:
        return tuple(_masked(one, gettext) if one else gettext("pending") for one in shown)
    return tuple(one or gettext("pending") for one in shown)


def _masked(number: str, gettext: Callable[[str], str]) -> str:
    """The last four letters or digits, and never more than half of them."""
    words = _WORD.findall(number)
    kept = min(SHOWN_DIGITS, len(words) // 2)
    return gettext("ends in %(digits)s") % {"digits": "".join(words[len(words) - kept :])}


def other_language(languages: Sequence[str], language: str) -> str | None:
    """The court's other language, for a courtesy copy; None where it has one language only."""
    return next((one for one in languages if one != language), None)
