"""Paying in parts: the parts add up at every moment, and nobody is told twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.payments.installments.rules import (
    MISSED,
    Part,
    due_days,
    even_parts,
    next_part,
    owed_once_first_is_paid,
    parts_now,
    what_to_say,
)
from app.payments.rules import AccessRule, coursework_open

MADE = date(2026, 3, 2)


def plan(*cents: int) -> list[Part]:
    return [Part(n, MADE + timedelta(days=7 + 30 * n), amount) for n, amount in enumerate(cents, 1)]


def amounts(parts: tuple[Part, ...]) -> list[tuple[int, int]]:
    return [(part.amount_cents, part.covered_cents) for part in parts]


def test_odd_cents_come_first():
    assert even_parts(10_000, 3) == (3_334, 3_333, 3_333)
    with pytest.raises(ValueError, match="at least a cent"):
        even_parts(2, 3)


def test_due_days_are_counted_from_the_plan_and_rolled_each_by_itself():
    assert due_days(MADE, 3, 30, lambda day: day + timedelta(days=1)) == (
        date(2026, 3, 10),
        date(2026, 4, 9),
        date(2026, 5, 9),
    )


def test_what_is_paid_covers_the_parts_in_order():
    assert amounts(parts_now(plan(100, 100, 100), paid=150, owed=150)) == [(100, 100), (100, 50), (100, 0)]


def test_a_waiver_makes_every_part_smaller_and_what_was_paid_counts():
    assert amounts(parts_now(plan(100, 100, 100), paid=100, owed=100)) == [(67, 67), (67, 33), (66, 0)]
    assert amounts(parts_now(plan(100, 100, 100), paid=100, owed=0)) == [(34, 34), (33, 33), (33, 33)]


def test_a_refund_opens_the_part_again():
    parts = parts_now(plan(100, 100), paid=0, owed=200)
    assert next_part(parts) == parts[0]


@settings(max_examples=80)
@given(
    st.integers(12, 500_000),
    st.integers(1, 12),
    st.integers(-50_000, 500_000),
    st.integers(-50_000, 500_000),
)
def test_what_is_left_of_the_parts_is_what_is_owed(cents: int, count: int, paid: int, owed: int):
    agreed = plan(*even_parts(cents, count))
    assert sum(part.amount_cents for part in agreed) == cents
    parts = parts_now(agreed, paid=paid, owed=owed)
    assert sum(part.left_cents for part in parts) == max(0, owed)
    assert sum(part.covered_cents for part in parts) == max(0, paid)
    assert all(0 <= part.covered_cents <= part.amount_cents for part in parts)
    open_parts = [part for part in parts if part.left_cents]
    assert next_part(parts) == (open_parts[0] if open_parts else None)
    assert all(not part.covered_cents for part in open_parts[1:]), "paid in order"
    rule = AccessRule(open_when_owing_at_most=owed_once_first_is_paid(parts))
    assert coursework_open(owed, waiver_pending=False, rule=rule) == (parts[0].left_cents == 0)


def say(today: date, said: set[str] = frozenset(), part: Part | None = None) -> str | None:  # type: ignore[assignment]  # empty
    one = part or Part(1, date(2026, 4, 10), 5_000)
    return what_to_say(one, today=today, made_on=MADE, days_before=(7, 3, 1), said=said)


def test_reminders_come_on_their_days_once_and_the_last_one_alone_after_a_pause():
    assert say(date(2026, 4, 2)) is None
    assert say(date(2026, 4, 3)) == "7"
    assert say(date(2026, 4, 4), {"7"}) is None
    assert say(date(2026, 4, 9)) == "1"
    assert say(date(2026, 4, 10), {"1"}) is None
    assert say(date(2026, 4, 11), {"1"}) == MISSED
    assert say(date(2026, 4, 12), {MISSED}) is None


def test_nothing_is_said_of_a_paid_part_or_on_the_day_of_the_plan():
    assert say(date(2026, 5, 1), part=Part(1, date(2026, 4, 10), 5_000, 5_000)) is None
    assert say(MADE, part=Part(1, MADE + timedelta(days=7), 5_000)) is None
    assert say(MADE + timedelta(days=1), part=Part(1, MADE + timedelta(days=7), 5_000)) is None
    assert say(MADE + timedelta(days=4), part=Part(1, MADE + timedelta(days=7), 5_000)) == "3"
