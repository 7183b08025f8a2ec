"""What a learner types is never lost: drafts on the server, two devices, a sign-in that ends, and a break anywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.drafts.models import KeptText
from app.accounts.drafts.services import forget_old
from app.core import clock
from app.learning.models import Reflection
from app.permissions.identity import Role
from tenants.database import session
from tests.client import Page
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.functional.learning_steps import WORDS, Learner

LESSON = "your-first-step"


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    publish(app)
    return make_court(app)


@pytest.fixture(scope="module")
def writer(court: TestCourt) -> Learner:
    """Somebody who has come to the lesson in which they write."""
    learner = Learner(court)
    learner.all_before(LESSON)
    return learner


def kept(learner: Learner) -> list[KeptText]:
    with learner.court.app.app_context(), learner.court.acting():
        return list(session().scalars(select(KeptText).where(KeptText.account_id == learner.identity.id)))


def save(page: Page, text: str) -> Page:
    """What the button "Save for later" sends."""
    return page.client.post(page.url.rsplit("/lessons/")[0] + "/typed", {**page.form("Hand in").values(), "text": text})


def box(page: Page) -> str:
    return str(page.form("Hand in").values()["text"]).strip()


def test_two_devices_never_overwrite_each_other(court: TestCourt, writer: Learner):
    phone, desk = court.client(writer.identity), court.client(writer.identity)
    on_phone, on_desk = phone.get(writer.url(LESSON)), desk.get(writer.url(LESSON))
    save(on_phone, "Written on the phone.")
    with clock.moved_to(clock.now() + timedelta(minutes=3)):
        save(on_desk, "Written at the desk, later.")
        for browser in (phone, desk):
            page = browser.get(writer.url(LESSON))
            assert box(page) == "Written at the desk, later."
            assert "What you typed is back" in page.text
            assert "Written on the phone." in page.text
            assert "Nothing was overwritten" in page.text


def test_going_on_elsewhere_leaves_one_text_and_no_clutter(court: TestCourt):
    writer = Learner(court)
    writer.all_before(LESSON)
    phone, desk = court.client(writer.identity), court.client(writer.identity)
    save(phone.get(writer.url(LESSON)), "Begun on the phone")
    going_on = desk.get(writer.url(LESSON))
    assert box(going_on) == "Begun on the phone"
    save(going_on, "Begun on the phone, ended at the desk")
    assert [row.fields["text"] for row in kept(writer)] == ["Begun on the phone, ended at the desk"]
    page = phone.get(writer.url(LESSON))
    page.submit("Hand in", text=WORDS)
    assert kept(writer) == []
    assert writer.rows(Reflection)[0].text == WORDS


def test_what_is_typed_is_its_writers_alone(court: TestCourt, writer: Learner):
    save(writer.browser.get(writer.url(LESSON)), "Nobody else reads this canary.")
    other = Learner(court)
    other.all_before(LESSON)
    assert "canary" not in other.browser.get(other.url(LESSON)).text
    for role in (Role.FACILITATOR, Role.OFFICER, Role.CLERK, Role.ADMINISTRATOR):
        staff = court.staff_client(role)
        for address in ("reflections", f"cases/{writer.enrollment_id}", "audit"):
            assert "canary" not in staff.get(court.url(address)).text
    assert [row.place for row in kept(other)] == []


def test_too_much_is_refused_and_nothing_strange_is_kept(court: TestCourt, writer: Learner):
    page = writer.browser.get(writer.url(LESSON))
    before = len(kept(writer))
    assert "too long to be kept" in save(page, "x" * 30_000).text
    token = page.form("Hand in").values()["csrf_token"]
    for place in ("", "../etc", "A/b", "one", "x" * 200 + "/y"):
        data = {"keep_place": place, "text": "words", "csrf_token": token}
        assert "can not be kept" in writer.browser.post(court.url("typed"), data).text
    away = {"keep_place": "reflection/a/b", "text": "w", "keep_back": "https://evil.example/", "csrf_token": token}
    assert writer.browser.post(court.url("typed"), away).heading.startswith("Hello, ")
    assert len(kept(writer)) <= before + 1


def test_after_a_month_it_goes(court: TestCourt, writer: Learner):
    save(writer.browser.get(writer.url(LESSON)), "Never sent")
    with court.app.app_context(), court.acting(), clock.moved_to(clock.now() + timedelta(days=29)):
        forget_old()
    assert kept(writer)
    with court.app.app_context(), court.acting(), clock.moved_to(clock.now() + timedelta(days=31)):
        forget_old()
    assert kept(writer) == []


@pytest.mark.proves("SE-3")
def test_a_form_sent_after_the_sign_in_ended_is_handed_back_and_can_be_sent(court: TestCourt):
    writer = Learner(court)
    writer.all_before(LESSON)
    page = writer.browser.get(writer.url(LESSON))
    with clock.moved_to(clock.now() + timedelta(hours=3)):
        ended = page.submit("Hand in", text=WORDS)
        assert ended.status == 401
        assert ended.heading == "You were signed out"
        assert WORDS.strip() in ended.text
        assert writer.rows(Reflection) == []
        assert "/sign-in?next=" in ended.link("Sign in again")
        # In another tab they sign in; the cookie is the browser's.
        fresh = court.client(writer.identity)
        writer.browser.http = fresh.http
        ended.client.http = fresh.http
        stale = ended.submit("Send it now")
        stale.submit("Send it now")
        assert [row.text.strip() for row in writer.rows(Reflection)] == [WORDS.strip()]


@pytest.mark.proves("SE-3")
def test_a_sign_in_is_warned_of_its_end_and_goes_on_when_asked(court: TestCourt):
    writer = Learner(court)
    page = writer.browser.get(court.url("lessons"))
    dialog = page.tree.xpath("//dialog[@data-session]")[0]
    assert int(dialog.get("data-idle")) == 2 * 3600
    assert 11 * 3600 < int(dialog.get("data-ends")) <= 12 * 3600
    token = page.tree.xpath("//input[@name='csrf_token']")[0].get("value")
    now = clock.now()
    for hours in (1.9, 3.8, 5.7):
        with clock.moved_to(now + timedelta(hours=hours)):
            assert writer.browser.post(court.url("stay-signed-in"), {"csrf_token": token}).status == 200
    with clock.moved_to(now + timedelta(hours=7)):
        assert writer.browser.get(court.url("lessons")).heading == "Lessons"
    clerk = court.staff_client(Role.CLERK).get(court.url("caseload"))
    assert int(clerk.tree.xpath("//dialog[@data-session]")[0].get("data-idle")) == 30 * 60


def test_a_break_is_one_click_from_every_page_of_a_learner_and_leads_back(court: TestCourt):
    learner = Learner(court)
    for address in ("", "my-program", "lessons", "my-time", "check-ins", "my-fee", "documents", "account"):
        page = learner.browser.get(court.url(address))
        if page.status != 200:
            continue
        rest = page.click("I need a break")
        assert "988" in rest.text
        assert rest.click("Go back to where you were").url == page.url
    assert "I need a break" not in court.staff_client(Role.CLERK).get(court.url("caseload")).text
    foreign = learner.browser.get(court.url("lessons/take-a-break?back=https://evil.example/"))
    assert "Go back to where you were" not in foreign.text
