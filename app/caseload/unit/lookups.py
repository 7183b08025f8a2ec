"""The unit's own people, and the facts about them: a fixed number of statements, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.accountability.lookups import CHECK_INS
from app.accountability.schedule import planned_check_ins
from app.accountability.violations.models import PossibleViolation
from app.caseload.unit.rules import DECIDED, fee_standing
from app.cases.lookups import reach_of, visible_to
from app.cases.many import among, facts_about, is_one_of
from app.cases.models import CaseNumber, Enrollment, Hearing, Person, Referral
from app.cases.rules import FINAL_STATES, stage_of
from app.core import clock
from app.core.errors import NotFound
from app.learning.overview import LESSONS
from app.payments.overview import MONEY
from app.permissions.identity import Identity
from tenants.database import session
from tenants.models import ProgramRules
from tenants.rules import rules_in_force

PAGE = 50
AT_ONCE = 500  # people whose facts a file reads in one go


@dataclass(frozen=True, slots=True)
class Facts:
    """One person. Dates are court-local; `stage` is a key of STAGE_WORDS, `fee` one of FEE_WORDS or "" where the
    court's rules keep it from the unit.
    """

    enrollment_id: UUID
    referral_id: UUID
    name: str
    numbers: str
    stage: str
    referred_on: date
    enrolled_on: date | None
    completed_on: date | None
    deadline: date | None
    case_ends_on: date | None
    next_hearing: date | None
    modules: tuple[int, int]  # passed, required
    check_ins: tuple[int, int]  # done, planned
    missed: tuple[int, int]  # missed, allowed
    decided: int  # possible violations that a person has decided
    fee: str


@dataclass(frozen=True, slots=True)
class DecidedViolation:
    """What a person decided: its kind and state, the day of the event, and the day of the decision."""

    kind: str
    state: str
    event_on: date
    decided_on: date | None


@dataclass(frozen=True, slots=True)
class UnitPage:
    """People, the last referred first; `after` is where the next page goes on. Counts of those running and ended."""

    people: Sequence[Facts]
    after: UUID | None
    running: int
    ended: int


def _mine(identity: Identity) -> Select[Enrollment]:
    return visible_to(reach_of(identity), identity.id, clock.now())


_ENDED = is_one_of(Enrollment.state, FINAL_STATES)
_PLACE = tuple_(Referral.referred_at, Enrollment.id)


def unit_page(identity: Identity, time_zone: str, *, ended: bool, after: UUID | None) -> UnitPage:
    """One page of the people whom `identity` referred or supervises. Raises NotFound for those who see no case.

    Five statements; an unknown `after` starts anew.
    """
    counts = _mine(identity).with_only_columns(
        func.count().filter(~_ENDED), func.count().filter(_ENDED), maintain_column_froms=True
    )
    running, over = session().execute(counts).one()
    query = _mine(identity).where(_ENDED if ended else ~_ENDED).with_only_columns(Enrollment.id)
    start = None
    if after is not None:
        start = session().execute(_mine(identity).with_only_columns(*_PLACE).where(Enrollment.id == after)).first()
    if start is not None:
        query = query.where((start[0], start[1]) > _PLACE)
    query = query.order_by(Referral.referred_at.desc(), Enrollment.id.desc()).limit(PAGE + 1)
    found = list(session().scalars(query))
    return UnitPage(
        facts_of(found[:PAGE], time_zone, fee=_fee_is_told()),
        found[PAGE - 1] if len(found) > PAGE else None,
        int(running),
        int(over),
    )


def everyone(identity: Identity, time_zone: str) -> Iterator[Facts]:
    """All of them, the last referred first. Raises NotFound for those who see no case."""
    query = _mine(identity).with_only_columns(Enrollment.id)
    found = list(session().scalars(query.order_by(Referral.referred_at.desc(), Enrollment.id.desc())))
    fee = _fee_is_told()
    for at in range(0, len(found), AT_ONCE):
        yield from facts_of(found[at : at + AT_ONCE], time_zone, fee=fee)


def one_of(identity: Identity, enrollment_id: UUID, time_zone: str) -> Facts:
    """One of them. Raises NotFound."""
    found = session().scalar(_mine(identity).with_only_columns(Enrollment.id).where(Enrollment.id == enrollment_id))
    if found is None:
        raise NotFound
    return facts_of([found], time_zone, fee=_fee_is_told())[0]


def _fee_is_told() -> bool:
    """By the rules in force: who may know something is not pinned to the day on which somebody enrolled."""
    return rules_in_force()[1].people.unit_sees_fee


_NUMBERS = (
    select(func.string_agg(CaseNumber.number, aggregate_order_by(literal(", "), CaseNumber.position)))
    .where(CaseNumber.referral_id == Referral.id)
    .correlate(Referral)
    .scalar_subquery()
)
_DECIDED = (
    select(func.count())
    .where(PossibleViolation.enrollment_id == Enrollment.id, is_one_of(PossibleViolation.state, DECIDED))
    .correlate(Enrollment)
    .scalar_subquery()
)
_RULES = ProgramRules.document["accountability"]


def _statement(today: date) -> Select[*tuple[Any, ...]]:
    lessons, check_ins, money = LESSONS.subquery(), CHECK_INS.subquery(), MONEY.subquery()
    next_hearing = (
        select(func.min(Hearing.on_date))
        .where(Hearing.referral_id == Referral.id, Hearing.on_date >= today)
        .correlate(Referral)
        .scalar_subquery()
    )
    return (
        select(
            Enrollment.id,
            Enrollment.referral_id,
            Enrollment.state,
            Enrollment.enrolled_at,
            Enrollment.completed_at,
            Person.given_names,
            Person.family_names,
            Referral.referred_at,
            Referral.deadline,
            Referral.case_ends_on,
            _NUMBERS.label("numbers"),
            next_hearing.label("next_hearing"),
            _DECIDED.label("decided"),
            _RULES["months"].as_integer().label("months"),
            _RULES["cadence"].as_string().label("cadence"),
            _RULES["misses_allowed"].as_integer().label("allowed"),
            lessons.c.modules_required,
            lessons.c.modules_passed,
            lessons.c.modules_opened,
            check_ins.c.check_ins_planned,
            check_ins.c.check_ins_done,
            check_ins.c.check_ins_missed,
            money.c.balance_cents,
            money.c.assessed_cents,
            money.c.waived_cents,
        )
        .join_from(Enrollment, Referral, Referral.id == Enrollment.referral_id)
        .join(Person, Person.id == Referral.person_id)
        .outerjoin(ProgramRules, ProgramRules.id == Enrollment.rules_id)
        .outerjoin(lessons, lessons.c.enrollment_id == Enrollment.id)
        .outerjoin(check_ins, check_ins.c.enrollment_id == Enrollment.id)
        .outerjoin(money, money.c.enrollment_id == Enrollment.id)
        .where(among(Enrollment.id))
    )


def facts_of(enrollment_ids: Iterable[UUID], time_zone: str, *, fee: bool) -> list[Facts]:
    """The facts of these people, in this order. One statement. Nobody's reach is looked at here."""
    wanted = list(enrollment_ids)
    if not wanted:
        return []
    today = clock.today(time_zone)
    rows = {row.id: row for row in facts_about(wanted, _statement(today))}
    return [_facts(rows[key], today, time_zone, fee) for key in wanted if key in rows]


