"""What an administrator sees in the rules editor: parts of the fee, whom a draft concerns, when it begins."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment, Referral
from app.core import clock
from app.learning.models import ModuleProgress
from tenants.database import transaction
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner
from tests.rules_editor import PREVIEW, PUBLISH, begin, change, in_force, part, publish

NO_OTHER = "No other part (this is an amount)"


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def percent_of(page: Page, row: int) -> dict[str, str]:
    """What the list "Of which part" offers in a row: words by value."""
    options = page.tree.xpath(f"//select[@id='components-{row}-percent_of']/option")
    return {option.get("value"): option.text for option in options}


def test_a_part_of_the_fee_can_be_a_percentage_of_the_others_only(court: TestCourt):
    page = part(court, begin(court), "fees")
    others = [(one.key, one.label) for one in in_force(court)[1].fees.components if one.amount_cents is not None]
    assert len(others) == 2
    for row, (key, _label) in enumerate(others):
        assert percent_of(page, row) == {"": NO_OTHER, **{k: words for k, words in others if k != key}}
    assert percent_of(page, 2) == {"": NO_OTHER, **dict(others)}, "a new part may be one of any"


def test_the_row_for_a_new_part_is_folded_until_something_stands_in_it(court: TestCourt):
    browser = begin(court)
    page = part(court, browser, "fees")
    folded = page.tree.xpath("//main//details[not(@open)]")
    assert [one.findtext("summary") for one in folded] == ["Add: Part 3 of the fee"]
    assert "components-2-label" in {box.get("id") for box in folded[0].iter("input")}
    added = {"components-2-label": "Materials", "components-2-payee": "Court", "components-2-amount_cents": "many"}
    page = change(court, browser, "fees", **added)
    assert page.status == 422
    folded = page.tree.xpath("//main//details")
    assert [one.findtext("summary") for one in folded] == ["Add: Part 4 of the fee"], "what is wrong stands open"


def test_whom_a_draft_concerns_is_said_in_the_words_of_the_caseload(court: TestCourt):
    waiting, learning, late, held = (make_learner(court)[1] for _person in range(4))
    with court.app.app_context(), court.acting(), transaction() as current:
        rows = {row.id: row for row in current.scalars(select(Enrollment))}
        for one in (learning, late):
            rows[one].state = "coursework"
            progress = current.scalars(select(ModuleProgress).where(ModuleProgress.enrollment_id == one)).first()
            assert progress is not None
            progress.started_at = clock.now()
        referral = current.get_one(Referral, (court.id, rows[late].referral_id))
        referral.deadline, referral.order_date = (clock.now().date() - timedelta(days=days) for days in (2, 90))
        rows[held].state, rows[held].held_from = "on_hold", "coursework"
    browser = begin(court)
    change(court, browser, "accountability", misses_allowed="3")
    page = browser.get(court.url(PREVIEW)).click("See the 4 people concerned")
    shown = {
        row[0].xpath("string()").strip(): row[1].xpath("string()").strip() for row in page.tree.xpath("//tbody/tr")
    }
    assert shown == {
        name_of(court, waiting): "Not started",
        name_of(court, learning): "In lessons",
        name_of(court, late): "Past the deadline",
        name_of(court, held): "On hold",
    }


def name_of(court: TestCourt, enrollment_id: UUID) -> str:
    with court.app.app_context(), court.acting():
        return the_enrollment(enrollment_id).referral.person.full_name


def test_a_day_is_asked_for_only_with_the_choice_of_a_later_day(court: TestCourt):
    browser = begin(court)
    change(court, browser, "course", pass_percent="75")
    page = browser.get(court.url(PREVIEW))
    (follows,) = page.tree.xpath("//fieldset[@id='when']/div[contains(@class, 'portal-follows')]")
    assert follows.getprevious().find("input").get("value") == "later"
    assert {box.get("name") for box in follows.iter("input", "select")} == {
        f"begins_on-{one}" for one in ("month", "day", "year")
    }
    refused = page.submit(PUBLISH, reason="Later", when="later")
    assert (refused.status, in_force(court)[0]) == (422, 1)
    assert any("date" in words for words in refused.errors())
    page = publish(court, browser, "At once after all", when="now", begins_on__day="31")
    assert (page.status, in_force(court)[0]) == (200, 2), "a day that nobody sees is no fault"
