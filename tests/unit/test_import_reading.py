"""Files of referrals: whatever a spreadsheet writes is read, and what is no list of people is refused in words."""

from __future__ import annotations

import contextlib
import csv
import io
import string
from datetime import date, time

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import example, given
from hypothesis import strategies as st

from app.cases.imports import cells
from app.cases.imports.cells import CellFault
from app.cases.imports.columns import Column, Kind, everything_known, faults, guess, template_headings
from app.cases.imports.reading import MOST_ROWS, read_sheet
from app.core.csv_files import as_typed, csv_file, neutralized
from app.core.errors import Refused

NAMES = "Given names;Last name;DOB\r\nJosé;Núñez;4/28/1986\r\n"


@pytest.fixture(autouse=True)
def _words():
    """Sentences need an app with Babel, and nothing else of the portal."""
    bare = Flask("bare")
    Babel(bare)
    with bare.test_request_context():
        yield


@pytest.mark.proves("IO-3")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_every_usual_encoding_and_delimiter_is_read(encoding: str, sign: str):
    sheet = read_sheet(NAMES.replace(";", sign).encode(encoding))
    assert sheet.headings == ("Given names", "Last name", "DOB")
    assert [record.cells for record in sheet.records] == [("José", "Núñez", "4/28/1986")]


@pytest.mark.proves("IO-3")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "first row"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "Excel workbook"),
        (b"%PDF-1.7\n,", "not a CSV"),
        (b"MZ\x90\x00\x03", "not a CSV"),
        (b"\xff\xfeA", "not a CSV"),
        (b"Name,DOB\n", "no rows under them"),
        (b"1,2\n3,4\n", "first row must hold"),
        (b'Name,DOB\n"A,1/1/1980\nB,2/2/1980\n', "quotation mark"),
        (b"Name,DOB\n" + b"x" * (5 * 1024 * 1024), "larger than 5 MB"),
        (b"Name\n" + b"A\n" * (MOST_ROWS + 1), "more than 5,000 rows"),
        (b"Name\nA\n" + b"\n" * (3 * MOST_ROWS), "more than 5,000 rows"),
        (b",".join(b"c%d" % n for n in range(61)) + b"\nx\n", "more than 60 columns"),
        (b"Name\n" + b"x" * 2001 + b"\n", "quotation mark"),
    ],
)
def test_what_is_no_list_is_refused_in_words(content: bytes, words: str):
    with pytest.raises(Refused, match=words) as refused:
        read_sheet(content)
    assert refused.value.field == "file"


def test_rows_keep_the_numbers_that_a_spreadsheet_shows():
    sheet = read_sheet(b"Name,Name,\n\n,,\nA,B,C\n")
    assert sheet.headings == ("Name", "Name (2)", "Column 3")
    assert [record.number for record in sheet.records] == [4]


CELLS = st.text(alphabet=string.ascii_letters + " ,;|'\"=+-@\u00e9\u00f1", max_size=12)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=6))
def test_what_was_written_is_read(rows: list[list[str]]):
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["Name", "Other"], *rows])
    told = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    if not told:
        return
    sheet = read_sheet(out.getvalue().encode())
    shown = [[record.cell(0), record.cell(1)] for record in sheet.records]
    assert shown == [[as_typed(cell) for cell in row] for row in told]


RISKY = st.text(alphabet="=+-@\t\r\n \uff1d'abc(|)", max_size=8)


@pytest.mark.proves("IO-1")
@given(st.lists(RISKY, min_size=1, max_size=5))
@example([" =1+1"])
def test_no_cell_of_ours_begins_a_formula_and_each_comes_back_as_it_was(row: list[str]):
    text = csv_file([row]).decode("utf-8-sig")
    (written,) = csv.reader(io.StringIO(text, newline=""), strict=True)
    for cell, was in zip(written, row, strict=True):
        assert not cell.startswith(("\t", "\r", "\n"))
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d"))
        if not was.startswith("'"):
            assert as_typed(cell) == was


@pytest.mark.proves("IO-1")
@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", " =1", "\uff1d1"])
def test_each_sign_of_a_formula_is_neutralized(cell: str):
    assert neutralized(cell) == f"'{cell}"


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("4/28/1986", date(1986, 4, 28)),
        ("04-28-1986", date(1986, 4, 28)),
        ("1986-04-28", date(1986, 4, 28)),
        ("1986-04-28 00:00:00", date(1986, 4, 28)),
        ("4/28/1986 12:00:00 AM", date(1986, 4, 28)),
    ],
)
def test_dates_as_courts_write_them(cell: str, meant: date):
    assert cells.date_of(cell) == meant


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("28/4/1986", "no_such_day"),
        ("2/30/1986", "no_such_day"),
        ("4/28/86", "short_year"),
        ("0086-04-28", "short_year"),
        ("April", "not_a_date"),
        ("31527", "not_a_date"),
    ],
)
def test_a_date_that_is_none_says_why(cell: str, code: str):
    with pytest.raises(CellFault, match=code):
        cells.date_of(cell)


@given(st.dates(min_value=date(1900, 1, 1)))
def test_every_day_is_read_in_both_spellings(day: date):
    assert cells.date_of(day.isoformat()) == cells.date_of(f"{day.month}/{day.day}/{day.year}") == day


@given(st.text(max_size=30))
def test_no_cell_takes_the_reader_down(cell: str):
    for parse in (
        cells.date_of, cells.time_of, cells.yes_or_no, cells.language_of, cells.name_of, cells.full_name_of,
        cells.email_of, cells.phone_of,
    ):  # fmt: skip
        with contextlib.suppress(CellFault):
            parse(cell)


def test_other_cells():
    assert cells.full_name_of("Example, Jordan A.") == ("Jordan A.", "Example")
    assert cells.full_name_of("Jordan Example") == ("Jordan", "Example")
    assert [cells.yes_or_no(cell) for cell in ("Yes", "x", "Sí", "no", "0")] == [True, True, True, False, False]
    assert [cells.language_of(cell) for cell in ("English", "es-US", "ESPAÑOL")] == ["en", "es", "es"]
    assert cells.case_numbers_of("26-CR-1; 26-CR-2") == ("26-CR-1", "26-CR-2")
    assert [cells.case_numbers_of(cell) for cell in ("Pending", "pendiente", "TBD", "n/a")] == [()] * 4
    assert cells.time_of("2:30 p.m.") == time(14, 30)


def test_headings_are_guessed_and_a_choice_is_remembered():
    headings = ("LAST NAME", "First_Name", "D.O.B.", "Cause No.", "Sentence day", "Color")
    first = guess(Kind.REFERRALS, headings)
    assert first == {
        Column.FAMILY_NAMES: "LAST NAME",
        Column.GIVEN_NAMES: "First_Name",
        Column.CASE_NUMBERS: "Cause No.",
    }
    assert set(faults(Kind.REFERRALS, first, headings)) == {Column.BIRTH_DATE, Column.ORDER_DATE}
    chosen = {**first, Column.BIRTH_DATE: "D.O.B.", Column.ORDER_DATE: "Sentence day"}
    assert faults(Kind.REFERRALS, chosen, headings) == {}
    assert guess(Kind.REFERRALS, headings, chosen) == chosen
    assert not everything_known(Kind.REFERRALS, chosen, headings)
    ours = template_headings(Kind.REFERRALS)
    assert everything_known(Kind.REFERRALS, guess(Kind.REFERRALS, ours), ours)
    twice = faults(Kind.REFERRALS, {**chosen, Column.PHONE: "Cause No."}, headings)
    assert set(twice) == {Column.PHONE}
