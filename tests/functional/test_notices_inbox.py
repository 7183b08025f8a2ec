"""Each message is a row that its reader finds in the inbox; address, wishes and the hour decide how else it travels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import LearnerAccount
from app.accounts.telling import tell_roles, tell_staff
from app.cases.lookups import the_enrollment
from app.cases.telling import tell_learner
from app.core import clock
from app.core.models import Outbox
from app.notices.models import Notice
from app.permissions.identity import Identity, Role
from tenants.database import session, transaction
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.accounts_people import run_jobs

ZONE = ZoneInfo("America/Los_Angeles")


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


@contextmanager
def at(hour: int, minute: int = 0, day: date = date(2027, 3, 2)) -> Iterator[None]:
    """A time of day on the court's clock."""
    with clock.moved_to(datetime.combine(day, time(hour, minute), ZONE)):
        yield


def tell(
    court: TestCourt, enrollment_id: UUID, kind: str = "paper_ready", page: str = "documents", **words: Any
) -> None:
    with court.app.test_request_context(), court.acting(), transaction():
        tell_learner(the_enrollment(enrollment_id), kind, page, **words)


def messages(court: TestCourt, person: Identity) -> list[Notice]:
    with court.app.app_context(), court.acting():
        query = select(Notice).where(Notice.recipient_id == person.id).order_by(Notice.created_at, Notice.id)
        return list(session().scalars(query))


def due(court: TestCourt, notice: Notice) -> datetime:
    with court.app.app_context(), court.acting():
        return session().scalars(select(Outbox.due_at).where(Outbox.subject_id == notice.id)).one()


def account(court: TestCourt, learner: Identity, **values: str) -> None:
    with court.app.app_context(), court.acting(), transaction() as current:
        current.execute(update(LearnerAccount).where(LearnerAccount.id == learner.id).values(**values))


def by_name(court: TestCourt) -> tuple[Identity, UUID]:
    """Somebody who signs in with a name that the court gave out: no mail reaches them."""
    learner, enrollment_id = make_learner(court)
    account(court, learner, kind="name", sign_in_name=f"blue-river-{uuid4().hex[:8]}")
    return learner, enrollment_id


