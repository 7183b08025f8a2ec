"""The rules of money: fees to the cent, waivers, what events add up to in any order, the poverty guideline."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.rules import LEARNER, STATE_WORDS, SYSTEM, Moves
from app.payments import rules
from app.payments.rules import AccessRule, Band, Entry, FeeComponent, FeeLine, PaymentEvent

FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts" / "poverty-guidelines.json"

# --- Fees ------------------------------------------------------------------------------------------------------------


def test_a_fee_of_amounts_and_percentages_of_percentages() -> None:
    lines = rules.assess(
        [
            FeeComponent("surcharge", percent_of="handling", rate=5000, waivable=False),
            FeeComponent("program", amount=40_001),
            FeeComponent("handling", percent_of="program", rate=250, refundable=False),
        ]
    )
    assert lines == (
        FeeLine("surcharge", 500, False, True),
        FeeLine("program", 40_001, True, True),
        FeeLine("handling", 1000, True, False),
    )


@pytest.mark.parametrize(
    ("cents", "rate", "part"), [(1, 5000, 1), (1, 4999, 0), (3, 5000, 2), (999, 0, 0), (7, 10_000, 7)]
)
def test_half_a_cent_goes_up(cents: int, rate: int, part: int) -> None:
    assert rules.share(cents, rate) == part


@pytest.mark.parametrize(
    "components",
    [
        [FeeComponent("a", percent_of="a", rate=100)],
        [FeeComponent("a", percent_of="b", rate=100), FeeComponent("b", percent_of="a", rate=100)],
        [FeeComponent("a", percent_of="gone", rate=100)],
        [FeeComponent("a")],
        [FeeComponent("a", amount=-1)],
        [FeeComponent("a", amount=1, percent_of="b", rate=1), FeeComponent("b", amount=1)],
        [FeeComponent("b", amount=1), FeeComponent("a", percent_of="b", rate=-1)],
        [FeeComponent("a", amount=1), FeeComponent("a", amount=2)],
    ],
)
def test_a_fee_that_cannot_be_worked_out_is_refused(components: list[FeeComponent]) -> None:
    with pytest.raises(ValueError, match="fee component"):
        rules.assess(components)


cents = st.integers(0, 500_000)


@given(cents, st.lists(cents, min_size=1, max_size=8).filter(any))
def test_spreading_loses_no_cent_and_is_fair(amount: int, weights: list[int]) -> None:
    parts = rules.spread(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - amount * weight) < sum(weights)
        assert weight or not part


def test_odd_cents_go_to_the_first_of_equals() -> None:
    assert rules.spread(100, [1, 1, 1]) == (34, 33, 33)
    assert rules.spread(0, [0, 0]) == (0, 0)
    with pytest.raises(ValueError, match="nothing to spread"):
        rules.spread(1, [0, 0])


# --- Waivers ---------------------------------------------------------------------------------------------------------

LINES = (
    FeeLine("program", 30_000, True, True),
    FeeLine("state", 5_000, False, True),
    FeeLine("handling", 999, True, True),
)


@pytest.mark.proves("CD-3")
def test_full_and_partial_waivers() -> None:
    assert rules.apply_waiver(LINES, waived={}) == {"program": 30_000, "handling": 999}
    assert rules.apply_waiver(LINES, waived={}, rate=5000) == {"program": 15_000, "handling": 500}
    assert rules.apply_waiver(LINES, waived={}, cents=100) == {"program": 97, "handling": 3}
    assert rules.apply_waiver(LINES, waived={"program": 15_000, "handling": 999}) == {"program": 15_000}
    assert rules.apply_waiver(LINES, waived={"program": 30_000, "handling": 999}) == {}
    assert rules.apply_waiver(LINES, waived={}, cents=10**9) == {"program": 30_000, "handling": 999}


fee_lines = st.lists(st.tuples(cents, st.booleans()), max_size=6).map(
    lambda rows: [FeeLine(f"c{n}", amount, waivable, True) for n, (amount, waivable) in enumerate(rows)]
)
grants = st.lists(st.one_of(st.integers(0, 10_000), st.tuples(cents)), max_size=4)


@given(fee_lines, grants)
def test_no_run_of_waivers_takes_more_than_the_fee_or_touches_what_cannot_be_waived(
    lines: list[FeeLine], grants: list[int | tuple[int]]
) -> None:
    waived: dict[str, int] = {}
    for grant in grants:
        if isinstance(grant, tuple):
            taken = rules.apply_waiver(lines, waived=waived, cents=grant[0])
            left = sum(line.cents - waived.get(line.key, 0) for line in lines if line.waivable)
            assert sum(taken.values()) == min(grant[0], left)
        else:
            taken = rules.apply_waiver(lines, waived=waived, rate=grant)
        for key, part in taken.items():
            assert part > 0
            waived[key] = waived.get(key, 0) + part
    for line in lines:
        assert waived.get(line.key, 0) <= (line.cents if line.waivable else 0)
    rest = rules.apply_waiver(lines, waived=waived)
    assert sum(waived.values()) + sum(rest.values()) == sum(line.cents for line in lines if line.waivable)


@pytest.mark.parametrize("bad", [{"rate": -1}, {"rate": 10_001}, {"cents": -1}])
def test_a_waiver_outside_zero_to_all_is_refused(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="waiver"):
        rules.apply_waiver(LINES, waived={}, **bad)


@pytest.mark.proves("CD-3")
def test_only_a_person_denies_and_with_a_reason_and_an_appeal_window() -> None:
    denials = [row for row in rules.WAIVER_MOVES.transitions if row.to == "denied"]
    assert denials
    for row in denials:
        assert row.who not in {SYSTEM, LEARNER}
        assert {"specific_reason", "appeal_window"} <= set(row.requires)
    automatic = [row.to for row in rules.WAIVER_MOVES.transitions if row.who == SYSTEM and row.to.startswith("granted")]
    assert automatic == ["granted_full"]
    assert "reconsideration" in rules.WAIVER_MOVES.onward("denied")


@pytest.mark.parametrize("table", [rules.WAIVER_MOVES, rules.CHECKOUT_MOVES], ids=lambda t: t.entity)
def test_tables_have_words_for_each_state_and_one_row_for_each_move(table: Moves) -> None:
    assert set(STATE_WORDS[table.entity]) == table.states
    pairs = [(state, row.to, row.who) for row in table.transitions for state in row.from_states]
    assert len({(state, to) for state, to, _who in pairs}) == len(pairs)
    assert _reachable(table, table.start) == table.states


def test_a_pending_waiver_is_one_that_waits_for_an_answer() -> None:
    answered = {"granted_full", "granted_partial", "denied", "more_time", "installments", "revoked"}
    assert rules.WAIVER_MOVES.states - {"draft"} - answered == rules.WAIVER_PENDING


# --- The ledger ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "owed"),
    [
        ([], 0),
        ([("assessed", 400), ("paid", 400)], 0),
        ([("assessed", 400), ("waived", 100), ("paid", 300)], 0),
        ([("assessed", 400), ("paid", 400), ("refunded", 150)], 150),
        ([("assessed", 400), ("paid", 400), ("waived", 400)], -400),
        ([("assessed", 400), ("paid", 400), ("waived", 400), ("refunded", 400)], 0),
        ([("assessed", 400), ("paid", 400), ("disputed", 400)], 400),
        ([("assessed", 400), ("paid", 400), ("disputed", 400), ("dispute_won", 400)], 0),
        ([("assessed", 400), ("paid", 400), ("disputed", 400), ("dispute_lost", 400)], 400),
        ([("assessed", 400), ("adjusted", -50), ("adjusted", 20)], 370),
    ],
)
def test_the_balance_is_what_is_owed(entries: list[tuple[str, int]], owed: int) -> None:
    assert rules.balance(entries) == owed


@pytest.mark.parametrize(("kind", "amount"), [("paid", 0), ("paid", -1), ("adjusted", 0), ("gift", 5)])
def test_entries_that_say_nothing_or_the_opposite_are_refused(kind: str, amount: int) -> None:
    with pytest.raises(ValueError, match="no ledger entry"):
        Entry("r", kind, amount)


START_NOW, INSTALLMENTS, PLAIN = AccessRule(True), AccessRule(False, 30_000), AccessRule()


@pytest.mark.parametrize(
    ("owed", "pending", "rule", "opened"),
    [
        (0, False, PLAIN, True),
        (-5, False, PLAIN, True),
        (1, False, PLAIN, False),
        (1, True, PLAIN, False),
        (1, True, START_NOW, True),
        (1, False, START_NOW, False),
        (30_000, False, INSTALLMENTS, True),
        (30_001, False, INSTALLMENTS, False),
    ],
)
def test_coursework_opens_by_the_balance_and_the_courts_rule(
    owed: int, pending: bool, rule: AccessRule, opened: bool
) -> None:
    assert rules.coursework_open(owed, waiver_pending=pending, rule=rule) is opened


# --- Events ----------------------------------------------------------------------------------------------------------


def _reachable(table: Moves, start: str) -> set[str]:
    reached, frontier = {start}, {start}
    while frontier:
        frontier = {to for state in frontier for to in table.onward(state)} - reached
        reached |= frontier
    return reached


@st.composite
def stories(draw: st.DrawFn) -> list[PaymentEvent]:
    """What can happen to one payment, as events in the order in which they happened."""
    amount = draw(st.integers(1, 100_000))
    before = st.lists(st.sampled_from(["expired", "processing", "failed"]), max_size=3, unique=True)
    story = [PaymentEvent(kind, "cs") for kind in draw(before)]
    if not draw(st.booleans()):
        return story
    story.append(PaymentEvent("paid", "cs", amount))
    left = amount
    for n in range(draw(st.integers(0, 3))):
        part = draw(st.integers(1, amount))
        if part > left:
            break
        outcomes = draw(st.sampled_from([["succeeded"], ["failed"], ["succeeded", "failed"]]))
        story += [PaymentEvent(f"refund_{outcome}", f"re_{n}", part) for outcome in outcomes]
        left -= part if outcomes == ["succeeded"] else 0
    if left and draw(st.booleans()):
        story.append(PaymentEvent("dispute_opened", "dp", left))
        outcome = draw(st.sampled_from([None, "dispute_won", "dispute_lost"]))
        story += [PaymentEvent(outcome, "dp", left)] if outcome else []
    return story


@pytest.mark.proves("MO-3")
@given(stories(), st.data())
def test_events_in_any_order_and_repeated_converge(story: list[PaymentEvent], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(story))
    again = data.draw(st.lists(st.sampled_from(story), max_size=4)) if story else []
    end = rules.settle(story)
    assert rules.settle([*shuffled, *again]) == end
    # On the way, too, states follow the table, and an entry once posted is never taken back.
    states, posted = "open", set[Entry]()
    for count in range(1, len(shuffled) + 1):
        now = rules.settle(shuffled[:count])
        assert now.state in _reachable(rules.CHECKOUT_MOVES, states)
        assert posted <= set(now.entries)
        assert len({entry.ref for entry in now.entries}) == len(now.entries)
        states, posted = now.state, set(now.entries)
    assert (states, posted) == (end.state, set(end.entries)) or not story


@pytest.mark.proves("MO-3")
@given(stories())
def test_the_entries_are_worth_what_stripe_holds(story: list[PaymentEvent]) -> None:
    held = 0
    for event in story:
        undone = (
            event.kind == "refund_failed" and PaymentEvent("refund_succeeded", event.object_id, event.cents) in story
        )
        held += {"paid": 1, "refund_succeeded": -1, "dispute_opened": -1, "dispute_won": 1}.get(
            event.kind, 0
        ) * event.cents
        held += event.cents if undone else 0
    end = rules.settle(story)
    assert -rules.balance((entry.kind, entry.cents) for entry in end.entries) == held
    assert 0 <= end.refundable <= max(held, 0)


PAID, REFUND, PART = (
    PaymentEvent("paid", "cs", 400),
    PaymentEvent("refund_succeeded", "re", 400),
    PaymentEvent("refund_succeeded", "r2", 1),
)
OPENED, WON, LOST = (PaymentEvent(f"dispute_{end}", "dp", 400) for end in ("opened", "won", "lost"))


@pytest.mark.proves("MO-3")
@pytest.mark.parametrize(
    ("events", "state", "owed", "refundable"),
    [
        ([], "open", 400, 0),
        ([PaymentEvent("expired", "cs")], "expired", 400, 0),
        ([PaymentEvent("processing", "cs")], "processing", 400, 0),
        ([PaymentEvent("failed", "cs"), PaymentEvent("processing", "cs")], "failed", 400, 0),
        ([PAID], "paid", 0, 400),
        ([PaymentEvent("expired", "cs"), PAID], "paid", 0, 400),
        ([REFUND], "open", 400, 0),
        ([REFUND, PAID], "refunded", 400, 0),
        ([PAID, PART], "partly_refunded", 1, 399),
        ([PAID, REFUND, PaymentEvent("refund_failed", "re", 400)], "paid", 0, 400),
        ([PAID, PaymentEvent("refund_failed", "re", 400)], "paid", 0, 400),
        ([PAID, OPENED], "disputed", 400, 0),
        ([PAID, OPENED, WON], "paid", 0, 400),
        ([PAID, PaymentEvent("dispute_won", "dp"), OPENED], "paid", 0, 400),
        ([PAID, PART, OPENED, WON], "partly_refunded", 1, 399),
        ([LOST, PAID], "dispute_lost", 400, 0),
        ([PAID, LOST, PaymentEvent("dispute_opened", "d2", 1)], "disputed", 401, 0),
    ],
)
def test_where_a_payment_of_four_dollars_stands(
    events: list[PaymentEvent], state: str, owed: int, refundable: int
) -> None:
    end = rules.settle(events)
    assert end.state == state
    assert 400 + rules.balance((entry.kind, entry.cents) for entry in end.entries) == owed
    assert end.refundable == refundable


def test_an_unknown_event_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown payment event"):
        rules.settle([PaymentEvent("charged", "cs", 1)])


# --- The poverty guideline -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guidelines() -> tuple[rules.Guideline, ...]:
    if not FACTS.exists():
        pytest.skip(f"no {FACTS.name} beside the checkout: the figures were not checked")
    return rules.read_guidelines(json.loads(FACTS.read_text()))


@pytest.mark.proves("CD-3")
@pytest.mark.parametrize(
    ("on", "region", "household", "dollars"),
    [
        (date(2025, 1, 15), "contiguous", 1, 15_650),
        (date(2025, 12, 31), "contiguous", 4, 32_150),
        (date(2026, 1, 12), "contiguous", 1, 15_650),
        (date(2026, 1, 13), "contiguous", 1, 15_960),
        (date(2030, 1, 1), "contiguous", 8, 55_720),
        (date(2026, 6, 1), "contiguous", 9, 61_400),
        (date(2026, 6, 1), "contiguous", 12, 78_440),
        (date(2026, 6, 1), "alaska", 1, 19_950),
        (date(2026, 6, 1), "alaska", 9, 76_750),
        (date(2026, 6, 1), "hawaii", 3, 31_420),
    ],
)
def test_the_guideline_by_date_region_and_household(
    guidelines: tuple[rules.Guideline, ...], on: date, region: str, household: int, dollars: int
) -> None:
    assert rules.guideline_cents(guidelines, on=on, region=region, household=household) == dollars * 100


def test_what_no_guideline_answers_is_an_error(guidelines: tuple[rules.Guideline, ...]) -> None:
    with pytest.raises(LookupError, match="2025-01-14"):
        rules.guideline_cents(guidelines, on=date(2025, 1, 14), region="contiguous", household=1)
    with pytest.raises(LookupError):
        rules.guideline_cents(guidelines, on=date(2026, 6, 1), region="guam", household=1)
    with pytest.raises(ValueError, match="household"):
        rules.guideline_cents(guidelines, on=date(2026, 6, 1), region="alaska", household=0)


def test_the_order_of_the_stored_years_does_not_matter() -> None:
    years = [{"effective": f"{year}-01-15", "alaska": {"base": year, "per_person": 1}} for year in (2026, 2024, 2025)]
    found = rules.read_guidelines({"guidelines": years})
    assert [g.effective.year for g in found] == [2024, 2025, 2026]
    assert rules.guideline_cents(found[::-1], on=date(2025, 6, 1), region="alaska", household=2) == 202_600


@pytest.mark.parametrize(
    ("income", "percent"),
    [(0, 0), (1, 1), (1_596_000, 100), (1_995_000, 125), (1_995_001, 126), (3_192_000, 200), (3_192_001, 201)],
)
def test_a_band_ends_exactly_at_its_percentage(income: int, percent: int) -> None:
    assert rules.poverty_percent(income, 1_596_000) == percent


def test_a_negative_income_is_refused() -> None:
    with pytest.raises(ValueError, match="income"):
        rules.poverty_percent(-1, 1_596_000)


@given(st.integers(0, 10**9), st.integers(1, 10**8), st.integers(1, 500))
def test_the_percentage_is_exact_at_any_band(income: int, guideline: int, band: int) -> None:
    assert (rules.poverty_percent(income, guideline) <= band) == (income * 100 <= guideline * band)


@pytest.mark.proves("CD-3")
@pytest.mark.parametrize(("percent", "rate"), [(0, 10_000), (125, 10_000), (126, 5000), (200, 5000), (201, None)])
def test_the_lowest_band_that_fits(percent: int, rate: int | None) -> None:
    band = rules.band_for(percent, [Band(200, 5000), Band(125, 10_000)])
    assert (band.rate if band else None) == rate
