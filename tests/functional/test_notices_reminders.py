"""Reminders come once an occasion, on the court's day, after its quiet hours, and only to whom they concern."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import scheduler
from app.accountability.models import CheckIn
from app.accountability.reminding import remind_of_check_ins
from app.accountability.services import excuse, make_plan, mark_missed, review, submit
from app.caseload.digest import Waiting, Waits, tell_staff_what_waits, waiting_for
from app.cases.holding import hold
from app.cases.models import Enrollment, Referral
from app.cases.reminding import remind_of_coursework
from app.cases.telling import tell_learner
from app.core import clock
from app.core.models import Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.court_admin.running import APPLY, JOBS
from app.court_admin.services import publish_rules
from app.notices.compose import compose
from app.notices.models import Notice
from app.permissions.identity import Identity, Role
from tenants.database import session, transaction
from tenants.program import ProgramDocument, load_preset
from tenants.rules import rules_in_force
from tests.factories import TestCourt, make_court, make_learner

ZONE = "America/Los_Angeles"
START = date(2027, 1, 4)
TEMPLATES = (
    "check_in_due",
    "check_in_missed",
    "coursework_due",
    "coursework_missed",
    "something_to_add",
    "installment_due",
    "installment_missed",
    "fee_changed",
    "paper_ready",
    "waiver_decided",
)


@pytest.fixture
def court(app: Flask) -> TestCourt:
    data = load_preset("county_probation").to_json()
    data["reminders"]["days_before"] = [7, 3, 1]
    data["accountability"] |= {"months": 2, "window_days": 7, "grace_days": 3, "cadence": "monthly"}
    with clock.moved_to(datetime.combine(START, time(8), ZoneInfo(ZONE))):
        return make_court(app, document=ProgramDocument.model_validate(data))


@contextmanager
def at(day: date, hour: int = 12, minute: int = 0) -> Iterator[None]:
    """That time of a day on the court's clock."""
    with clock.moved_to(datetime.combine(day, time(hour, minute), ZoneInfo(ZONE))):
        yield


def run(court: TestCourt, schedule: Callable[[], Any]) -> datetime:
    with court.app.test_request_context(), court.acting():
        return schedule()


def set_state(court: TestCourt, enrollment_id: UUID, **values: Any) -> None:
    with court.app.app_context(), court.acting(), transaction() as current:
        current.execute(update(Enrollment).where(Enrollment.id == enrollment_id).values(**values))


def in_check_ins(court: TestCourt) -> tuple[Identity, UUID, list[CheckIn]]:
    """Somebody whose check-ins begin on START."""
    with at(START):
        learner, enrollment_id = make_learner(court)
        set_state(court, enrollment_id, state="accountability")
        with court.app.test_request_context(), court.acting():
            make_plan(enrollment_id)
    return learner, enrollment_id, plan(court, enrollment_id)


def plan(court: TestCourt, enrollment_id: UUID) -> list[CheckIn]:
    with court.app.app_context(), court.acting():
        rows = select(CheckIn).where(CheckIn.enrollment_id == enrollment_id).order_by(CheckIn.number)
        return list(session().scalars(rows))


def told(court: TestCourt, person: Identity, kind: str = "") -> list[tuple[str, date]]:
    """What somebody was told, with the court-local day."""
    with court.app.app_context(), court.acting():
        rows = session().scalars(
            select(Notice).where(Notice.recipient_id == person.id).order_by(Notice.created_at, Notice.id)
        )
        return [
            (row.template, row.created_at.astimezone(ZoneInfo(ZONE)).date())
            for row in rows
            if kind in ("", row.template)
        ]


def live(court: TestCourt, first: date, last: date, schedule: Callable[[], Any]) -> None:
    """The schedule, five times a day."""
    day = first
    while day <= last:
        for hour in (0, 8, 9, 17, 23):
            with at(day, hour):
                run(court, schedule)
        day += timedelta(days=1)


@pytest.mark.proves("FA-6")
def test_each_reminder_of_a_check_in_comes_once_on_the_courts_day(court: TestCourt):
    learner, _enrollment_id, (first, *_rest) = in_check_ins(court)
    live(court, first.due_on - timedelta(days=9), first.due_on + timedelta(days=1), remind_of_check_ins)
    days = [first.due_on - timedelta(days=n) for n in (7, 3, 1)]
    assert told(court, learner, "check_in_due") == [("check_in_due", day) for day in days]


@pytest.mark.proves("FA-6")
def test_late_in_the_evening_the_day_is_still_the_courts(court: TestCourt):
    """At 17:00 in Los Angeles it is the next day in UTC: nothing is said a day early."""
    learner, _enrollment_id, (first, *_rest) = in_check_ins(court)
    with at(first.due_on - timedelta(days=8), 19):
        run(court, remind_of_check_ins)
    assert told(court, learner, "check_in_due") == []


