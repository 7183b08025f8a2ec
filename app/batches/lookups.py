"""Whom a batch would be about; batches for one person; how far they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, or_, select

from app.accounts.models import Membership
from app.batches.models import ItemState, ReportBatch, ReportBatchItem
from app.batches.rules import KINDS, Progress, Standing, What, standing
from app.cases.lookups import Reach, names_of, reach_of, visible_to
from app.cases.models import Enrollment, EnrollmentTransition, Person, Referral
from app.core import clock
from app.core.errors import NotFound
from app.permissions.identity import Identity
from app.reports.facts import the_court
from app.reports.lists.models import ListReport
from app.reports.models import Report
from app.reports.services import ONLY_IN
from tenants.database import session

AT_WORK = ("enrolled", "coursework", "accountability", "report_due")
SHOWN = 50


@dataclass(frozen=True)
class Wanted:
    """What somebody wants many of. `officer_id`: only this officer's people; days (court-local, both included): only
    who completed the program then."""

    what: What
    officer_id: UUID | None = None
    from_day: date | None = None
    to_day: date | None = None


@dataclass(frozen=True)
class Subject:
    """What an item would be about: a case with its person's name, or an officer."""

    name: str
    enrollment_id: UUID | None = None
    officer_id: UUID | None = None


def subjects(identity: Identity, wanted: Wanted) -> list[Subject]:
    """Whom a batch would be about, by name, among those that `identity` may see. Raises NotFound for who sees none."""
    if wanted.what is What.CASELOADS:
        return _officers(identity)
    cases = _visible(identity)
    if wanted.officer_id is not None:
        cases = cases.where(Enrollment.officer_id == wanted.officer_id)
    cases = cases.where(*_states(wanted))
    rows = cases.with_only_columns(Enrollment.id, Person.given_names, Person.family_names)
    by_name = rows.order_by(Person.family_names, Person.given_names, Enrollment.id)
    return [Subject(f"{given} {family}", key) for key, given, family in session().execute(by_name)]


def _visible(identity: Identity) -> Select[Enrollment]:
    reach = reach_of(identity)
    if reach not in (Reach.WHOLE_COURT, Reach.CASELOAD):
        raise NotFound
    return visible_to(reach, identity.id, clock.now())


def _states(wanted: Wanted) -> list[ColumnElement[bool]]:
    kind = KINDS[wanted.what]
    conditions: list[Any] = [Enrollment.rules_id.is_not(None), Enrollment.state.in_(ONLY_IN.get(kind, AT_WORK))]
    if wanted.from_day is not None or wanted.to_day is not None:
        ended = select(EnrollmentTransition.enrollment_id).where(EnrollmentTransition.to_state == "completed")
        day = func.date(func.timezone(the_court().time_zone, EnrollmentTransition.at))
        if wanted.from_day is not None:
            ended = ended.where(day >= wanted.from_day)
        if wanted.to_day is not None:
            ended = ended.where(day <= wanted.to_day)
        conditions.append(Enrollment.id.in_(ended))
    return conditions


def _officers(identity: Identity) -> list[Subject]:
    """Those with somebody at work, by name; an officer only the own list."""
    cases = _visible(identity).where(Enrollment.state.in_((*AT_WORK, "referred", "on_hold", "returned_to_court")))
    mine = cases.where(Enrollment.officer_id.is_not(None)).with_only_columns(Enrollment.officer_id).distinct()
    found = {key for key in session().scalars(mine) if key is not None}
    names = names_of(found)
    return [Subject(names[key], officer_id=key) for key in sorted(found, key=lambda key: (names[key], key))]


def officers() -> Sequence[tuple[UUID, str]]:
    """Everybody who has somebody assigned, with the name, by name."""
    rows = session().execute(
        select(Membership.id, Membership.display_name)
        .where(Membership.id.in_(select(Enrollment.officer_id).where(Enrollment.officer_id.is_not(None))))
        .order_by(Membership.display_name, Membership.id)
    )
    return [(key, name) for key, name in rows]


