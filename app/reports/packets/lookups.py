"""Who is heard on a day, and which report of each goes into the packet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import Reach, visible_to
from app.cases.models import CaseNumber, Enrollment, Hearing, Person, Referral
from app.core import clock
from tenants.database import session

NOT_HEARD = ("withdrawn", "transferred")  # the hearing may still stand in the portal; the case is elsewhere


@dataclass(frozen=True)
class Seat:
    """Somebody who is heard on a day. `numbers`: the case numbers in one text; empty: pending."""

    enrollment_id: UUID
    officer_id: UUID | None
    at: time | None
    name: str
    numbers: str


def calendar_of(day: date, reach: Reach, viewer: UUID | None) -> Sequence[Seat]:
    """Who is heard on a court-local day, within `reach` of `viewer`, in the order of the calendar. Two statements."""
    query = (
        visible_to(reach, viewer, clock.now())
        .join(Hearing, Hearing.referral_id == Referral.id)
        .where(Hearing.on_date == day, Enrollment.state.not_in(NOT_HEARD))
        .with_only_columns(
            Enrollment.id,
            Enrollment.officer_id,
            Enrollment.referral_id,
            Hearing.at_time,
            Person.given_names,
            Person.family_names,
        )
        .order_by(Hearing.at_time.asc().nulls_last(), Person.family_names, Person.given_names, Enrollment.id)
    )
    rows = session().execute(query).all()
    numbers = _numbers([row.referral_id for row in rows])
    seats: dict[UUID, Seat] = {}  # somebody with two hearings on a day is heard once
    for key, officer_id, referral_id, at, given, family in rows:
        seats.setdefault(key, Seat(key, officer_id, at, f"{given} {family}", ", ".join(numbers.get(referral_id, ()))))
    return list(seats.values())


def _numbers(referrals: Collection[UUID]) -> dict[UUID, list[str]]:
    rows = session().execute(
        select(CaseNumber.referral_id, CaseNumber.number)
        .where(CaseNumber.referral_id.in_(referrals), CaseNumber.number.is_not(None))
        .order_by(CaseNumber.position)
    )
    found: dict[UUID, list[str]] = {}
    for referral_id, number in rows:
        found.setdefault(referral_id, []).append(str(number))
    return found


def hearing_days(first: date, last: date) -> Sequence[date]:
    """The court-local days with a hearing from `first` to `last`, both included."""
    days = select(Hearing.on_date).where(Hearing.on_date.between(first, last)).distinct().order_by(Hearing.on_date)
    return session().scalars(days).all()
