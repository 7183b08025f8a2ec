"""Files that go back to the court: a template, what became of each row, and who waits for a case number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.cases.imports.columns import KNOWN_HEADINGS, LABELS, Column, Kind, template_headings
from app.cases.imports.lookups import PendingReferral, mapping_of, rows_of, sheet_of
from app.cases.imports.models import ReferralImport, ReferralImportRow
from app.cases.imports.reading import Sheet
from app.cases.imports.words import ROW_STATES, problem_words
from app.core.errors import Refused
from app.core.i18n import gettext as _

Line = Sequence[object]


def template_lines() -> Iterator[Line]:
    """The headings, and one made-up person to write over."""
    yield template_headings(Kind.REFERRALS)
    example = {
        Column.GIVEN_NAMES: "Jordan",
        Column.FAMILY_NAMES: "Example",
        Column.BIRTH_DATE: "4/28/1986",
        Column.PENDING: "yes",
        Column.LANGUAGE: "English",
    }
    yield [example.get(column, "") for column in _template_columns()]


def _template_columns() -> list[Column]:
    by_heading = {names[0]: column for column, names in KNOWN_HEADINGS.items()}
    return [by_heading[heading] for heading in template_headings(Kind.REFERRALS)]


def pending_lines(waiting: Sequence[PendingReferral]) -> Iterator[Line]:
    """Those who wait for a case number, ready to be filled in and sent back."""
    yield template_headings(Kind.NUMBERS)
    for one in waiting:
        person = one.person
        yield (one.referral_id, person.given_names, person.family_names, person.birth_date.isoformat(), "")


def result_lines(row: ReferralImport) -> Iterator[Line]:
    """For each row: what became of it and why, the referral it made, and, while the file is kept, its own cells."""
    sheet = _kept(row)
    reference = KNOWN_HEADINGS[Column.REFERENCE][0]
    yield [_("Row"), _("Result"), _("What to look at"), reference, *(_headings(sheet, row) if sheet else ())]
    cells = {record.number: record for record in sheet.records} if sheet else {}
    width = len(sheet.headings) if sheet else 0
    for line in rows_of(row.id):
        record = cells.pop(line.number, None)
        own = [record.cell(place) for place in range(width)] if record else []
        yield [line.number, str(ROW_STATES.get(line.state, line.state)), why(line), line.referral_id or "", *own]
    if row.state == "canceled":
        canceled = str(ROW_STATES["canceled"])
        for record in cells.values():
            yield [record.number, canceled, "", "", *(record.cell(place) for place in range(width))]


def _headings(sheet: Sheet, row: ReferralImport) -> list[str]:
    """The file's own headings; a column of references keeps another name than the one that we put in front."""
    reference = mapping_of(row.mapping).get(Column.REFERENCE)
    as_sent = _("as sent")
    return [f"{heading} ({as_sent})" if heading == reference else heading for heading in sheet.headings]


def _kept(row: ReferralImport) -> Sheet | None:
    try:
        return sheet_of(row)
    except Refused:
        return None


def why(line: ReferralImportRow) -> str:
    """All that is wrong with a row, each once, with the name of its field."""
    lines = (problem_line(problem.get("column", ""), problem["code"], problem.get("row")) for problem in line.problems)
    return "; ".join(dict.fromkeys(lines))


def problem_line(column: str, code: str, row: int | None = None) -> str:
    """One problem with the name of its field, in the reader's language."""
    words = problem_words(code, row)
    label = LABELS.get(Column(column)) if column in list(Column) else None
    return f"{label}: {words}" if label is not None else words
