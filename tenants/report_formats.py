"""How a court's reports look and what stands on them: one format for each kind of report.

The default of every field is what was made before there were formats, so a court that says nothing sees no change.
Own words are plain text; they may name facts of the report in braces, such as {name}, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from tenants.faults import Fault, Section, plain, repeated, rows, values
from tenants.lines import Language, Line

SectionKey = Literal[
    "statement",
    "opening",
    "facts",
    "standing",
    "chart",
    "modules",
    "check_ins",
    "money",
    "agreement",
    "glance",
    "missing",
    "violations",
    "steps",
    "fee_line",
    "happened",
    "tried",
    "asked",
    "closing",
    "signature",
    "verify",
]
ModuleColumn = Literal["title", "kind", "state", "passed_on", "score", "time"]
CheckInColumn = Literal["number", "due", "state", "submitted"]
Output = Literal["html", "csv", "json"]
Heading = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
OwnWords = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_500)]

# The sections that a kind can have, in the usual order. Own words stand there only where a court has written some.
USUAL: Final[Mapping[str, tuple[SectionKey, ...]]] = {
    "proof_of_enrollment": ("statement", "opening", "facts", "agreement", "closing", "signature", "verify"),
    "progress": (
        "opening",
        "facts",
        "standing",
        "chart",
        "modules",
        "check_ins",
        "money",
        "agreement",
        "closing",
        "signature",
        "verify",
    ),
    "final": (
        "statement",
        "opening",
        "facts",
        "chart",
        "modules",
        "check_ins",
        "money",
        "agreement",
        "closing",
        "signature",
        "verify",
    ),
    "certificate": ("statement", "opening", "facts", "closing", "signature", "verify"),
    "bench_card": (
        "opening",
        "facts",
        "glance",
        "missing",
        "violations",
        "steps",
        "fee_line",
        "closing",
        "verify",
    ),
    "non_compliance": (
        "opening",
        "facts",
        "happened",
        "tried",
        "asked",
        "glance",
        "closing",
        "signature",
        "verify",
    ),
}
# What a court can add to them.
BESIDES: Final[Mapping[str, tuple[SectionKey, ...]]] = {
    "progress": ("glance", "missing", "steps"),
    "final": ("steps",),
    "bench_card": ("chart", "modules", "check_ins", "signature"),
    "non_compliance": ("chart", "modules", "check_ins"),
}
OFFERED: Final[Mapping[str, tuple[SectionKey, ...]]] = {
    kind: (*usual, *BESIDES.get(kind, ())) for kind, usual in USUAL.items()
}
KINDS: Final[tuple[str, ...]] = tuple(USUAL)
WITH_TABLES: Final = frozenset(kind for kind, keys in OFFERED.items() if "modules" in keys)
# Each is written in one language by the person who asks for it, so there is nothing to copy.
WITHOUT_COPY: Final = frozenset({"non_compliance"})
# Whom it is about, what it certifies or asks, and how to check it: without them it is no report.
NEEDED: Final = frozenset({"statement", "facts", "happened", "asked", "verify"})
MODULE_COLUMNS: Final[tuple[ModuleColumn, ...]] = ("title", "kind", "state", "passed_on", "score", "time")
CHECK_IN_COLUMNS: Final[tuple[CheckInColumn, ...]] = ("number", "due", "state", "submitted")

# Facts that own words may name.
FIELDS: Final = (
    "name",
    "case_number",
    "case_numbers",
    "court",
    "stage",
    "officer",
    "deadline",
    "next_hearing",
    "enrolled_on",
    "completed_on",
    "report_number",
    "issued_on",
)
FIELD: Final = re.compile(r"\{([a-z_]*)\}")


class BirthDateStyle(StrEnum):
    NONE = "none"
    YEAR = "year"
    FULL = "full"


class CaseNumberStyle(StrEnum):
    ALL = "all"
    FIRST = "first"
    LAST_FOUR = "last_four"  # of each number, so that a paper on a desk tells a stranger little


class Look(StrEnum):
    """Layouts and type: by style sheets of the portal's own, never a court's."""

    CLASSIC = "classic"
    COMPACT = "compact"
    CLERK = "clerk"
    LARGE = "large"


class Paper(StrEnum):
    LETTER = "letter"
    A4 = "a4"
    LEGAL = "legal"


class Courtesy(StrEnum):
    """A copy in the court's other language, for information; the report says which text governs."""

    NONE = "none"
    APPENDED = "appended"
    OWN_FILE = "own_file"


def fields_in(text: str) -> list[str]:
    """The names in braces, in order."""
    return FIELD.findall(text)


def is_sound(text: object) -> bool:
    """Whether every brace in own words belongs to a field that there is."""
    if not isinstance(text, str):
        return True  # a fault of its own, told elsewhere
    rest = FIELD.sub("", text)
    return "{" not in rest and "}" not in rest and set(fields_in(text)) <= set(FIELDS)


class ShownSection(Section):
    """A section of the report, with titles of the court's own by language."""

    key: SectionKey
    title: dict[Language, Heading] = Field(default_factory=dict)


class Signatory(Section):
    """Who signs: a name, a title, or both."""

    name: Line = ""
    title: Line = ""


