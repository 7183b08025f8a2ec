"""From the rows of a file to referrals, or to case numbers for referrals: pure, all faults of a row at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from app.cases.duplicates import Candidate, Match, candidate, matches_of, name_key
from app.cases.imports import cells
from app.cases.imports.cells import CellFault
from app.cases.imports.columns import Column, Mapped
from app.cases.imports.reading import Record, Sheet
from app.cases.referring import NewReferral
from app.cases.rules import adult_on, case_number_key

Value = TypeVar("Value")
C = Column

LONGEST = {
    C.GIVEN_NAMES: 80,
    C.FAMILY_NAMES: 80,
    C.FULL_NAME: 161,
    C.CASE_NUMBERS: 300,
    C.EMAIL: 254,
    C.PHONE: 30,
    C.OFFICER: 254,
    C.REFERENCE: 40,
}
LONGEST_CELL = 40  # dates, languages, yes and no
LONGEST_NUMBER = 60
MOST_NUMBERS = 4
MOST_COMPARED = 50  # rows with one birth date whose names are compared letter by letter: a date made up for all is dear
DAMAGED = "\ufffd"  # what a program writes for a letter that it could not save


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and in which field of ours ("" for the row as a whole). `row`: the row that it repeats."""

    column: str
    code: str
    row: int | None = None
    referral_id: str | None = None  # an earlier referral that it repeats

    def to_json(self) -> dict[str, Any]:
        values = {"column": self.column, "code": self.code, "row": self.row, "referral_id": self.referral_id}
        return {key: value for key, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody to whom a case can be assigned, and how a file may call them."""

    id: UUID
    name: str
    email: str


@dataclass(frozen=True)
class Ground:
    """What the court says where a file is silent. `today` and `deadline` are court-local."""

    today: date
    deadline: date
    languages: tuple[str, ...]
    officers: tuple[Officer, ...] = ()
    by_email: dict[str, Officer] = field(init=False, compare=False)
    by_name: dict[str, list[Officer]] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        names: dict[str, list[Officer]] = {}
        for officer in self.officers:
            names.setdefault(name_key(officer.name), []).append(officer)
        object.__setattr__(self, "by_name", names)
        object.__setattr__(self, "by_email", {officer.email.casefold(): officer for officer in self.officers})

    def officer(self, cell: str) -> UUID:
        """Who is meant by a name or an email. Raises CellFault."""
        found = self.by_email.get(cell.casefold())
        if found is not None:
            return found.id
        named = self.by_name.get(name_key(cell), [])
        if len(named) != 1:
            raise CellFault("several_officers" if named else "unknown_officer")
        return named[0].id

    def language(self, cell: str) -> str:
        found = cells.language_of(cell)
        if found not in self.languages:
            raise CellFault("language_not_here")
        return found


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row and what it says: a referral, or nothing and why."""

    number: int
    name: str
    new: NewReferral | None
    problems: tuple[Problem, ...] = ()
    compared: Candidate | None = None  # what is compared with other rows and with the court's referrals


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A row that fills in case numbers: who is meant and which numbers; both only when `problems` is empty."""

    number: int
    name: str
    reference: UUID | None
    birth_date: date | None
    case_numbers: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


class Reader:
    """The cells of one record by our fields; collects every fault instead of stopping at the first."""

    def __init__(self, record: Record, places: Mapping[Column, int]) -> None:
        self.record, self.places = record, places
        self.problems: list[Problem] = []

    def text(self, column: Column) -> str:
        place = self.places.get(column)
        cell = self.record.cell(place) if place is not None else ""
        if len(cell) > LONGEST.get(column, LONGEST_CELL):
            self.fault(column, "too_long")
            return ""
        if DAMAGED in cell:
            self.fault(column, "damaged")
            return ""
        return cell

    def fault(self, column: Column, code: str) -> None:
        if not any(known.column == column for known in self.problems):
            self.problems.append(Problem(column, code))

    def read(self, column: Column, parse: Callable[[str], Value]) -> Value | None:
        """The value of a cell; None when it is empty, or at fault."""
        cell = self.text(column)
        if not cell:
            return None
        try:
            return parse(cell)
        except CellFault as fault:
            self.fault(column, fault.code)
            return None

    def need(self, column: Column, parse: Callable[[str], Value]) -> Value | None:
        """As `read`, where an empty cell is a fault."""
        found = self.read(column, parse)
        if found is None:
            self.fault(column, "missing")
        return found

    def names(self) -> tuple[str, str]:
        """Given and family names, from two columns or from one."""
        if C.GIVEN_NAMES in self.places and C.FAMILY_NAMES in self.places:
            return self.need(C.GIVEN_NAMES, cells.name_of) or "", self.need(C.FAMILY_NAMES, cells.name_of) or ""
        given, family = self.need(C.FULL_NAME, cells.full_name_of) or ("", "")
        if max(len(given), len(family)) > LONGEST[C.GIVEN_NAMES]:
            self.fault(C.FULL_NAME, "too_long")
        return given, family

    def numbers(self) -> tuple[str, ...]:
        """The case numbers of the row, each once; empty while pending."""
        written: dict[str, str] = {}
        for number in self.read(C.CASE_NUMBERS, cells.case_numbers_of) or ():
            if (key := case_number_key(number)) is not None:
                written.setdefault(key, number)
            if len(number) > LONGEST_NUMBER:
                self.fault(C.CASE_NUMBERS, "too_long")
        if len(written) > MOST_NUMBERS:
            self.fault(C.CASE_NUMBERS, "too_many_numbers")
        return tuple(written.values())


def places_of(sheet: Sheet, mapped: Mapped) -> dict[Column, int]:
    """Our field -> the place of its column in each record."""
    at = {heading: place for place, heading in enumerate(sheet.headings)}
    return {Column(column): at[heading] for column, heading in mapped.items() if heading in at}


def _reader(sheet: Sheet, record: Record, places: Mapping[Column, int]) -> Reader:
    reader = Reader(record, places)
    if any(cell.strip() for cell in record.cells[len(sheet.headings) :]):
        reader.problems.append(Problem("", "too_many_cells"))
    return reader


def check_referrals(
    sheet: Sheet, mapped: Mapped, ground: Ground, only: Collection[int] | None = None
) -> list[CheckedRow]:
    """Every row (of the numbers `only`) as a referral or with all its faults; a repeated row says which it repeats."""
    places = places_of(sheet, mapped)
    records = [record for record in sheet.records if only is None or record.number in only]
    rows = [_referral(_reader(sheet, record, places), ground) for record in records]
    return _each_once(rows)


def _referral(reader: Reader, ground: Ground) -> CheckedRow:
    given, family = reader.names()
    birth_date = reader.need(C.BIRTH_DATE, cells.date_of)
    order_date = reader.need(C.ORDER_DATE, cells.date_of)
    deadline = reader.read(C.DEADLINE, cells.date_of) or ground.deadline
    case_ends_on = reader.read(C.CASE_ENDS_ON, cells.date_of)
    hearing_on, hearing_at = reader.read(C.HEARING_ON, cells.date_of), reader.read(C.HEARING_AT, cells.time_of)
    numbers, pending = reader.numbers(), reader.read(C.PENDING, cells.yes_or_no)
    if pending is not None and pending == bool(numbers):
        reader.fault(C.CASE_NUMBERS, "number_and_pending" if numbers else "pending_answer")
    for column, day in ((C.BIRTH_DATE, birth_date), (C.ORDER_DATE, order_date)):
        if day is not None and day > ground.today:
            reader.fault(column, "future")
    if birth_date is not None and order_date is not None and not adult_on(birth_date, order_date):
        reader.fault(C.BIRTH_DATE, "not_adult")
    if order_date is not None and deadline <= order_date:
        reader.fault(C.DEADLINE, "deadline_first")
    if order_date is not None and case_ends_on is not None and case_ends_on <= order_date:
        reader.fault(C.CASE_ENDS_ON, "end_first")
    if hearing_on is not None and hearing_on < ground.today:
        reader.fault(C.HEARING_ON, "hearing_past")
    if hearing_at is not None and hearing_on is None:
        reader.fault(C.HEARING_AT, "time_alone")
    officer_id = reader.read(C.OFFICER, ground.officer)
    language = reader.read(C.LANGUAGE, ground.language) or "en"
    email, phone = reader.read(C.EMAIL, cells.email_of) or "", reader.read(C.PHONE, cells.phone_of) or ""
    name = f"{given} {family}".strip()
    if reader.problems or birth_date is None or order_date is None:
        return CheckedRow(reader.record.number, name, None, tuple(reader.problems))
    new = NewReferral(
        given_names=given,
        family_names=family,
        birth_date=birth_date,
        order_date=order_date,
        deadline=deadline,
        case_ends_on=case_ends_on,
        case_numbers=numbers,
        officer_id=officer_id,
        hearing_on=hearing_on,
        hearing_at=hearing_at,
        email=email,
        phone=phone,
        language=language,
    )
    return CheckedRow(reader.record.number, name, new)


def compared(new: NewReferral) -> Candidate:
    """What of a row is compared with other rows and with the court's referrals."""
    return candidate(new.given_names, new.family_names, new.birth_date, new.case_numbers)


class _Seen:
    """The rows of a file so far, as later ones are compared with them."""

    def __init__(self) -> None:
        self.people: dict[tuple[str, date], int] = {}
        self.numbers: dict[str, int] = {}
        self.born: dict[date, list[tuple[int, Candidate]]] = {}

    def repeated(self, one: Candidate) -> list[Problem]:
        """Why `one` could be an earlier row again."""
        near = self.born.get(one.birth_date, [])[:MOST_COMPARED]
        if near and (person := self.people.get((name_key(one.name), one.birth_date))) is not None:
            return [Problem("", "row_again", row=person)]
        alike = [number for number, other in near if Match.LIKE_PERSON in matches_of(one, other)]
        shared = sorted({self.numbers[key] for key in one.number_keys if key in self.numbers})
        if both := set(alike) & set(shared):
            return [Problem("", "row_again", row=min(both))]
        found = [Problem("", "row_alike", row=number) for number in alike[:1]]
        return found + [Problem(C.CASE_NUMBERS, "row_again", row=number) for number in shared[:1]]

    def add(self, number: int, one: Candidate) -> None:
        self.people.setdefault((name_key(one.name), one.birth_date), number)
        self.born.setdefault(one.birth_date, []).append((number, one))
        for key in one.number_keys:
            self.numbers.setdefault(key, number)


def _each_once(rows: Sequence[CheckedRow]) -> list[CheckedRow]:
    """The first of the rows that name the same person or case number stays; the later ones say which it was."""
    seen, found = _Seen(), []
    for row in rows:
        if row.new is None:
            found.append(row)
            continue
        one = compared(row.new)
        found.append(CheckedRow(row.number, row.name, row.new, tuple(seen.repeated(one)), one))
        seen.add(row.number, one)
    return found


def check_numbers(sheet: Sheet, mapped: Mapped, only: Collection[int] | None = None) -> list[NumberRow]:
    """Every row (of the numbers `only`) as the case numbers of somebody; a row without any is left out."""
    places = places_of(sheet, mapped)
    records = [record for record in sheet.records if only is None or record.number in only]
    rows = (_number_row(_reader(sheet, record, places)) for record in records)
    return _numbers_once([row for row in rows if row.case_numbers or row.problems])


def _number_row(reader: Reader) -> NumberRow:
    numbers = reader.numbers()
    reference = reader.read(C.REFERENCE, _reference)
    named = C.FULL_NAME in reader.places or {C.GIVEN_NAMES, C.FAMILY_NAMES} <= reader.places.keys()
    asked = reference is None and not any(known.column == C.REFERENCE for known in reader.problems)
    given, family = reader.names() if named and (asked or _has_names(reader)) else ("", "")
    birth_date = (reader.need if asked else reader.read)(C.BIRTH_DATE, cells.date_of)
    if asked and not named:
        reader.fault(C.REFERENCE, "missing")
    name = f"{given} {family}".strip()
    problems = tuple(reader.problems) if numbers else ()
    return NumberRow(reader.record.number, name, reference, birth_date, numbers, problems)


def _has_names(reader: Reader) -> bool:
    return any(reader.text(column) for column in (C.GIVEN_NAMES, C.FAMILY_NAMES, C.FULL_NAME))


def _reference(cell: str) -> UUID:
    try:
        return UUID(cell)
    except ValueError:
        raise CellFault("no_reference") from None


def _numbers_once(rows: Sequence[NumberRow]) -> list[NumberRow]:
    seen: dict[str, int] = {}
    found = []
    for row in rows:
        keys = {key for number in row.case_numbers if (key := case_number_key(number))}
        again = tuple(Problem(C.CASE_NUMBERS, "row_again", row=seen[key]) for key in keys & set(seen))
        found.append(row if row.problems or not again else _with(row, again))
        for key in keys:
            seen.setdefault(key, row.number)
    return found


def _with(row: NumberRow, problems: tuple[Problem, ...]) -> NumberRow:
    return NumberRow(row.number, row.name, row.reference, row.birth_date, row.case_numbers, problems)
