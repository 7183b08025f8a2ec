"""A caseload in a handful of statements, however many cases it has.

One statement chooses the cases that somebody may see, one brings the facts of every package about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Select,
    String,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.engine import Row

from app.accountability.lookups import CHECK_INS, check_ins_after, with_something_to_see
from app.caseload.rules import DEADLINE_DAYS, HEARING_DAYS, QUIET_DAYS
from app.cases.lookups import Reach, reach_of, visible_to
from app.cases.many import among, ids, is_none_of, is_one_of
from app.cases.models import CaseNumber, Enrollment, Hearing, Person, Referral
from app.cases.rules import FINAL_STATES, case_number_key
from app.core import clock
from app.learning.overview import LESSONS, REFLECTIONS, with_something_to_read
from app.payments.overview import MONEY, WAIVERS, with_a_waiver_to_decide
from app.permissions.identity import Identity
from tenants.database import Ready, session
from tenants.models import ProgramRules

FOUND_AT_MOST = 100  # cases that a search shows
ATTENTION_AT_MOST = 300  # cases looked at for reasons on one page


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ends: the last case's activity and id."""

    last_activity_at: datetime
    enrollment_id: UUID


@dataclass(frozen=True, slots=True)
class CourtDay:
    """Today at the court, and the IANA time zone by which its days begin."""

    today: date
    time_zone: str


Case = Row[*tuple[Any, ...]]
"""One case with the facts of every package: the columns of `_WHO`, then those of `FACTS`."""

_TODAY = bindparam("today", type_=Date())
_VIEWER = bindparam("viewer", type_=Uuid())
_ID = cast(Enrollment.id, Text).label("id")  # as text: cheaper to read, to compare and to show


def _court_date(instant: Any) -> ColumnElement[date]:
    return cast(func.timezone(bindparam("time_zone", type_=Text()), instant), Date)


_NEXT_HEARING = (
    select(func.min(Hearing.on_date))
    .where(Hearing.referral_id == Referral.id, Hearing.on_date >= _TODAY)
    .correlate(Referral)
    .scalar_subquery()
)
_NUMBERS = (
    select(func.string_agg(CaseNumber.number, aggregate_order_by(literal(", "), CaseNumber.position)))
    .where(CaseNumber.referral_id == Referral.id)
    .correlate(Referral)
    .scalar_subquery()
)
_RULES = ProgramRules.document["accountability"]
_WHO: tuple[Any, ...] = (_ID, Person.given_names, Person.family_names, _NUMBERS.label("numbers"))
_PARTS = tuple(part.subquery() for part in (MONEY, WAIVERS, LESSONS, REFLECTIONS, CHECK_INS))
_TOLD: tuple[Any, ...] = (
    Enrollment.state,
    Referral.deadline,
    _court_date(Enrollment.last_activity_at).label("last_activity_on"),
    _RULES["months"].as_integer().label("months"),
    _RULES["cadence"].as_string().label("cadence"),
    _RULES["misses_allowed"].as_integer().label("misses_allowed"),
    _NEXT_HEARING.label("hearing_on"),
    Referral.case_ends_on,
    # Every instant as the court's date: nobody has to turn hundreds of them into days afterwards.
    *(
        _court_date(column).label(column.name) if isinstance(column.type, DateTime) else column
        for part in _PARTS
        for column in part.c
        if column.name != "enrollment_id"
    ),
)
WHO = len(_WHO)  # how many columns say whose case it is
FACTS: tuple[str, ...] = tuple(column.name for column in _TOLD)  # the names of all others, which name nobody


def _facts() -> Select[Any]:
    """One row for each case that the statement is about, with the facts of every package."""
    query = (
        select(*_WHO, *_TOLD)
        .join_from(Enrollment, Referral, Referral.id == Enrollment.referral_id)
        .join(Person, Person.id == Referral.person_id)
        .outerjoin(ProgramRules, ProgramRules.id == Enrollment.rules_id)
        .where(among(Enrollment.id))
    )
    for part in _PARTS:
        query = query.outerjoin(part, part.c.enrollment_id == Enrollment.id)
    return query


