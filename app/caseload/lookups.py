"""A caseload in a handful of statements, however many cases it has.

One statement chooses the cases that somebody may see, one brings the facts of every package about them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.engine import Row

from app.accountability.lookups import CHECK_INS, with_something_to_see
from app.caseload.rules import DEADLINE_DAYS, HEARING_DAYS, QUIET_DAYS
from app.cases.lookups import visible_enrollments
from app.cases.many import among, facts_about
from app.cases.models import CaseNumber, Enrollment, Hearing, Person, Referral
from app.cases.rules import FINAL_STATES, case_number_key
from app.core import clock
from app.learning.overview import LESSONS, REFLECTIONS, with_something_to_read
from app.payments.overview import MONEY, WAIVERS, with_a_waiver_to_decide
from app.permissions.identity import Identity
from tenants.database import session
from tenants.models import ProgramRules

FOUND_AT_MOST = 100  # cases that a search shows
ATTENTION_AT_MOST = 300  # cases looked at for reasons on one page


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ends: the last case's activity and id."""

    last_activity_at: datetime
    enrollment_id: UUID


Case = Row[Any]
"""One case with the facts of every package; its columns are those of `_FACTS`."""

_TODAY = bindparam("today", type_=Date())
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


def _facts() -> Select[Any]:
    """One row for each case that the statement is about, with the facts of every package."""
    parts = [part.subquery() for part in (MONEY, WAIVERS, LESSONS, REFLECTIONS, CHECK_INS)]
    told = [column for part in parts for column in part.c if column.name != "enrollment_id"]
    query = (
        select(
            Enrollment.id,
            Enrollment.state,
            Enrollment.last_activity_at,
            Referral.deadline,
            Person.given_names,
            Person.family_names,
            _NUMBERS.label("numbers"),
            _RULES["months"].as_integer().label("months"),
            _RULES["cadence"].as_string().label("cadence"),
            _RULES["misses_allowed"].as_integer().label("misses_allowed"),
            _NEXT_HEARING.label("hearing_on"),
            *told,
        )
        .join(Referral, Referral.id == Enrollment.referral_id)
        .join(Person, Person.id == Referral.person_id)
        .outerjoin(ProgramRules, ProgramRules.id == Enrollment.rules_id)
        .where(among(Enrollment.id))
    )
    for part in parts:
        query = query.outerjoin(part, part.c.enrollment_id == Enrollment.id)
    return query


# Made once: building so large a statement costs more than sending it.
_FACTS = _facts()


def _cases(identity: Identity, state: str | None = None) -> Select[Any]:
    """The visible cases: ids and last activity only, for `_known` to ask about."""
    columns: tuple[Any, ...] = (Enrollment.id, Enrollment.last_activity_at)
    query = visible_enrollments(identity).with_only_columns(*columns)
    return query.where(Enrollment.state == state) if state else query


def _read(query: Select[Any], **parameters: Any) -> list[Row[Any]]:
    return list(session().connection().execute(query, parameters))


