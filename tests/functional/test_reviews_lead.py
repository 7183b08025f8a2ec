"""Lead facilitators: what others flag reaches them first, over their courts; they answer or pass it on."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.errors import NotFound, Refused
from app.core.models import AuditEvent
from app.notices.models import Notice
from app.permissions.identity import Role
from app.reviews import flags, mirror
from app.reviews.models import ReviewFlag
from app.reviews.rules import FlagReason, Kind
from tenants.database import session
from tests.caseloads import statements
from tests.factories import TestCourt, make_court
from tests.functional.accounts_people import Colleague
from tests.functional.reviews_kit import (
    NAME,
    WORDS,
    also_at,
    facilitator,
    flagged,
    handed_in,
    lead,
    sent_check_in,
    sign_in,
)


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def told(court: TestCourt, template: str) -> set[object]:
    with court.app.app_context(), court.acting():
        return {row.recipient_id for row in session().scalars(select(Notice).where(Notice.template == template))}


def row_of(court: TestCourt, flag: ReviewFlag) -> ReviewFlag:
    with court.app.app_context(), court.acting():
        return session().scalars(select(ReviewFlag).where(ReviewFlag.id == flag.id)).one()


def leading_at(one: TestCourt, *others: TestCourt) -> Colleague:
    person = facilitator(one)
    lead(one, person.membership_id)
    for other in others:
        lead(other, also_at(person, other))
    return person


@pytest.mark.proves("AC-2", "CO-7")
def test_a_lead_answers_what_was_flagged_at_any_court_of_theirs(app: Flask, court: TestCourt) -> None:
    other, stranger = make_court(app), make_court(app)
    person = leading_at(court, other)
    raised = flagged(other, handed_in(other, "Text of the reflection itself."))
    flagged(stranger, handed_in(stranger))
    browser = sign_in(person)
    queue = browser.get("/review/")
    assert "Participant" in queue.text, "the reflection itself waits, too"
    page = queue.click("Flagged by others")
    assert len(page.tree.xpath("//tbody/tr")) == 1
    assert NAME not in page.data.decode()
    assert WORDS not in page.text, "nothing of it stands in the queue over courts"
    opened = page.click("Participant")
    assert WORDS in opened.text
    assert "Text of the reflection itself." in opened.text
    assert NAME not in opened.data.decode()
    assert opened.submit("Answer, and settle it", words=" ", answer="1").status == 422
    after = opened.submit("Answer, and settle it", words="It is their own, I asked.", answer="1")
    assert "Your answer is sent." in after.text
    assert "Nothing is flagged" in after.text
    assert browser.get(opened.url).status == 404
    row = row_of(other, raised)
    assert (row.judgment, row.passed_at) == ("It is their own, I asked.", None)
    assert told(other, "review_flag_answered") == {raised.raised_by}
    assert told(other, "review_flag_passed") == set()
    reader = other.staff_client(Role.FACILITATOR, "Fay Reader")
    assert "It is their own, I asked." in reader.get(other.url("reviews/my-flags")).text
    supervisor = other.staff_client(Role.SUPERVISOR)
    assert "Looked at" in supervisor.get(other.url("reviews/oversight")).text
    with other.app.app_context(), other.acting():
        done = set(session().scalars(select(AuditEvent.action).where(AuditEvent.actor_id == row.judged_by)))
    assert {"learning.read_reflection", "reviews.judge_flag"} <= done


def test_a_lead_passes_a_flag_on_and_the_court_judges_it(court: TestCourt) -> None:
    person = leading_at(court)
    supervisor = court.member(Role.SUPERVISOR)
    raised = flagged(court, sent_check_in(court, "A hard month."), Kind.CHECK_IN)
    by_court = court.client(supervisor)
    assert "With the lead facilitator" in by_court.get(court.url("reviews/oversight")).text
    opened = sign_in(person).get("/review/flagged").click("Participant")
    assert "A hard month." in opened.text
    after = opened.submit("Pass it on to the court", words="This is for the officer.", pass_on="1")
    assert "The court's supervisors will look at it." in after.text
    assert told(court, "review_flag_passed") == {supervisor.id}
    page = by_court.get(court.url("reviews/oversight"))
    assert "Waits for a supervisor" in page.text
    page = page.click(NAME)
    assert "This is for the officer." in page.text
    page.submit("Save", words="Talked with the officer.")
    assert row_of(court, raised).judgment == "Talked with the officer."
    assert told(court, "review_flag_answered") == {raised.raised_by}
    assert (
        "Talked with the officer."
        in court.staff_client(Role.FACILITATOR, "Fay Reader").get(court.url("reviews/my-flags")).text
    )


@pytest.mark.proves("AC-2")
def test_only_a_lead_of_the_court_and_language_sees_or_decides_it_and_nobody_their_own(
    app: Flask, court: TestCourt
) -> None:
    elsewhere, spanish, plain = make_court(app), facilitator(court), facilitator(court)
    lead(court, spanish.membership_id, language="es")
    first = flagged(court, handed_in(court))
    assert not first.for_lead, "whoever leads here reads Spanish alone: the supervisor is asked, as ever"
    person, away = leading_at(court), leading_at(elsewhere)
    also_at(away, court)  # reviews here, leads there
    raised = flagged(court, handed_in(court))
    assert raised.for_lead
    with court.app.app_context(), court.acting():
        assert mirror.differences() == ([], [])
    by_lead, *others = (sign_in(one) for one in (person, spanish, away, plain))
    assert others[-1].get("/review/flagged").status == 404
    for other in others[:-1]:
        assert "Nothing is flagged" in other.get("/review/flagged").text
    page = by_lead.get("/review/flagged").click("Participant")
    for other in others:
        assert other.get(page.url).status == 404
    assert by_lead.get(page.url.replace("/flagged/", "/item/")).status == 404
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        reader = court.member(Role.FACILITATOR, "Fay Reader")
        with pytest.raises(NotFound):
            flags.answer(raised.id, "Mine.", actor=reader)
        me = court.member(Role.FACILITATOR)
    lead(court, me.id)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        own = flags.flag(Kind.REFLECTION, raised.subject_id, FlagReason.OTHER, "Mine.", actor=me)
        for decide in (flags.answer, flags.pass_on):
            with pytest.raises(Refused):
                decide(own.id, "I say so.", actor=me)
        flags.pass_on(raised.id, "First.", actor=me)
        with pytest.raises(Refused):
            flags.answer(raised.id, "Second.", actor=me)


def test_the_flagged_page_asks_the_database_little(court: TestCourt) -> None:
    person = leading_at(court)
    for _number in range(3):
        flagged(court, sent_check_in(court), Kind.CHECK_IN)
    browser = sign_in(person)
    with statements(court.app) as seen:
        page = browser.get("/review/flagged")
    assert len(seen) <= 12, seen
    assert len(page.tree.xpath("//tbody/tr")) == 3