def test_nothing_is_written_in_quiet_hours_and_the_schedule_asks_to_be_woken_when_they_end(court: TestCourt):
    learner, _enrollment_id, (first, *_rest) = in_check_ins(court)
    day = first.due_on - timedelta(days=3)
    with at(day, 8, 30):
        assert run(court, remind_of_check_ins) == datetime.combine(day, time(9), ZoneInfo(ZONE))
    assert told(court, learner, "check_in_due") == []
    with at(day, 9):
        run(court, remind_of_check_ins)
    assert len(told(court, learner, "check_in_due")) == 1


def test_nobody_is_reminded_on_hold_excused_submitted_or_before_it_can_be_done(court: TestCourt):
    held, enrollment_id, (first, *_rest) = in_check_ins(court)
    excused, _other, (its_first, *_its_rest) = in_check_ins(court)
    sent, sent_id, _plan = in_check_ins(court)
    officer = court.member(Role.OFFICER)
    with at(first.due_on - timedelta(days=4)), court.app.test_request_context(), court.acting():
        hold(enrollment_id, reason="In hospital", actor=officer)
        excuse(its_first.id, "A funeral", actor=officer)
        submit(sent_id, 1, {"statement": "All is well."}, actor=sent)
    live(court, first.due_on - timedelta(days=4), first.due_on, remind_of_check_ins)
    assert [told(court, each, "check_in_due") for each in (held, excused, sent)] == [[], [], []]


def test_two_schedulers_at_once_say_it_once(court: TestCourt):
    people = [in_check_ins(court) for _each in range(4)]
    day = people[0][2][0].due_on - timedelta(days=3)

    def work() -> None:
        with at(day):
            run(court, remind_of_check_ins)

    threads = [threading.Thread(target=work) for _each in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(told(court, learner, "check_in_due")) for learner, _id, _plan in people] == [1] * 4


@pytest.mark.proves("FA-6")
def test_killed_in_the_middle_it_goes_on_where_it_was(court: TestCourt, monkeypatch: pytest.MonkeyPatch):
    people = [in_check_ins(court) for _each in range(3)]
    day, calls = people[0][2][0].due_on - timedelta(days=3), []

    def killed(*args: Any, **words: Any) -> None:
        tell_learner(*args, **words)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("app.accountability.reminding.tell_learner", killed)
    with at(day), pytest.raises(KeyboardInterrupt):
        run(court, remind_of_check_ins)
    assert sum(len(told(court, learner, "check_in_due")) for learner, _id, _plan in people) == 0  # none half told
    with at(day, 13):
        run(court, remind_of_check_ins)
    assert [len(told(court, learner, "check_in_due")) for learner, _id, _plan in people] == [1] * 3


def test_one_persons_fault_keeps_nobody_else_from_being_told(court: TestCourt, monkeypatch: pytest.MonkeyPatch):
    people = [in_check_ins(court) for _each in range(3)]
    day, unlucky = people[0][2][0].due_on - timedelta(days=3), people[1][1]

    def faulty(enrollment: Enrollment, *args: Any, **words: Any) -> None:
        if enrollment.id == unlucky:
            raise ValueError
        tell_learner(enrollment, *args, **words)

    with monkeypatch.context() as patched, at(day):
        patched.setattr("app.accountability.reminding.tell_learner", faulty)
        run(court, remind_of_check_ins)
        assert [len(told(court, learner, "check_in_due")) for learner, _id, _plan in people] == [1, 0, 1]
    with at(day, 13):
        run(court, remind_of_check_ins)
    assert [len(told(court, learner, "check_in_due")) for learner, _id, _plan in people] == [1] * 3


def test_a_portal_that_was_away_catches_up_with_the_last_reminder_alone(court: TestCourt):
    learner, _enrollment_id, (first, *_rest) = in_check_ins(court)
    with at(first.due_on - timedelta(days=8)):
        run(court, remind_of_check_ins)
    with at(first.due_on - timedelta(days=2)):
        run(court, remind_of_check_ins)
    assert told(court, learner, "check_in_due") == [("check_in_due", first.due_on - timedelta(days=2))]


def test_a_missed_check_in_is_told_once_kindly(court: TestCourt):
    learner, _enrollment_id, (first, *_rest) = in_check_ins(court)
    with at(first.due_on + timedelta(days=9)):
        run(court, mark_missed)
        run(court, mark_missed)
    assert len(told(court, learner, "check_in_missed")) == 1
    page = court.client(learner).get(court.url("messages")).submit("Something was due")
    assert "This happens." in page.text


