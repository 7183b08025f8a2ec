"""The same person or case a second time: what is compared, and the earlier referrals of this court that match.

The keys are pure. `earlier_referrals` reads, under the court at work: another court's referrals are never seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Date, Text, Uuid, any_, cast, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.cases.models import CaseNumber, Enrollment, Person, Referral
from app.cases.rules import SamePerson, case_number_key, same_person, words_of_name
from tenants.database import session


class Match(StrEnum):
    """Why an earlier referral is shown."""

    SAME_PERSON = "same_person"  # the same words in the name, whatever their order, case and accents; same birth date
    LIKE_PERSON = "like_person"  # another spelling; same birth date
    SAME_NUMBER = "same_number"  # a case number in common, in any format


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is compared of a person about to be referred. `number_keys`: see `rules.case_number_key`."""

    name: str
    birth_date: date
    number_keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EarlierReferral:
    """A referral of this court that matches. `referred_at` is UTC; a case number is None while pending."""

    referral_id: UUID
    name: str
    birth_date: date
    referred_at: datetime
    state: str
    case_numbers: tuple[str | None, ...]
    matches: frozenset[Match]


def candidate(given_names: str, family_names: str, birth_date: date, case_numbers: Iterable[str] = ()) -> Candidate:
    """The candidate of what was typed; pending and empty case numbers are left out."""
    keys = (case_number_key(number) for number in case_numbers)
    return Candidate(f"{given_names} {family_names}".strip(), birth_date, frozenset(key for key in keys if key))


def name_key(name: str) -> str:
    """The words of a name without case, accents and order: equal keys are the same name (`SamePerson.EXACT`)."""
    return " ".join(sorted(words_of_name(name)))


def matches_of(one: Candidate, other: Candidate) -> frozenset[Match]:
    """Why `other` could be `one` again; empty when it is not."""
    found = set()
    match same_person(one.name, one.birth_date, other.name, other.birth_date):
        case SamePerson.EXACT:
            found.add(Match.SAME_PERSON)
        case SamePerson.DIFFERENT_SPELLING:
            found.add(Match.LIKE_PERSON)
    if one.number_keys & other.number_keys:
        found.add(Match.SAME_NUMBER)
    return frozenset(found)


def earlier_referrals(
    candidates: Sequence[Candidate], *, besides: UUID | None = None
) -> list[tuple[EarlierReferral, ...]]:
    """For each candidate, this court's referrals that match, the newest first. Four statements, however many there are.

    Referrals in every state count, withdrawn ones too: `state` tells. `besides`: a referral that is not compared.
    """
    near = _near(candidates)
    if besides is not None:
        near.pop(besides, None)
    by_birth: dict[date, list[UUID]] = defaultdict(list)
    by_number: dict[str, list[UUID]] = defaultdict(list)
    for referral_id, row in near.items():
        by_birth[row.birth_date].append(referral_id)
        for key in {key for number in row.case_numbers if (key := case_number_key(number or ""))}:
            by_number[key].append(referral_id)
    return [_matching(one, near, by_birth, by_number) for one in candidates]


def _matching(
    one: Candidate,
    near: dict[UUID, EarlierReferral],
    by_birth: dict[date, list[UUID]],
    by_number: dict[str, list[UUID]],
) -> tuple[EarlierReferral, ...]:
    ids = set(by_birth.get(one.birth_date, ())).union(*(by_number.get(key, ()) for key in one.number_keys))
    found = []
    for row in (near[referral_id] for referral_id in ids):
        keys = frozenset(key for number in row.case_numbers if (key := case_number_key(number or "")))
        if why := matches_of(one, Candidate(row.name, row.birth_date, keys)):
            found.append(
                EarlierReferral(
                    row.referral_id, row.name, row.birth_date, row.referred_at, row.state, row.case_numbers, why
                )
            )
    return tuple(sorted(found, key=lambda row: (row.referred_at, row.referral_id), reverse=True))


def _near(candidates: Sequence[Candidate]) -> dict[UUID, EarlierReferral]:
    """All referrals with a birth date or a case number of a candidate, with no matches named yet."""
    births = sorted({one.birth_date for one in candidates})
    keys = sorted(set().union(*(one.number_keys for one in candidates)))
    same_birth = (
        select(Referral.id)
        .join(Person, Person.id == Referral.person_id)
        .where(Person.birth_date == any_(cast(births, ARRAY(Date))))
    )
    same_number = select(CaseNumber.referral_id).where(CaseNumber.normalized == any_(cast(keys, ARRAY(Text))))
    ids = list({*session().scalars(same_birth), *session().scalars(same_number)})
    if not ids:
        return {}
    numbers: dict[UUID, list[str | None]] = defaultdict(list)
    for referral_id, number in session().execute(
        select(CaseNumber.referral_id, CaseNumber.number)
        .where(CaseNumber.referral_id == any_(cast(ids, ARRAY(Uuid))))
        .order_by(CaseNumber.position)
    ):
        numbers[referral_id].append(number)
    facts = session().execute(
        select(
            Referral.id,
            Person.given_names,
            Person.family_names,
            Person.birth_date,
            Referral.referred_at,
            Enrollment.state,
        )
        .join(Person, Person.id == Referral.person_id)
        .join(Enrollment, Enrollment.referral_id == Referral.id)
        .where(Referral.id == any_(cast(ids, ARRAY(Uuid))))
    )
    return {
        row.id: EarlierReferral(
            row.id,
            f"{row.given_names} {row.family_names}".strip(),
            row.birth_date,
            row.referred_at,
            row.state,
            tuple(numbers[row.id]),
            frozenset(),
        )
        for row in facts
    }
