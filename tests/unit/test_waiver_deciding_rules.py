"""What an answer to a request for a waiver comes to, for any fee and whatever was paid and waived before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.payments.deciding.rules import (
    ANSWERS,
    ASK_AGAIN_FROM,
    DENIAL_REASONS,
    Decision,
    Outcome,
    ask_again_until,
    granted_parts,
    may_ask_again,
    revocable_parts,
    shown_reason,
    stored_reason,
    to_give_back,
    waits_for_a_person,
    waivable_parts,
)
from app.payments.refunds.rules import Told, kept_by_component, kept_cents
from app.payments.rules import WAIVER_MOVES, FeeLine
from tenants.program import Waivers

cents = st.integers(0, 60_000)
lines = st.lists(st.tuples(cents, st.booleans(), st.booleans()), min_size=1, max_size=5).map(
    lambda rows: [FeeLine(f"part{at}", *row) for at, row in enumerate(rows)]
)


def told(minute: int, kind: str, key: str, cents: int) -> Told:
    return datetime(2026, 11, 2, 9, minute, tzinfo=UTC), f"{minute}:{kind}:{key}", kind, key, "", cents


def ledger_of(fee: list[FeeLine], waived: dict[str, int], paid: int) -> list[Told]:
    """A fee, what was waived of it, and one payment by card."""
    assessed = [told(0, "assessed", line.key, line.cents) for line in fee]
    before = [told(0, "waived", key, -cents) for key, cents in waived.items() if cents]
    return [*assessed, *before, *([told(1, "paid", "", -paid)] if paid else [])]


@given(lines, st.data())
def test_a_grant_never_goes_beyond_what_is_owed_or_can_be_given_back(fee: list[FeeLine], data: st.DataObject) -> None:
    waived = {line.key: data.draw(st.integers(0, line.cents)) for line in fee if line.waivable}
    asked = sum(line.cents for line in fee) - sum(waived.values())
    paid = data.draw(st.integers(0, asked))
    owed = asked - paid
    ledger = ledger_of(fee, waived, paid)
    kept = kept_by_component(ledger, fee)
    parts = waivable_parts(fee, waived=waived, owed_cents=owed, held_cents=paid, kept=kept)
    by_key = {line.key: line for line in fee}
    for key, part in parts.items():
        assert by_key[key].waivable
        assert 0 < part <= by_key[key].cents - waived.get(key, 0)
    total = sum(parts.values())
    stays = sum(part for key, part in parts.items() if not by_key[key].refundable)
    assert stays <= owed  # of what is not refundable only what is still owed
    back = to_give_back(total, owed_cents=owed)
    assert back <= min(paid, total - stays)
    # All of it can go back, in whatever order the parts of the grant stand in the ledger: no credit is left.
    later = data.draw(st.permutations([told(2, "waived", key, -part) for key, part in parts.items()]))
    assert paid - kept_cents([*ledger, *later], fee) >= back


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(1, 50_000), min_size=1), st.integers(0, 200_000))
def test_an_amount_is_waived_to_the_cent_or_not_at_all(possible: dict[str, int], wanted: int) -> None:
    parts = granted_parts(possible, Decision(Outcome.PARTIAL, amount_cents=wanted))
    if wanted > sum(possible.values()):
        assert parts is None
    else:
        assert parts is not None
        assert sum(parts.values()) == wanted
        assert all(part <= possible[key] for key, part in parts.items())
    assert granted_parts(possible, Decision(Outcome.FULL)) == possible


def test_by_component_no_component_gets_more_than_it_can() -> None:
    possible = {"program": 30000, "court": 5000}
    assert granted_parts(possible, Decision(Outcome.PARTIAL, parts={"court": 5000})) == {"court": 5000}
    assert granted_parts(possible, Decision(Outcome.PARTIAL, parts={"court": 5001})) is None
    assert granted_parts(possible, Decision(Outcome.PARTIAL, parts={"state": 1})) is None


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(1, 50_000), min_size=1), cents)
def test_what_was_given_back_as_money_is_not_asked_for_again(granted: dict[str, int], back: int) -> None:
    parts = revocable_parts(granted, given_back_cents=back)
    assert sum(parts.values()) == max(0, sum(granted.values()) - back)
    assert all(0 < part <= granted[key] for key, part in parts.items())


@pytest.mark.proves("CD-3")
def test_the_window_counts_court_local_days_across_the_change_of_the_clock() -> None:
    late = datetime(2026, 10, 26, 5, 30, tzinfo=UTC)  # still October 25 in Los Angeles; clocks change on November 1
    until = ask_again_until(late, Waivers(reconsideration_days=14), "America/Los_Angeles")
    assert until == date(2026, 11, 8)
    for state in ASK_AGAIN_FROM:
        assert may_ask_again(state, until, until)
        assert not may_ask_again(state, until, until + timedelta(days=1))
        assert not may_ask_again(state, None, until)
    assert not may_ask_again("granted_full", until, until)


def test_every_answer_is_a_move_from_the_table_and_every_one_but_the_full_grant_leads_back() -> None:
    for answer in ANSWERS:
        assert answer in WAIVER_MOVES.onward("under_review")
        assert answer in WAIVER_MOVES.onward("reconsideration")
    for state in ASK_AGAIN_FROM:
        assert "reconsideration" in WAIVER_MOVES.onward(state)
    assert {"submitted", "under_review", "reconsideration"} == {s for s in WAIVER_MOVES.states if waits_for_a_person(s)}


def test_a_reason_is_kept_by_its_key_and_shown_in_words() -> None:
    assert shown_reason(stored_reason("other", " Because. ")) == (str(DENIAL_REASONS["other"]), "Because.")
    assert shown_reason("") == ("", "")
