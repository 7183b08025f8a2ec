"""Reports that are made without anybody asking: each occasion once, at the hour of the court; paused, they rest."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from app.accountability.violations.opening import note_by_hand
from app.accountability.violations.rules import ViolationKind
from app.batches.models import ReportBatch
from app.batches.scheduling.rules import Schedule
from app.batches.scheduling.services import make_due, set_paused
from app.core import clock
from app.permissions.identity import Role
from app.reports.lookups import ISSUED
from app.reports.models import Report
from tenants.database import session
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.batch_steps import lists_of, publish_schedules, run_jobs

ZONE = "America/Los_Angeles"


@pytest.fixture(scope="module")
def published(app: Flask) -> None:
    publish(app)


@pytest.fixture
def court(app: Flask, published: None) -> TestCourt:
    return make_court(app)


def local(day: int, hour: int = 9, month: int = 2) -> datetime:
    """An instant of 2027 by the court's winter clock."""
    return datetime(2027, month, day, tzinfo=UTC) + timedelta(hours=hour + 8)


def look(court: TestCourt, at: datetime) -> datetime | None:
    with clock.moved_to(at), court.app.app_context(), court.acting():
        return make_due()


def batches(court: TestCourt) -> list[ReportBatch]:
    with court.app.app_context(), court.acting():
        return list(session().scalars(select(ReportBatch).order_by(ReportBatch.asked_at)))


@pytest.fixture
def monthly(court: TestCourt) -> TestCourt:
    with clock.moved_to(local(1)):
        publish_schedules(court, progress_monthly_day=10, at="06:00")
        make_learner(court)
    return court


@pytest.mark.proves("FA-6")
def test_by_the_tenth_each_month_once_at_the_hour_of_the_court(monthly: TestCourt) -> None:
    court = monthly
    for at in (local(9, 12), local(10, 5)):
        look(court, at)
    assert batches(court) == []
    for at in (local(10, 6), local(10, 7), local(11, 9)):
        look(court, at)
    (batch,) = batches(court)
    assert (batch.schedule, batch.for_day) == ("progress_monthly", date(2027, 2, 10))
    assert (batch.what, batch.total) == ("progress", 1)
    look(court, local(10, 9, month=3))
    assert [one.for_day for one in batches(court)] == [date(2027, 2, 10), date(2027, 3, 10)]
    run_jobs(court)
    with court.app.app_context(), court.acting():
        states = session().scalars(select(Report.state).where(Report.kind == "progress")).all()
    assert len(states) == 2
    assert set(states) <= {"superseded", *ISSUED}


