"""One mail on a morning when work waits: how much of what, never whose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.accountability.models import CheckIn
from app.accounts.models import Membership, StaffCredential
from app.caseload.attention.lookups import how_many_by_officer
from app.caseload.attention.rules import Limits
from app.caseload.lookups import CourtDay
from app.cases.models import Enrollment
from app.cases.moving.lookups import stand_ins
from app.cases.reminding import ASK_AGAIN
from app.cases.rules import FINAL_STATES
from app.core import clock
from app.core.occasions import first_time, happened
from app.core.runtime import runtime
from app.learning.models import Reflection
from app.notices.lookups import unread_by_reader
from app.notices.models import MessageWishes
from app.notices.rules import after_quiet, is_quiet
from app.notices.services import Reader, has_bounced, send
from app.payments.counter.models import LedgerAdjustment
from app.payments.models import Waiver
from app.permissions.identity import Role
from app.permissions.permissions import GRANTS, SEES_WHOLE_COURT, Permission
from tenants.closed_days import ClosedDays, is_open
from tenants.database import session, transaction
from tenants.models import Court
from tenants.rules import NoRules, rules_in_force
from tenants.scope import current_court_id

DIGEST = "notices.digest"
WAITING_WAIVERS = ("submitted", "under_review", "reconsideration")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for one member of staff, in numbers."""

    reviews: int = 0
    waivers: int = 0
    corrections: int = 0
    unread: int = 0
    people: int = 0  # of their cases, of whom something stands on the list of the day


@dataclass(frozen=True, slots=True)
class Waits:
    """What has waited for too long in a court. Check-ins by the officer of the case, corrections by who asked."""

    reflections: int
    check_ins: Mapping[UUID | None, int]
    waivers: int
    corrections: Mapping[UUID, int]
    stand_ins: Mapping[UUID, Collection[UUID]] = field(default_factory=dict)  # with those for whom they stand in
    people: Mapping[UUID | None, int] = field(default_factory=dict)  # by who is responsible


def waiting_for(member_id: UUID, role: Role, waits: Waits, *, unread: int) -> Waiting:
    """The part of what waits that a member may do something about. Nobody approves an own correction. Pure."""
    may = GRANTS.get(role, frozenset())
    reviews = waits.reflections if Permission.REFLECTION_REVIEW in may else 0
    officers = (member_id, *waits.stand_ins.get(member_id, ()))
    if Permission.CHECK_IN_REVIEW in may:
        own = sum(waits.check_ins.get(one, 0) for one in officers)
        all_of_them = role in SEES_WHOLE_COURT or role is Role.FACILITATOR
        reviews += sum(waits.check_ins.values()) if all_of_them else own
    others = sum(waits.corrections.values()) - waits.corrections.get(member_id, 0)
    return Waiting(
        reviews=reviews,
        waivers=waits.waivers if Permission.WAIVER_DECIDE in may else 0,
        corrections=others if Permission.ADJUSTMENT_APPROVE in may else 0,
        unread=unread,
        people=sum(waits.people.get(one, 0) for one in officers) if Permission.ATTENTION_HANDLE in may else 0,
    )


def tell_staff_what_waits() -> datetime:
    """The morning's mails of the court at work (a schedule); returns when (UTC) to ask again.

    On days on which the court is open, after its quiet hours, at most one a person and day; none where nothing waits.
    """
    now = clock.now()
    court = (
        session().execute(select(Court.slug, Court.time_zone, Court.region).where(Court.id == current_court_id())).one()
    )
    try:
        document = rules_in_force()[1]
    except NoRules:
        return now + ASK_AGAIN
    today, rules = clock.today(court.time_zone), document.reminders
    if is_quiet(now, court.time_zone, rules):
        return min(after_quiet(now, court.time_zone, rules), now + ASK_AGAIN)
    occasion = today.isoformat()
    closed = not is_open(today, ClosedDays(document.holidays, court.region))
    if closed or happened(DIGEST, current_court_id(), occasion):
        return now + ASK_AGAIN
    day = CourtDay(today, court.time_zone, Limits.of(document.attention))
    people = how_many_by_officer(day) if document.attention.in_morning_mail else {}
    waits = replace(_waits(now - timedelta(days=rules.staff_after_days)), people=people)
    unread = unread_by_reader("staff")
    link = f"{runtime().settings.public_url}/{court.slug}/"
    for row in _members():
        waiting = waiting_for(row.id, Role(row.role), waits, unread=unread.get(row.id, 0) if row.once_a_day else 0)
        if waiting != Waiting():
            with transaction():
                _mail(row, waiting, link, occasion)
    first_time(DIGEST, current_court_id(), occasion)
    return now + ASK_AGAIN


def _mail(row: Any, waiting: Waiting, link: str, day: str) -> None:
    if has_bounced(Reader("staff", row.id, row.email, row.language)) or not first_time(DIGEST, row.id, day):
        return
    send(
        template="staff_digest",
        to_address=row.email,
        recipient=("staff", row.id),
        language=row.language,
        context={"link": link, **asdict(waiting)},
    )


def _members() -> list[Any]:
    query = (
        select(
            Membership.id,
            Membership.role,
            Membership.language,
            StaffCredential.email,
            func.coalesce(MessageWishes.once_a_day, False).label("once_a_day"),
        )
        .join(StaffCredential, StaffCredential.id == Membership.credential_id)
        .outerjoin(MessageWishes, MessageWishes.recipient_id == Membership.id)
        .where(Membership.state == "active")
        .order_by(Membership.id)
    )
    return list(session().execute(query))


def _waits(before: datetime) -> Waits:
    """What was sent or asked for before an instant and still waits for a person. Five statements."""
    open_cases = Enrollment.state.not_in(FINAL_STATES)
    reflections = (
        select(func.count())
        .select_from(Reflection)
        .join(Enrollment, Enrollment.id == Reflection.enrollment_id)
        .where(Reflection.state == "submitted", Reflection.submitted_at <= before, open_cases)
    )
    check_ins = (
        select(Enrollment.officer_id, func.count())
        .select_from(CheckIn)
        .join(Enrollment, Enrollment.id == CheckIn.enrollment_id)
        .where(CheckIn.state == "submitted", CheckIn.submitted_at <= before, open_cases)
        .group_by(Enrollment.officer_id)
    )
    waivers = (
        select(func.count())
        .select_from(Waiver)
        .join(Enrollment, Enrollment.id == Waiver.enrollment_id)
        .where(Waiver.state.in_(WAITING_WAIVERS), Waiver.submitted_at <= before, open_cases)
    )
    corrections = (
        select(LedgerAdjustment.asked_by, func.count())
        .where(LedgerAdjustment.state == "waiting", LedgerAdjustment.asked_at <= before)
        .group_by(LedgerAdjustment.asked_by)
    )
    current = session()
    return Waits(
        reflections=current.scalar(reflections) or 0,
        check_ins={row[0]: row[1] for row in current.execute(check_ins)},
        waivers=current.scalar(waivers) or 0,
        corrections={row[0]: row[1] for row in current.execute(corrections)},
        stand_ins=stand_ins(),
    )