# Made ready once, like every statement below: building one costs more than sending it.
_FACTS = Ready(_facts())


def _cases(reach: Reach, *, in_state: bool = False) -> Select[Any]:
    """The visible cases: ids and last activity only, for `_known` to ask about. Parameters: viewer, state."""
    columns: tuple[Any, ...] = (_ID, Enrollment.last_activity_at)
    query = visible_to(reach, _VIEWER).with_only_columns(*columns)
    return query.where(Enrollment.state == bindparam("state", type_=String())) if in_state else query


def _known(enrollment_ids: Iterable[str], day: CourtDay) -> dict[str, Case]:
    """The facts of these cases. One statement."""
    wanted = list(enrollment_ids)
    if not wanted:
        return {}
    rows = _FACTS.read(**ids(wanted), today=day.today, time_zone=day.time_zone)
    return {row[0]: row for row in rows}


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a caseload. `attention` holds every case that a reason may apply to, `after` the end of this page."""

    everyone: list[Case]
    attention: list[Case]
    after: Place | None


def listed(
    identity: Identity, day: CourtDay, *, per: int, after: Place | None, state: str | None, longest_quiet: bool
) -> Listed:
    """The cases that `identity` may see: a page of `per` by last activity and, on the first page, those to look at."""
    rows, place = _page(identity, per, after, state, longest_quiet)
    signs = [] if after is not None else _candidates(identity, day.today, state)
    known = _known(dict.fromkeys(row[0] for row in (*rows, *signs)), day)
    return Listed(_in_order(rows, known), _in_order(signs, known), place)


def _in_order(rows: Iterable[Row[Any]], known: dict[str, Case]) -> list[Case]:
    return [known[row[0]] for row in rows if row[0] in known]


@lru_cache
def _page_statement(reach: Reach, in_state: bool, from_place: bool, longest_quiet: bool) -> Ready:
    """Parameters: viewer, page and, where they apply, state, place_at and place_id."""
    key = tuple_(Enrollment.last_activity_at, Enrollment.id)
    query = _cases(reach, in_state=in_state).limit(bindparam("page"))
    if from_place:
        place = tuple_(bindparam("place_at", type_=DateTime(timezone=True)), bindparam("place_id", type_=Uuid()))
        query = query.where(key > place if longest_quiet else key < place)
    if longest_quiet:
        return Ready(query.order_by(Enrollment.last_activity_at, Enrollment.id))
    return Ready(query.order_by(Enrollment.last_activity_at.desc(), Enrollment.id.desc()))


def _page(
    identity: Identity, per: int, after: Place | None, state: str | None, longest_quiet: bool
) -> tuple[Sequence[Row[Any]], Place | None]:
    statement = _page_statement(reach_of(identity), state is not None, after is not None, longest_quiet)
    rows = statement.read(
        viewer=identity.id,
        page=per + 1,
        **({"state": state} if state is not None else {}),
        **({"place_at": after.last_activity_at, "place_id": after.enrollment_id} if after is not None else {}),
    )
    last = rows[per - 1] if len(rows) > per else None
    return rows[:per], Place(last.last_activity_at, UUID(last.id)) if last is not None else None


_in_classes = is_one_of(Enrollment.state, ("enrolled", "coursework"))
_hearing_soon = select(Hearing.referral_id).where(Hearing.on_date.between(_TODAY, bindparam("hearing_until")))
# The case has an end of its own, and the months of check-ins reach beyond it even if the classes end today.
_ends_too_late = or_(
    and_(
        _in_classes,
        select(ProgramRules.id)
        .where(
            ProgramRules.id == Enrollment.rules_id,
            Referral.case_ends_on < _TODAY + func.make_interval(0, _RULES["months"].as_integer()),
        )
        .correlate(Enrollment, Referral)
        .exists(),
    ),
    Enrollment.id.in_(check_ins_after(Referral.case_ends_on)),
)
# What may make a reason: a few more cases than have one, never fewer. The rules decide afterwards.
_SIGNS = and_(
    is_none_of(Enrollment.state, FINAL_STATES),
    or_(
        Enrollment.referral_id.in_(_hearing_soon),
        and_(_in_classes, Referral.deadline <= bindparam("deadline_until")),
        and_(_in_classes, Enrollment.last_activity_at <= bindparam("quiet_since")),
        and_(Referral.case_ends_on.is_not(None), _ends_too_late),
        Enrollment.id.in_(with_something_to_see()),
        Enrollment.id.in_(with_something_to_read()),
        Enrollment.id.in_(with_a_waiver_to_decide()),
    ),
)
_NEAREST_HEARING = _NEXT_HEARING.asc().nulls_last()


@lru_cache
def _candidates_statement(reach: Reach, in_state: bool) -> Ready:
    query = _cases(reach, in_state=in_state).where(_SIGNS)
    query = query.order_by(_NEAREST_HEARING, Enrollment.last_activity_at, Enrollment.id)
    return Ready(query.limit(ATTENTION_AT_MOST))


def _candidates(identity: Identity, today: date, state: str | None) -> Sequence[Row[Any]]:
    """Cases that a reason may apply to; at most ATTENTION_AT_MOST, those with the nearest hearing first."""
    return _candidates_statement(reach_of(identity), state is not None).read(
        viewer=identity.id,
        today=today,
        hearing_until=today + timedelta(days=HEARING_DAYS),
        deadline_until=today + timedelta(days=DEADLINE_DAYS),
        quiet_since=clock.now() - timedelta(days=QUIET_DAYS - 1),
        **({"state": state} if state is not None else {}),
    )


def find(identity: Identity, day: CourtDay, words: str) -> list[Case]:
    """Cases whose person's name or case number holds every one of `words`; at most FOUND_AT_MOST, by name."""
    query = _cases(reach_of(identity))
    for word in words.split()[:6]:
        query = query.where(_matches(word))
    query = query.order_by(Person.family_names, Person.given_names, Enrollment.id)
    rows = session().connection().execute(query.limit(FOUND_AT_MOST), {"viewer": identity.id}).all()
    return _in_order(rows, _known([row[0] for row in rows], day))