def readable_batches(identity: Identity) -> Select[ReportBatch]:
    """The batches that somebody may see: all for those who see the whole court, else the own. Raises NotFound."""
    reach = reach_of(identity)
    if reach is Reach.WHOLE_COURT:
        return select(ReportBatch)
    if reach is Reach.CASELOAD:
        return select(ReportBatch).where(ReportBatch.asked_by == identity.id)
    raise NotFound


def get_batch_for(identity: Identity, batch_id: UUID) -> ReportBatch:
    """One batch. Raises NotFound."""
    found = session().scalar(readable_batches(identity).where(ReportBatch.id == batch_id))
    if found is None:
        raise NotFound
    return found


def batches_for(identity: Identity, *, scheduled: bool) -> Sequence[ReportBatch]:
    """The newest batches that somebody may see; `scheduled`: only those that a schedule made, else only people's."""
    made_by = ReportBatch.schedule != "" if scheduled else ReportBatch.schedule == ""
    newest = readable_batches(identity).where(made_by).order_by(ReportBatch.asked_at.desc(), ReportBatch.id.desc())
    return session().scalars(newest.limit(SHOWN)).all()


_MADE_STATE = func.coalesce(Report.state, ListReport.state)


def _with_reports(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(ReportBatchItem)
        .outerjoin(Report, Report.id == ReportBatchItem.report_id)
        .outerjoin(ListReport, ListReport.id == ReportBatchItem.list_id)
    )


def progress_of(batches: Collection[UUID]) -> dict[UUID, Progress]:
    """How far these batches are. One statement."""
    counted = _with_reports(ReportBatchItem.batch_id, ReportBatchItem.state, _MADE_STATE, func.count())
    rows = session().execute(
        counted.where(ReportBatchItem.batch_id.in_(batches)).group_by(
            ReportBatchItem.batch_id, ReportBatchItem.state, _MADE_STATE
        )
    )
    counts: dict[UUID, Counter[str]] = {batch_id: Counter() for batch_id in batches}
    for batch_id, state, report_state, number in rows:
        counts[batch_id][standing(state, report_state)] += number
    return {batch_id: Progress(**found) for batch_id, found in counts.items()}


@dataclass(frozen=True)
class ShownItem:
    """An item of a batch: its name is empty where the reader may not see whom it is about."""

    id: UUID
    standing: Standing
    problem: str
    name: str
    report_id: UUID | None
    list_id: UUID | None
    error: str


def items_of(
    identity: Identity, batch_id: UUID, *, after: int = -1, to_look_at: bool = False
) -> tuple[list[ShownItem], int | None]:
    """At most SHOWN items in their order behind position `after`, and where the next page goes on.

    `to_look_at`: only those that failed or were refused.
    """
    mine = _visible(identity).with_only_columns(Enrollment.id).subquery()
    seen = case((Enrollment.id.in_(select(mine.c.id)), Person.given_names + " " + Person.family_names), else_="")
    error = func.coalesce(Report.error, ListReport.error, "")
    query = (
        _with_reports(ReportBatchItem, _MADE_STATE, seen, error)
        .outerjoin(Enrollment, Enrollment.id == ReportBatchItem.enrollment_id)
        .outerjoin(Referral, Referral.id == Enrollment.referral_id)
        .outerjoin(Person, Person.id == Referral.person_id)
        .where(ReportBatchItem.batch_id == batch_id, ReportBatchItem.position > after)
        .order_by(ReportBatchItem.position)
        .limit(SHOWN + 1)
    )
    if to_look_at:
        query = query.where(or_(ReportBatchItem.state == ItemState.REFUSED, _MADE_STATE == "failed"))
    rows = session().execute(query).all()
    names = names_of([item.officer_id for item, *_rest in rows])
    found = [
        ShownItem(
            item.id,
            standing(item.state, report_state),
            item.problem,
            names.get(item.officer_id, "") if item.officer_id else name,
            item.report_id if name else None,
            item.list_id,
            fault,
        )
        for item, report_state, name, fault in rows[:SHOWN]
    ]
    return found, rows[SHOWN - 1][0].position if len(rows) > SHOWN else None