def _known(enrollment_ids: Iterable[UUID], today: date) -> dict[UUID, Case]:
    """The facts of these cases. One statement."""
    wanted = list(enrollment_ids)
    return {row[0]: row for row in facts_about(wanted, _FACTS, today=today)} if wanted else {}


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a caseload. `attention` holds every case that a reason may apply to, `after` the end of this page."""

    everyone: list[Case]
    attention: list[Case]
    after: Place | None


def listed(
    identity: Identity, today: date, *, per: int, after: Place | None, state: str | None, longest_quiet: bool
) -> Listed:
    """The cases that `identity` may see: a page of `per` by last activity and, on the first page, those to look at."""
    rows, place = _page(_cases(identity, state), per, after, longest_quiet)
    signs = [] if after is not None else _candidates(identity, today, state)
    known = _known(dict.fromkeys(row[0] for row in (*rows, *signs)), today)
    return Listed(_in_order(rows, known), _in_order(signs, known), place)


def _in_order(rows: Iterable[Row[Any]], known: dict[UUID, Case]) -> list[Case]:
    return [known[row[0]] for row in rows if row[0] in known]


def _page(
    query: Select[Any], per: int, after: Place | None, longest_quiet: bool
) -> tuple[list[Row[Any]], Place | None]:
    key = tuple_(Enrollment.last_activity_at, Enrollment.id)
    if longest_quiet:
        query = query.order_by(Enrollment.last_activity_at, Enrollment.id)
    else:
        query = query.order_by(Enrollment.last_activity_at.desc(), Enrollment.id.desc())
    if after is not None:
        place = tuple_(literal(after.last_activity_at), literal(after.enrollment_id))
        query = query.where(key > place if longest_quiet else key < place)
    rows = _read(query.limit(per + 1))
    last = rows[per - 1] if len(rows) > per else None
    return rows[:per], Place(last.last_activity_at, last.id) if last is not None else None


_in_classes = Enrollment.state.in_(("enrolled", "coursework"))
_hearing_soon = select(Hearing.referral_id).where(Hearing.on_date.between(_TODAY, bindparam("hearing_until")))
# What may make a reason: a few more cases than have one, never fewer. The rules decide afterwards.
_SIGNS = and_(
    Enrollment.state.not_in(FINAL_STATES),
    or_(
        Enrollment.referral_id.in_(_hearing_soon),
        and_(_in_classes, Referral.deadline <= bindparam("deadline_until")),
        and_(_in_classes, Enrollment.last_activity_at <= bindparam("quiet_since")),
        Enrollment.id.in_(with_something_to_see()),
        Enrollment.id.in_(with_something_to_read()),
        Enrollment.id.in_(with_a_waiver_to_decide()),
    ),
)
_NEAREST_HEARING = _NEXT_HEARING.asc().nulls_last()


def _candidates(identity: Identity, today: date, state: str | None) -> list[Row[Any]]:
    """Cases that a reason may apply to; at most ATTENTION_AT_MOST, those with the nearest hearing first."""
    query = _cases(identity, state).where(_SIGNS)
    query = query.order_by(_NEAREST_HEARING, Enrollment.last_activity_at, Enrollment.id).limit(ATTENTION_AT_MOST)
    return _read(
        query,
        today=today,
        hearing_until=today + timedelta(days=HEARING_DAYS),
        deadline_until=today + timedelta(days=DEADLINE_DAYS),
        quiet_since=clock.now() - timedelta(days=QUIET_DAYS - 1),
    )


def find(identity: Identity, today: date, words: str) -> list[Case]:
    """Cases whose person's name or case number holds every one of `words`; at most FOUND_AT_MOST, by name."""
    query = _cases(identity)
    for word in words.split()[:6]:
        query = query.where(_matches(word))
    query = query.order_by(Person.family_names, Person.given_names, Enrollment.id)
    rows = _read(query.limit(FOUND_AT_MOST))
    return _in_order(rows, _known([row[0] for row in rows], today))


def _matches(word: str) -> ColumnElement[bool]:
    names = or_(
        Person.given_names.icontains(word, autoescape=True), Person.family_names.icontains(word, autoescape=True)
    )
    key = case_number_key(word)
    if key is None:
        return names
    number = select(CaseNumber.referral_id).where(CaseNumber.normalized.contains(key, autoescape=True))
    return or_(names, Referral.id.in_(number))


def counts_by_state(identity: Identity) -> dict[str, int]:
    """How many cases `identity` may see in each stored state."""
    columns: tuple[Any, ...] = (Enrollment.state, func.count().label("cases"))
    query = visible_enrollments(identity).with_only_columns(*columns).group_by(Enrollment.state)
    return {row.state: row.cases for row in _read(query)}


def case_facts(identity: Identity, today: date, enrollment_id: UUID) -> Case | None:
    """One case as the list knows it; None when `identity` may not see it."""
    rows = _read(_cases(identity).where(Enrollment.id == enrollment_id))
    return _known([enrollment_id], today).get(enrollment_id) if rows else None
