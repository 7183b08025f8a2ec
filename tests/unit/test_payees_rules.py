"""Each cent is somebody's: what is reported to payees always adds up to the money."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from app.payments.payees.rules import NOBODY, Effect, Moved, Shares, in_turn, shares_of

KEYS = ("program", "state", "victims")
FIXED = frozenset({"state"})


def owed(ref: str, cents: int, component: str = NOBODY) -> Moved:
    return Moved(ref, Effect.OWED, cents, component)


def money(ref: str, cents: int, **more: object) -> Moved:
    return Moved(ref, Effect.MONEY, cents, **more)  # type: ignore[arg-type]  # names of its own fields only


ASSESSED = [owed("a1", 30_000, "program"), owed("a2", 5_000, "state"), owed("a3", 10_000, "victims")]


def held(*entries: Moved) -> dict[str, int]:
    return {key: cents for key, cents in shares_of([*ASSESSED, *entries], KEYS, FIXED).held.items() if cents}


def test_a_part_of_the_fee_goes_to_each_by_what_it_is_owed_and_odd_cents_always_to_the_same():
    assert held(money("p", 10_000)) == {"program": 6_667, "state": 1_111, "victims": 2_222}
    assert held(money("p", 10_000), money("q", 35_000)) == {"program": 30_000, "state": 5_000, "victims": 10_000}


def test_a_refund_leaves_what_is_not_refundable():
    assert held(money("p", 45_000), money("r", -40_000)) == {"state": 5_000}
    assert held(money("p", 45_000), money("r", -45_000)) == {"state": 5_000, NOBODY: -5_000}


def test_what_went_back_beyond_what_may_is_made_good_first():
    assert held(money("p", 45_000), money("r", -45_000), money("q", 45_000)) == {
        "program": 30_000,
        "state": 5_000,
        "victims": 10_000,
    }


def test_a_waiver_after_payment_gives_back_the_waived_component_first():
    paid_then_waived = [money("p", 45_000), owed("w", -10_000, "victims")]
    assert held(*paid_then_waived) == {"program": 30_000, "state": 5_000, NOBODY: 10_000}
    assert held(*paid_then_waived, money("r", -10_000)) == {"program": 30_000, "state": 5_000}


def test_a_waiver_of_one_component_moves_its_money_to_those_still_open():
    assert held(money("p", 22_500), owed("w", -30_000, "program")) == {"state": 5_000, "victims": 10_000, NOBODY: 7_500}


def test_a_voided_or_disputed_payment_leaves_nobody_a_share():
    assert held(money("p", 45_000), money("v", -45_000, never_was=True, undoes="p")) == {}
    assert held(money("p", 20_000), money("q", 25_000), money("d", -25_000, never_was=True)) == held(
        money("p", 20_000), money("q", 25_000), money("d", -25_000, never_was=True)
    )
    assert held(money("p", 45_000), money("d", -45_000, never_was=True)) == {}


def test_what_is_paid_beyond_the_fee_is_nobodys():
    assert held(money("p", 50_000)) == {"program": 30_000, "state": 5_000, "victims": 10_000, NOBODY: 5_000}


amounts = st.integers(1, 60_000)
entry = st.one_of(
    st.tuples(st.just("pay"), amounts, st.just(NOBODY)),
    st.tuples(st.just("back"), amounts, st.just(NOBODY)),
    st.tuples(st.just("void"), amounts, st.just(NOBODY)),
    st.tuples(st.just("waive"), amounts, st.sampled_from(KEYS)),
    st.tuples(st.just("correct"), st.integers(-60_000, 60_000), st.sampled_from((NOBODY, *KEYS))),
)


def _moved(n: int, what: str, cents: int, key: str, shares: Shares) -> Moved:
    if what == "waive":
        return owed(f"e{n}", -min(cents, max(0, shares.owed.get(key, 0))), key)
    if what == "correct":
        return owed(f"e{n}", cents, key)
    return money(f"e{n}", cents if what == "pay" else -cents, never_was=what == "void")


@settings(max_examples=60)
@given(st.lists(entry, max_size=12))
def test_shares_always_add_up_and_nobody_gets_more_than_was_owed(steps: list[tuple[str, int, str]]):
    shares = shares_of(ASSESSED, KEYS, FIXED)
    for n, (what, cents, key) in enumerate(steps):
        before = dict(shares.held)
        moved = _moved(n, what, cents, key, shares)
        part = shares.take_in(moved)
        assert sum(part.values()) == (moved.cents if moved.effect is Effect.MONEY else 0)
        for one in KEYS:
            assert shares.held.get(one, 0) == before.get(one, 0) + part.get(one, 0) >= 0
            if part.get(one, 0) > 0:
                assert shares.held[one] <= shares.owed[one]
        if moved.effect is Effect.MONEY and not moved.never_was:
            assert part.get("state", 0) >= 0, "what is not refundable goes back to nobody"
        open_still = any(shares.owed.get(one, 0) > shares.held.get(one, 0) for one in KEYS)
        assert not (open_still and shares.held.get(NOBODY, 0) > 0), "no money lies idle while something is owed"
    again = shares_of(ASSESSED, KEYS, FIXED)
    for n, (what, cents, key) in enumerate(steps):
        again.take_in(_moved(n, what, cents, key, again))
    assert again.held == shares.held


def test_the_parts_of_a_month_are_those_of_its_entries():
    shares = shares_of([*ASSESSED, money("p", 9_000), money("r", -1_000)], KEYS, FIXED)
    assert sum(shares.parts["p"].values()) == 9_000
    assert sum(shares.parts["r"].values()) == -1_000


def test_what_is_written_at_one_instant_counts_in_one_order_whatever_its_ids_say():
    paid, granted, back = (datetime(2026, 11, day, tzinfo=UTC) for day in (2, 3, 4))
    written = [
        *((paid, one) for one in (*ASSESSED, money("p", 22_500))),
        *((granted, one) for one in (owed("w1", -30_000, "program"), owed("w2", -2_500, "state"))),
        *((back, one) for one in (money("r", -15_000), money("q", 1_000))),
    ]
    for entries in (written, written[:4] + written[5:3:-1] + written[:5:-1]):
        found = shares_of(in_turn(entries, FIXED), KEYS, FIXED).held
        assert {key: cents for key, cents in found.items() if cents} == {"state": 2_500, "victims": 6_000}
