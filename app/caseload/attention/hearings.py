"""The hearings of today and tomorrow: who is heard, what changed since the last time, and the papers for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.accountability.models import CheckIn
from app.accountability.violations.models import PossibleViolation
from app.caseload.attention.lookups import Choice, Whose, chosen
from app.caseload.changes import Changes
from app.caseload.lookups import NOW, VIEWER, CourtDay
from app.cases.lookups import Reach, reach_of, visible_to
from app.cases.many import is_none_of, is_one_of
from app.cases.models import CaseNumber, Enrollment, Hearing, Person, Referral
from app.core import clock
from app.learning.models import ModuleProgress
from app.payments.kinds import IS_MONEY
from app.payments.models import LedgerEntry
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.reports.lists.lookups import OPEN
from app.reports.lists.models import ListReport, ListReportPerson
from app.reports.lists.snapshot import ListKind
from app.reports.lookups import ISSUED
from app.reports.models import Report
from app.reports.overview import ABOUT_THE_CASE
from app.reports.packets.lookups import NOT_HEARD
from tenants.database import Ready


@dataclass(frozen=True, slots=True)
class Paper:
    """A person's report: the newest one, or the one in the packet of a day. None as `report_id`: none can be made at
    this stage. `on`: the court-local day on which it was asked for; `replaced_by`: the number of its correction."""

    report_id: UUID | None
    kind: str
    number: str
    state: str
    on: date | None = None
    replaced_by: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody who is heard. `at` is the court's time; `numbers` empty: pending; `since`: the last hearing before, else
    the day of enrollment, else None. `outcome`: a key of OUTCOME_WORDS once the hearing was recorded.

    `newest`: the last report that was issued about the case, whatever a packet holds; `in_packet`: the one of the day's
    packet, where it is another one. Each is None while there is none."""

    enrollment_id: UUID
    referral_id: UUID
    hearing_id: UUID
    at: time | None
    outcome: str
    name: str
    numbers: str
    last_heard_on: date | None
    enrolled_on: date | None
    changes: Changes
    newest: Paper | None
    in_packet: Paper | None


@dataclass(frozen=True, slots=True)
class HearingDay:
    """The calendar of a court-local day. `packet_state`: a state of a list report, empty while there is no packet."""

    day: date
    people: Sequence[Heard]
    packet_state: str


def hearings_soon(identity: Identity, day: CourtDay, choice: Choice) -> list[HearingDay]:
    """Today and tomorrow at the court, each in the order of its calendar. Two statements, one where nobody is heard."""
    days = (day.today, day.today + timedelta(days=1))
    reach, own = reach_of(identity), choice.officer_id is None
    asked = {} if own else {"officer": choice.officer_id}
    rows = _statement(reach, choice.whose, own).read(
        viewer=identity.id, now=clock.now(), first=days[0], last=days[1], time_zone=day.time_zone, **asked
    )
    whose = identity.id if reach is Reach.CASELOAD else None
    states, papers = _packets(*days, whose) if rows else ({}, {})
    money = may(identity, Permission.CASE_MONEY_READ)
    found: dict[date, dict[UUID, Heard]] = {one: {} for one in days}
    for row in rows:  # somebody with two hearings on a day is heard once: the first that is not recorded yet
        on, known = row.on_date, found[row.on_date].get(row.id)
        if known is None or (known.outcome and row.recorded_at is None):
            found[on][row.id] = _heard(row, papers.get((on, row.id)), money=money)
    return [HearingDay(one, list(found[one].values()), states.get(one, "")) for one in days]


def _heard(row: Any, paper: Paper | None, *, money: bool) -> Heard:
    newest = None
    if row.report_id is not None:
        newest = Paper(row.report_id, row.report_kind, row.report_number, row.report_state, row.report_on)
    return Heard(
        enrollment_id=row.id,
        referral_id=row.referral_id,
        hearing_id=row.hearing_id,
        at=row.at_time,
        outcome=row.outcome if row.recorded_at is not None else "",
        name=f"{row.given_names} {row.family_names}",
        numbers=row.numbers or "",
        last_heard_on=row.last_heard_on,
        enrolled_on=row.enrolled_on,
        changes=Changes(
            modules_passed=row.modules_passed,
            check_ins_accepted=row.check_ins_accepted,
            check_ins_missed=row.check_ins_missed,
            violations_noted=row.violations,
            paid_cents=int(row.paid_cents) if money else 0,
        ),
        newest=newest,
        in_packet=paper if paper is not None and (newest is None or paper.report_id != newest.report_id) else None,
    )


