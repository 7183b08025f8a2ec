"""What a list can be sorted by and narrowed down to, in SQL: parts of the statement that chooses its cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.types import TypeEngine

from app.accountability.lookups import DONE, NEXT_DUE, PLANNED, of_check_ins, with_a_miss_since, with_check_in
from app.accountability.schedule import DAYS_A_MONTH, DAYS_BETWEEN
from app.accountability.violations.lookups import waits_for_a_decision
from app.caseload.finding import by_name
from app.caseload.lookups import NEXT_HEARING, RULES, TODAY
from app.caseload.rows import IN_CLASSES
from app.cases.mailroom.lookups import whom_mail_does_not_reach
from app.cases.many import is_none_of, is_one_of
from app.cases.models import Enrollment, Hearing, Referral
from app.cases.rules import FINAL_STATES
from app.learning.overview import PASSED, REQUIRED, of_modules, with_something_to_read
from app.payments.overview import with_a_waiver_to_decide
from tenants.models import ProgramRules

FIRST, LAST = date(1, 1, 1), date(9999, 12, 31)  # a case without such a day stands last, whichever way it is sorted

# --- Sorted ----------------------------------------------------------------------------------------------------------


def _day(day: ColumnElement[Any], down: bool) -> ColumnElement[date]:
    return func.coalesce(day, literal(FIRST if down else LAST, Date()))


def _of_lessons() -> ColumnElement[Any]:
    """The deadline while there are lessons to do: afterwards nobody is late for it."""
    return case((is_one_of(Enrollment.state, IN_CLASSES), Referral.deadline))


def _next_due() -> ColumnElement[Any]:
    return case((Enrollment.state == "accountability", of_check_ins(NEXT_DUE)), else_=_of_lessons())


def _planned_by_rules() -> ColumnElement[Any]:
    """As `schedule.planned_check_ins`, while there is no plan yet."""
    months, days = RULES["months"].as_integer(), cast(func.floor(RULES["months"].as_float() * DAYS_A_MONTH), Integer)
    cadence = RULES["cadence"].as_string()
    number = case(*((cadence == name, days // length) for name, length in DAYS_BETWEEN.items()), else_=months)
    of_rules = select(number).where(ProgramRules.id == Enrollment.rules_id).correlate(Enrollment)
    return func.coalesce(of_rules.scalar_subquery(), 0)


def _progress() -> ColumnElement[Any]:
    """As `rules.progress_percent`."""
    modules, check_ins = of_modules(REQUIRED), func.coalesce(func.nullif(of_check_ins(PLANNED), 0), _planned_by_rules())
    done = func.least(of_modules(PASSED), modules) + func.least(of_check_ins(DONE), check_ins)
    return case(
        (Enrollment.state == "completed", 100),
        else_=func.coalesce(cast(func.floor(done * 100 / func.nullif(modules + check_ins, 0)), Integer), 0),
    )


def _name() -> ColumnElement[Any]:
    family, given = by_name()
    return func.concat(family, ", ", given)


KEYS: Mapping[str, Callable[[bool], Any]] = {
    "activity": lambda _down: Enrollment.last_activity_at,
    "name": lambda _down: _name(),
    "deadline": lambda down: _day(_of_lessons(), down),
    "due": lambda down: _day(_next_due(), down),
    "hearing": lambda down: _day(NEXT_HEARING, down),
    "progress": lambda _down: _progress(),
}
TYPES: Mapping[str, TypeEngine[Any]] = {
    "activity": DateTime(timezone=True),
    "deadline": Date(),
    "due": Date(),
    "hearing": Date(),
    "progress": Integer(),
}

# --- Narrowed down ---------------------------------------------------------------------------------------------------

_in_classes = is_one_of(Enrollment.state, ("enrolled", "coursework"))
_runs = is_none_of(Enrollment.state, FINAL_STATES)
# Each as the reason of the same kind says it, but for what only the rules in Python know.
FLAGS: Mapping[str, ColumnElement[bool]] = {
    "violation": waits_for_a_decision(),
    "missed": and_(Enrollment.state == "accountability", Enrollment.id.in_(with_a_miss_since())),
    "review": and_(
        _runs, or_(Enrollment.id.in_(with_check_in("submitted")), Enrollment.id.in_(with_something_to_read()))
    ),
    "waiver": and_(_runs, Enrollment.id.in_(with_a_waiver_to_decide())),
    "deadline": and_(_in_classes, Referral.deadline <= bindparam("deadline_until")),
    "quiet": and_(_in_classes, Enrollment.last_activity_at <= bindparam("quiet_since")),
    "mail": and_(_runs, Enrollment.id.in_(whom_mail_does_not_reach())),
}
HEARING_WITHIN = Enrollment.referral_id.in_(
    select(Hearing.referral_id).where(Hearing.on_date.between(TODAY, bindparam("within", type_=Date())))
)
OF_OFFICER = Enrollment.officer_id == bindparam("officer", type_=Uuid())
OF_NOBODY = and_(_runs, Enrollment.officer_id.is_(None))