def _facts(row: Any, today: date, time_zone: str, fee: bool) -> Facts:
    def day(instant: datetime | None) -> date | None:
        return None if instant is None else clock.local(instant, time_zone).date()

    stage = stage_of(row.state, lessons_opened=row.modules_opened or 0, deadline=_course_deadline(row), today=today)
    planned = row.check_ins_planned or planned_check_ins(row.months or 0, row.cadence or "monthly")
    standing = fee_standing(
        balance=row.balance_cents or 0, assessed=row.assessed_cents or 0, waived=row.waived_cents or 0
    )
    return Facts(
        enrollment_id=row.id,
        referral_id=row.referral_id,
        name=f"{row.given_names} {row.family_names}",
        numbers=row.numbers or "",
        stage=stage,
        referred_on=clock.local(row.referred_at, time_zone).date(),
        enrolled_on=day(row.enrolled_at),
        completed_on=day(row.completed_at),
        deadline=row.deadline,
        case_ends_on=row.case_ends_on,
        next_hearing=row.next_hearing,
        modules=(row.modules_passed or 0, row.modules_required or 0),
        check_ins=(row.check_ins_done or 0, planned),
        missed=(row.check_ins_missed or 0, row.allowed or 0),
        decided=row.decided,
        fee=standing if fee else "",
    )


def _course_deadline(row: Any) -> date | None:
    """The deadline is the lessons': nobody is past it any more once they are done."""
    deadline: date | None = row.deadline
    return deadline if row.state in ("enrolled", "coursework") else None


def decided_violations(enrollment_id: UUID, time_zone: str) -> list[DecidedViolation]:
    """What a person has decided of a case that was loaded for somebody, the latest event first."""
    rows = session().execute(
        select(
            PossibleViolation.kind, PossibleViolation.state, PossibleViolation.event_on, PossibleViolation.decided_at
        )
        .where(
            and_(PossibleViolation.enrollment_id == enrollment_id, is_one_of(PossibleViolation.state, DECIDED)),
        )
        .order_by(PossibleViolation.event_on.desc(), PossibleViolation.id.desc())
    )
    return [
        DecidedViolation(kind, state, event_on, None if at is None else clock.local(at, time_zone).date())
        for kind, state, event_on, at in rows
    ]


def hearing_days_of(referral_id: UUID) -> Sequence[date]:
    """The court-local days of a referral's hearings, the earliest first."""
    days = select(Hearing.on_date).where(Hearing.referral_id == referral_id).distinct().order_by(Hearing.on_date)
    return session().scalars(days).all()
