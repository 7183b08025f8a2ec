"""The list of the day: for somebody's cases every reason that was not put aside, in a handful of statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, Text, bindparam, cast, func, or_, select

from app.accounts.models import Membership
from app.caseload.attention.models import AttentionMark
from app.caseload.attention.reason import Reason
from app.caseload.attention.records import Records, records_of
from app.caseload.attention.rules import RULES, Limits, attention, urgency
from app.caseload.lookups import NEAREST_HEARING, NOW, SIGNS, TODAY, VIEWER, Case, CourtDay, known, until
from app.caseload.lookups import facts_in as facts_of_text
from app.caseload.rows import REMEMBERED, facts_of
from app.cases.lookups import Reach, names_of, reach_of, visible_to
from app.cases.many import among, ids, is_none_of
from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES
from app.core import clock
from app.core.errors import NotFound
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from tenants.database import Ready, session

AT_MOST = 1000  # cases looked at for one list
NOT_HERE = frozenset({"hearing"})  # hearings of today and tomorrow stand above the list


class Whose(StrEnum):
    """Whose cases a list is about: those of an officer, everybody's, or those for whom nobody is responsible."""

    OFFICER = "officer"
    EVERYONE = "everyone"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Choice:
    """`officer_id` goes with OFFICER, and is None for the cases that are somebody's own by `reach_of`."""

    whose: Whose
    officer_id: UUID | None = None


class Item(NamedTuple):
    """One reason of one case. `occasion`: see AttentionMark; `record_id`: what waits, where a record does."""

    reason: Reason
    occasion: str
    record_id: UUID | None

    @property
    def kind(self) -> str:
        return self.reason.kind


class Listed(NamedTuple):
    """A case with what it asks for, the most urgent first."""

    case: Case
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class DayList:
    """`cases`: the most urgent first. `aside`: how many reasons that still hold were put aside.

    `cut`: there are more than AT_MOST cases, and those without a hearing soon may be missing.
    """

    cases: list[Listed]
    aside: int
    cut: bool


class Aside(NamedTuple):
    """A reason that still holds and was put aside: by whom (a name), and the case."""

    case: Case
    item: Item
    mark: AttentionMark
    by: str


@lru_cache
def _statement(reach: Reach, whose: Whose, own: bool) -> Ready:
    """The ids of the cases to look at. Parameters: viewer, those of `until` and, for another's cases, officer."""
    cases = chosen(visible_to(reach, VIEWER, NOW), whose, own=own)
    # Each case without anybody asks for somebody to be responsible.
    cases = cases.where(is_none_of(Enrollment.state, FINAL_STATES) if whose is Whose.NOBODY else SIGNS)
    order = (NEAREST_HEARING, Enrollment.last_activity_at, Enrollment.id)
    return Ready(cases.with_only_columns(cast(Enrollment.id, Text)).order_by(*order).limit(AT_MOST + 1))


def chosen(cases: Select[Any], whose: Whose, *, own: bool) -> Select[Any]:
    if whose is Whose.NOBODY:
        return cases.where(Enrollment.officer_id.is_(None))
    if whose is Whose.OFFICER and not own:
        return cases.where(Enrollment.officer_id == bindparam("officer"))
    return cases


def day_list(identity: Identity, day: CourtDay, choice: Choice) -> DayList:
    """What needs somebody today among the cases that `identity` may see. At most four statements."""
    cases, cut = _looked_at(identity, day, choice)
    listed, aside = _without_put_aside(cases, identity, day)
    if choice.whose is not Whose.NOBODY:
        listed = [one for one in listed if one.items]
    return DayList(sorted(listed, key=_urgency), len(aside), cut)


def put_aside_of(identity: Identity, day: CourtDay, choice: Choice) -> list[Aside]:
    """The reasons that still hold and were put aside, the last one first. At most six statements."""
    cases, _cut = _looked_at(identity, day, choice)
    _listed, aside = _without_put_aside(cases, identity, day)
    marks = _marks_in_force([case[0] for case, _item in aside], day.today)
    names = names_of([mark.by for mark in marks.values()])
    found = [
        Aside(case, item, mark, names.get(mark.by, ""))
        for case, item in aside
        if (mark := marks.get((case[0], item.kind, item.occasion)))
    ]
    return sorted(found, key=lambda one: one.mark.at, reverse=True)


