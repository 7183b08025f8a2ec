"""Codes by state, people who still need one, and failed tries: each a fixed number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, cast, func, or_, select, tuple_

from app.cases.lookups import visible_enrollments
from app.cases.models import Enrollment, EnrollmentCode, Person, Referral
from app.core import clock
from app.core.models import AuditEvent
from app.permissions.identity import Identity
from tenants.database import session

PAGE_SIZE = 50
STATES = ("issued", "redeemed", "expired", "revoked", "replaced")
ATTEMPT_DAYS = 30
REFERRALS_SHOWN = 50


@dataclass(frozen=True)
class ListedCode:
    code: EnrollmentCode
    enrollment: Enrollment


@dataclass(frozen=True)
class CodePage:
    """Codes, the newest first; `older`: the last one, where the list goes on."""

    lines: tuple[ListedCode, ...]
    older: UUID | None


def _in_state(state: str, now: datetime) -> ColumnElement[bool]:
    """As people see it: an unused code is expired from its last instant on."""
    over = EnrollmentCode.expires_at <= now
    if state == "issued":
        return and_(EnrollmentCode.state == "issued", ~over)
    if state == "expired":
        return or_(EnrollmentCode.state == "expired", and_(EnrollmentCode.state == "issued", over))
    return EnrollmentCode.state == state


def page_of_codes(identity: Identity, state: str, *, older_than: UUID | None = None) -> CodePage:
    """One page of the codes in `state` (one of STATES) that `identity` may see. Two statements."""
    query = (
        visible_enrollments(identity)
        .join(EnrollmentCode, EnrollmentCode.referral_id == Enrollment.referral_id)
        .add_columns(EnrollmentCode)
        .where(_in_state(state, clock.now()))
        .order_by(EnrollmentCode.issued_at.desc(), EnrollmentCode.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    if older_than is not None:
        place = session().execute(
            select(EnrollmentCode.issued_at, EnrollmentCode.id).where(EnrollmentCode.id == older_than)
        )
        if (found := place.first()) is not None:
            query = query.where(tuple_(EnrollmentCode.issued_at, EnrollmentCode.id) < (found.issued_at, found.id))
    rows = [ListedCode(code, enrollment) for enrollment, code in session().execute(query)]
    shown = tuple(rows[:PAGE_SIZE])
    return CodePage(shown, shown[-1].code.id if len(rows) > PAGE_SIZE else None)


def without_code(identity: Identity, most: int) -> Sequence[Enrollment]:
    """People who are referred and have no code that works, the longest wait first; at most `most`."""
    live = select(EnrollmentCode.referral_id).where(
        EnrollmentCode.referral_id == Enrollment.referral_id, _in_state("issued", clock.now())
    )
    query = visible_enrollments(identity).where(Enrollment.state == "referred", ~live.exists())
    return session().scalars(query.order_by(Referral.referred_at, Referral.id).limit(most)).all()


@dataclass(frozen=True)
class DayOfTries:
    """Failed tries of one court-local day; `unknown` of them with no code of this court."""

    day: date
    tries: int
    unknown: int


@dataclass(frozen=True)
class TriesOfReferral:
    enrollment: Enrollment
    tries: int
    last_at: datetime


@dataclass(frozen=True)
class FailedTries:
    days: tuple[DayOfTries, ...]
    referrals: tuple[TriesOfReferral, ...]


def failed_tries(identity: Identity, zone: str) -> FailedTries:
    """Failed tries of the last ATTEMPT_DAYS days, by day and by referral. Two statements.

    A code of another court or of nobody is only counted: there is nothing here that it belongs to.
    """
    since = clock.now() - timedelta(days=ATTEMPT_DAYS)
    failed = and_(AuditEvent.action == "cases.redeem_code", AuditEvent.outcome == "refused", AuditEvent.at >= since)
    day = cast(func.timezone(zone, AuditEvent.at), Date)
    days = session().execute(
        select(day, func.count(), func.count().filter(AuditEvent.subject_id.is_(None)))
        .where(failed)
        .group_by(day)
        .order_by(day.desc())
    )
    tries = (
        select(EnrollmentCode.referral_id, func.count().label("tries"), func.max(AuditEvent.at).label("last_at"))
        .join(AuditEvent, AuditEvent.subject_id == EnrollmentCode.id)
        .where(failed)
        .group_by(EnrollmentCode.referral_id)
        .subquery()
    )
    rows = session().execute(
        visible_enrollments(identity)
        .join(tries, tries.c.referral_id == Enrollment.referral_id)
        .add_columns(tries.c.tries, tries.c.last_at)
        .order_by(tries.c.tries.desc(), tries.c.last_at.desc(), Person.family_names)
        .limit(REFERRALS_SHOWN)
    )
    return FailedTries(
        tuple(DayOfTries(*row) for row in days), tuple(TriesOfReferral(one, count, at) for one, count, at in rows)
    )