def test_a_message_is_new_until_it_is_opened(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    with at(10):
        tell(court, enrollment_id)
    browser = court.client(learner)
    home = browser.get(court.url("my-program"))
    assert "Messages 1 new" in home.text
    inbox = home.click("Messages")
    assert inbox.heading == "Messages"
    assert "A paper for you New" in inbox.text
    message = inbox.submit("A paper for you")
    assert message.heading == "A paper for you"
    assert "There is a new paper for you to read and keep." in message.text
    assert "http" not in message.tree.xpath("string(//main)")
    assert message.link("Go to that page") == court.url("documents")
    assert "Messages 1 new" not in message.text
    again = message.submit("Keep as new")
    assert "A paper for you New" in again.text
    assert "New" not in again.submit("Mark all as read").tree.xpath("string(//main)")


def test_somebody_elses_message_is_missing(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    tell(court, enrollment_id)
    (notice,) = messages(court, learner)
    other, _enrollment = make_learner(court)
    for reader in (court.client(other), court.staff_client(Role.ADMINISTRATOR)):
        assert reader.get(court.url(f"messages/{notice.id}")).status == 404
        assert "A paper for you" not in reader.get(court.url("messages")).text


def test_an_empty_inbox_says_so_and_a_long_one_has_pages(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    assert "No messages yet" in browser.get(court.url("messages")).text
    for _each in range(27):
        tell(court, enrollment_id)
    first = browser.get(court.url("messages"))
    assert len(first.tree.xpath("//ul[@class='portal-messages']/li")) == 25
    second = first.click("Older")
    assert len(second.tree.xpath("//ul[@class='portal-messages']/li")) == 2
    assert second.click("Newest").url == court.url("messages")


def test_the_inbox_speaks_the_readers_language_even_of_older_messages(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    with at(10):
        tell(court, enrollment_id, "installment_due", "fee", due_on=date(2027, 3, 9))
    account(court, learner, language="es")
    page = court.client(learner).get(court.url("messages")).submit("Algo")
    assert "9 de marzo de 2027" in page.text
    assert "March" not in page.text


def test_a_mail_waits_for_the_end_of_the_quiet_hours(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    for hour, minute in ((10, 30), (20, 0), (3, 0)):
        with at(hour, minute):
            tell(court, enrollment_id)
    by_day, in_the_evening, at_night = sorted(messages(court, learner), key=lambda each: each.id)
    assert due(court, by_day) == datetime(2027, 3, 2, 10, 30, tzinfo=ZONE)
    assert due(court, in_the_evening) == datetime(2027, 3, 3, 9, tzinfo=ZONE)
    assert due(court, at_night) == datetime(2027, 3, 2, 9, tzinfo=ZONE)


def test_without_a_mail_address_a_letter_waits_for_the_clerk(court: TestCourt):
    learner, enrollment_id = by_name(court)
    with at(10):
        tell(court, enrollment_id)
        tell(court, enrollment_id, "installment_due", "fee", due_on=date(2027, 3, 9))
        tell(court, enrollment_id, "installment_due", "fee", due_on=date(2027, 3, 3))  # no letter arrives by then
    assert [(each.channel, each.state) for each in sorted(messages(court, learner), key=lambda each: each.id)] == [
        ("letter", "to_print"),
        ("letter", "to_print"),
        ("inbox", "kept"),
    ]
    assert "A paper for you" in court.client(learner).get(court.url("messages")).text


def test_reminders_can_be_turned_off_and_what_the_court_decides_can_not(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    form = court.client(learner).get(court.url("messages")).click("How you get messages").form("Save")
    page = form.submit(reminders_by_mail=None)
    assert "Saved." in page.text
    with at(10):
        tell(court, enrollment_id, "installment_due", "fee", due_on=date(2027, 3, 9))
        tell(court, enrollment_id, "waiver_decided", "fee")
    assert [each.channel for each in messages(court, learner)] == ["inbox", "mail"]


def test_a_reminder_that_waits_is_not_mailed_once_they_are_turned_off(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    with at(22):
        tell(court, enrollment_id, "installment_due", "fee", due_on=date(2027, 3, 9))
    court.client(learner).get(court.url("messages/how")).form("Save").submit(reminders_by_mail=None)
    run_jobs(court, "notices.send")
    (notice,) = messages(court, learner)
    assert (notice.channel, notice.state, notice.sent_at) == ("inbox", "kept", None)


def test_nothing_goes_to_the_home_of_somebody_who_asks_for_that(court: TestCourt):
    learner, enrollment_id = by_name(court)
    court.client(learner).get(court.url("messages/how")).form("Save").submit(nothing_home="y")
    with at(10):
        tell(court, enrollment_id)
    (notice,) = messages(court, learner)
    assert (notice.channel, notice.state) == ("inbox", "kept")


def test_once_an_address_bounced_letters_take_over_until_a_mail_gets_through(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    with at(10):
        tell(court, enrollment_id)
    with court.app.app_context(), court.acting(), transaction() as current:
        first = current.scalars(select(Notice).where(Notice.recipient_id == learner.id)).one()
        first.state, first.bounced_at = "bounced", clock.now()
    with at(11):
        tell(court, enrollment_id)
    with court.app.app_context(), court.acting(), transaction() as current:
        row = current.scalars(select(Notice).where(Notice.id == first.id)).one()
        row.state, row.bounced_at, row.sent_at = "sent", None, clock.now()
    with at(12):
        tell(court, enrollment_id)
    assert [each.channel for each in messages(court, learner)] == ["mail", "letter", "mail"]


def test_staff_are_told_in_their_inbox_and_by_mail(court: TestCourt):
    officer, judge = court.member(Role.OFFICER, "Told Officer"), court.member(Role.JUDGE, "Told Judge")
    with court.app.test_request_context(), court.acting(), at(10), transaction():
        tell_staff(officer.id, "paper_ready", "caseload")
        tell_roles([Role.JUDGE, Role.SUPERVISOR], "paper_ready", "caseload")
    assert [each.channel for each in messages(court, officer)] == ["mail"]
    assert [each.channel for each in messages(court, judge)] == ["mail"]
    page = court.client(officer).get(court.url("caseload"))
    assert "Messages 1 new" in page.text
    assert page.click("Messages").submit("A paper for you").link("Go to that page") == court.url("caseload")


def test_staff_may_ask_for_one_mail_a_day_and_an_urgent_message_comes_at_once(court: TestCourt):
    officer = court.member(Role.OFFICER, "Daily Officer")
    court.client(officer).get(court.url("messages/how")).form("Save").submit(once_a_day="yes")
    with court.app.test_request_context(), court.acting(), at(22), transaction():
        tell_staff(officer.id, "paper_ready", "caseload")
        tell_staff(officer.id, "paper_ready", "caseload", urgent=True)
    first, urgent = sorted(messages(court, officer), key=lambda each: each.id)
    assert (first.channel, urgent.channel) == ("inbox", "mail")
    assert due(court, urgent) == datetime(2027, 3, 3, 6, tzinfo=UTC)