def item_of(identity: Identity, day: CourtDay, enrollment_id: UUID, kind: str) -> tuple[Case, Item] | None:
    """One reason of one case as it holds now, put aside or not. Raises NotFound for a case not to be seen."""
    visible = visible_to(reach_of(identity), identity.id, clock.now()).where(Enrollment.id == enrollment_id)
    if session().scalar(visible.with_only_columns(Enrollment.id)) is None:
        raise NotFound
    key = str(enrollment_id)
    case = known([key], day)[key]
    items = items_of([case], identity, day)[key]
    return next(((case, item) for item in items if item.kind == kind), None)


def marks_of(enrollment_id: UUID) -> Sequence[AttentionMark]:
    """Everything that was ever put aside of a case, in its order."""
    query = select(AttentionMark).where(AttentionMark.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(AttentionMark.at, AttentionMark.id)).all()


def how_many_by_officer(day: CourtDay) -> dict[UUID | None, int]:
    """Of how many people something needs a look, by who is responsible (a service asks). At most five statements.

    At most AT_MOST cases of the court are looked at.
    """
    found = _statement(Reach.WHOLE_COURT, Whose.EVERYONE, own=True).read(viewer=None, now=clock.now(), **until(day))
    cases = list(known([row[0] for row in found], day).values())
    listed, _aside = _sorted_out(cases, day, money=True)
    wanted = [one.case[0] for one in listed if one.items]
    officers: dict[UUID | None, int] = {}
    rows = session().connection().execute(_OFFICERS, ids(wanted)) if wanted else ()
    for (officer_id,) in rows:
        officers[officer_id] = officers.get(officer_id, 0) + 1
    return officers


_OFFICERS = select(Enrollment.officer_id).where(among(Enrollment.id))


def _looked_at(identity: Identity, day: CourtDay, choice: Choice) -> tuple[list[Case], bool]:
    own = choice.officer_id is None
    asked = {} if own else {"officer": choice.officer_id}
    found = _statement(reach_of(identity), choice.whose, own).read(
        viewer=identity.id, now=clock.now(), **asked, **_asked(day, choice)
    )
    keys = [row[0] for row in found]
    cases = known(keys[:AT_MOST], day)
    return [cases[key] for key in keys[:AT_MOST] if key in cases], len(keys) > AT_MOST


def _asked(day: CourtDay, choice: Choice) -> dict[str, Any]:
    return {"today": day.today} if choice.whose is Whose.NOBODY else until(day)


def _without_put_aside(
    cases: list[Case], identity: Identity, day: CourtDay
) -> tuple[list[Listed], list[tuple[Case, Item]]]:
    return _sorted_out(cases, day, money=may(identity, Permission.CASE_MONEY_READ))


def aside_among(cases: Sequence[Case], identity: Identity, day: CourtDay) -> dict[str, frozenset[str]]:
    """By enrollment id the kinds of reasons that still hold and were put aside, as the list of the day leaves them out.

    At most two statements, one where nothing was put aside.
    """
    if not cases:
        return {}
    marks = _marked(cases, day)
    marked = {key for key, _kind, _occasion in marks}
    items = items_of([case for case in cases if case[0] in marked], identity, day) if marks else {}
    found = {
        key: frozenset(one.kind for one in theirs if (key, one.kind, one.occasion) in marks)
        for key, theirs in items.items()
    }
    return {key: kinds for key, kinds in found.items() if kinds}


def _sorted_out(cases: list[Case], day: CourtDay, *, money: bool) -> tuple[list[Listed], list[tuple[Case, Item]]]:
    items, marks = _items(cases, day, money), _marked(cases, day)
    listed, aside = [], []
    for case in cases:
        left = []
        for item in items[case[0]]:
            if (case[0], item.kind, item.occasion) in marks:
                aside.append((case, item))
            else:
                left.append(item)
        listed.append(Listed(case, tuple(left)))
    return listed, aside