@lru_cache
def _statement(reach: Reach, whose: Whose, own: bool) -> Ready:
    """Parameters: viewer, first, last (court-local days), time_zone and, for another's cases, officer."""
    zone = bindparam("time_zone", type_=Text())
    first, last = bindparam("first", type_=Date()), bindparam("last", type_=Date())
    before = aliased(Hearing)
    numbers = (
        select(func.string_agg(CaseNumber.number, aggregate_order_by(literal(", "), CaseNumber.position)))
        .where(CaseNumber.referral_id == Referral.id)
        .correlate(Referral)
        .scalar_subquery()
    )
    last_heard = (
        select(func.max(before.on_date))
        .where(before.referral_id == Referral.id, before.on_date < first)
        .correlate(Referral)
        .scalar_subquery()
    )
    seat = (
        chosen(visible_to(reach, VIEWER, NOW), whose, own=own)
        .join(Hearing, Hearing.referral_id == Referral.id)
        .where(Hearing.on_date.between(first, last), is_none_of(Enrollment.state, NOT_HEARD))
        .with_only_columns(
            Enrollment.id,
            Enrollment.referral_id,
            Hearing.id.label("hearing_id"),
            Hearing.on_date,
            Hearing.at_time,
            Hearing.outcome,
            Hearing.recorded_at,
            Person.given_names,
            Person.family_names,
            numbers.label("numbers"),
            last_heard.label("last_heard_on"),
            cast(func.timezone(zone, Enrollment.enrolled_at), Date).label("enrolled_on"),
        )
        .cte("seat")
    )
    since_day = func.coalesce(seat.c.last_heard_on, seat.c.enrolled_on)
    # From the court's midnight on: what came on the day of the hearing, came after it.
    since = func.timezone(zone, cast(since_day, DateTime()))

    def count(model: Any, *conditions: ColumnElement[bool]) -> Any:
        return (
            select(func.count())
            .select_from(model)
            .where(model.enrollment_id == seat.c.id, *conditions)
            .correlate(seat)
            .scalar_subquery()
        )

    paid = (
        select(func.coalesce(-func.sum(LedgerEntry.amount_cents), 0))
        .where(LedgerEntry.enrollment_id == seat.c.id, IS_MONEY, LedgerEntry.at >= since)
        .correlate(seat)
        .scalar_subquery()
    )
    accepted = and_(is_one_of(CheckIn.state, ("accepted",)), CheckIn.decided_at >= since)
    missed = and_(is_one_of(CheckIn.state, ("missed",)), CheckIn.due_on >= since_day)
    report = (
        select(
            Report.id.label("report_id"),
            Report.kind.label("report_kind"),
            Report.number.label("report_number"),
            Report.state.label("report_state"),
            cast(func.timezone(zone, Report.requested_at), Date).label("report_on"),
        )
        .where(
            Report.enrollment_id == seat.c.id,
            is_one_of(Report.kind, ABOUT_THE_CASE),
            is_one_of(Report.state, ISSUED),
        )
        .order_by(Report.requested_at.desc(), Report.id.desc())
        .limit(1)
        .lateral()
    )
    return Ready(
        select(
            *seat.c,
            *report.c,
            count(ModuleProgress, ModuleProgress.passed_at >= since).label("modules_passed"),
            count(CheckIn, accepted).label("check_ins_accepted"),
            count(CheckIn, missed).label("check_ins_missed"),
            count(PossibleViolation, PossibleViolation.opened_at >= since).label("violations"),
            cast(paid, Integer).label("paid_cents"),
        )
        .select_from(seat)
        .outerjoin(report, true())
        .order_by(seat.c.on_date, seat.c.at_time.asc().nulls_last(), seat.c.family_names, seat.c.given_names, seat.c.id)
    )


def _newest_packets() -> Ready:
    """Rows of `_packets`. Parameters: first, last (court-local days), and officer: of whose people, None for all."""
    newer, correction = aliased(ListReport), aliased(Report)
    officer = bindparam("officer", type_=Uuid())
    newest = ~(
        select(newer.id)
        .where(
            newer.kind == ListReport.kind,
            newer.for_day == ListReport.for_day,
            newer.officer_id.is_not_distinct_from(ListReport.officer_id),
            or_(
                newer.requested_at > ListReport.requested_at,
                and_(newer.requested_at == ListReport.requested_at, newer.id > ListReport.id),
            ),
        )
        .correlate(ListReport)
        .exists()
    )
    return Ready(
        select(
            ListReport.for_day,
            ListReport.state.label("packet_state"),
            ListReportPerson.enrollment_id,
            Report.id,
            Report.kind,
            Report.number,
            Report.state,
            correction.number,
        )
        .outerjoin(ListReportPerson, ListReportPerson.list_id == ListReport.id)
        .outerjoin(Report, Report.id == ListReportPerson.report_id)
        .outerjoin(correction, and_(correction.replaces_id == Report.id, is_one_of(correction.state, ISSUED)))
        .where(
            ListReport.kind == ListKind.CALENDAR_PACKET,
            ListReport.for_day.between(bindparam("first", type_=Date()), bindparam("last", type_=Date())),
            ListReport.officer_id.is_not_distinct_from(officer),
            newest,
        )
    )


_PACKETS = _newest_packets()


def _packets(
    first: date, last: date, officer_id: UUID | None
) -> tuple[Mapping[date, str], Mapping[tuple[date, UUID], Paper]]:
    """The newest packet of each day, and each person's report in it. One statement."""
    states: dict[date, str] = {}
    papers: dict[tuple[date, UUID], Paper] = {}
    for on, packet_state, enrollment_id, report_id, kind, number, state, replaced_by in _PACKETS.read(
        first=first, last=last, officer=officer_id
    ):
        states[on] = packet_state
        if enrollment_id is not None and (report_id is not None or packet_state not in OPEN):  # else: not known yet
            papers[on, enrollment_id] = Paper(
                report_id, kind or "", number or "", state or "", replaced_by=replaced_by or ""
            )
    return states, papers
