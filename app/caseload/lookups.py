"""A caseload in a handful of statements, however many cases it has.

One statement chooses the cases that somebody may see, one brings the facts of every package about them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.engine import Row

from app.accountability.lookups import CHECK_INS, check_ins_after, with_something_to_see
from app.accountability.terminating.lookups import PROPOSALS, with_an_open_proposal
from app.accountability.violations.lookups import VIOLATIONS, with_an_open_violation
from app.accountability.violations.steps.lookups import with_a_step_to_see
from app.caseload.attention.rules import HEARING_DAYS, USUAL, Limits, limits_in
from app.cases.lookups import Reach, visible_to
from app.cases.mailroom.lookups import MAIL_LOST, whom_mail_does_not_reach
from app.cases.many import among, ids, is_none_of, is_one_of
from app.cases.messages.lookups import MESSAGES, with_a_message_to_read
from app.cases.models import CaseNumber, Enrollment, Hearing, Person, Referral
from app.cases.rules import FINAL_STATES
from app.core import clock
from app.disputes.lookups import DISPUTES, with_an_open_dispute
from app.learning.overview import LESSONS, REFLECTIONS, with_something_to_read
from app.payments.overview import MONEY, WAIVERS, with_a_dispute, with_a_waiver_to_decide
from app.reports.overview import REPORTS
from tenants.database import Ready, session
from tenants.models import ProgramRules
from tenants.rules import section_in_force

LISTED_AT_ONCE = 1000  # cases whose facts one statement brings for a report
ATTENTION_AT_MOST = 300  # cases looked at for reasons on one page


@dataclass(frozen=True, slots=True)
class CourtDay:
    """Today at the court, the IANA time zone by which its days begin, and the court's borders of what needs a look."""

    today: date
    time_zone: str
    limits: Limits = USUAL


Case = Row[*tuple[Any, ...]]
"""One case: its id, the person's given and family names, the case numbers in one text, and the facts (`facts_in`)."""

TODAY = bindparam("today", type_=Date())
VIEWER = bindparam("viewer", type_=Uuid())
NOW = bindparam("now", type_=DateTime(timezone=True))
_ID = cast(Enrollment.id, Text).label("id")  # as text: cheaper to read, to compare and to show
_ACTIVITY = Enrollment.last_activity_at


def _court_date(instant: Any) -> ColumnElement[date]:
    return cast(func.timezone(bindparam("time_zone", type_=Text()), instant), Date)


NEXT_HEARING = (
    select(func.min(Hearing.on_date))
    .where(Hearing.referral_id == Referral.id, Hearing.on_date >= TODAY, Hearing.recorded_at.is_(None))
    .correlate(Referral)
    .scalar_subquery()
)
_NUMBERS = (
    select(func.string_agg(CaseNumber.number, aggregate_order_by(literal(", "), CaseNumber.position)))
    .where(CaseNumber.referral_id == Referral.id)
    .correlate(Referral)
    .scalar_subquery()
)
_LAST_HEARD = (
    select(func.max(Hearing.on_date))
    .where(Hearing.referral_id == Referral.id, Hearing.on_date < TODAY)
    .correlate(Referral)
    .scalar_subquery()
)
RULES = ProgramRules.document["accountability"]
_WHO: tuple[Any, ...] = (_ID, Person.given_names, Person.family_names, _NUMBERS.label("numbers"))
PARTS = (MONEY, WAIVERS, LESSONS, REFLECTIONS, CHECK_INS, VIOLATIONS, PROPOSALS, MAIL_LOST, REPORTS, DISPUTES, MESSAGES)
_PARTS = tuple(part.subquery() for part in PARTS)
_TOLD: tuple[Any, ...] = (
    Enrollment.state,
    Referral.deadline,
    _court_date(Enrollment.last_activity_at).label("last_activity_on"),
    RULES["months"].as_integer().label("months"),
    RULES["cadence"].as_string().label("cadence"),
    RULES["misses_allowed"].as_integer().label("misses_allowed"),
    NEXT_HEARING.label("hearing_on"),
    _LAST_HEARD.label("last_heard_on"),
    _court_date(Enrollment.paused_at).label("paused_on"),
    Referral.case_ends_on,
    # Every instant as the court's date: nobody has to turn hundreds of them into days afterwards.
    *(
        _court_date(column).label(column.name) if isinstance(column.type, DateTime) else column
        for part in _PARTS
        for column in part.c
        if column.name != "enrollment_id"
    ),
)
# The facts, which name nobody, come as one text: who has seen the same text before need not take it apart again.
_FACTS_TEXT = cast(func.json_build_array(*_TOLD), Text).label("facts")
_NAMES = tuple(column.name for column in _TOLD)
_DAYS = tuple(column.name for column in _TOLD if isinstance(column.type, Date))


def facts_in(text: str) -> dict[str, Any]:
    """The facts of every package in a case's text, by the names of their columns."""
    facts = dict(zip(_NAMES, json.loads(text), strict=True))
    return facts | {name: date.fromisoformat(facts[name]) for name in _DAYS if facts[name] is not None}


