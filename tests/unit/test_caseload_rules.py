"""Who needs attention: each reason at its borders, in words, in the order in which an officer needs them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.caseload import rules
from app.caseload.rules import Attention, CaseFacts
from app.cases.rules import ENROLLMENT_MOVES, FINAL_STATES, STAGE_WORDS

TODAY = date(2026, 3, 10)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


COURSE = CaseFacts("coursework", TODAY, lessons_opened=3, modules_passed=4, modules_required=9, check_ins_required=6)
MONTHS = replace(COURSE, state="accountability", modules_passed=9, check_ins_done=2)
BACK = replace(MONTHS, state="returned_to_court")


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (COURSE, []),
        (replace(COURSE, hearing_on=TODAY), ["Hearing today"]),
        (replace(COURSE, hearing_on=ago(-1)), ["Hearing tomorrow"]),
        (replace(COURSE, hearing_on=ago(-2)), []),
        (replace(COURSE, hearing_on=ago(1)), []),
        (replace(COURSE, state="on_hold", hearing_on=ago(-1)), ["Hearing tomorrow"]),
        (replace(COURSE, state="completed", hearing_on=ago(-1)), []),
        (replace(MONTHS, check_in_missed_on=TODAY), ["Check-in missed today"]),
        (replace(MONTHS, check_in_missed_on=ago(1)), ["Check-in missed 1 day ago"]),
        (replace(MONTHS, check_in_missed_on=ago(3)), ["Check-in missed 3 days ago"]),
        (replace(MONTHS, state="report_due", check_in_missed_on=ago(3)), ["Final report due, since today"]),
        (replace(MONTHS, step_due_on=TODAY), []),
        (replace(MONTHS, step_due_on=ago(1)), ["Was the agreed step done? It was due 1 day ago"]),
        (replace(MONTHS, step_not_done_on=ago(4)), ["Agreed step not done, due 4 days ago"]),
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
        (replace(COURSE, last_activity_on=ago(13)), []),
        (replace(COURSE, last_activity_on=ago(14)), ["No activity for 14 days"]),
        (replace(COURSE, last_activity_on=ago(30), reflection_since=TODAY), ["Written answer to review, since today"]),
        (replace(MONTHS, last_activity_on=ago(20)), []),
        (replace(COURSE, state="on_hold", last_activity_on=ago(99)), []),
    ],
)
def test_each_reason_at_its_borders(case: CaseFacts, words: list[str]) -> None:
    assert [reason.words for reason in rules.attention(case)] == words


def test_all_reasons_come_in_the_order_of_urgency() -> None:
    case = replace(
        MONTHS,
        hearing_on=ago(-1),
        check_in_missed_on=ago(3),
        deadline=ago(-5),
        waiver_since=ago(2),
        reflection_since=ago(1),
    )
    kinds = [reason.kind for reason in rules.attention(case)]
    assert kinds == ["hearing", "missed", "deadline_check_ins", "waiver", "reflection"]


def test_cases_sort_by_their_most_urgent_reason() -> None:
    in_order = [
        replace(COURSE, hearing_on=TODAY),
        replace(COURSE, hearing_on=ago(-1), waiver_since=ago(9)),
        replace(COURSE, hearing_on=ago(-1)),
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
    assert sorted(shuffled, key=lambda case: rules.urgency(rules.attention(case))) == in_order


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
    waiver_since=some_day,
    last_activity_on=some_day,
)


@given(cases)
def test_every_reason_has_words_and_its_place(case: CaseFacts) -> None:
    reasons = rules.attention(case)
    assert all(reason.words and "%(" not in reason.words for reason in reasons)
    ranks = [list(rules.REASONS).index(reason.kind) for reason in reasons]
    assert ranks == sorted(set(ranks))
    assert rules.stage(case) in STAGE_WORDS
    if case.state in FINAL_STATES:
        assert reasons == ()


@given(cases)
def test_progress_is_whole_only_when_nothing_is_left(case: CaseFacts) -> None:
    percent = rules.progress_percent(case)
    left = case.modules_passed < case.modules_required or case.check_ins_done < case.check_ins_required
    assert 0 <= percent <= 100
    if case.state != "completed" and left:
        assert percent < 100
    more = replace(case, modules_passed=case.modules_passed + 1)
    assert rules.progress_percent(more) >= percent


@pytest.mark.parametrize(
    ("case", "percent"),
    [
        (COURSE, 26),
        (MONTHS, 73),
        (replace(MONTHS, check_ins_done=6), 100),
        (replace(COURSE, state="completed"), 100),
        (replace(COURSE, modules_required=0, check_ins_required=0), 0),
        (replace(COURSE, modules_passed=99), 60),
    ],
)
def test_progress(case: CaseFacts, percent: int) -> None:
    assert rules.progress_percent(case) == percent


def test_the_stage_tells_not_started_and_past_the_deadline() -> None:
    assert rules.stage(replace(COURSE, lessons_opened=0)) == "not_started"
    assert rules.stage(replace(COURSE, deadline=ago(1))) == "past_deadline"
    assert rules.stage(COURSE) == "coursework"


def test_equal_reasons_are_equal_keys() -> None:
    assert len({Attention("quiet", 14), Attention("quiet", 14), Attention("quiet", 15)}) == 2
