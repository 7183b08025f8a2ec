"""The whole journey, model-based: nothing that is sent skips a requirement, and whoever meets all of them arrives."""

from __future__ import annotations

from typing import ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.functional.journey import ASIDE, LESSONS, Journey, Requirements, short_program
from tests.functional.learning_steps import MODULE, WORDS

MOST_STEPS = 60  # of an honest way to the end, from wherever a story stopped
PATHS = (
    "program",
    "documents",
    "lessons",
    f"lessons/{MODULE}",
    *(f"lessons/{MODULE}/{lesson}" for lesson in LESSONS),
    "check-ins",
    "check-ins/1",
    "check-ins/2",
)
BLIND = (
    {"turn": "start"},
    {"turn": "next", "part": "1"},
    {"turn": "finish", "part": "99"},
    {"text": WORDS},
    {"going": "well", "support": "none", "statement": WORDS},
    {"addition": WORDS},
    {"kind": "final", "language": "en"},
    {"state": "completed", "passed": "1"},
)


class AnyStory(RuleBasedStateMachine):
    """One person, somebody who knows every address, and a staff that does all that staff may do."""

    court: ClassVar[TestCourt]

    def __init__(self) -> None:
        super().__init__()
        self.journey = Journey(self.court)

    @rule(steps=st.integers(1, 4))
    def go_on_honestly(self, steps: int) -> None:
        for _ in range(steps):
            if self.journey.state != "completed":
                self.journey.one_honest_step()

    @rule(path=st.sampled_from(PATHS), number=st.integers(0, 2), last=st.booleans())
    def fill_in_a_page(self, path: str, number: int, last: bool) -> None:
        self.journey.fill_in(path, number, last=last)

    @rule(path=st.sampled_from([*PATHS, "reports"]), values=st.sampled_from(BLIND))
    def send_blindly(self, path: str, values: dict[str, str]) -> None:
        self.journey.send_blindly(path, values)

    @rule(lesson=st.sampled_from(LESSONS), times=st.integers(1, 5))
    def forge_signs_of_life(self, lesson: str, times: int) -> None:
        for _ in range(times):
            self.journey.send_blindly(f"lessons/{MODULE}/{lesson}/pulse", {})

    @rule(days=st.sampled_from([0.01, 1, 8, 29, 45]))
    def time_passes(self, days: float) -> None:
        self.journey.pass_days(days)

    @rule(to=st.sampled_from(ASIDE))
    def put_aside(self, to: str) -> None:
        self.journey.put_aside(to)

    @rule()
    def come_back(self) -> None:
        self.journey.come_back()

    @rule()
    def give_back(self) -> None:
        self.journey.give_back_what_waits()

    @rule()
    def excuse(self) -> None:
        self.journey.excuse_one()

    @rule()
    def draw_papers(self) -> None:
        self.journey.draw()

    @invariant()
    def every_requirement_is_met(self) -> None:
        Requirements(self.journey).hold()

    def teardown(self) -> None:
        """From wherever this story stopped, the honest way leads to the end."""
        for _ in range(MOST_STEPS):
            if self.journey.state == "completed":
                break
            self.journey.one_honest_step()
        assert self.journey.state == "completed", f"stuck: {self.journey.state} {self.journey.check_ins()}"
        Requirements(self.journey).hold()
        self.journey.draw()
        assert Requirements(self.journey).papers["certificate"] == "ready"


@pytest.mark.proves("AC-5")
def test_no_story_skips_a_requirement_and_none_gets_stuck(app: Flask) -> None:
    publish(app)
    AnyStory.court = make_court(app, document=short_program())
    run_state_machine_as_test(
        AnyStory,
        settings=settings(
            max_examples=max(2, settings().max_examples // 10),
            stateful_step_count=14,
            phases=(Phase.generate,),  # a story is long: making it shorter takes minutes
            report_multiple_bugs=False,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