def _matches(word: str) -> ColumnElement[bool]:
    names = or_(
        Person.given_names.icontains(word, autoescape=True), Person.family_names.icontains(word, autoescape=True)
    )
    key = case_number_key(word)
    if key is None:
        return names
    number = select(CaseNumber.referral_id).where(CaseNumber.normalized.contains(key, autoescape=True))
    return or_(names, Referral.id.in_(number))


@lru_cache
def _counts_statement(reach: Reach) -> Ready:
    columns: tuple[Any, ...] = (Enrollment.state, func.count().label("cases"))
    return Ready(visible_to(reach, _VIEWER).with_only_columns(*columns).group_by(Enrollment.state))


def counts_by_state(identity: Identity) -> dict[str, int]:
    """How many cases `identity` may see in each stored state."""
    return {row.state: row.cases for row in _counts_statement(reach_of(identity)).read(viewer=identity.id)}


@lru_cache
def _one_statement(reach: Reach) -> Ready:
    return Ready(_cases(reach).where(Enrollment.id == bindparam("wanted", type_=Uuid())))


def case_facts(identity: Identity, day: CourtDay, enrollment_id: UUID) -> Case | None:
    """One case as the list knows it; None when `identity` may not see it."""
    rows = _one_statement(reach_of(identity)).read(viewer=identity.id, wanted=enrollment_id)
    return _known([str(enrollment_id)], day).get(str(enrollment_id)) if rows else None
