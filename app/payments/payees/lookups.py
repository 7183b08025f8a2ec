"""A court's month by payee: each cent that came in or went back, and whose it is. Cents throughout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.cases.models import Enrollment
from app.payments.kinds import MEANING, Meaning, came_in, is_void
from app.payments.models import LedgerEntry
from app.payments.payees.rules import NOBODY, Effect, Moved, Shares, turns
from tenants.database import session
from tenants.program import FeeComponent
from tenants.rules import documents_of

VOID = ":void"


@dataclass(frozen=True, slots=True)
class Month:
    """A month on the court's calendar: its first day, its first instant and that of the next one (UTC)."""

    first_day: date
    begins: datetime
    ends: datetime

    @property
    def before(self) -> date:
        """The first day of the month before."""
        return (self.first_day - timedelta(days=1)).replace(day=1)

    @property
    def following(self) -> date:
        """The first day of the next month."""
        return (self.first_day + timedelta(days=32)).replace(day=1)


def month_of(day: date, time_zone: str) -> Month:
    """The court-local month of a day."""
    first = day.replace(day=1)
    begins, ends = (
        datetime.combine(one, time(), ZoneInfo(time_zone)).astimezone(UTC)
        for one in (first, (first + timedelta(days=32)).replace(day=1))
    )
    return Month(first, begins, ends)


@dataclass(frozen=True, slots=True)
class PayeeLine:
    """One component of one payee: what came in, what went back, and what a waiver or a correction moved (signed).

    A payment that was voided counts against what came in, as on the dashboard: no money went back. So a month in
    which an earlier payment was voided may have received less than nothing. In the same way a refund that failed, and
    what a bank gave back, count against what went back. An empty payee: nobody's. What was moved
    adds up to nothing over all lines.
    """

    payee: str
    label: str
    received_cents: int
    given_back_cents: int
    moved_cents: int

    @property
    def net_cents(self) -> int:
        return self.received_cents - self.given_back_cents + self.moved_cents


def by_payee(month: Month) -> list[PayeeLine]:
    """The court's month, payees in the order of their names, then what is nobody's. Two statements.

    The lines together are the money of the month: what came in less what went back, to the cent.
    """
    moved_then = select(LedgerEntry.enrollment_id).where(
        LedgerEntry.at >= month.begins, LedgerEntry.at < month.ends, LedgerEntry.kind != "assessed"
    )
    entry = LedgerEntry
    rows = (
        session()
        .execute(
            select(
                entry.enrollment_id,
                Enrollment.rules_id,
                entry.at,
                entry.effect,
                entry.kind,
                entry.component,
                entry.amount_cents,
                MEANING.label("meaning"),
            )
            .join(Enrollment, Enrollment.id == entry.enrollment_id)
            .where(entry.at < month.ends, entry.enrollment_id.in_(moved_then))
            .order_by(entry.enrollment_id, entry.at, entry.id)
        )
        .all()
    )
    documents = documents_of({row.rules_id for row in rows if row.rules_id})
    fees = {rules_id: document.fees.components for rules_id, document in documents.items()}
    sums: dict[tuple[str, str], list[int]] = {}
    for _enrollment, of_one in groupby(rows, key=lambda row: row.enrollment_id):
        _count(list(of_one), fees, month, sums)
    named = sorted(key for key in sums if key != (NOBODY, NOBODY))
    order = [*named, *([(NOBODY, NOBODY)] if (NOBODY, NOBODY) in sums else [])]
    return [PayeeLine(payee, label, *sums[payee, label]) for payee, label in order if any(sums[payee, label])]


def _count(
    rows: list[Any],
    fees: Mapping[UUID, Iterable[FeeComponent]],
    month: Month,
    sums: dict[tuple[str, str], list[int]],
) -> None:
    """Add one enrollment's shares of the month to `sums`: by (payee, label), the three amounts of a line."""
    components = {one.key: one for one in fees.get(rows[0].rules_id, ())}
    others = {row.component for row in rows} - set(components) - {NOBODY}  # of rules that were in force before
    fixed = frozenset(key for key, one in components.items() if not one.refundable)
    shares = Shares([*components, *sorted(others)], fixed)
    written = [(row.at, as_moved(row)) for row in rows]
    for place in turns(written, fixed):
        row, (_at, moved) = rows[place], written[place]
        part = shares.take_in(moved)
        if row.at < month.begins:
            continue
        column, sign = _column(row, moved)
        for key, cents in part.items():
            named = components.get(key)
            line = sums.setdefault((named.payee, named.label) if named else (key, key), [0, 0, 0])
            line[column] += sign * cents


def _column(row: Any, moved: Moved) -> tuple[int, int]:
    """Which of a line's amounts an entry counts in, and with which sign."""
    if moved.effect is Effect.OWED:
        return 2, 1
    return (0, 1) if came_in(row.kind, row.effect) else (1, -1)


def as_moved(row: Any) -> Moved:
    """An entry of the ledger as the rules of payees see it; money is positive when it comes in."""
    if row.meaning != Meaning.MONEY:
        return Moved(row.effect, Effect.OWED, row.amount_cents, row.component)
    void = is_void(row.kind, row.effect)
    return Moved(
        row.effect,
        Effect.MONEY,
        -row.amount_cents,
        never_was=void or row.kind == "disputed",
        undoes=row.effect.removesuffix(VOID) if void else "",
    )