def _facts() -> Select[Any]:
    """One row for each case that the statement is about, with the facts of every package."""
    query = (
        select(*_WHO, _FACTS_TEXT)
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


def visible_cases(reach: Reach) -> Select[Any]:
    """The ids of the visible cases, for `known` to ask about. Parameters: viewer, now."""
    return visible_to(reach, VIEWER, NOW).with_only_columns(_ID)


def known(enrollment_ids: Iterable[str], day: CourtDay) -> dict[str, Case]:
    """The facts of these cases. One statement."""
    wanted = list(enrollment_ids)
    if not wanted:
        return {}
    rows = _FACTS.read(**ids(wanted), today=day.today, time_zone=day.time_zone)
    return {row[0]: row for row in rows}


def cases_with(enrollment_ids: Iterable[UUID], day: CourtDay) -> list[Case]:
    """The facts of these cases, each once, in this order. One statement. Nobody's reach is looked at here."""
    wanted = list(dict.fromkeys(map(str, enrollment_ids)))
    return in_order(wanted, known(wanted, day))


def until(day: CourtDay) -> dict[str, Any]:
    """The parameters of SIGNS."""
    today, limits = day.today, day.limits
    return {
        "today": today,
        "hearing_until": today + timedelta(days=max(HEARING_DAYS, limits.report_days)),
        "deadline_until": today + timedelta(days=limits.deadline_days),
        "quiet_since": clock.now() - timedelta(days=limits.quiet_days - 1),
        "held_since": clock.now() - timedelta(days=limits.hold_days - 1),
    }


def court_limits() -> Limits:
    """The borders in the court's rules in force, which count for every case whatever rules it is pinned to."""
    return limits_in(section_in_force("attention"))


def in_order(enrollment_ids: Iterable[str], known: dict[str, Case]) -> list[Case]:
    return [known[key] for key in enrollment_ids if key in known]


_in_classes = is_one_of(Enrollment.state, ("enrolled", "coursework"))
_hearing_soon = select(Hearing.referral_id).where(
    Hearing.on_date.between(TODAY, bindparam("hearing_until")), Hearing.recorded_at.is_(None)
)
# The case has an end of its own, and the months of check-ins reach beyond it even if the classes end today.
_ends_too_late = or_(
    and_(
        _in_classes,
        select(ProgramRules.id)
        .where(
            ProgramRules.id == Enrollment.rules_id,
            Referral.case_ends_on < TODAY + func.make_interval(0, RULES["months"].as_integer()),
        )
        .correlate(Enrollment, Referral)
        .exists(),
    ),
    Enrollment.id.in_(check_ins_after(Referral.case_ends_on)),
)
# What may make a reason: a few more cases than have one, never fewer. The rules decide afterwards.
SIGNS = and_(
    is_none_of(Enrollment.state, FINAL_STATES),
    or_(
        Enrollment.referral_id.in_(_hearing_soon),
        is_one_of(Enrollment.state, ("report_due",)),
        and_(_in_classes, Referral.deadline <= bindparam("deadline_until")),
        and_(_in_classes, Enrollment.last_activity_at <= bindparam("quiet_since")),
        and_(Referral.case_ends_on.is_not(None), _ends_too_late),
        Enrollment.id.in_(with_something_to_see()),
        Enrollment.id.in_(with_an_open_violation()),
        Enrollment.id.in_(with_a_step_to_see(TODAY)),
        Enrollment.id.in_(with_an_open_proposal()),
        Enrollment.id.in_(with_something_to_read()),
        Enrollment.id.in_(with_a_waiver_to_decide()),
        Enrollment.id.in_(with_a_dispute()),
        Enrollment.id.in_(with_an_open_dispute()),
        Enrollment.id.in_(with_a_message_to_read()),
        Enrollment.id.in_(whom_mail_does_not_reach()),
        and_(is_one_of(Enrollment.state, ("on_hold",)), Enrollment.paused_at <= bindparam("held_since")),
    ),
)
NEAREST_HEARING = NEXT_HEARING.asc().nulls_last()


def all_of(officer_id: UUID | None, day: CourtDay) -> list[Case]:
    """Every case of an officer, or without one of the whole court, that is not over, by name; LISTED_AT_ONCE each time.

    For reports, which a service asks for: nobody's reach is looked at here.
    """
    cases = visible_to(Reach.WHOLE_COURT, officer_id, clock.now())
    if officer_id is not None:  # the officer's own: a list of a month says nothing of whom one stood in for
        cases = cases.where(Enrollment.officer_id == officer_id)
    cases = cases.where(is_none_of(Enrollment.state, FINAL_STATES)).with_only_columns(_ID)
    order = (Person.family_names, Person.given_names, Enrollment.id)
    found = [str(key) for key in session().connection().execute(cases.order_by(*order)).scalars()]
    pages = (found[at : at + LISTED_AT_ONCE] for at in range(0, len(found), LISTED_AT_ONCE))
    return [case for page in pages for case in in_order(page, known(page, day))]


def case_facts(day: CourtDay, enrollment_id: UUID) -> Case | None:
    """One case, which was loaded for its reader, as the list knows it. One statement."""
    return known([str(enrollment_id)], day).get(str(enrollment_id))