def test_what_is_returned_asks_for_one_thing_to_add(court: TestCourt):
    learner, enrollment_id, (first, *_rest) = in_check_ins(court)
    with at(first.due_on - timedelta(days=1)), court.app.test_request_context(), court.acting():
        submit(enrollment_id, 1, {"statement": "All is well."}, actor=learner)
        for _twice in range(2):
            review(first.id, "returned", "Please say how work goes.", actor=court.member(Role.OFFICER))
    assert len(told(court, learner, "something_to_add")) == 1


def test_the_lessons_deadline_before_and_once_after_it(court: TestCourt):
    deadline = START + timedelta(days=20)
    with at(START):
        learner, enrollment_id = make_learner(court, deadline=deadline)
        done, done_id = make_learner(court, deadline=deadline)
    set_state(court, enrollment_id, state="coursework")
    set_state(court, done_id, state="accountability")
    live(court, START + timedelta(days=12), deadline + timedelta(days=4), remind_of_coursework)
    days = [deadline - timedelta(days=n) for n in (7, 3, 1)]
    assert told(court, learner, "coursework_due") == [("coursework_due", day) for day in days]
    assert told(court, learner, "coursework_missed") == [("coursework_missed", deadline + timedelta(days=1))]
    assert [kind for kind, _day in told(court, done) if kind.startswith("coursework")] == []


def test_somebody_whose_rules_were_amended_is_still_reminded(court: TestCourt):
    learner, _enrollment_id, (first, *_rest) = in_check_ins(court)
    reader, reading_id = make_learner(court, deadline=first.due_on)
    set_state(court, reading_id, state="coursework")
    newer = load_preset("county_probation").to_json()
    newer["reminders"]["days_before"] = [2]
    administrator = court.member(Role.ADMINISTRATOR)
    with at(START), court.app.test_request_context(), court.acting(), transaction():
        version = rules_in_force()[0].version
        publish_rules(
            ProgramDocument.model_validate(newer), over=version, reason="Two", actor=administrator, for_running=True
        )
    with at(START), court.app.test_request_context(), court.acting():
        waiting = session().scalars(select(Outbox.id).where(Outbox.kind == APPLY, Outbox.done_at.is_(None))).all()
        assert [run_job(job_id, JOBS) for job_id in waiting] == ["done"]
    for schedule in (remind_of_check_ins, remind_of_coursework):
        live(court, first.due_on - timedelta(days=4), first.due_on - timedelta(days=1), schedule)
    assert [day for _kind, day in told(court, learner, "check_in_due")] == [first.due_on - timedelta(days=2)]
    assert [day for _kind, day in told(court, reader, "coursework_due")] == [first.due_on - timedelta(days=2)]


def test_a_deadline_that_moves_is_spoken_of_anew(court: TestCourt):
    deadline = START + timedelta(days=7)
    with at(START):
        learner, enrollment_id = make_learner(court, deadline=deadline)
        set_state(court, enrollment_id, state="coursework")
        run(court, remind_of_coursework)
        with court.app.app_context(), court.acting(), transaction() as current:
            referral = current.scalars(
                select(Referral)
                .join(Enrollment, Enrollment.referral_id == Referral.id)
                .where(Enrollment.id == enrollment_id)
            ).one()
            referral.deadline = deadline - timedelta(days=4)
        run(court, remind_of_coursework)
        run(court, remind_of_coursework)
    assert len(told(court, learner, "coursework_due")) == 2


def test_the_scheduler_leaves_a_court_alone_until_its_schedule_wants_to_run(
    court: TestCourt, monkeypatch: pytest.MonkeyPatch
):
    asked: list[datetime] = []

    def schedule() -> datetime:
        asked.append(clock.now())
        return clock.now() + timedelta(hours=1)

    registry = runtime_with(court.app, schedule)
    monkeypatch.setattr(scheduler, "runtime", lambda: registry)
    monkeypatch.setattr(scheduler, "courts", lambda: [court.id])
    for hour, minute in ((9, 0), (9, 20), (9, 59), (10, 0), (10, 1), (6, 0)):
        with court.app.app_context(), at(START, hour, minute):
            scheduler.run_schedules()
    hours = [each.astimezone(ZoneInfo(ZONE)).hour for each in asked]
    assert hours == [9, 10, 6]  # a clock that was put back wakes it


def runtime_with(app: Flask, schedule: Callable[[], datetime]) -> Any:
    class Only:
        class registry:  # noqa: N801 - stands in for the runtime's attribute
            schedules = {"a_test": schedule}  # noqa: RUF012 - never changed

    with app.app_context():
        assert "accountability.remind_of_check_ins" in runtime().registry.schedules
    return Only


