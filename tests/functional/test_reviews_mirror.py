"""The queue always says what really waits, whoever changes it and in whatever order."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select

from app.accountability.models import CheckIn
from app.accounts.models import LearnerAccount
from app.cases.models import Enrollment
from app.core import clock
from app.learning.models import ModuleProgress, Reflection
from app.reviews import mirror
from app.reviews.models import ReviewItem
from tenants.database import session, transaction
from tests.factories import TestCourt, make_court
from tests.functional.reviews_kit import handed_in, sent_check_in

STATES: dict[type[Any], tuple[str, ...]] = {
    CheckIn: ("scheduled", "submitted", "accepted", "returned", "missed", "excused"),
    Reflection: ("draft", "submitted", "accepted", "returned"),
    ModuleProgress: ("waiting", "in_progress", "passed", "attempts_exhausted", "exempted"),
    Enrollment: ("coursework", "accountability", "on_hold", "returned_to_court", "withdrawn", "completed"),
}
MOVES = [(model, state) for model, states in STATES.items() for state in states]


class Undone(Exception):
    pass


class Living(RuleBasedStateMachine):
    """Rows of two cases change their states, and are left as they were by a failure in between."""

    app: ClassVar[Flask]
    court: ClassVar[TestCourt]
    cases: ClassVar[list[UUID]]

    @rule(case=st.integers(0, 1), move=st.sampled_from(MOVES), fails=st.booleans(), twice=st.sampled_from(MOVES))
    def change(self, case: int, move: tuple[Any, str], fails: bool, twice: tuple[Any, str]) -> None:
        with self.app.app_context(), self.court.acting():
            try:
                with transaction() as current:
                    for model, state in (move, twice):
                        self._set(model, case, state)
                        current.flush()
                    if fails:
                        raise Undone
            except Undone:
                pass

    def _set(self, model: Any, case: int, state: str) -> None:
        column = Enrollment.id if model is Enrollment else model.enrollment_id
        row = session().scalars(select(model).where(column == self.cases[case]).order_by(model.id).limit(1)).first()
        if row is not None:
            row.state = state

    @rule(case=st.integers(0, 1), language=st.sampled_from(["en", "es"]))
    def speak(self, case: int, language: str) -> None:
        with self.app.app_context(), self.court.acting(), transaction() as current:
            account = current.scalars(
                select(LearnerAccount)
                .join(Enrollment, Enrollment.account_id == LearnerAccount.id)
                .where(Enrollment.id == self.cases[case])
            ).one()
            account.language = language

    @invariant()
    def the_queue_is_true(self) -> None:
        with self.app.app_context(), self.court.acting():
            assert mirror.differences() == ([], [])


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


def cases_of(court: TestCourt, *ids: tuple[Any, UUID]) -> list[UUID]:
    with court.app.app_context(), court.acting():
        return [session().scalars(select(model.enrollment_id).where(model.id == row)).one() for model, row in ids]


def test_whatever_happens_the_queue_is_true(app: Flask, court: TestCourt):
    Living.app, Living.court = app, court
    Living.cases = cases_of(court, (CheckIn, sent_check_in(court)), (Reflection, handed_in(court)))
    unhurried = settings(
        max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Living, settings=unhurried)


def test_what_came_past_the_portal_is_found_and_put_right(app: Flask):
    court = make_court(app)
    check_in = sent_check_in(court)
    with app.app_context(), court.acting(), transaction() as current:
        current.execute(delete(ReviewItem))
        current.add(
            ReviewItem(kind="quiz", subject_id=check_in, pseudonym="X", language="en", waiting_since=clock.now())
        )
    with app.app_context(), court.acting():
        assert [len(one) for one in mirror.differences()] == [1, 1]
        assert mirror.repair() == 2
        assert mirror.differences() == ([], [])
        assert mirror.repair() == 0