@pytest.mark.proves("FA-6", "FA-1")
def test_two_schedulers_at_once_make_it_once(monthly: TestCourt) -> None:
    court, together = monthly, Barrier(4)

    def scheduler() -> None:
        together.wait()
        look(court, local(10, 6))

    threads = [Thread(target=scheduler) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(batches(court)) == 1


def test_a_scheduler_that_was_down_makes_up_for_days_not_for_months(monthly: TestCourt) -> None:
    look(monthly, local(12, 10))
    assert len(batches(monthly)) == 1
    other = make_court(monthly.app)
    with clock.moved_to(local(1)):
        publish_schedules(other, progress_monthly_day=10)
        make_learner(other)
    look(other, local(20))
    assert batches(other) == []


def test_rules_that_are_published_after_the_day_make_up_for_nothing(court: TestCourt) -> None:
    with clock.moved_to(local(10, 12)):
        publish_schedules(court, progress_monthly_day=10)
        make_learner(court)
    look(court, local(10, 13))
    assert batches(court) == []


def test_a_paused_schedule_rests_and_makes_nothing_up(monthly: TestCourt) -> None:
    court, clerk = monthly, monthly.member(Role.CLERK)
    with clock.moved_to(local(9)), court.app.app_context(), court.acting():
        set_paused(Schedule.PROGRESS_MONTHLY, paused=True, actor=clerk)
    look(court, local(10, 12))
    with clock.moved_to(local(11)), court.app.app_context(), court.acting():
        set_paused(Schedule.PROGRESS_MONTHLY, paused=False, actor=clerk)
    look(court, local(11, 12))
    assert batches(court) == []
    look(court, local(10, 9, month=3))
    assert len(batches(court)) == 1


def test_days_before_each_hearing_once_and_late_rather_than_not_at_all(court: TestCourt) -> None:
    with clock.moved_to(local(1)):
        publish_schedules(court, progress_days_before_hearing=5)
        make_learner(court, hearing_on=date(2027, 2, 17))  # a Wednesday; 5 days before is a Friday
    look(court, local(11))
    assert batches(court) == []
    look(court, local(12, 9))
    look(court, local(12, 12))
    assert len(batches(court)) == 1
    with clock.moved_to(local(15)):
        make_learner(court, hearing_on=date(2027, 2, 17))  # entered two days before it
    look(court, local(15, 11))
    assert [one.total for one in batches(court)] == [1, 1]
    look(court, local(18))
    assert len(batches(court)) == 2


def test_a_possible_violation_is_reported_within_a_day_once(court: TestCourt) -> None:
    with clock.moved_to(local(1)):
        publish_schedules(court, after_violation=True)
        learner, enrollment_id = make_learner(court)
    with clock.moved_to(local(6, 14)), court.app.test_request_context(), court.acting():  # a Saturday
        note_by_hand(
            enrollment_id,
            ViolationKind.APPOINTMENT,
            event_on=date(2027, 2, 6),
            facts="Did not come to the appointment.",
            not_money=True,
            actor=court.member(Role.SUPERVISOR),
        )
    look(court, local(7, 6))
    look(court, local(7, 9))
    (batch,) = batches(court)
    assert batch.schedule == "after_violation"
    assert batch.asked_at - local(6, 14) < timedelta(days=1)
    assert learner


def test_packets_of_today_and_of_the_next_day_are_there_the_evening_before(court: TestCourt) -> None:
    with clock.moved_to(local(1)):
        publish_schedules(court, packets=True, evening_at="15:00")
        make_learner(court, hearing_on=date(2027, 2, 8))  # a Monday
    look(court, local(5, 14))
    assert lists_of(court) == []
    with clock.moved_to(local(5, 15)):  # Friday
        look(court, local(5, 15))
        run_jobs(court)
    assert [(one.for_day, one.state) for one in lists_of(court)] == [(date(2027, 2, 8), "ready")]
    with clock.moved_to(local(8, 9)):
        look(court, local(8, 9))
        run_jobs(court)
    assert len(lists_of(court)) <= 2  # at most made anew, for a date that reads differently by now
    with clock.moved_to(local(9, 9)):
        look(court, local(9, 9))
        before = len(lists_of(court))
        run_jobs(court)
    assert len(lists_of(court)) == before  # the day is over


def test_a_court_without_schedules_rests(court: TestCourt) -> None:
    again = look(court, local(1))
    assert again is not None
    assert again > local(1)


def test_the_page_says_what_will_be_made_when_and_pauses(court: TestCourt) -> None:
    with clock.moved_to(local(1)):
        publish_schedules(court, progress_monthly_day=13, packets=True)  # February 13, 2027 is a Saturday
        make_learner(court, hearing_on=date(2027, 2, 10))
        browser = court.staff_client(Role.CLERK)
        page = browser.get(court.url("report-schedules"))
        assert "By day 13 of each month" in page.text
        assert "February 12, 2027" in page.text  # rolled back
        assert "the court is closed then" in page.text
        assert "Packet of a day's hearings" in page.text
        paused = page.submit("Pause")
        assert "The schedule is paused." in paused.text
        assert "February 12, 2027" not in paused.text
        assert "The schedule goes on." in paused.submit("Go on").text
        judge = court.staff_client(Role.JUDGE).get(court.url("report-schedules"))
        assert judge.status == 200
        assert not judge.tree.xpath("//main//button")
    look(court, local(12, 9))
    with clock.moved_to(local(12, 10)):
        history = court.staff_client(Role.CLERK).get(court.url("report-schedules"))
    assert "Progress reports of the month" in history.text
    assert "0 of 1" in history.text


def test_a_court_without_schedules_is_told_so(court: TestCourt) -> None:
    assert "Nothing is made by itself" in court.staff_client(Role.CLERK).get(court.url("report-schedules")).text