# --- What mails say, and what they do not ---


@pytest.mark.proves("CD-2")
@pytest.mark.parametrize("kind", TEMPLATES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_no_mail_says_whom_or_what_it_is_about(court: TestCourt, kind: str, language: str):
    learner, enrollment_id = make_learner(court, case_numbers=("26-CANARY-7",), family_names="Canary")
    with court.app.test_request_context(), court.acting(), transaction():
        from_case = session().scalars(select(Enrollment).where(Enrollment.id == enrollment_id)).one()
        tell_learner(from_case, kind, "my-program", due_on=date(2027, 3, 9))
    with court.app.test_request_context(), court.acting():
        notice = (
            session().scalars(select(Notice).where(Notice.recipient_id == learner.id, Notice.template == kind)).one()
        )
        notice.language = language
        mail = compose(notice, "A Court")
        session().rollback()
    program = {"en": "Court program", "es": "Programa del tribunal"}[language]
    assert mail["Subject"].startswith(f"{program}: ")
    assert mail["From"].startswith(program)
    text, html = (part.get_content() for part in mail.iter_parts())
    for words in (mail["Subject"], mail["From"], text, html):
        for secret in ("CANARY", "Canary", "sex", "buy", "prostitut", "traffick", "offen", "violation of"):
            assert secret not in words
    if kind.startswith(("check_in", "coursework", "installment")):
        assert {"en": "March 9, 2027", "es": "9 de marzo de 2027"}[language] in text
    english = ("Sign in", "This happens", "Somebody", "Your ", "The time")
    assert language == "en" or not any(word in text + mail["Subject"] for word in english)


# --- The morning's mail to staff ---


def test_staff_get_one_mail_a_day_with_numbers_and_no_names(court: TestCourt):
    learner, enrollment_id, (first, *_rest) = in_check_ins(court)
    officer, other = court.member(Role.OFFICER, "Mine"), court.member(Role.OFFICER, "Not mine")
    supervisor = court.member(Role.SUPERVISOR)
    set_state(court, enrollment_id, officer_id=officer.id)
    sent_on = first.due_on - timedelta(days=2)
    with at(sent_on), court.app.test_request_context(), court.acting():
        submit(enrollment_id, 1, {"statement": "CANARY"}, actor=learner)
    live(court, sent_on, sent_on + timedelta(days=1), tell_staff_what_waits)
    assert told(court, officer) == []
    monday = next(day for n in range(2, 9) if (day := sent_on + timedelta(days=n)).weekday() == 0)
    live(court, monday, monday, tell_staff_what_waits)
    assert told(court, officer)[-1] == ("staff_digest", monday)
    assert len([day for _kind, day in told(court, officer) if day == monday]) == 1
    assert told(court, supervisor)[-1] == ("staff_digest", monday)
    assert told(court, other) == []
    with court.app.test_request_context(), court.acting():
        row = session().scalars(select(Notice).where(Notice.recipient_id == officer.id)).first()
        assert row is not None
        mail = compose(row, "A Court")
        session().expunge(row)
        row.context = {**row.context, "people": 2}  # where the court's rules have it counted
        assert "- 2 people who need attention" in compose(row, "A Court").get_body(("plain",)).get_content()
    assert mail["Subject"] == "Court program: work that waits for you"
    text = mail.get_body(("plain",)).get_content()
    assert "- 1 answer to read" in text
    assert "CANARY" not in text
    assert learner.display_name not in text
    assert "Messages 1 new" not in court.client(officer).get(court.url("caseload")).text


def test_the_morning_mail_counts_only_what_its_reader_may_do():
    officer, supervisor, judge = UUID(int=1), UUID(int=2), UUID(int=3)
    people = {officer: 5, judge: 1, None: 2}
    waits = Waits(4, {officer: 2, None: 1}, waivers=3, corrections={judge: 1, supervisor: 1}, people=people)
    assert waiting_for(officer, Role.OFFICER, waits, unread=0) == Waiting(reviews=2, people=5)
    assert waiting_for(supervisor, Role.SUPERVISOR, waits, unread=0) == Waiting(reviews=3)
    assert waiting_for(UUID(int=4), Role.FACILITATOR, waits, unread=0) == Waiting(reviews=7)
    assert waiting_for(judge, Role.JUDGE, waits, unread=2) == Waiting(waivers=3, corrections=1, unread=2)
    assert waiting_for(UUID(int=5), Role.PROSECUTOR, waits, unread=0) == Waiting()
