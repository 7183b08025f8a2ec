"""Whose cases can be given to somebody else, and which."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, select

from app.cases.lookups import names_of, reach_of, visible_to
from app.cases.models import CaseNumber, Enrollment, Person, Referral
from app.cases.rules import FINAL_STATES
from app.core import clock
from app.permissions.identity import Identity
from tenants.database import session


@dataclass(frozen=True, slots=True)
class Caseload:
    """The running cases of one officer; `officer_id` and `name` are empty for those that nobody has."""

    officer_id: UUID | None
    name: str
    cases: int


def caseloads(identity: Identity) -> list[Caseload]:
    """Who has running cases, by name; those that nobody has come last. Two statements."""
    mine = visible_to(reach_of(identity), identity.id, clock.now()).where(Enrollment.state.not_in(FINAL_STATES))
    counts = mine.with_only_columns(Enrollment.officer_id, func.count()).group_by(Enrollment.officer_id)
    found = {row[0]: row[1] for row in session().execute(counts)}
    names = names_of(found)
    known = [Caseload(officer, names.get(officer, "") if officer else "", number) for officer, number in found.items()]
    return sorted(known, key=lambda one: (one.officer_id is None, one.name, str(one.officer_id)))


@dataclass(frozen=True, slots=True)
class RunningCase:
    """A case as the form lists it; `number` is its first case number, empty while that is pending."""

    id: UUID
    name: str
    number: str


def running_cases(identity: Identity, officer_id: UUID | None) -> list[RunningCase]:
    """The running cases of an officer (None: those that nobody has), by family name. One statement."""
    own = Enrollment.officer_id.is_(None) if officer_id is None else Enrollment.officer_id == officer_id
    query = (
        visible_to(reach_of(identity), identity.id, clock.now())
        .outerjoin(CaseNumber, and_(CaseNumber.referral_id == Referral.id, CaseNumber.position == 0))
        .where(own, Enrollment.state.not_in(FINAL_STATES))
        .with_only_columns(Enrollment.id, Person.given_names, Person.family_names, CaseNumber.number)
        .order_by(Person.family_names, Person.given_names, Enrollment.id)
    )
    return [
        RunningCase(key, f"{family}, {given}" if given else family, number or "")
        for key, given, family, number in session().execute(query)
    ]


def officer_of(enrollment_id: UUID) -> UUID | None:
    """Who is responsible for a case now."""
    return session().scalar(select(Enrollment.officer_id).where(Enrollment.id == enrollment_id))