def items_of(cases: list[Case], identity: Identity, day: CourtDay) -> dict[str, tuple[Item, ...]]:
    """Every reason of these cases, by enrollment id, put aside or not. One statement."""
    return _items(cases, day, may(identity, Permission.CASE_MONEY_READ))


def _items(cases: list[Case], day: CourtDay, money: bool) -> dict[str, tuple[Item, ...]]:
    found = {case[0]: found_in(case[-1], day.today, day.limits, money) for case in cases}
    records = records_of([key for key, reasons in found.items() if reasons], day.today)
    return {
        key: tuple(_item(reason, occasion, records.get((key, reason.kind))) for reason, occasion in reasons)
        for key, reasons in found.items()
    }


def _item(reason: Reason, occasion: str | None, behind: Records | None) -> Item:
    record_id = behind.first_id if behind is not None else None
    return Item(reason, occasion if occasion is not None else behind.newest if behind else "", record_id)


@lru_cache(maxsize=REMEMBERED)
def found_in(text: str, today: date, limits: Limits, money: bool) -> tuple[tuple[Reason, str | None], ...]:
    """The reasons in the facts of a case, each with its occasion where the facts tell it. Names nobody: remembered."""
    facts = facts_of(facts_of_text(text), today, money=money)
    found = (reason for reason in attention(facts, limits) if reason.kind not in NOT_HERE)
    return tuple((reason, tell(facts) if (tell := RULES[reason.kind].occasion) else None) for reason in found)


# Parameters: those of `ids`, and today.
_IN_FORCE = (
    among(AttentionMark.enrollment_id),
    AttentionMark.ended_at.is_(None),
    or_(AttentionMark.until.is_(None), AttentionMark.until > TODAY),
)
_MARKED = Ready(
    select(cast(AttentionMark.enrollment_id, Text), AttentionMark.kind, AttentionMark.occasion).where(*_IN_FORCE)
)


def _marked(cases: Sequence[Case], day: CourtDay) -> set[tuple[Any, ...]]:
    """What is put aside now: enrollment id, kind and occasion. One statement."""
    return {tuple(row) for row in _MARKED.read(**ids([case[0] for case in cases]), today=day.today)}


def _marks_in_force(enrollments: Iterable[str], today: date) -> dict[tuple[str, str, str], AttentionMark]:
    marks = session().scalars(select(AttentionMark).where(*_IN_FORCE), {**ids(enrollments), "today": today})
    return {(str(mark.enrollment_id), mark.kind, mark.occasion): mark for mark in marks}


def _urgency(one: Listed) -> tuple[int, int, int]:
    return urgency(tuple(item.reason for item in one.items))


def get_mark_for(identity: Identity, mark_id: UUID) -> AttentionMark:
    """One mark of a case that `identity` may see. Raises NotFound."""
    mine: Any = visible_to(reach_of(identity), identity.id, clock.now()).with_only_columns(Enrollment.id)
    query = select(AttentionMark).where(AttentionMark.id == mark_id, AttentionMark.enrollment_id.in_(mine))
    found = session().scalar(query)
    if found is None:
        raise NotFound
    return found


def without_an_officer(identity: Identity) -> int:
    """How many running cases nobody is responsible for, of those that `identity` may see. One statement."""
    cases = visible_to(reach_of(identity), identity.id, clock.now()).where(
        Enrollment.officer_id.is_(None), Enrollment.state.not_in(FINAL_STATES)
    )
    return session().scalar(cases.with_only_columns(func.count())) or 0


def officers_with_cases() -> Sequence[tuple[UUID, str]]:
    """Members of staff who are responsible for a running case, by name: id and name. One statement."""
    theirs = select(Enrollment.officer_id).where(is_none_of(Enrollment.state, FINAL_STATES))
    query = select(Membership.id, Membership.display_name).where(Membership.id.in_(theirs))
    rows = session().execute(query.order_by(Membership.display_name, Membership.id))
    return [(key, name) for key, name in rows]
