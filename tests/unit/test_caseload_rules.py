"""How far a case has come, from its facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.caseload import rules
from app.caseload.rules import CaseFacts
from app.cases.rules import ENROLLMENT_MOVES

TODAY = date(2026, 3, 10)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


COURSE = CaseFacts("coursework", TODAY, lessons_opened=3, modules_passed=4, modules_required=9, check_ins_required=6)
MONTHS = replace(COURSE, state="accountability", modules_passed=9, check_ins_done=2)


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
