"""The money of a court in a stretch of time (a month on its calendar), and what waits for a decision about a fee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_

from app.cases.lookups import visible_enrollments
from app.cases.models import Enrollment
from app.payments.kinds import IS_CAME_IN, IS_WAIVED, IS_WENT_BACK
from app.payments.models import LedgerEntry, Waiver
from app.payments.rules import WAIVER_PENDING
from app.permissions.identity import Identity
from tenants.database import session

PAGE = 50


class MoneyKind(StrEnum):
    """The entries that a court's month is told in."""

    ASSESSED = "assessed"
    PAID = "paid"
    WAIVED = "waived"
    REFUNDED = "refunded"  # or taken back by a bank


class MonthMoney(NamedTuple):
    """US cents by MoneyKind, as it counts them; `waivers_waiting` and `payments_ever` are numbers of rows."""

    assessed_cents: int
    paid_cents: int
    waived_cents: int
    refunded_cents: int
    waivers_waiting: int
    payments_ever: int


_SIGNS = {MoneyKind.ASSESSED: 1, MoneyKind.PAID: -1, MoneyKind.WAIVED: -1, MoneyKind.REFUNDED: 1}
# A waiver that was taken back, a void at the counter, a refund that failed and a dispute that was won count against
# their kind.
_COUNTED = {
    MoneyKind.ASSESSED: LedgerEntry.kind == "assessed",
    MoneyKind.PAID: IS_CAME_IN,
    MoneyKind.WAIVED: IS_WAIVED,
    MoneyKind.REFUNDED: IS_WENT_BACK,
}


def _visible(identity: Identity) -> Select[Any]:
    return visible_enrollments(identity).with_only_columns(Enrollment.id)


def _within(begins: datetime, ends: datetime) -> ColumnElement[bool]:
    return and_(LedgerEntry.at >= begins, LedgerEntry.at < ends)


def money_between(identity: Identity, begins: datetime, ends: datetime) -> MonthMoney:
    """What was entered from `begins` to before `ends` (UTC) for the cases that `identity` may see. One statement."""
    mine = _visible(identity)
    sums = [
        sign * func.coalesce(func.sum(LedgerEntry.amount_cents).filter(_COUNTED[kind], _within(begins, ends)), 0)
        for kind, sign in _SIGNS.items()
    ]
    waiting = (
        select(func.count())
        .select_from(Waiver)
        .where(Waiver.state.in_(WAIVER_PENDING), Waiver.enrollment_id.in_(mine))
        .scalar_subquery()
    )
    ever = func.count().filter(LedgerEntry.kind == "paid")
    query = select(*sums, waiting, ever).where(
        LedgerEntry.enrollment_id.in_(mine), (LedgerEntry.kind == "paid") | _within(begins, ends)
    )
    return MonthMoney(*map(int, session().connection().execute(query).one()))


@dataclass(frozen=True)
class ListedEntry:
    """One entry with its case (`.referral.person` loaded); `cents` as the kind counts it, below zero if taken back."""

    entry: LedgerEntry
    enrollment: Enrollment
    cents: int


def entries_between(
    identity: Identity, kind: MoneyKind, begins: datetime, ends: datetime, *, after: UUID | None = None
) -> tuple[Sequence[ListedEntry], UUID | None]:
    """At most PAGE entries behind a sum of `money_between`, the newest first, and where the next page goes on."""
    query = (
        visible_enrollments(identity)
        .join(LedgerEntry, LedgerEntry.enrollment_id == Enrollment.id)
        .add_columns(LedgerEntry)
        .where(_COUNTED[kind], _within(begins, ends))
        .order_by(LedgerEntry.at.desc(), LedgerEntry.id.desc())
        .limit(PAGE + 1)
    )
    place = session().scalar(select(LedgerEntry).where(LedgerEntry.id == after)) if after is not None else None
    if place is not None:
        query = query.where(tuple_(LedgerEntry.at, LedgerEntry.id) < (place.at, place.id))
    rows = [
        ListedEntry(entry, enrollment, _SIGNS[kind] * entry.amount_cents)
        for enrollment, entry in session().execute(query)
    ]
    return rows[:PAGE], rows[PAGE - 1].entry.id if len(rows) > PAGE else None
