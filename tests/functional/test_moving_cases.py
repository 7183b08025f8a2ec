"""Colleagues who stand in: who sees what, from when to when, and who is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.models import Cover
from app.caseload.digest import Waits, waiting_for
from app.cases.moving.rules import Standing, Window, ended_early, window
from app.cases.moving.services import arrange_cover
from app.core import clock
from app.core.audit import COVERING_FOR
from app.core.models import AuditDetail, AuditEvent
from app.notices.models import Notice
from app.permissions.identity import Role
from tenants.database import session
from tests.caseloads import statements
from tests.factories import TestCourt, make_court, make_referral
from tests.functional.test_caseload_pages import names

ZONE = "America/Los_Angeles"
NOON = datetime(2027, 3, 12, 20, 0, tzinfo=UTC)  # a Friday at noon; on Sunday the clocks go forward
FIRST, LAST = date(2027, 3, 13), date(2027, 3, 15)
MORNING_AFTER = datetime(2027, 3, 16, 7, 0, tzinfo=UTC)  # midnight in Los Angeles, in summer time


def told(court: TestCourt, who: UUID | None) -> list[str]:
    with court.app.app_context(), court.acting():
        return list(session().scalars(select(Notice.template).where(Notice.recipient_id == who).order_by(Notice.id)))


@pytest.mark.proves("AC-3", "AD-1")
def test_a_colleague_stands_in_from_the_first_day_to_the_last_and_no_longer(app):
    court = make_court(app)
    anna, ben, carl = (court.member(Role.OFFICER, name) for name in ("Anna", "Ben", "Carl"))
    annas = make_referral(court, family_names="Annasown", officer_id=anna.id)
    make_referral(court, family_names="Bensown", officer_id=ben.id)
    assert anna.id
    assert ben.id
    with clock.moved_to(NOON):
        page = court.client(anna).get(court.url("covers")).click("Arrange it")
        wrong = page.submit("Arrange it", cover_id=str(ben.id), **days("first_day", LAST), **days("last_day", FIRST))
        assert wrong.status == 422
        assert "must not be before" in wrong.errors()[0]
        wrong.submit("Arrange it", cover_id=str(ben.id), **days("first_day", FIRST), **days("last_day", LAST))
        assert names(court.client(ben).get(court.url("caseload"))) == ["Robin Bensown"], "not before the first day"
        assert told(court, anna.id) == ["cover_for_you"]
        assert told(court, ben.id) == ["cover_by_you"]
    first = datetime(2027, 3, 13, 8, 0, tzinfo=UTC)
    for instant in (first, MORNING_AFTER - timedelta(seconds=1)):
        with clock.moved_to(instant):
            as_ben = court.client(ben)
            assert set(names(as_ben.get(court.url("caseload")))) == {"Robin Bensown", "Robin Annasown"}
            assert as_ben.get(court.url(f"cases/{annas}")).status == 200
            assert names(court.client(carl).get(court.url("caseload"))) == []
            assert names(court.client(anna).get(court.url("caseload"))) == ["Robin Annasown"], "nobody loses a case"
    for instant in (first - timedelta(seconds=1), MORNING_AFTER):
        with clock.moved_to(instant):
            as_ben = court.client(ben)
            assert names(as_ben.get(court.url("caseload"))) == ["Robin Bensown"]
            assert as_ben.get(court.url(f"cases/{annas}")).status == 404
    with app.app_context(), court.acting():
        look = AuditEvent.action == "caseload.read_case"
        details = select(AuditDetail.new).join(AuditEvent, AuditEvent.id == AuditDetail.id).where(look)
        noted = session().scalars(details.where(AuditEvent.actor_id == ben.id)).all()
    assert len(noted) == 2
    assert {one[COVERING_FOR] for one in noted} == {str(anna.id)}, "the audit says for whom"


@pytest.mark.proves("AC-3")
def test_a_cover_that_is_ended_early_closes_the_cases_at_once_and_others_can_not_end_it(app):
    court = make_court(app)
    anna, ben, carl = (court.member(Role.OFFICER, name) for name in ("Anna", "Ben", "Carl"))
    annas = make_referral(court, family_names="Annasown", officer_id=anna.id)
    assert anna.id
    assert ben.id
    with clock.moved_to(NOON), app.test_request_context(), court.acting():
        today = clock.today(ZONE)
        arrange_cover(anna.id, ben.id, today, LAST, time_zone=ZONE, actor=anna)
    with clock.moved_to(NOON + timedelta(hours=1)):
        as_ben, as_carl = court.client(ben), court.client(carl)
        assert as_ben.get(court.url(f"cases/{annas}")).status == 200
        assert "Anna" not in as_carl.get(court.url("covers")).text
        with app.app_context(), court.acting():
            cover_id = session().scalar(select(Cover.id))
        end = court.url(f"covers/{cover_id}/end")
        token = as_carl.get(court.url("covers/new")).form("Arrange it").values()["csrf_token"]
        assert as_carl.post(end, {"csrf_token": token}).status == 404
        with statements(app) as seen:
            page = as_ben.get(court.url("covers"))
        assert len(seen) <= 12
        page.submit("End it now")
        assert as_ben.get(court.url(f"cases/{annas}")).status == 404
    assert told(court, anna.id)[-1] == "cover_ended"


def days(name: str, day: date) -> dict[str, str]:
    return {f"{name}-month": str(day.month), f"{name}-day": str(day.day), f"{name}-year": str(day.year)}


@given(
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.integers(0, 40),
    st.integers(0, 3 * 365 * 24 * 60),
)
def test_a_cover_holds_on_its_days_by_the_courts_clock_and_ending_early_never_lengthens_it(first, more, minutes):
    last, now = first + timedelta(days=more), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    held, local = window(first, last, ZONE), clock.local(now, ZONE).date()
    expected = Standing.TO_COME if local < first else Standing.OVER if local > last else Standing.NOW
    assert held.standing(now) is expected
    cut = Window(held.starts_at, ended_early(held, now))
    assert cut.starts_at <= cut.ends_at <= held.ends_at
    assert cut.standing(now) is not Standing.NOW


def test_the_morning_mail_counts_the_check_ins_of_those_for_whom_one_stands_in():
    anna, ben, carl = UUID(int=1), UUID(int=2), UUID(int=3)
    waits = Waits(0, {anna: 2, ben: 1, carl: 4}, 0, {}, {ben: [anna]})
    assert waiting_for(ben, Role.OFFICER, waits, unread=0).reviews == 3
    assert waiting_for(anna, Role.OFFICER, waits, unread=0).reviews == 2


def test_the_morning_mail_counts_the_people_of_those_for_whom_one_stands_in():
    anna, ben, carl = UUID(int=1), UUID(int=2), UUID(int=3)
    waits = Waits(0, {}, 0, {}, {ben: [anna]}, {anna: 5, ben: 1, carl: 9})
    assert waiting_for(ben, Role.OFFICER, waits, unread=0).people == 6
    assert waiting_for(anna, Role.OFFICER, waits, unread=0).people == 5
