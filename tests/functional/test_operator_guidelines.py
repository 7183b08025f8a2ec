"""A new year's poverty guideline reaches every court without a release, and leaves what was sent as it was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import ProgrammingError

from app.cases.lookups import the_enrollment
from app.core import clock
from app.court_admin.models import PlatformAudit
from app.payments.guidelines import forget_guidelines, known_guidelines, shipped_guidelines
from app.payments.models import PovertyGuideline, Waiver
from app.payments.waiving.lookups import computation_of
from app.payments.waiving.services import WaiverRequest, file_waiver
from app.permissions.identity import Identity
from tenants.database import role_transaction, session
from tests import operators
from tests.client import Page
from tests.factories import TestCourt, make_learner
from tests.operators import Browser

console, browser, court, statements = operators.console, operators.browser, operators.court, operators.statements

YEAR = {
    "base_contiguous": "16,300",
    "person_contiguous": "5,800",
    "base_alaska": "20,370",
    "person_alaska": "7,250",
    "base_hawaii": "18,750",
    "person_hawaii": "6,670",
    "source": "2027-00123",
}
AHEAD = 200  # days: courts of other tests live today


def add(browser: Browser, ahead: int = AHEAD, **changed: str) -> Page:
    day = clock.now().date() + timedelta(days=ahead)
    parts = {"effective-month": str(day.month), "effective-day": str(day.day), "effective-year": str(day.year)}
    form = browser.get("/operator/guidelines/add").form("Add")
    return browser.pages.post("/operator/guidelines/add", {**form.values(), **YEAR, **changed, **parts})


def sent(court: TestCourt, learner: Identity) -> tuple[int | None, int | None]:
    """(guideline in dollars, percent) of a request for a household of two with 2,000 a month."""
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        forget_guidelines()  # the minute is over
        waiver = file_waiver(WaiverRequest(2, 200_000), actor=learner)
        return (waiver.guideline_cents or 0) // 100, waiver.guideline_percent


@pytest.mark.proves("CD-3")
def test_a_new_year_counts_from_its_day_on_and_leaves_what_was_sent(browser: Browser, court: TestCourt):
    early, early_id = make_learner(court)
    late, _late_id = make_learner(court)
    assert "came with the portal" in browser.get("/operator/guidelines").text
    page = add(browser)
    assert "Every court works with it within a minute" in page.text
    assert "$16,300.00" in page.text
    before = sent(court, early)
    with clock.moved_to(clock.now() + timedelta(days=AHEAD + 1)):
        after = sent(court, late)
    assert after == (22_100, 109)
    assert before[0] == 21_640
    with court.app.app_context(), court.acting():
        waiver = session().scalars(select(Waiver).where(Waiver.enrollment_id == early_id)).one()
        computation = computation_of(waiver, the_enrollment(early_id))
    assert (computation.guideline_cents, computation.percent) == (2_164_000, before[1])


def test_of_two_for_the_same_day_the_later_addition_counts(browser: Browser, court: TestCourt):
    add(browser, ahead=AHEAD + 20, base_contiguous="16,300")
    add(browser, ahead=AHEAD + 20, base_contiguous="17,000")
    add(browser, ahead=AHEAD + 20, base_contiguous="16,400")
    day = clock.now().date() + timedelta(days=AHEAD + 20)
    with court.app.app_context():
        forget_guidelines()
        (year,) = [guideline for guideline in known_guidelines() if guideline.effective == day]
        assert year.regions["contiguous"] == (1_640_000, 580_000)
        assert known_guidelines()[:2] == shipped_guidelines()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"base_alaska": ""}, "Enter whole dollars"),
        ({"base_alaska": "many"}, "Enter whole dollars"),
        ({"person_hawaii": "20,000"}, "must be less than the one for one person"),
        ({"source": ""}, "Enter where the figures stand."),
        ({"ahead": 500}, "more than a year ahead"),
    ],
)
def test_figures_that_can_not_be_are_refused(browser: Browser, changed: dict[str, str], words: str):
    page = add(browser, **changed)  # type: ignore[arg-type]  # `ahead` among them is a number
    assert page.status == 422
    assert any(words in error for error in page.errors()), page.errors()


def test_who_added_it_stands_in_the_platforms_log(browser: Browser, console: object):
    add(browser, ahead=AHEAD + 40)
    log = browser.get("/operator/log/")
    assert "Added a year of poverty guidelines" in log.text
    with browser.pages.app.app_context():
        row = (
            session()
            .scalars(
                select(PlatformAudit)
                .where(PlatformAudit.action == "operator.add_guideline")
                .order_by(PlatformAudit.at.desc())
                .limit(1)
            )
            .one()
        )
    assert row.operator_id == browser.operator.id
    assert row.detail["contiguous"] == "16300 + 5800"


def test_nobody_can_change_or_delete_a_guideline(court: TestCourt):
    for statement in (delete(PovertyGuideline), update(PovertyGuideline).values(base_cents=1)):
        with court.app.app_context(), pytest.raises(ProgrammingError, match="permission denied"):
            session().execute(statement)
        with (
            court.app.app_context(),
            pytest.raises(ProgrammingError, match="permission denied"),
            role_transaction("platform") as platform,
        ):
            platform.execute(statement)


@pytest.mark.parametrize("typed", ["0", "5,800.50"])
def test_an_amount_that_no_notice_can_state_is_told_at_its_box(browser: Browser, typed: str):
    page = add(browser, ahead=AHEAD + 40, person_alaska=typed)
    assert page.status == 422
    assert any("Enter whole dollars" in error for error in page.errors())
