"""Recording a hearing: its result, the next one, and correcting it without losing what was said."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.amending import amend, facts_of
from app.cases.hearings.rules import Held, NextDay
from app.cases.hearings.services import correct_hearing, record_hearing
from app.cases.lookups import hearings, the_enrollment
from app.cases.models import Hearing, HearingCorrection
from app.core import clock
from app.core.errors import Refused, StaleForm
from app.notices.compose import compose
from app.notices.models import Notice
from app.permissions.identity import Role
from tenants.database import session
from tests.factories import make_court, make_learner

NOW = datetime(2027, 2, 10, 18, 0, tzinfo=UTC)
TODAY = date(2027, 2, 10)
NEXT = {"next_on-month": "4", "next_on-day": "14", "next_on-year": "2027", "next_at": "9:30 AM"}


@pytest.mark.proves("CD-1")
def test_a_hearing_is_recorded_with_its_orders_and_the_next_day(app: Flask):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    with clock.moved_to(NOW):
        learner, case = make_learner(court, officer_id=officer.id, hearing_on=TODAY, hearing_at=time(9))
        browser = court.client(officer)
        page = browser.get(court.url(f"cases/{case}/hearings/record"))
        assert "Set for February 10, 2027, 9:00" in page.text
        assert "Choose what came of it." in page.submit("Record the hearing").errors()
        early = page.submit("Record the hearing", outcome="held", **{**NEXT, "next_on-month": "1"})
        assert "The next hearing must be after this one." in early.errors()
        done = page.submit("Record the hearing", outcome="held", orders="Go on. Canary Zinnia.", **NEXT)
        assert "is recorded." in done.text
        page.submit("Record the hearing", outcome="held", orders="Go on. Canary Zinnia.", **NEXT)  # sent twice
        with app.app_context(), court.acting():
            rows = hearings(the_enrollment(case).referral_id)
            kept = [(row.on_date, row.at_time, row.outcome, row.recorded_by) for row in rows]
            (told,) = session().scalars(select(Notice).where(Notice.template == "hearing_noted"))
            mail = compose(told, "Court").as_string()
        assert kept == [(TODAY, time(9), "held", officer.id), (date(2027, 4, 14), time(9, 30), "", None)]
        assert "Zinnia" not in mail
        assert "hearing" not in mail.partition("text/html")[0].replace("hearing_noted", "")
        home = court.client(learner).get(court.url("my-program"))
        assert "April 14, 2027" in home.text
        assert "Go on. Canary Zinnia." in home.text
        # Recorded already: something else is a correction.
        again = browser.get(court.url(f"cases/{case}/hearings/record")).submit(
            "Record the hearing", outcome="did_not_appear", at_time="9:00 AM"
        )
        assert "recorded already" in again.text


def test_a_correction_keeps_what_the_record_said(app: Flask):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    with clock.moved_to(NOW):
        learner, case = make_learner(court, officer_id=officer.id, hearing_on=TODAY + timedelta(days=30))
        held = Held(TODAY, None, "review", "did_not_appear", "Order to appear.")
        with app.test_request_context(), court.acting():
            row = record_hearing(case, held, actor=officer)
            row_id = row.id
            assert record_hearing(case, held, actor=officer).id == row_id  # the same again: nothing
            with pytest.raises(StaleForm):
                correct_hearing(
                    case, row_id, Held(TODAY, None, "review", "held"), reason="x", expected="99", actor=officer
                )
        browser = court.client(officer)
        page = browser.get(court.url(f"cases/{case}/hearings/{row_id}")).click("Correct this record")
        assert "Write why the record is corrected." in page.submit("Save the correction", outcome="held").errors()
        page = page.submit("Save the correction", outcome="held", orders="", reason="Was in the wrong room")
        for words in ("Held", "Did not appear", "Order to appear.", "Was in the wrong room"):
            assert words in page.text
        # Changing the referral leaves what was recorded alone.
        with app.test_request_context(), court.acting():
            enrollment = the_enrollment(case)
            from_now = facts_of(enrollment, TODAY)
            assert [day for day, _at in from_now.hearings] == [TODAY + timedelta(days=30)]
            gone = type(from_now)(**{**{n: getattr(from_now, n) for n in from_now.__slots__}, "hearings": ()})
            amend(enrollment.referral_id, gone, reason="Vacated", actor=court.member(Role.CLERK), today=TODAY)
            assert [one.id for one in hearings(enrollment.referral_id)] == [row_id]
        page = browser.get(court.url(f"cases/{case}/hearings/{row_id}/strike"))
        page = page.submit("Strike it out", reason="Another person of that name")
        assert "The record is struck out." in page.text
        assert "Record struck out" in page.text
        with app.app_context(), court.acting():
            assert session().scalars(select(Hearing)).all() == []
            said = session().scalars(select(HearingCorrection).order_by(HearingCorrection.at)).all()
        assert [one.old["outcome"] for one in said] == ["did_not_appear", "held"]
        assert said[-1].new == {}
        assert "Order to appear." not in court.client(learner).get(court.url("my-program")).text


@pytest.mark.proves("AC-3", "CO-7")
def test_who_records_hearings(app: Flask):
    court, other = make_court(app), make_court(app)
    officer, colleague = court.member(Role.OFFICER, "Anna"), court.member(Role.OFFICER, "Ben")
    _learner, case = make_learner(court, officer_id=officer.id)
    for role in (Role.CLERK, Role.JUDGE, Role.SUPERVISOR, Role.ADMINISTRATOR):
        assert court.staff_client(role).get(court.url(f"cases/{case}/hearings/record")).status == 200, role
    for client in (court.client(colleague), court.staff_client(Role.PROSECUTOR), court.staff_client(Role.FACILITATOR)):
        assert client.get(court.url(f"cases/{case}/hearings/record")).status == 404
    assert other.staff_client(Role.CLERK).get(other.url(f"cases/{case}/hearings/record")).status == 404
    with app.test_request_context(), court.acting():
        today = clock.today("America/Los_Angeles")
        row = record_hearing(case, Held(today, None, "other", "other", "Said."), actor=officer)
        row_id = row.id
        with pytest.raises(Refused):
            record_hearing(case, Held(today, None, "other", "held"), hearing_id=row_id, actor=officer)
        # The day was known, its time was not: one hearing, not two.
        day = today + timedelta(days=20)
        first = Held(today - timedelta(days=9), None, "review", "continued")
        record_hearing(case, first, following=NextDay(day), actor=officer)
        second = Held(today - timedelta(days=8), None, "review", "continued")
        record_hearing(case, second, following=NextDay(day, time(10)), actor=officer)
        coming = [one for one in hearings(the_enrollment(case).referral_id) if one.on_date > today]
        assert [(one.on_date, one.at_time) for one in coming] == [(day, time(10))]
    _someone, another = make_learner(court)
    assert court.client(officer).get(court.url(f"cases/{another}/hearings/{row_id}")).status == 404
    assert court.staff_client(Role.CLERK).get(court.url(f"cases/{another}/hearings/{row_id}")).status == 404
