"""From a household to what would be waived: every number by hand, and what holds for all of them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.payments.guidelines import shipped_guidelines
from app.payments.rules import Band, FeeLine, Guideline
from app.payments.waiving.computing import (
    TIMES_A_YEAR,
    Computation,
    FeePart,
    Household,
    Period,
    Why,
    annual,
    compute,
    guideline_for,
    monthly,
    region_of,
)
from app.payments.waiving.rules import Answers, AskedFor, ProofChoice, Step, first_open, signed_digest, steps_of
from tenants.program import Proof, Waivers

BANDS = (Band(125, 10_000), Band(200, 5_000), Band(300, 2_500))
FEE = (
    FeePart(FeeLine("program", 30_000, waivable=True, refundable=True), "Program", "Court"),
    FeePart(FeeLine("state", 5_000, waivable=False, refundable=False), "State surcharge", "State"),
    FeePart(FeeLine("course", 9_999, waivable=True, refundable=True), "Course", "JaneSchool"),
)


def computed(
    state: str = "CA",
    on: date = date(2026, 6, 1),
    *,
    size: int = 1,
    income: int = 0,
    period: str = Period.YEAR,
    benefits: tuple[str, ...] = (),
    fee: tuple[FeePart, ...] = FEE,
) -> Computation:
    """`income` in dollars for one period."""
    line = guideline_for(shipped_guidelines(), region=region_of(state), on=on)
    return compute(Household(size, income * 100, period, benefits), line, BANDS, fee)


@pytest.mark.proves("CD-3")
@pytest.mark.parametrize(
    ("state", "on", "size", "dollars"),
    [
        ("CA", date(2025, 1, 15), 1, 15_650),
        ("CA", date(2026, 1, 12), 1, 15_650),  # the last day of one year's guideline
        ("CA", date(2026, 1, 13), 1, 15_960),  # and the first of the next
        ("CA", date(2026, 6, 1), 8, 55_720),
        ("CA", date(2026, 6, 1), 9, 61_400),  # above eight: so much more for each person, without an end
        ("CA", date(2026, 6, 1), 12, 78_440),
        ("CA", date(2026, 6, 1), 30, 180_680),
        ("AK", date(2026, 1, 12), 2, 26_430),
        ("AK", date(2026, 6, 1), 1, 19_950),
        ("AK", date(2026, 6, 1), 9, 76_750),
        ("HI", date(2026, 6, 1), 1, 18_360),
        ("HI", date(2026, 6, 1), 12, 90_190),
        ("PR", date(2026, 6, 1), 1, 15_960),
    ],
)
def test_the_guideline_by_state_day_and_household(state: str, on: date, size: int, dollars: int):
    found = computed(state, on, size=size, income=dollars)
    assert found.guideline_cents == dollars * 100
    assert found.percent == 100
    assert computed(state, on, size=size, income=dollars + 1).percent == 101  # rounded up: 125 means at most 125


@pytest.mark.proves("CD-3")
@pytest.mark.parametrize(
    ("period", "income", "by_year", "by_month"),
    [
        (Period.WEEK, 50_000, 2_600_000, 216_667),
        (Period.TWO_WEEKS, 100_000, 2_600_000, 216_667),
        (Period.TWICE_MONTH, 100_000, 2_400_000, 200_000),
        (Period.MONTH, 190_050, 2_280_600, 190_050),
        (Period.YEAR, 2_280_600, 2_280_600, 190_050),
        (Period.YEAR, 1, 1, 0),
        (Period.WEEK, 0, 0, 0),
    ],
)
def test_an_income_by_the_year_and_by_the_month(period: str, income: int, by_year: int, by_month: int):
    assert (annual(income, period), monthly(income, period)) == (by_year, by_month)


def test_a_negative_income_or_nobody_is_an_error():
    with pytest.raises(ValueError, match="income"):
        annual(-1, Period.WEEK)
    with pytest.raises(KeyError):
        annual(1, "hour")
    with pytest.raises(ValueError, match="household"):
        computed(size=0)


@pytest.mark.parametrize(
    ("income", "benefits", "why", "waived"),
    [
        (0, (), Why.BAND, {"program": 30_000, "course": 9_999}),
        (19_950, (), Why.BAND, {"program": 30_000, "course": 9_999}),  # exactly 125 percent
        (19_951, (), Why.BAND, {"program": 15_000, "course": 5_000}),  # 126 percent: the next step, odd cents by rule
        (40_000, (), Why.BAND, {"program": 7_500, "course": 2_500}),
        (90_000, (), Why.ABOVE_BANDS, {}),
        (90_000, ("SNAP",), Why.BENEFIT, {"program": 30_000, "course": 9_999}),
    ],
)
def test_what_is_proposed_for_each_part(income: int, benefits: tuple[str, ...], why: str, waived: dict[str, int]):
    found = computed(income=income, benefits=benefits)
    assert found.why == why
    assert {part.key: part.waived_cents for part in found.parts if part.waived_cents} == waived
    state = next(part for part in found.parts if part.key == "state")
    assert (state.waivable, state.waived_cents, state.due_cents) == (False, 0, 5_000)


def test_without_a_guideline_a_person_looks_and_nothing_is_denied():
    found = computed(on=date(2020, 1, 1), income=1)
    assert (found.guideline, found.percent, found.why, found.waived_cents) == (None, None, Why.NO_GUIDELINE, 0)


def test_a_year_that_lacks_a_region_leaves_the_one_before_in_force_there():
    known = (*shipped_guidelines(), Guideline(date(2027, 1, 15), {"contiguous": (1_700_000, 600_000)}))
    used = {state: guideline_for(known, region=region_of(state), on=date(2027, 2, 1)) for state in ("TX", "AK")}
    assert used["TX"] is not None
    assert used["AK"] is not None
    assert used["TX"].effective == date(2027, 1, 15)
    assert used["AK"].effective == date(2026, 1, 13)


def test_what_was_waived_before_is_not_proposed_again():
    fee = (FeePart(FEE[0].line, "Program", "Court", waived_cents=29_000), *FEE[1:])
    found = computed(income=0, fee=fee)
    assert found.parts[0].waived_cents == 1_000
    assert found.parts[0].due_cents == 0


@given(
    st.integers(1, 30),
    st.integers(0, 10_000_000),
    st.sampled_from(list(TIMES_A_YEAR)),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 100_000), st.booleans(), st.integers(0, 100_000)), max_size=5),
)
def test_every_cent_is_waived_or_due_and_never_below_zero(
    size: int, income: int, period: str, benefit: bool, fee: list[tuple[int, bool, int]]
):
    parts = tuple(
        FeePart(FeeLine(str(at), cents, waivable=waivable, refundable=True), "", "", min(before, cents))
        for at, (cents, waivable, before) in enumerate(fee)
    )
    line = guideline_for(shipped_guidelines(), region="alaska", on=date(2026, 6, 1))
    found = compute(Household(size, income, period, ("SSI",) if benefit else ()), line, BANDS, parts)
    for part, told in zip(found.parts, parts, strict=True):
        assert part.waived_before_cents + part.waived_cents + part.due_cents == part.fee_cents
        assert part.waived_cents >= 0
        assert part.due_cents >= 0
        assert part.waived_cents == 0 or told.line.waivable


@given(st.integers(1, 30), st.lists(st.integers(0, 20_000_000), min_size=2, max_size=2))
def test_who_earns_more_is_never_offered_more(size: int, incomes: list[int]):
    line = guideline_for(shipped_guidelines(), region="contiguous", on=date(2026, 6, 1))
    less, more = (compute(Household(size, one, Period.YEAR), line, BANDS, FEE).waived_cents for one in sorted(incomes))
    assert less >= more


# --- The steps -------------------------------------------------------------------------------------------------------


def test_a_court_is_asked_only_for_what_its_rules_ask():
    assert Step.EXPENSES not in steps_of(Waivers())
    assert Step.EXPENSES in steps_of(Waivers(asks_expenses=True))
    assert Step.PROOF not in steps_of(Waivers(proof=Proof.NOT_NEEDED))
    assert Step.PROOF in steps_of(Waivers(proof=Proof.NOT_NEEDED), at_counter=True)


def test_files_that_are_promised_have_to_be_there():
    steps = (Step.PROOF,)
    assert first_open(Answers(), steps, proofs=0) is Step.PROOF
    assert first_open(Answers(proof_choice=ProofChoice.FILES), steps, proofs=0) is Step.PROOF
    assert first_open(Answers(proof_choice=ProofChoice.FILES), steps, proofs=1) is None
    assert first_open(Answers(proof_choice=ProofChoice.NONE), steps, proofs=0) is None


def test_answers_come_back_as_they_were_kept():
    told = Answers(("SNAP",), 3, 80_000, Period.WEEK, {"food": 1}, "none", "why", AskedFor.PART, 5, "words")
    assert Answers.from_json({**told.to_json(), "of a later release": 1}) == told


@pytest.mark.parametrize(
    "other",
    [
        {"answers": Answers(household_size=4)},
        {"proofs": ["b"]},
        {"declaration": "Something else."},
    ],
)
def test_the_digest_of_what_is_signed_tells_every_difference(other: dict[str, object]):
    signed: dict[str, object] = {"answers": Answers(household_size=3), "proofs": ["a"], "declaration": "True."}
    assert signed_digest(**signed) != signed_digest(**{**signed, **other})  # type: ignore[arg-type]  # by name
    assert signed_digest(**signed) == signed_digest(**signed)  # type: ignore[arg-type]  # by name
