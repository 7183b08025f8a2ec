"""Paying in parts: the first part opens the lessons, reminders come once, and a missed part is only a notice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.actor import SYSTEM
from app.core.models import AuditEvent
from app.notices.models import Notice
from app.payments.installments.lookups import Plan, plan_of
from app.payments.installments.models import InstallmentPlan
from app.payments.installments.services import choose_installments, make_plan, remind_of_parts
from app.payments.ledger import open_coursework_if_allowed, write_entries
from app.permissions.identity import Identity, Role
from app.reports.models import Report
from tenants.database import transaction
from tenants.program import ProgramDocument, load_preset
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import balance, statements

ZONE = "America/Los_Angeles"
FEE = 35_000


def document(**fees: Any) -> ProgramDocument:
    data = load_preset("county_probation").to_json()
    data["fees"] |= {"installments": {"parts": 4, "days_apart": 30}} | fees
    data["reminders"]["days_before"] = [7, 1]
    return ProgramDocument.model_validate(data)


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app, document=document())


def plan_in(court: TestCourt, enrollment_id: UUID) -> Plan:
    with court.app.app_context(), court.acting():
        found = plan_of(enrollment_id)
        assert found is not None
        return found


def pay(
    court: TestCourt, enrollment_id: UUID, cents: int, effect: str, kind: str = "paid", component: str = ""
) -> None:
    with court.app.app_context(), court.acting(), transaction():
        write_entries(enrollment_id, [(kind, component, cents, f"{enrollment_id}:{effect}")], actor=SYSTEM)
        open_coursework_if_allowed(enrollment_id)


def state_of(court: TestCourt, enrollment_id: UUID) -> str:
    with court.app.app_context(), court.acting():
        return the_enrollment(enrollment_id).state


def in_parts(court: TestCourt, parts: int = 3) -> tuple[Identity, UUID]:
    learner, enrollment_id = make_learner(court)
    court.client(learner).get(court.url("fee/parts")).submit("Pay in parts", parts=str(parts))
    return learner, enrollment_id


@contextmanager
def at(day: date, hour: int = 12) -> Iterator[None]:
    """That hour of a day on the court's clock."""
    with clock.moved_to(datetime.combine(day, time(hour), ZoneInfo(ZONE))):
        yield


