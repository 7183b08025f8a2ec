"""Messages between officer and participant: who reads them, what goes out, and when nothing more is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.holding import withdraw
from app.cases.lookups import the_enrollment
from app.cases.messages.models import CaseMessage
from app.cases.messages.rules import PER_HOUR
from app.cases.messages.services import send_message
from app.core import clock
from app.core.errors import Refused
from app.core.models import AuditDetail, AuditEvent
from app.notices.compose import compose
from app.notices.models import Notice
from app.permissions.identity import Identity, Role
from tenants.database import session, transaction
from tests.factories import TestCourt, make_court, make_learner, make_referral

NOW = datetime(2027, 2, 10, 18, 0, tzinfo=UTC)
ASKED, ANSWERED = "Can I come on Tuesday? Canary Zinnia.", "Yes, Tuesday is good. Canary Yarrow."


def notices(court: TestCourt, template: str) -> list[Notice]:
    with court.app.app_context(), court.acting():
        query = select(Notice).where(Notice.template == template).order_by(Notice.created_at, Notice.id)
        return list(session().scalars(query))


def assigned(court: TestCourt, officer: Identity, **fields: object) -> tuple[Identity, UUID]:
    return make_learner(court, officer_id=officer.id, **fields)


@pytest.mark.proves("CD-1")
def test_a_thread_from_question_to_answer(app: Flask):
    court = make_court(app)
    officer = court.member(Role.OFFICER, "Anna Officer")
    with clock.moved_to(NOW):
        learner, case = assigned(court, officer)
        theirs, ours = court.client(learner), court.client(officer)
        page = theirs.get(court.url("my-officer"))
        assert "Anna Officer reads this" in page.text
        assert "Do not describe your arrest" in page.text
        assert "Write the message." in page.submit("Send the message", text=" ").errors()
        page.submit("Send the message", text=ASKED)
        page.submit("Send the message", text=ASKED)  # sent twice: one message
    with clock.moved_to(NOW + timedelta(minutes=5)):
        page = ours.get(court.url(f"cases/{case}/messages"))
        assert page.text.count("Zinnia") == 1
        assert "New" in page.text
        page.submit("Send the message", text=ANSWERED)
        page.submit("I have read this")
        home = theirs.get(court.url("my-program"))
        page = home.click("Read the message")
        assert "Yarrow" in page.text
        assert "Read on" in page.text  # the question was
        page = page.submit("I have read this")
        assert "Read the message" not in theirs.get(court.url("my-program")).text
        assert "Read on" in ours.get(court.url(f"cases/{case}/messages")).text
    # What goes out says that there is a message, and nothing else.
    for template, reader in (("case_message", learner.id), ("case_message_staff", officer.id)):
        (notice,) = notices(court, template)
        assert notice.recipient_id == reader
        with app.app_context(), court.acting():
            mail = compose(notice, "Court").as_string()
        for secret in ("Zinnia", "Yarrow", "Sample", "Robin"):
            assert secret not in mail
    # The audit knows that they wrote, and not what.
    with app.app_context(), court.acting():
        deeds = session().scalars(select(AuditEvent).where(AuditEvent.action == "cases.send_message")).all()
        details = session().scalars(select(AuditDetail).where(AuditDetail.id.in_([one.id for one in deeds]))).all()
        assert len(deeds) == 2
        assert all(not one.old and not one.new for one in details)


@pytest.mark.proves("AC-3", "CO-7")
def test_nobody_else_reads_a_thread(app: Flask):
    court, other = make_court(app), make_court(app)
    officer, colleague = court.member(Role.OFFICER, "Anna"), court.member(Role.OFFICER, "Ben")
    learner, case = assigned(court, officer)
    _theirs, foreign = assigned(other, other.member(Role.OFFICER))
    with app.test_request_context(), court.acting():
        send_message(case, ASKED, actor=learner)
    thread = court.url(f"cases/{case}/messages")
    for role in (Role.JUDGE, Role.PROSECUTOR, Role.FACILITATOR, Role.CLERK, Role.ADMINISTRATOR):
        assert court.staff_client(role).get(thread).status == 404, role
    assert court.client(colleague).get(thread).status == 404
    assert other.staff_client(Role.SUPERVISOR).get(other.url(f"cases/{case}/messages")).status == 404
    assert court.client(officer).get(court.url(f"cases/{foreign}/messages")).status == 404
    for role in (Role.OFFICER, Role.SUPERVISOR):
        client = court.client(officer) if role is Role.OFFICER else court.staff_client(role)
        assert "Zinnia" in client.get(thread).text
    stranger, _other_case = make_learner(court)
    assert "Zinnia" not in court.client(stranger).get(court.url("my-officer")).text
    # The case goes to somebody else: the thread goes with it. Nobody's: the clerk answers.
    with app.app_context(), court.acting(), transaction():
        the_enrollment(case, lock=True).officer_id = colleague.id
    assert court.client(officer).get(thread).status == 404
    assert "Zinnia" in court.client(colleague).get(thread).text
    with app.app_context(), court.acting(), transaction():
        the_enrollment(case, lock=True).officer_id = None
    assert "Zinnia" in court.staff_client(Role.CLERK).get(thread).text
    assert court.staff_client(Role.JUDGE).get(thread).status == 404


def test_limits_closed_cases_and_people_who_have_not_enrolled(app: Flask):
    court = make_court(app)
    officer, clerk = court.member(Role.OFFICER), court.member(Role.CLERK)
    with clock.moved_to(NOW), app.test_request_context(), court.acting():
        learner, case = assigned(court, officer)
        for number in range(PER_HOUR):
            send_message(case, f"Message {number}", actor=learner)
        with pytest.raises(Refused):
            send_message(case, "One more", actor=learner)
        send_message(case, "The other side is not held up.", actor=officer)
    assert len(notices(court, "case_message_staff")) == 1  # ten unread messages are one mail
    page = court.client(learner).get(court.url("my-officer"))
    assert "Message 9" in page.text
    with clock.moved_to(NOW + timedelta(hours=2)), app.test_request_context(), court.acting():
        send_message(case, "Later", actor=learner)
        withdraw(case, reason="Order vacated", actor=clerk)
        with pytest.raises(Refused):
            send_message(case, "Too late", actor=officer)
        referred = make_referral(court, officer_id=officer.id)
        with pytest.raises(Refused):
            send_message(referred, "Nobody reads this", actor=officer)
    page = court.client(officer).get(court.url(f"cases/{case}/messages"))
    assert "Send the message" not in page.text
    assert "Later" in page.text


def test_older_messages_are_a_page_away(app: Flask):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    learner, case = assigned(court, officer)
    with app.app_context(), court.acting(), transaction() as current:
        for number in range(65):
            at = NOW + timedelta(minutes=number // 2)  # pairs of one instant
            current.add(CaseMessage(enrollment_id=case, at=at, author_id=officer.id, text=f"Number {number:03d}."))
    page, seen = court.client(learner).get(court.url("my-officer")), []
    while True:
        shown = ["".join(one.itertext()) for one in page.tree.xpath("//p[@class='portal-thread__text']")]
        seen = shown + seen
        if "Earlier messages" not in page.text:
            break
        page = page.click("Earlier messages")
    assert sorted(seen) == [f"Number {number:03d}." for number in range(65)]
    assert page.click("Back to the newest").status == 200


def test_texts_to_start_from_in_the_participants_language(app: Flask):
    court = make_court(app)
    officer, clerk = court.member(Role.OFFICER, "Anna Officer"), court.staff_client(Role.CLERK)
    _learner, case = assigned(court, officer, given_names="Luis Miguel", language="es")
    page = clerk.get(court.url("message-templates")).click("Write a text of your own")
    assert "Give the text a title." in page.submit("Save the text", en="x").errors()
    page = page.submit(
        "Save the text", title="Room moved", en="Hello [first name], room [room].", es="Hola, [nombre]: sala [sala]."
    )
    assert "Room moved" in page.text
    changed = page.click("Room moved").submit("Save the text", title="Room is moved")
    assert "Room is moved" in changed.text
    ours = court.client(officer)
    start = ours.get(court.url(f"cases/{case}/messages"))
    (own,) = start.tree.xpath("//select[@id='start']/option[.='Room is moved']/@value")
    page = ours.get(court.url(f"cases/{case}/messages?start={own}"))
    assert page.form("Send the message").values()["text"] == "Hola, Luis: sala [sala]."
    assert "[sala]" in page.submit("Send the message").text  # refused: a place was not filled
    with app.app_context(), court.acting():
        assert session().scalars(select(CaseMessage)).all() == []
    page.submit("Send the message", text="Hola, Luis: sala 4.")
    clerk.get(court.url("message-templates")).submit("Offer it no longer (Room is moved)")
    assert ours.get(court.url(f"cases/{case}/messages?start={own}")).status == 404
    assert ours.get(court.url(f"cases/{case}/messages?start=nonsense")).status == 404
    assert ours.get(court.url("message-templates")).status == 404
