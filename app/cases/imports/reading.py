"""From the bytes of a file to rows of text. What it is, is judged by its content alone."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass

from app.cases.typed import one_line
from app.core.csv_files import as_typed
from app.core.errors import Refused
from app.core.i18n import gettext as _

LARGEST_FILE = 5 * 1024 * 1024  # bytes
MOST_ROWS = 5_000
MOST_COLUMNS = 60
LONGEST_CELL = 2_000  # characters; more is no cell, but a quotation mark that was never closed
DELIMITERS = (",", ";", "\t", "|")
FIELD = "file"
_MOST_LINES = 2 * MOST_ROWS  # with those without any text, so that nobody makes us read for ever

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Record:
    """One row. `number` is the row's number as a spreadsheet shows it: the headings are row 1."""

    number: int
    cells: tuple[str, ...]  # as they stand in the file

    def cell(self, place: int) -> str:
        """A cell on one line, without outer spaces; empty where the row is shorter."""
        return as_typed(one_line(self.cells[place])) if place < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's headings, each different, and its rows; rows without any text are left out."""

    headings: tuple[str, ...]
    records: tuple[Record, ...]


def read_sheet(content: bytes) -> Sheet:
    """The rows of a CSV file: UTF-8, UTF-16 or Latin-1, with commas, semicolons, tabs or bars.

    Raises Refused at the box for the file, saying what is wrong: not text, too large, too many rows, badly quoted.
    """
    text = _text_of(content)
    rows = _rows_of(text, _delimiter_of(text))
    if not rows:
        raise Refused(_("The file is empty. Choose another one."), FIELD)
    headings = _headings_of(rows[0])
    records = tuple(
        Record(number, tuple(row)) for number, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)
    )
    if not records:
        raise Refused(_("The file has headings, but no rows under them."), FIELD)
    if len(records) > MOST_ROWS or len(rows) > _MOST_LINES:
        raise Refused(_("The file has more than %(most)s rows. Send it in parts.", most=f"{MOST_ROWS:,}"), FIELD)
    return Sheet(headings, records)


def _text_of(content: bytes) -> str:
    if not content:
        raise Refused(_("The file is empty. Choose another one."), FIELD)
    if len(content) > LARGEST_FILE:
        raise Refused(_("The file is larger than 5 MB. Send it in parts."), FIELD)
    if content.startswith(_WORKBOOKS):
        raise Refused(_("This is an Excel workbook. In Excel, choose Save As and the type CSV UTF-8."), FIELD)
    text = _decoded(content)
    # A text has no control characters but tabs and line ends.
    if any(ord(c) < 32 and c not in "\t\r\n\f" for c in set(text)) or content.startswith(b"%PDF-"):
        raise Refused(_("This is not a CSV file. Save the list as CSV and send that file."), FIELD)
    return text


def _decoded(content: bytes) -> str:
    encodings = ("utf-16",) if content.startswith(_UTF_16) else ("utf-8-sig", "cp1252", "latin-1")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(_("This is not a CSV file. Save the list as CSV and send that file."), FIELD)


def _delimiter_of(text: str) -> str:
    """The sign that parts the headings into the most columns; a comma when there is but one column."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    parts = {sign: len(next(csv.reader([first], delimiter=sign), [])) for sign in DELIMITERS}
    return max(DELIMITERS, key=lambda sign: parts[sign])


def _rows_of(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if max(map(len, row), default=0) > LONGEST_CELL:
                raise csv.Error("a cell without end")
            rows.append(row)
            if len(rows) > _MOST_LINES:
                break
    except csv.Error:
        where = len(rows) + 1
        raise Refused(
            _("Row %(row)s can not be read. Look for a quotation mark that is not closed.", row=where), FIELD
        ) from None
    return rows


def _headings_of(row: list[str]) -> tuple[str, ...]:
    if len(row) > MOST_COLUMNS:
        raise Refused(_("The file has more than %(most)s columns.", most=MOST_COLUMNS), FIELD)
    names = [one_line(cell)[:80] for cell in row]
    if not any(any(c.isalpha() for c in name) for name in names):
        raise Refused(_("The first row must hold the names of the columns."), FIELD)
    seen: Counter[str] = Counter()
    headings = []
    for place, name in enumerate(names, start=1):
        shown = name or _("Column %(number)s", number=place)
        seen[shown] += 1
        headings.append(shown if seen[shown] == 1 else f"{shown} ({seen[shown]})")
    return tuple(headings)
