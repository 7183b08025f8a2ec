"""What the court may do with what somebody writes, and the question about the police: off unless the rules say so."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from flask import Flask

from app.accountability.lookups import check_ins_of
from app.core import clock
from app.permissions.identity import Role
from tenants.program import ProgramDocument, load_preset
from tests.factories import TestCourt, make_court
from tests.reports import in_accountability

BEGINS = datetime(2027, 1, 12, 19, tzinfo=UTC)
QUESTION = "contact with the police"


def court_with(app: Flask, **accountability: object) -> TestCourt:
    data = load_preset("county_probation").to_json()
    data["accountability"] |= accountability
    return make_court(app, document=ProgramDocument.model_validate(data))


@pytest.mark.parametrize("ask", [True, False])
def test_the_question_about_the_police_comes_with_what_the_answer_is_used_for(app: Flask, ask: bool) -> None:
    use = {"en": "Only your officer reads it.", "es": "Solo lo lee su oficial."}
    with clock.moved_to(BEGINS):
        court = court_with(app, ask_police_contact=True, statement_use=use) if ask else court_with(app)
        learner, enrollment_id = in_accountability(court)
    with app.app_context(), court.acting():
        first = check_ins_of(enrollment_id)[0]
    with clock.moved_to(first.opens_at):
        page = court.client(learner).get(court.url("check-ins/1"))
        assert (QUESTION in page.text) is (use["en"] in page.text) is ask
        answers = {"going": "well", "support": "none", "statement": "A good month."}
        sent = page.submit("Send check-in", **answers)
        if not ask:
            assert "Thank you" in sent.text
            return
        assert sent.status == 422
        sent = sent.submit("Send check-in", **answers, police_contact="silent")
        assert "Thank you" in sent.text
        officer = court.staff_client(Role.SUPERVISOR)
        assert "I would rather not say here" in officer.get(court.url(f"check-ins/review/{first.id}")).text


def test_check_ins_every_two_weeks_are_foretold_and_counted(app: Flask) -> None:
    with clock.moved_to(BEGINS):
        court = court_with(app, months=3, cadence="every_two_weeks", window_days=5)
        learner, enrollment_id = in_accountability(court)
        with app.app_context(), court.acting():
            plan = check_ins_of(enrollment_id)
        assert len(plan) == 6
        assert all((later.due_on - earlier.due_on).days in range(13, 18) for earlier, later in pairwise(plan))
        assert "0 of 6" in court.client(learner).get(court.url("my-program")).text
