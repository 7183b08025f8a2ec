"""The cases of a court in numbers, and the cases behind a number. Everybody counts only what they may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, true, tuple_

from app.cases.lookups import visible_enrollments
from app.cases.models import CaseNumber, Enrollment, EnrollmentCode, Hearing, Referral
from app.cases.rules import ACTIVE_STATES, FINAL_STATES
from app.permissions.identity import Identity
from tenants.database import session

PAGE = 50
IN_CLASSES = ("enrolled", "coursework")
HEARD_WITHIN = timedelta(days=30)


class Standing(StrEnum):
    """Where a case stands, as far as a court counts."""

    WAITING = "waiting"  # referred, and not enrolled yet
    ACTIVE = "active"
    OVERDUE = "overdue"  # the deadline for the lessons has passed
    REPORT_DUE = "report-due"
    NOBODY = "supervised-by-nobody"
    UNRECORDED = "hearing-without-result"  # in the last HEARD_WITHIN days


class CaseCounts(NamedTuple):
    """How many cases stand where; `referrals` in all, `codes` that were ever issued."""

    waiting: int
    active: int
    overdue: int
    report_due: int
    nobody: int
    unrecorded: int
    referrals: int
    codes: int


def that_stand(standing: Standing, today: date) -> ColumnElement[bool]:
    """The condition on Enrollment and Referral; `today` is the court-local date."""
    conditions: Mapping[Standing, ColumnElement[bool]] = {
        Standing.WAITING: Enrollment.state == "referred",
        Standing.ACTIVE: Enrollment.state.in_(sorted(ACTIVE_STATES)),
        Standing.OVERDUE: and_(Enrollment.state.in_(IN_CLASSES), Referral.deadline < today),
        Standing.REPORT_DUE: Enrollment.state == "report_due",
        Standing.NOBODY: and_(Enrollment.officer_id.is_(None), Enrollment.state.not_in(sorted(FINAL_STATES))),
        Standing.UNRECORDED: and_(
            Enrollment.state.not_in(sorted(FINAL_STATES)),
            Referral.id.in_(
                select(Hearing.referral_id).where(
                    Hearing.on_date < today, Hearing.on_date >= today - HEARD_WITHIN, Hearing.outcome == ""
                )
            ),
        ),
    }
    return conditions[standing]


def case_counts(identity: Identity, today: date) -> CaseCounts:
    """One statement."""
    numbers = [func.count().filter(that_stand(standing, today)) for standing in Standing]
    codes = select(func.count()).select_from(EnrollmentCode).scalar_subquery()
    columns: tuple[Any, ...] = (*numbers, func.count(), codes)
    query = visible_enrollments(identity).with_only_columns(*columns, maintain_column_froms=True)
    return CaseCounts(*session().connection().execute(query).one())


@dataclass(frozen=True)
class ListedCase:
    """One line: the enrollment with `.referral.person`, and its case numbers (None while pending)."""

    enrollment: Enrollment
    case_numbers: tuple[str | None, ...]


@dataclass(frozen=True)
class CasesPage:
    """At most PAGE lines, the last active first; `after` is where the next page goes on."""

    lines: tuple[ListedCase, ...]
    after: UUID | None


def page_of_cases(identity: Identity, condition: ColumnElement[bool], *, after: UUID | None = None) -> CasesPage:
    """The visible cases for which `condition` holds. An unknown `after` starts anew. Three statements."""
    rows = session().scalars(
        visible_enrollments(identity)
        .where(condition, _beyond(identity, after))
        .order_by(Enrollment.last_activity_at.desc(), Enrollment.id.desc())
        .limit(PAGE + 1)
    )
    found = list(rows)
    shown = found[:PAGE]
    numbers = case_numbers_of([row.referral_id for row in shown])
    return CasesPage(
        tuple(ListedCase(row, numbers.get(row.referral_id, ())) for row in shown),
        shown[-1].id if len(found) > PAGE else None,
    )


def _beyond(identity: Identity, after: UUID | None) -> ColumnElement[bool]:
    place = session().scalar(visible_enrollments(identity).where(Enrollment.id == after)) if after is not None else None
    if place is None:
        return true()
    return tuple_(Enrollment.last_activity_at, Enrollment.id) < (place.last_activity_at, place.id)


def case_numbers_of(referral_ids: list[UUID]) -> dict[UUID, tuple[str | None, ...]]:
    """The case numbers of several referrals, in order. One statement."""
    found: dict[UUID, tuple[str | None, ...]] = {}
    rows = session().execute(
        select(CaseNumber.referral_id, CaseNumber.number)
        .where(CaseNumber.referral_id.in_(referral_ids))
        .order_by(CaseNumber.referral_id, CaseNumber.position)
    )
    for referral_id, number in rows:
        found[referral_id] = (*found.get(referral_id, ()), number)
    return found


def visible_referrals(identity: Identity, referral_ids: list[UUID]) -> dict[UUID, Enrollment]:
    """Those of `referral_ids` that `identity` may see, with `.referral.person`, by referral. One statement."""
    query = visible_enrollments(identity).where(Enrollment.referral_id.in_(referral_ids))
    return {row.referral_id: row for row in session().scalars(query)} if referral_ids else {}
