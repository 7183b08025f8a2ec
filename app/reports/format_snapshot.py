"""The court's format of one report, frozen with its facts. The defaults are what was made before there were formats."""

from typing import Final, Literal

from pydantic import Field

from app.reports.frozen import Frozen

LookName = Literal["classic", "compact", "clerk", "large"]
PaperName = Literal["letter", "a4", "legal"]
ModuleColumnName = Literal["title", "kind", "state", "passed_on", "score", "time"]
CheckInColumnName = Literal["number", "due", "state", "submitted"]
OutputName = Literal["html", "csv", "json"]
CourtesyName = Literal["none", "appended", "own_file"]

ALL_MODULE_COLUMNS: Final[tuple[ModuleColumnName, ...]] = ("title", "kind", "state", "passed_on", "score", "time")
ALL_CHECK_IN_COLUMNS: Final[tuple[CheckInColumnName, ...]] = ("number", "due", "state", "submitted")


class ShownSignatory(Frozen):
    """Who signs: a name, a title, or both."""

    name: str = ""
    title: str = ""


class PaperFormat(Frozen):
    """How the report looks, and the court's own words on it, in the report's language.

    `headings` by section; `opening` and `closing` are plain text in which fields in braces stand for facts of the same
    snapshot. Without `signatories` the one of the letterhead signs.
    """

    look: LookName = "classic"
    paper: PaperName = "letter"
    title: str = ""
    headings: dict[str, str] = Field(default_factory=dict)
    module_columns: tuple[ModuleColumnName, ...] = ALL_MODULE_COLUMNS
    check_in_columns: tuple[CheckInColumnName, ...] = ALL_CHECK_IN_COLUMNS
    opening: str = ""
    closing: str = ""
    signatories: tuple[ShownSignatory, ...] = Field(default=(), max_length=2)
    courtesy: CourtesyName = "none"
    outputs: tuple[OutputName, ...] = ()