def test_the_learner_chooses_and_the_first_part_opens_the_lessons(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    page = browser.get(court.url("fee")).click("Pay in parts instead")
    assert "Paying in parts costs nothing more." in page.text
    fee = page.submit("Pay in parts", parts="3")
    assert "The first part opens the lessons." in fee.text
    plan = plan_in(court, enrollment_id)
    assert [part.amount_cents for part in plan.parts] == [11_667, 11_667, 11_666]
    assert "Pay the next part, $116.67, by card" in fee.text
    assert "Pay all of it, $350.00, by card" in fee.text
    assert state_of(court, enrollment_id) == "enrolled"
    pay(court, enrollment_id, 11_666, "short")
    assert state_of(court, enrollment_id) == "enrolled"
    pay(court, enrollment_id, 1, "rest")
    assert state_of(court, enrollment_id) == "coursework"
    assert "Settled" in browser.get(court.url("fee")).text
    case = court.staff_client(Role.CLERK).get(court.url(f"cases/{enrollment_id}"))
    assert "Paid in parts" in case.text


def test_due_days_roll_past_weekends_and_holidays(court: TestCourt):
    with at(date(2026, 11, 19)):  # in a week it is Thanksgiving; a day later is California's day after it
        _learner, enrollment_id = in_parts(court, 2)
    assert [part.due_on for part in plan_in(court, enrollment_id).parts] == [date(2026, 11, 30), date(2026, 12, 28)]


def test_a_plan_is_chosen_once_and_only_where_the_rules_offer_it(court: TestCourt, app: Flask):
    learner, enrollment_id = make_learner(court)
    form = court.client(learner).get(court.url("fee/parts")).form("Pay in parts")
    form.submit(parts="2")
    form.submit(parts="2")
    with court.app.app_context(), court.acting(), transaction() as current:
        count = select(func.count()).select_from(InstallmentPlan)
        assert current.scalar(count.where(InstallmentPlan.enrollment_id == enrollment_id)) == 1
    again = court.client(learner).get(court.url("fee/parts"))
    assert again.heading == "Your fee"
    at_once = make_court(app)
    learner, _enrollment_id = make_learner(at_once)
    browser = at_once.client(learner)
    assert "Pay in parts" not in browser.get(at_once.url("fee")).text
    assert browser.get(at_once.url("fee/parts")).heading == "Your fee"


def test_a_number_of_parts_that_is_not_offered_is_refused(court: TestCourt):
    learner, _enrollment_id = make_learner(court)
    page = court.client(learner).get(court.url("fee/parts")).submit("Pay in parts", parts="12")
    assert page.status == 422


def test_a_waiver_makes_every_part_smaller_and_may_open_the_lessons(court: TestCourt):
    _learner, enrollment_id = in_parts(court, 2)
    pay(court, enrollment_id, 10_000, "some")
    assert state_of(court, enrollment_id) == "enrolled"
    pay(court, enrollment_id, 15_000, "waiver", kind="waived", component="program")
    plan = plan_in(court, enrollment_id)
    assert [(part.amount_cents, part.left_cents) for part in plan.parts] == [(10_000, 0), (10_000, 10_000)]
    assert state_of(court, enrollment_id) == "coursework"


def test_more_time_from_the_court_replaces_the_plan(court: TestCourt):
    _learner, enrollment_id = in_parts(court, 3)
    pay(court, enrollment_id, 12_000, "first")
    begins = clock.today(ZONE) + timedelta(days=60)
    with court.app.app_context(), court.acting():
        made = make_plan(enrollment_id, 1, begins=begins, actor=court.member(Role.CLERK))
    assert [part.amount_cents for part in made.parts] == [23_000]
    assert made.parts[0].due_on >= begins
    assert plan_in(court, enrollment_id).id == made.id


# --- Mails -----------------------------------------------------------------------------------------------------------


def run(court: TestCourt, day: date, hour: int = 12) -> None:
    with court.app.app_context(), court.acting(), at(day, hour):
        remind_of_parts()


def mails(court: TestCourt, learner: Identity) -> list[str]:
    with court.app.app_context(), court.acting(), transaction() as current:
        query = select(Notice.template).where(Notice.recipient_id == learner.id).order_by(Notice.id)
        return list(current.scalars(query))


@pytest.mark.proves("CD-4")
def test_each_mail_comes_once_and_a_missed_part_is_only_a_notice(app: Flask):
    court = make_court(app, document=document())
    learner, enrollment_id = in_parts(court, 2)
    pay(court, enrollment_id, 17_500, "first")
    due = plan_in(court, enrollment_id).parts[1].due_on
    days = [due - timedelta(days=8), due - timedelta(days=7), due - timedelta(days=6), due - timedelta(days=1)]
    seen = []
    for day in [*days, due, due + timedelta(days=1), due + timedelta(days=2), due + timedelta(days=40)]:
        run(court, day)
        run(court, day)
        seen.append(len(mails(court, learner)))
    assert seen == [0, 1, 1, 2, 2, 3, 3, 3]
    assert mails(court, learner) == ["installment_due", "installment_due", "installment_missed"]
    assert state_of(court, enrollment_id) == "coursework"
    with court.app.app_context(), court.acting(), transaction() as current:
        kinds = set(current.scalars(select(Report.kind).where(Report.enrollment_id == enrollment_id)))
        actions = set(current.scalars(select(AuditEvent.action)))
    assert "non_compliance" not in kinds
    assert not {action for action in actions if "violation" in action}
    with at(due + timedelta(days=2)):
        page = court.client(learner).get(court.url("fee"))
    assert "This happens. You can still pay it, or ask the court for a waiver." in page.text


def test_nobody_is_written_to_in_quiet_hours_or_about_what_is_paid(app: Flask):
    court = make_court(app, document=document())
    learner, enrollment_id = in_parts(court, 2)
    first, second = (part.due_on for part in plan_in(court, enrollment_id).parts)
    run(court, first - timedelta(days=1), hour=21)
    run(court, first - timedelta(days=1), hour=8)
    assert mails(court, learner) == []
    run(court, first - timedelta(days=1), hour=9)
    assert mails(court, learner) == ["installment_due"]
    pay(court, enrollment_id, FEE, "all")
    run(court, second + timedelta(days=1))
    assert mails(court, learner) == ["installment_due"]


def test_a_mail_names_neither_an_amount_nor_the_program(app: Flask):
    court = make_court(app, document=document())
    learner, enrollment_id = in_parts(court, 2)
    run(court, plan_in(court, enrollment_id).parts[0].due_on + timedelta(days=1))
    with court.app.app_context(), court.acting(), transaction() as current:
        (notice,) = current.scalars(select(Notice).where(Notice.recipient_id == learner.id)).all()
    assert set(notice.context) == {"link", "due_on"}
    assert "$" not in str(notice.context)


def test_many_plans_are_looked_through_in_a_few_statements(app: Flask):
    court = make_court(app, document=document())

    def looked() -> int:
        with statements(app) as seen:
            run(court, clock.today(ZONE))
        return len(seen)

    in_parts(court)
    one = looked()
    for _ in range(4):
        learner, _enrollment_id = make_learner(court)
        with app.test_request_context(), court.acting():
            choose_installments(2, actor=learner)
    assert looked() == one


def test_the_fee_page_asks_the_database_little(court: TestCourt):
    learner, enrollment_id = in_parts(court, 4)
    browser = court.client(learner)
    browser.get(court.url("fee"))
    for address, most in (("fee", 22), ("fee/statement", 15)):
        with statements(court.app) as seen:
            browser.get(court.url(address))
        assert len(seen) <= most, (len(seen), seen)
    assert balance(court, enrollment_id) == FEE