class ReportFormat(Section):
    """One kind of report as the court wants it.

    Empty `sections`: all that the kind has, in the usual order. `birth_date`: none says what the court's
    papers say otherwise; `language`: the one in which it is made unless whoever asks for it chooses another. Without
    `signatories` the one of the letterhead signs. `opening` and `closing` are the court's own words.
    """

    look: Look = Look.CLASSIC
    paper: Paper = Paper.LETTER
    title: dict[Language, Heading] = Field(default_factory=dict)
    sections: tuple[ShownSection, ...] = Field(default=(), max_length=30)
    birth_date: BirthDateStyle | None = None
    case_numbers: CaseNumberStyle = CaseNumberStyle.ALL
    signatories: tuple[Signatory, ...] = Field(default=(), max_length=2)
    opening: dict[Language, OwnWords] = Field(default_factory=dict)
    closing: dict[Language, OwnWords] = Field(default_factory=dict)
    language: Language | None = None
    courtesy: Courtesy = Courtesy.NONE
    outputs: tuple[Output, ...] = Field(default=(), max_length=3)

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        for name in ("opening", "closing"):
            for language, text in plain(given.get(name)).items():
                if not is_sound(text):
                    yield (name, str(language)), "unknown_field"
        keys = ((at, one.get("key")) for at, one in rows(given.get("sections")))
        yield from ((("sections", at, "key"), "listed_twice") for at in repeated(keys))


class TablesFormat(ReportFormat):
    """The format of a report with tables. Empty columns: all that there are."""

    module_columns: tuple[ModuleColumn, ...] = Field(default=(), max_length=len(MODULE_COLUMNS))
    check_in_columns: tuple[CheckInColumn, ...] = Field(default=(), max_length=len(CHECK_IN_COLUMNS))

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        yield from super().compare(given)
        for name, first in (("module_columns", "title"), ("check_in_columns", "due")):
            chosen = [value for _at, value in values(given.get(name))]
            if chosen and first not in chosen:
                yield (name,), "column_needed"


class Formats(Section):
    """The format of each kind of report. A kind that is not listed has none of its own."""

    proof_of_enrollment: ReportFormat = ReportFormat()
    progress: TablesFormat = TablesFormat()
    final: TablesFormat = TablesFormat()
    certificate: ReportFormat = ReportFormat()
    bench_card: TablesFormat = TablesFormat()
    non_compliance: TablesFormat = TablesFormat()

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        for kind, usual in USUAL.items():
            chosen = list(rows(plain(given.get(kind)).get("sections")))
            for at, one in chosen:
                if one.get("key") not in OFFERED[kind]:
                    yield (kind, "sections", at, "key"), "not_in_this_kind"
            missing = NEEDED & set(usual) - {one.get("key") for _at, one in chosen}
            if chosen and missing:
                yield (kind, "sections"), "section_needed"
        for kind in WITHOUT_COPY:
            if plain(given.get(kind)).get("courtesy", Courtesy.NONE) != Courtesy.NONE:
                yield (kind, "courtesy"), "no_copy"

    def of(self, kind: str) -> ReportFormat:
        """The format of a kind; the usual one for a kind that has none of its own."""
        found = getattr(self, kind, None)
        return found if isinstance(found, ReportFormat) else ReportFormat()


def section_keys(kind: str, chosen: ReportFormat) -> tuple[SectionKey, ...]:
    """The sections of a report in order, own words among them whether or not there are any."""
    return tuple(one.key for one in chosen.sections) or USUAL[kind]


# --- where a court begins --------------------------------------------------------------------------------------------

_WITHOUT: Mapping[Look, frozenset[str]] = {
    Look.COMPACT: frozenset({"chart", "agreement"}),
    Look.CLERK: frozenset({"chart"}),
    Look.LARGE: frozenset({"chart", "agreement"}),
}
# What a clerk's form shows first: the tables.
_FIRST: Mapping[Look, tuple[str, ...]] = {
    Look.CLERK: ("facts", "money", "modules", "check_ins"),
    Look.LARGE: ("statement", "standing", "opening", "facts"),
}
_MODULES: Mapping[Look, tuple[ModuleColumn, ...]] = {
    Look.COMPACT: ("title", "state", "passed_on", "score"),
    Look.LARGE: ("title", "state"),
}
_CHECK_INS: Mapping[Look, tuple[CheckInColumn, ...]] = {Look.LARGE: ("due", "state")}


def preset(look: Look, kind: str) -> ReportFormat:
    """A format to begin with: a look, and the sections and columns that suit it."""
    made = TablesFormat if kind in WITH_TABLES else ReportFormat
    if look is Look.CLASSIC:
        return made()
    usual = [key for key in USUAL[kind] if key not in _WITHOUT[look]]
    first = [key for key in _FIRST.get(look, ()) if key in usual]
    ordered = [*first, *(key for key in usual if key not in first)]
    same = tuple(ordered) == USUAL[kind]
    chosen: dict[str, Any] = {"look": look, "sections": () if same else [{"key": key} for key in ordered]}
    if kind in WITH_TABLES:
        chosen |= {"module_columns": _MODULES.get(look, ()), "check_in_columns": _CHECK_INS.get(look, ())}
    return made.model_validate(chosen)
