"""Who needs attention: each reason at its borders, in words, in the order in which an officer needs them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.caseload.attention.reason import Reason
from app.caseload.attention.rules import RULES, Limits, attention, limits_in, said, urgency
from app.caseload.rules import CaseFacts
from app.cases.rules import ENROLLMENT_MOVES, FINAL_STATES

TODAY = date(2026, 3, 10)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


COURSE = CaseFacts("coursework", TODAY, lessons_opened=3, modules_passed=4, modules_required=9, check_ins_required=6)
MONTHS = replace(COURSE, state="accountability", modules_passed=9, check_ins_done=2)
BACK = replace(MONTHS, state="returned_to_court")
HELD = replace(COURSE, state="on_hold")
REPORTED = replace(COURSE, last_report_on=ago(1))


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (COURSE, []),
        (replace(REPORTED, hearing_on=TODAY), ["Hearing today"]),
        (replace(REPORTED, hearing_on=ago(-1)), ["Hearing tomorrow"]),
        (replace(REPORTED, hearing_on=ago(-2)), []),
        (replace(REPORTED, hearing_on=ago(1)), []),
        (replace(REPORTED, state="on_hold", hearing_on=ago(-1)), ["Hearing tomorrow"]),
        (replace(REPORTED, state="completed", hearing_on=ago(-1)), []),
        (replace(MONTHS, check_in_missed_on=TODAY), ["Check-in missed today"]),
        (replace(MONTHS, check_in_missed_on=ago(1)), ["Check-in missed 1 day ago"]),
        (replace(MONTHS, check_in_missed_on=ago(3)), ["Check-in missed 3 days ago"]),
        (replace(MONTHS, state="report_due", check_in_missed_on=ago(3)), ["Final report due, since today"]),
        (replace(MONTHS, step_due_on=TODAY), []),
        (replace(MONTHS, step_due_on=ago(1)), ["Was the agreed step done? It was due 1 day ago"]),
        (replace(MONTHS, step_not_done_on=ago(4)), ["Agreed step not done, due 4 days ago"]),
        (replace(COURSE, record_dispute_due_on=ago(-2)), ["Disputed record: 2 days left to answer"]),
        (replace(COURSE, record_dispute_due_on=TODAY), ["Disputed record: today is the last day to answer"]),
        (replace(HELD, record_dispute_due_on=ago(3)), ["The answer about a disputed record is 3 days late"]),
        (replace(COURSE, state="completed", record_dispute_due_on=ago(3)), []),
        (replace(BACK, step_due_on=ago(1), step_not_done_on=ago(4)), []),
        (replace(MONTHS, state="completed", step_due_on=ago(1), step_not_done_on=ago(4)), []),
        (
            replace(MONTHS, state="returned_to_court", proposal_since=TODAY),
            ["Ending the program is proposed, since today"],
        ),
        (
            replace(MONTHS, state="returned_to_court", proposal_since=ago(2)),
            ["Ending the program is proposed, for 2 days"],
        ),
        (replace(MONTHS, state="terminated", proposal_since=ago(2)), []),
        (replace(COURSE, deadline=ago(-15)), []),
        (replace(COURSE, deadline=ago(-14)), ["Deadline in 14 days, 4 of 9 modules done"]),
        (replace(COURSE, deadline=ago(-1)), ["Deadline in 1 day, 4 of 9 modules done"]),
        (replace(COURSE, deadline=TODAY), ["Deadline is today, 4 of 9 modules done"]),
        (replace(COURSE, deadline=ago(2)), ["Deadline passed 2 days ago, 4 of 9 modules done"]),
        (replace(MONTHS, deadline=ago(-5)), ["Deadline in 5 days, 2 of 6 check-ins done"]),
        (replace(COURSE, state="report_due", deadline=ago(2)), ["Final report due, since today"]),
        (replace(COURSE, state="report_due", last_activity_on=ago(3)), ["Final report due, for 3 days"]),
        (replace(COURSE, state="completed", last_activity_on=ago(3)), []),
        (replace(COURSE, state="referred", deadline=ago(2)), []),
        (replace(COURSE, state="on_hold", deadline=ago(2)), []),
        (replace(COURSE, waiver_since=TODAY), ["Fee waiver to decide, since today"]),
        (replace(COURSE, waiver_since=ago(5)), ["Fee waiver to decide, for 5 days"]),
        (replace(COURSE, state="withdrawn", waiver_since=ago(5)), []),
        (replace(COURSE, reflection_since=ago(1)), ["Written answer to review, for 1 day"]),
        (replace(COURSE, message_since=ago(2)), ["Message to answer, for 2 days"]),
        (replace(COURSE, state="withdrawn", message_since=ago(2)), []),
        (replace(COURSE, last_activity_on=ago(13)), []),
        (replace(COURSE, last_activity_on=ago(14)), ["No activity for 14 days"]),
        (replace(COURSE, last_activity_on=ago(30), reflection_since=TODAY), ["Written answer to review, since today"]),
        (replace(MONTHS, last_activity_on=ago(20)), []),
        (replace(COURSE, state="on_hold", last_activity_on=ago(99)), []),
        (replace(COURSE, hearing_on=ago(-8)), []),
        (replace(COURSE, hearing_on=ago(-7)), ["Hearing in 7 days, and no report since the last one"]),
        (
            replace(COURSE, hearing_on=TODAY),
            ["Hearing today", "Hearing today, and no report since the last one"],
        ),
        (replace(REPORTED, hearing_on=ago(-3), last_heard_on=ago(2)), []),
        (
            replace(REPORTED, hearing_on=ago(-3), last_heard_on=ago(1)),
            ["Hearing in 3 days, and no report since the last one"],
        ),
        (replace(COURSE, state="referred", hearing_on=ago(-3)), []),
        (replace(BACK, answer_due_on=ago(-4)), []),
        (replace(BACK, answer_due_on=ago(-3)), ["3 days left to answer the proposal"]),
        (replace(BACK, answer_due_on=ago(-1)), ["1 day left to answer the proposal"]),
        (replace(BACK, answer_due_on=TODAY), ["Today is the last day to answer the proposal"]),
        (replace(BACK, answer_due_on=ago(2)), ["The time to answer the proposal ended 2 days ago"]),
        (replace(MONTHS, answer_due_on=ago(2)), []),
        (replace(COURSE, dispute_since=TODAY), ["Payment questioned at the bank, since today"]),
        (replace(COURSE, dispute_since=ago(3)), ["Payment questioned at the bank, for 3 days"]),
        (replace(COURSE, mail_lost_on=ago(1)), ["Mail does not arrive, for 1 day"]),
        (replace(COURSE, state="terminated", mail_lost_on=ago(1), dispute_since=TODAY), []),
        (replace(HELD, hold_since=ago(29)), []),
        (replace(HELD, hold_since=ago(30)), ["On hold for 30 days"]),
        (replace(COURSE, check_in_since=TODAY), ["Check-in to review, since today"]),
        (replace(COURSE, violation_on=ago(2)), ["Possible violation to decide, for 2 days"]),
        (replace(BACK, violation_on=ago(2)), []),
        (
            replace(MONTHS, check_ins_missed=3, misses_unanswered=2, misses_allowed=1, check_in_missed_on=ago(2)),
            ["3 check-ins missed, 1 allowed: a person decides"],
        ),
        (
            replace(COURSE, case_ends_on=ago(-10), program_ends_on=ago(-11)),
            ["Program ends 1 day after the case does, or later"],
        ),
    ],
)
def test_each_reason_at_its_borders(case: CaseFacts, words: list[str]) -> None:
    assert [said(reason) for reason in attention(case)] == words


def test_all_reasons_come_in_the_order_of_urgency() -> None:
    case = replace(
        MONTHS,
        last_report_on=ago(1),
        hearing_on=ago(-1),
        check_in_missed_on=ago(3),
        deadline=ago(-5),
        waiver_since=ago(2),
        reflection_since=ago(1),
    )
    kinds = [reason.kind for reason in attention(case)]
    assert kinds == ["hearing", "missed", "deadline_check_ins", "waiver", "reflection"]


def test_cases_sort_by_their_most_urgent_reason() -> None:
    in_order = [
        replace(REPORTED, hearing_on=TODAY),
        replace(REPORTED, hearing_on=ago(-1), waiver_since=ago(9)),
        replace(REPORTED, hearing_on=ago(-1)),
        replace(MONTHS, check_in_missed_on=ago(9)),
        replace(MONTHS, check_in_missed_on=ago(1)),
        replace(COURSE, deadline=ago(3)),
        replace(COURSE, deadline=ago(-3)),
        replace(COURSE, waiver_since=ago(9)),
        replace(COURSE, waiver_since=ago(1)),
        replace(COURSE, last_activity_on=ago(30)),
        replace(COURSE, last_activity_on=ago(20)),
        COURSE,
    ]
    shuffled = in_order[::-1]
    assert sorted(shuffled, key=lambda case: urgency(attention(case))) == in_order


some_day = st.none() | st.integers(-40, 40).map(ago)
cases = st.builds(
    CaseFacts,
    state=st.sampled_from(sorted(ENROLLMENT_MOVES.states)),
    today=st.just(TODAY),
    deadline=some_day,
    hearing_on=some_day,
    modules_passed=st.integers(0, 12),
    modules_required=st.integers(0, 12),
    check_ins_done=st.integers(0, 12),
    check_ins_required=st.integers(0, 12),
    check_in_missed_on=some_day,
    reflection_since=some_day,
    message_since=some_day,
    waiver_since=some_day,
    last_activity_on=some_day,
    violation_on=some_day,
    proposal_since=some_day,
    answer_due_on=some_day,
    dispute_since=some_day,
    mail_lost_on=some_day,
    hold_since=some_day,
    last_heard_on=some_day,
    last_report_on=some_day,
)


@given(cases)
def test_every_reason_has_words_and_its_place(case: CaseFacts) -> None:
    reasons = attention(case)
    assert all(said(reason) and "%(" not in said(reason) for reason in reasons)
    ranks = [list(RULES).index(reason.kind) for reason in reasons]
    assert ranks == sorted(set(ranks))
    if case.state in FINAL_STATES:
        assert reasons == ()


def test_the_courts_own_borders_move_what_is_shown_and_nothing_else():
    late = Limits(
        deadline_days=3, quiet_days=30, waiting_days=2, waiver_days=5, report_days=0, answer_days=0, hold_days=9
    )
    shown = [
        (replace(COURSE, deadline=ago(-4)), []),
        (replace(COURSE, deadline=ago(-3)), ["deadline"]),
        (replace(COURSE, last_activity_on=ago(29)), []),
        (replace(COURSE, reflection_since=ago(1), check_in_since=ago(1), waiver_since=ago(4)), []),
        (
            replace(COURSE, reflection_since=ago(2), check_in_since=ago(2), waiver_since=ago(5)),
            ["waiver", "check_in", "reflection"],
        ),
        (replace(COURSE, hearing_on=ago(-1)), ["hearing"]),
        (replace(BACK, answer_due_on=ago(-1)), []),
        (replace(HELD, hold_since=ago(9)), ["hold"]),
    ]
    for case, kinds in shown:
        assert [one.kind for one in attention(case, late)] == kinds, case
    assert limits_in(None) == Limits()  # a court that never set any sees what it saw
    assert limits_in({"quiet_days": 21}) == Limits(quiet_days=21)


def test_every_kind_has_a_name_and_equal_reasons_are_equal_keys():
    assert all(str(rule.label) and rule.kind == kind for kind, rule in RULES.items())
    assert len({Reason("quiet", 14), Reason("quiet", 14), Reason("quiet", 15)}) == 2
