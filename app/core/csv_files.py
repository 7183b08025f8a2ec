"""CSV files that people open in a spreadsheet: no cell of ours runs as a formula, whatever a person typed into it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

CSV_TYPE = "text/csv; charset=utf-8"
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# Spreadsheets skip blanks before a formula and read full-width signs as the plain ones.
_ALSO = ("\uff1d", "\uff0b", "\uff0d", "\uff20", "\u2212")
GUARD = "'"


def neutralized(cell: object) -> str:
    """The cell as text. One that a spreadsheet would take for a formula gets an apostrophe in front."""
    text = "" if cell is None else str(cell).replace("\x00", "")
    return GUARD + text if _runs(text) else text


def as_typed(cell: str) -> str:
    """A cell that comes back from a file of ours: without the apostrophe that `neutralized` put in front."""
    return cell[1:] if cell.startswith(GUARD) and _runs(cell[1:]) else cell


def _runs(text: str) -> bool:
    return text.startswith(_STARTS) or text.lstrip().startswith((*_STARTS, *_ALSO))


def csv_file(rows: Iterable[Sequence[object]]) -> bytes:
    """A whole file: UTF-8 with a byte order mark (Excel then reads accents), every cell neutralized."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([neutralized(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """The same file line by line, for one that is too long to hold."""
    mark = "\ufeff"
    for row in rows:
        out = io.StringIO()
        csv.writer(out).writerow([neutralized(cell) for cell in row])
        yield (mark + out.getvalue()).encode()
        mark = ""
