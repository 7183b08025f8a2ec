"""What the court's format makes of a report: its titles, columns, own words and who signs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from app.reports.format_snapshot import ALL_CHECK_IN_COLUMNS, ALL_MODULE_COLUMNS, ShownSignatory
from app.reports.snapshot import Snapshot
from app.reports.wording import Wording
from tenants.report_formats import FIELD

MODULE_WIDTHS: Final = {"title": 32, "kind": 12, "state": 17, "passed_on": 17, "score": 12, "time": 10}
CHECK_IN_WIDTHS: Final = {"number": 12, "due": 28, "state": 32, "submitted": 28}
# Large type needs room for the words of a narrow column.
LARGE_WIDTHS: Final = {"title": 26, "kind": 15, "state": 17, "passed_on": 16, "score": 12, "time": 14}


class Grid(NamedTuple):
    """A table: heads, their widths (whole percents, together 100), rows of text."""

    heads: list[str]
    widths: list[int]
    rows: list[list[str]]


class Layout:
    """Reads the format out of a snapshot. `say` and `gettext` speak its language."""

    def __init__(self, snapshot: Snapshot, say: Wording, gettext: Callable[[str], str]) -> None:
        self.snapshot, self.say, self.gettext = snapshot, say, gettext
        self.format = snapshot.format

    def heading(self, section: str, usual: str) -> str:
        """The court's title of a section, or the usual one."""
        return self.format.headings.get(section, usual)

    def modules(self) -> Grid:
        """The modules, with the columns that the court wants."""
        gettext = self.gettext
        heads = {
            "title": gettext("Module"),
            "kind": gettext("Kind"),
            "state": gettext("State"),
            "passed_on": gettext("Passed on"),
            "score": gettext("Score"),
            "time": gettext("Time"),
        }
        widths = LARGE_WIDTHS if self.format.look == "large" else MODULE_WIDTHS
        return _grid(heads, widths, self.format.module_columns, ALL_MODULE_COLUMNS, self.say.module_rows())

    def check_ins(self) -> Grid:
        """The check-ins, with the columns that the court wants."""
        gettext = self.gettext
        heads = {
            "number": gettext("Number"),
            "due": gettext("Due"),
            "state": gettext("State"),
            "submitted": gettext("Submitted"),
        }
        columns = self.format.check_in_columns
        return _grid(heads, CHECK_IN_WIDTHS, columns, ALL_CHECK_IN_COLUMNS, self.say.check_in_rows())

    def own_words(self, place: str) -> list[str]:
        """The court's own words as paragraphs, with facts for the fields; `place` is "opening" or "closing"."""
        text = self.format.opening if place == "opening" else self.format.closing
        facts = self._facts() if text else {}
        filled = FIELD.sub(lambda found: facts.get(found[1], found[0]), text)
        return [line.strip() for line in filled.splitlines() if line.strip()]

    def signatories(self) -> Sequence[ShownSignatory]:
        """Who signs: those of the format, else the one of the letterhead."""
        court = self.snapshot.court
        if self.format.signatories or not (court.signatory_name or court.signatory_title):
            return self.format.signatories
        return (ShownSignatory(name=court.signatory_name, title=court.signatory_title),)

    def courtesy_note(self) -> str:
        """Which of two texts counts; empty where there is one only."""
        copy = self.snapshot.courtesy
        if copy is None:
            return ""
        names = {"other": self._named(copy.language), "language": self._named(self.snapshot.language)}
        return (
            self.gettext("There is a courtesy copy in %(other)s. If the two differ, this text (%(language)s) counts.")
            % names
        )

    def is_a_courtesy_copy_of(self, language: str) -> str:
        """What stands above a courtesy copy; `language` is that of the text that counts."""
        return self.gettext(
            "Courtesy copy, for information only. If the two differ, the text in %(language)s counts."
        ) % {"language": self._named(language)}

    def _named(self, language: str) -> str:
        """The language's name in that of the text."""
        return {"en": self.gettext("English"), "es": self.gettext("Spanish")}[language]

    def _facts(self) -> dict[str, str]:
        """What the fields in braces stand for; see tenants.report_formats.FIELDS."""
        snapshot, say = self.snapshot, self.say
        case, program, unknown = snapshot.case, snapshot.program, self.gettext("not set")
        days = {
            "deadline": case.deadline,
            "next_hearing": case.next_hearing,
            "enrolled_on": program.enrolled_on,
            "completed_on": program.completed_on,
        }
        return {
            "name": snapshot.person.name,
            "case_number": case.numbers[0],
            "case_numbers": ", ".join(case.numbers),
            "court": snapshot.court.name,
            "stage": program.stage,
            "officer": case.officer or unknown,
            **{name: say.day(day) if day else unknown for name, day in days.items()},
            "report_number": snapshot.number,
            "issued_on": snapshot.generated_on,
        }


def _grid(
    heads: dict[str, str],
    widths: dict[str, int],
    columns: Sequence[str],
    all_columns: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> Grid:
    places = [all_columns.index(column) for column in columns]
    shares = [widths[column] for column in columns]
    scaled = [share * 100 // sum(shares) for share in shares]
    scaled[0] += 100 - sum(scaled)  # what rounding left over
    return Grid([heads[column] for column in columns], scaled, [[row[place] for place in places] for row in rows])
