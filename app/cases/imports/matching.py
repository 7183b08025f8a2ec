"""What would become of each row of a file now: read, compared with the court's referrals. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Date, Text, Uuid, any_, cast, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.cases.duplicates import EarlierReferral, Match, earlier_referrals, name_key
from app.cases.imports.columns import Column, Kind, Mapped
from app.cases.imports.reading import Sheet
from app.cases.imports.rules import Ground, NumberRow, Problem, check_numbers, check_referrals
from app.cases.models import CaseNumber, Person, Referral
from app.cases.referring import NewReferral
from app.cases.rules import SamePerson, case_number_key, same_person
from app.core.actor import Actor
from app.permissions.permissions import SEES_WHOLE_COURT
from tenants.database import session

# What a person may overrule for the whole file: it may well be somebody else.
LIKE = frozenset({"like_person", "same_number", "row_alike"})


@dataclass(frozen=True)
class Outcome:
    """A row and what would become of it: `waiting` (it would be brought in), or a final state and why."""

    number: int
    name: str
    state: str
    problems: tuple[Problem, ...] = ()
    new: NewReferral | None = None
    referral_id: UUID | None = None
    case_numbers: tuple[str, ...] = ()

    @property
    def only_like(self) -> bool:
        """Left out for being like an earlier row or referral, not the same."""
        return self.state == "duplicate" and all(_only_like(problem) for problem in self.problems)


def _only_like(problem: Problem) -> bool:
    return problem.code in LIKE or (problem.code == "row_again" and problem.column == Column.CASE_NUMBERS)


def outcomes(
    kind: Kind, sheet: Sheet, mapped: Mapped, ground: Ground, *, actor: Actor, only: Collection[int] | None = None
) -> list[Outcome]:
    """What would become of each row (of the numbers `only`) if `actor` confirmed, in the file's order."""
    if kind is Kind.NUMBERS:
        return _filled(check_numbers(sheet, mapped, only), None if actor.role in SEES_WHOLE_COURT else actor.id)
    rows = check_referrals(sheet, mapped, ground, only)
    earlier = iter(earlier_referrals([row.compared for row in rows if row.compared is not None]))
    found = []
    for row in rows:
        if row.new is None:
            found.append(Outcome(row.number, row.name, "faulty", row.problems))
            continue
        problems = (*row.problems, *(_repeats(known) for known in next(earlier)))
        state = "duplicate" if problems else "waiting"
        found.append(Outcome(row.number, row.name, state, problems[:4], new=row.new))
    return found


def _repeats(known: EarlierReferral) -> Problem:
    again = str(known.referral_id)
    if Match.SAME_PERSON in known.matches or {Match.LIKE_PERSON, Match.SAME_NUMBER} <= known.matches:
        return Problem("", "same_person", referral_id=again)
    if Match.SAME_NUMBER in known.matches:
        return Problem(Column.CASE_NUMBERS, "same_number", referral_id=again)
    return Problem("", "like_person", referral_id=again)


@dataclass(frozen=True)
class _Known:
    """A referral that a row may mean."""

    referral_id: UUID
    name: str
    birth_date: date
    numbers: tuple[str | None, ...]  # normalized; None: pending


def _filled(rows: Sequence[NumberRow], referred_by: UUID | None) -> list[Outcome]:
    sound = [row for row in rows if not row.problems]
    known = _known(sound, referred_by)
    by_name: dict[tuple[str, date], list[_Known]] = defaultdict(list)
    for one in known.values():
        by_name[name_key(one.name), one.birth_date].append(one)
    taken = _taken(sound)
    found = []
    for row in rows:
        if row.problems:
            state = "duplicate" if any(problem.code == "row_again" for problem in row.problems) else "faulty"
            found.append(Outcome(row.number, row.name, state, row.problems))
        else:
            found.append(_one_filled(row, known, by_name, taken))
    return found


def _one_filled(
    row: NumberRow,
    known: dict[UUID, _Known],
    by_name: dict[tuple[str, date], list[_Known]],
    taken: dict[str, set[UUID]],
) -> Outcome:
    def refused(column: Column, code: str) -> Outcome:
        return Outcome(row.number, row.name, "faulty", (Problem(column, code),))

    keys = {key for number in row.case_numbers if (key := case_number_key(number))}
    if row.reference is not None:
        meant = known.get(row.reference)
        if meant is None:
            return refused(Column.REFERENCE, "no_reference")
        if not _is_meant(row, meant):
            return refused(Column.REFERENCE, "other_person")
    else:
        assert row.birth_date is not None
        people = by_name.get((name_key(row.name), row.birth_date), [])
        waiting = [one for one in people if None in one.numbers]
        done = [one for one in people if keys <= set(one.numbers)]
        if not people or len(waiting) > 1:
            return refused(Column.FAMILY_NAMES, "several_people" if people else "nobody")
        meant = (done or waiting or people)[0]
    if keys <= set(meant.numbers):
        return Outcome(row.number, meant.name, "nothing", referral_id=meant.referral_id)
    if None not in meant.numbers:
        return refused(Column.CASE_NUMBERS, "nobody_waiting")
    if any(taken.get(key, set()) - {meant.referral_id} for key in keys):
        return refused(Column.CASE_NUMBERS, "number_taken")
    return Outcome(row.number, meant.name, "waiting", referral_id=meant.referral_id, case_numbers=row.case_numbers)


def _is_meant(row: NumberRow, meant: _Known) -> bool:
    """Whether what else the row says fits: a file whose columns were sorted apart must not fill in wrong numbers."""
    if row.birth_date is not None and row.birth_date != meant.birth_date:
        return False
    born = meant.birth_date
    return not row.name or same_person(row.name, born, meant.name, born) is not SamePerson.NO


def _known(rows: Sequence[NumberRow], referred_by: UUID | None) -> dict[UUID, _Known]:
    """The referrals that the rows may mean; only those that `referred_by` made, if somebody is named."""
    references = [row.reference for row in rows if row.reference is not None]
    births = sorted({row.birth_date for row in rows if row.reference is None and row.birth_date is not None})
    query = (
        select(Referral.id, Person.given_names, Person.family_names, Person.birth_date)
        .join(Person, Person.id == Referral.person_id)
        .where(
            (Referral.id == any_(cast(references, ARRAY(Uuid))))
            | (Person.birth_date == any_(cast(births, ARRAY(Date))))
        )
    )
    if referred_by is not None:
        query = query.where(Referral.referred_by == referred_by)
    people = session().execute(query).all()
    numbers: dict[UUID, list[str | None]] = defaultdict(list)
    for referral_id, normalized in session().execute(
        select(CaseNumber.referral_id, CaseNumber.normalized).where(
            CaseNumber.referral_id == any_(cast([row.id for row in people], ARRAY(Uuid)))
        )
    ):
        numbers[referral_id].append(normalized)
    return {
        row.id: _Known(row.id, f"{row.given_names} {row.family_names}".strip(), row.birth_date, tuple(numbers[row.id]))
        for row in people
    }


def _taken(rows: Sequence[NumberRow]) -> dict[str, set[UUID]]:
    keys = {key for row in rows for number in row.case_numbers if (key := case_number_key(number))}
    found: dict[str, set[UUID]] = defaultdict(set)
    for key, referral_id in session().execute(
        select(CaseNumber.normalized, CaseNumber.referral_id).where(
            CaseNumber.normalized == any_(cast(sorted(keys), ARRAY(Text)))
        )
    ):
        if key is not None:
            found[key].add(referral_id)
    return found
