"""A page of everybody whom somebody may see, in two statements: which cases, and the facts about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Text, Uuid, any_, bindparam, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.models import Membership
from app.caseload.attention.lookups import aside_among
from app.caseload.everyone.sorting import FLAGS, HEARING_WITHIN, KEYS, OF_NOBODY, OF_OFFICER, TYPES
from app.caseload.everyone.wanted import NOBODY, Place, Wanted
from app.caseload.lookups import NEAREST_HEARING, NOW, SIGNS, VIEWER, Case, CourtDay, in_order, known, until
from app.caseload.rows import Aside
from app.cases.lookups import Reach, reach_of, visible_to
from app.cases.many import among, ids
from app.cases.models import Enrollment
from app.core import clock
from app.permissions.identity import Identity
from tenants.database import Ready, acting_as

ATTENTION_AT_MOST = 300  # cases looked at for reasons on one page
AT_ONCE = 200  # cases of a file that are held at the same time


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a caseload. `attention` holds every case that a reason may apply to, `after` the end of this page.

    `counts`: how many cases there are in each stored state, whatever the tab; all that narrows the list counts.
    `aside`: the kinds of reasons that were put aside, of those of both lists for whom some were.
    """

    page: list[Case]
    attention: list[Case]
    after: Place | None
    counts: dict[str, int]
    aside: Aside

    @property
    def put_aside(self) -> int:
        """How many reasons of those who may need a look were put aside."""
        return sum(len(self.aside.get(case[0], ())) for case in self.attention)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What makes one statement differ from another; all else are its parameters."""

    reach: Reach
    states: bool
    officer: str
    flag: str
    days: bool
    sort: str
    down: bool
    follows: bool


def listed(identity: Identity, day: CourtDay, wanted: Wanted) -> Listed:
    """The page of the list that is wanted, among those whom `identity` may see. Raises NotFound for who sees none."""
    attention = wanted.tab == "attention"
    page_ids, value, signs, counts = _read(identity, day, wanted, per=0 if attention else wanted.per)
    more = not attention and len(page_ids) > wanted.per
    place = Place(value, UUID(page_ids[wanted.per - 1])) if more else None
    shown = [] if attention else page_ids[: wanted.per]
    found = known(dict.fromkeys((*shown, *signs)), day)
    aside = aside_among(list(found.values()), identity, day)
    return Listed(in_order(shown, found), in_order(signs, found), place, counts or {}, aside)


def pages_of(identity: Identity, court_id: UUID, day: CourtDay, wanted: Wanted) -> Iterator[tuple[list[Case], Aside]]:
    """All of a list but that of the people who need attention, a part at a time, each in a transaction of its own;
    with each part what was put aside of its people."""
    place = wanted.after
    while True:
        with acting_as(court_id):
            part = replace(wanted, after=place, per=AT_ONCE)
            page_ids, value, _signs, _counts = _read(identity, day, part, per=AT_ONCE)
            cases = in_order(page_ids[:AT_ONCE], known(page_ids[:AT_ONCE], day))
            aside = aside_among(cases, identity, day)
        yield cases, aside
        if len(page_ids) <= AT_ONCE:
            return
        place = Place(value, UUID(page_ids[AT_ONCE - 1]))


def ids_of(identity: Identity, day: CourtDay, wanted: Wanted, most: int) -> list[str]:
    """The cases of a list in their order, from its first on; at most `most`. Not for the tab of who needs attention."""
    whole = replace(wanted, after=None)
    page_ids, _value, _signs, _counts = _read(identity, day, whole, per=most)
    return list(page_ids[:most])


def _read(identity: Identity, day: CourtDay, wanted: Wanted, *, per: int) -> Sequence[Any]:
    after = wanted.after
    shape = _Shape(
        reach=reach_of(identity),
        states=bool(wanted.states),
        officer=wanted.officer if wanted.officer in ("", NOBODY) else "one",
        flag=wanted.flag,
        days=bool(wanted.days),
        sort=wanted.sort,
        down=wanted.down,
        follows=after is not None,
    )
    given: dict[str, Any] = {"viewer": identity.id, "now": clock.now(), "page": per + 1, **until(day)}
    given["before_last"] = max(0, per - 1)
    if shape.states:
        given["states"] = list(wanted.states)
    if shape.officer == "one":
        given["officer"] = UUID(wanted.officer)
    if shape.days:
        given["within"] = day.today + timedelta(days=wanted.days)
    if after is not None:
        given["place_id"] = after.enrollment_id
        if wanted.sort != "name":
            given["place"] = after.value
    (found,) = _statement(shape).read(**given)
    return found


@lru_cache(maxsize=512)
def _statement(shape: _Shape) -> Ready:
    """One row: the ids of a page, by what its last but one is sorted, the ids that a reason may apply to (at most
    ATTENTION_AT_MOST, those with the nearest hearing first), the counts by state.
    """
    cases = _narrowed(visible_to(shape.reach, VIEWER, NOW), shape)
    chosen = Enrollment.state == any_(bindparam("states", type_=ARRAY(Text)))
    in_states = cases.where(chosen) if shape.states else cases
    page = _one_page(in_states, shape).cte("page")
    order = _order(page.c.value, page.c.id, shape.down)
    last = select(page.c.value).order_by(*order).offset(bindparam("before_last", type_=Integer())).limit(1)
    signs = cases.where(SIGNS).with_only_columns(cast(Enrollment.id, Text))
    nearest = signs.order_by(NEAREST_HEARING, Enrollment.last_activity_at, Enrollment.id).limit(ATTENTION_AT_MOST)
    counts = cases.with_only_columns(Enrollment.state, func.count().label("cases"))
    by_state = counts.group_by(Enrollment.state).subquery()
    return Ready(
        select(
            _array(select(cast(page.c.id, Text)).order_by(*order)),
            last.scalar_subquery(),
            _array(nearest),
            select(func.json_object_agg(by_state.c.state, by_state.c.cases)).scalar_subquery(),
        )
    )


def _narrowed(cases: Select[Any], shape: _Shape) -> Select[Any]:
    if shape.officer:
        cases = cases.where(OF_NOBODY if shape.officer == NOBODY else OF_OFFICER)
    if shape.flag:
        cases = cases.where(FLAGS[shape.flag])
    return cases.where(HEARING_WITHIN) if shape.days else cases


def _one_page(cases: Select[Any], shape: _Shape) -> Select[Any]:
    value, key = KEYS[shape.sort](shape.down), Enrollment.id
    page = cases.with_only_columns(key.label("id"), value.label("value"))
    if shape.follows:
        place_id = bindparam("place_id", type_=Uuid())
        if shape.sort == "name":  # a name never stands in an address: it is looked up where the last page ended
            at: Any = cases.where(key == place_id).with_only_columns(value).correlate(None).scalar_subquery()
        else:
            at = bindparam("place", type_=TYPES[shape.sort])
        here, there = tuple_(value, key), tuple_(at, place_id)
        page = page.where(here < there if shape.down else here > there)
    return page.order_by(*_order(value, key, shape.down)).limit(bindparam("page", type_=Integer()))


def _order(value: Any, key: Any, down: bool) -> tuple[Any, Any]:
    return (value.desc(), key.desc()) if down else (value, key)


def _array(ids_of_cases: Select[Any]) -> ColumnElement[Any]:
    """The ids as one value, in the order of the statement."""
    return func.array(ids_of_cases.scalar_subquery())


# --- Officers, for who sees the people of several --------------------------------------------------------------------

_OFFICERS = Ready(
    select(cast(Enrollment.id, Text), Membership.display_name)
    .join(Membership, Membership.id == Enrollment.officer_id)
    .where(among(Enrollment.id))
)
_WITH_CASES = Ready(
    select(cast(Membership.id, Text), Membership.display_name)
    .where(Membership.id.in_(select(Enrollment.officer_id).where(Enrollment.officer_id.is_not(None))))
    .order_by(Membership.display_name, Membership.id)
)


def officers_of(enrollment_ids: Sequence[str]) -> dict[str, str]:
    """The name of who is responsible for each of these cases; one that nobody supervises is left out."""
    return {row[0]: row[1] for row in _OFFICERS.read(**ids(enrollment_ids))} if enrollment_ids else {}


def officers_with_cases() -> list[tuple[str, str]]:
    """Everybody who has somebody assigned: id and name, by name."""
    return [(row[0], row[1]) for row in _WITH_CASES.read()]
