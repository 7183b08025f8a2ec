"""Check-ins of a real plan over its state's holidays and the court's own days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from app.accountability.lookups import check_ins_of
from app.core import clock
from app.permissions.identity import Role
from tenants.program import ProgramDocument, load_preset
from tests.factories import make_court
from tests.reports import in_accountability

# A check-in falls on the 11th of each month: Veterans Day, and a Saturday in December.
BEGINS = datetime(2027, 10, 11, 19, tzinfo=UTC)


def due(app: Flask, region: str, **holidays: object) -> list[date]:
    data = load_preset("county_probation").to_json()
    data["accountability"]["months"] = 2
    data["holidays"] = holidays
    with clock.moved_to(BEGINS):
        court = make_court(app, document=ProgramDocument.model_validate(data), region=region)
        _learner, enrollment_id = in_accountability(court, deadline=BEGINS.date() + timedelta(days=90))
    with app.app_context(), court.acting():
        return [row.due_on for row in check_ins_of(enrollment_id)]


@pytest.mark.proves("FA-6")
def test_check_ins_are_due_on_days_on_which_the_court_works(app: Flask) -> None:
    veterans_day, saturday = date(2027, 11, 11), date(2027, 12, 11)
    friday, monday = date(2027, 11, 12), date(2027, 12, 13)
    assert due(app, "CA", state_holidays=True) == [friday, monday]
    assert due(app, "CA", state_holidays=False) == [veterans_day, monday]
    assert due(app, "CA", state_holidays=True, working_days=["2027-11-11"]) == [veterans_day, monday]
    assert due(app, "CA", state_holidays=True, days=["2027-11-12", "2027-12-13"]) == [
        date(2027, 11, 15),
        date(2027, 12, 14),
    ]
    assert due(app, "CA", state_holidays=True, roll_forward=False) == [veterans_day, saturday]


def test_a_new_referrals_deadline_is_proposed_on_a_day_on_which_the_court_works(app: Flask) -> None:
    # 90 days from August 13 is Veterans Day.
    with clock.moved_to(datetime(2027, 8, 13, 19, tzinfo=UTC)):
        court = make_court(app, region="CA")
        page = court.staff_client(Role.CLERK).get(court.url("referrals/new"))
        typed = page.form("Save the referral").values()
    assert (typed["deadline-month"], typed["deadline-day"], typed["deadline-year"]) == ("11", "12", "2027")
