"""What stands on the judge's calendar: a fixed number of statements, however many are heard."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from app.accountability.terminating.models import Termination
from app.accountability.terminating.rules import OPEN
from app.cases.lookups import get_enrollment_for, reach_of, visible_enrollments, visible_to
from app.cases.many import among, ids
from app.cases.models import Enrollment, EnrollmentTransition, Hearing, Person, Referral
from app.core import clock
from app.permissions.identity import Identity
from app.reports.lookups import ISSUED
from app.reports.models import Report
from app.reports.packets.lookups import NOT_HEARD
from app.reports.snapshot import ReportKind
from tenants.database import session

WAITING_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who is heard. `last_on`: the day of the hearing before this one, if there was any.

    `outcome`, `orders`: what came of it, in the record; empty while nothing is recorded.
    """

    hearing_id: UUID
    enrollment_id: UUID
    referral_id: UUID
    at: time | None
    outcome: str
    orders: str
    last_on: date | None


@dataclass(frozen=True, slots=True)
class Returned:
    """A case that is back with the court: since when, by whom, why, and a proposal to end the program, if any."""

    enrollment: Enrollment
    at: datetime | None
    by: UUID | None
    reason: str
    proposal: Termination | None


def who_is_heard(identity: Identity, days: Sequence[date]) -> dict[date, list[Seat]]:
    """By court-local day, in the order of the calendar; somebody with two hearings on a day is heard once: the first
    one that is not recorded yet, if there is one.

    One statement. Raises NotFound for those who see no case.
    """
    before = aliased(Hearing)
    last_on = (
        select(func.max(before.on_date))
        .where(before.referral_id == Hearing.referral_id, before.on_date < Hearing.on_date)
        .correlate(Hearing)
        .scalar_subquery()
    )
    query = (
        visible_to(reach_of(identity), identity.id, clock.now())
        .join(Hearing, Hearing.referral_id == Referral.id)
        .where(Hearing.on_date.in_(days), Enrollment.state.not_in(NOT_HEARD))
        .with_only_columns(
            Hearing.on_date,
            Hearing.id,
            Enrollment.id,
            Referral.id,
            Hearing.at_time,
            Hearing.outcome,
            Hearing.orders,
            last_on,
        )
        .order_by(
            Hearing.on_date,
            Hearing.at_time.asc().nulls_last(),
            Person.family_names,
            Person.given_names,
            Enrollment.id,
            Hearing.id,
        )
    )
    found: dict[date, dict[UUID, Seat]] = {day: {} for day in days}
    for day, hearing_id, enrollment_id, referral_id, at, outcome, orders, last in session().execute(query):
        seat = Seat(hearing_id, enrollment_id, referral_id, at, outcome, orders or "", last)
        known = found[day].get(enrollment_id)
        if known is None or (known.outcome and not outcome):
            found[day][enrollment_id] = seat
    return {day: list(seats.values()) for day, seats in found.items()}


def newest_cards(enrollment_ids: Collection[UUID]) -> Mapping[UUID, Report]:
    """The newest bench card that was issued of each of these people. One statement."""
    query = (
        select(Report)
        .ext(distinct_on(Report.enrollment_id))
        .where(among(Report.enrollment_id), Report.kind == ReportKind.BENCH_CARD, Report.state.in_(ISSUED))
        .order_by(Report.enrollment_id, Report.requested_at.desc(), Report.id.desc())
    )
    return {row.enrollment_id: row for row in session().scalars(query, ids(enrollment_ids))}


def returned_cases(identity: Identity) -> list[Returned]:
    """The cases that are back with the court and wait for what it decides, the longest first; at most WAITING_AT_MOST.

    One statement.
    """
    return [_returned(row) for row in session().execute(_returned_query(identity).limit(WAITING_AT_MOST))]


def get_returned_for(identity: Identity, enrollment_id: UUID) -> Returned:
    """One case, back with the court or not any more. Raises NotFound."""
    row = session().execute(_returned_query(identity).where(Enrollment.id == enrollment_id)).first()
    if row is not None:
        return _returned(row)
    return Returned(get_enrollment_for(identity, enrollment_id), None, None, "", None)


def _returned_query(identity: Identity) -> Any:
    moved = aliased(EnrollmentTransition)
    latest = (
        select(func.max(moved.at))
        .where(moved.enrollment_id == Enrollment.id, moved.to_state == "returned_to_court")
        .correlate(Enrollment)
        .scalar_subquery()
    )
    return (
        visible_enrollments(identity)
        .outerjoin(Termination, and_(Termination.enrollment_id == Enrollment.id, Termination.state.in_(OPEN)))
        .outerjoin(
            EnrollmentTransition,
            and_(
                EnrollmentTransition.enrollment_id == Enrollment.id,
                EnrollmentTransition.to_state == "returned_to_court",
                EnrollmentTransition.at == latest,
            ),
        )
        .where(Enrollment.state == "returned_to_court")
        .add_columns(Termination, EnrollmentTransition)
        .order_by(EnrollmentTransition.at, Enrollment.id)
    )


def _returned(row: Any) -> Returned:
    enrollment, proposal, moved = row
    if moved is None:
        return Returned(enrollment, None, None, "", proposal)
    return Returned(enrollment, moved.at, moved.actor_id, moved.reason, proposal)
