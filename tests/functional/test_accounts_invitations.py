"""Invitations: one link, one use, one court."""

from __future__ import annotations

import email
import re
import threading
from datetime import timedelta
from email import policy
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select, text

from app.accounts import invitations, second_factor
from app.accounts.invitations import LinkClosed
from app.accounts.models import Invitation
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import Refused, TooMany
from app.core.runtime import runtime
from app.notices.models import Notice
from app.permissions.identity import Role
from tenants.database import acting_as, db, session
from tests.client import Form, Page, PageClient
from tests.factories import TestCourt, make_court
from tests.functional.accounts_people import (
    PASSWORD,
    audited,
    colleague,
    invitation_token,
    members,
    run_jobs,
    sign_in,
)


def _mail_to(app: Flask, address: str) -> list[email.message.EmailMessage]:
    folder = Path(runtime_settings(app).mail_url.removeprefix("file://"))
    parsed = [
        email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in sorted(folder.glob("*.eml"))
    ]
    return [message for message in parsed if message["To"] == address]


def runtime_settings(app: Flask):
    with app.app_context():
        return runtime().settings


def _link(court: TestCourt, token: str) -> str:
    return court.url(f"staff/invitation/{token}")


def _set_up(page: Page) -> str:
    """The secret that the set-up page shows."""
    found = re.search(r"((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})", page.text)
    assert found is not None
    return found.group(1).replace(" ", "")


def _invite(court: TestCourt, address: str, browser: PageClient | None = None) -> Page:
    page = (browser or court.staff_client(Role.ADMINISTRATOR)).get(court.url("staff")).click("Invite somebody")
    return page.submit("Send the invitation", display_name="Lee Sample", email=address, role="officer")


def test_from_invitation_to_first_page(app: Flask, client: PageClient):
    court = make_court(app)
    staff = _invite(court, "Lee@court.example")
    assert "The invitation is on its way" in staff.text
    assert "lee@court.example" in staff.text
    assert run_jobs(court, "notices.send") == ["done"]
    (mail,) = [m for m in _mail_to(app, "lee@court.example") if court.slug in m.as_string()]
    link = re.search(r"http://localhost(/\S+)", mail.get_body(("plain",)).get_content())
    assert link is not None
    page = client.get(link.group(1))
    assert "Probation officer" in page.text
    assert f"Test Court {court.slug[-6:]}" in page.text
    page = page.submit("Continue", password=PASSWORD, again=PASSWORD)
    assert page.heading == "Set up your second step"
    assert page.tree.xpath("//main//*[@role='img']//*[local-name()='path'][@stroke]")
    secret = _set_up(page)
    assert _set_up(client.get(page.url)) == secret  # a reload shows the same one
    home = page.submit("Finish", code=second_factor.code_at(secret, clock.now()))
    assert "Lee Sample" in home.text
    assert client.get(court.url("account")).heading == "Your account"
    assert client.get(court.url("staff/second-factor/set-up")).heading != "Set up your second step"
    assert [member.role for member in members(court) if member.display_name == "Lee Sample"] == ["officer"]
    assert audited(court, "accounts.join") == [("staff", "done")]


def test_the_mail_is_discreet_and_its_link_unreadable_in_the_database(app: Flask):
    court = make_court(app)
    with app.test_request_context(), court.acting():
        invitation = invitations.invite(
            email="kim@court.example", display_name="Kim Sample", role=Role.JUDGE, actor=SYSTEM
        )
    with app.app_context(), court.acting():
        before = session().scalars(select(Notice).where(Notice.recipient_id == invitation.id)).one()
        assert "invitation/" not in str(before.context)
    run_jobs(court, "notices.send")
    (mail,) = [m for m in _mail_to(app, "kim@court.example") if court.slug in m.as_string()]
    assert mail["Subject"] == "Court program: set up your staff account"
    assert mail["From"].addresses[0].display_name == "Court program"
    token = re.search(r"/staff/invitation/(\S+)", mail.get_body(("plain",)).get_content()).group(1)
    assert len(token) >= 43  # 256 bits
    assert token in mail.get_body(("html",)).get_content()
    with app.app_context(), court.acting():
        everything = [
            session().execute(text("SELECT coalesce(string_agg(t::text, ''), '') FROM notice t")).scalar_one(),
            session().execute(text("SELECT coalesce(string_agg(t::text, ''), '') FROM invitation t")).scalar_one(),
            session().execute(text("SELECT coalesce(string_agg(t::text, ''), '') FROM outbox t")).scalar_one(),
            session().execute(text("SELECT coalesce(string_agg(t::text, ''), '') FROM audit_detail t")).scalar_one(),
        ]
        assert token not in "".join(everything)
        after = session().scalars(select(Notice).where(Notice.recipient_id == invitation.id)).one()
        assert (after.state, "_sealed" in after.context) == ("sent", False)


def test_only_those_who_may_invite_see_how(app: Flask):
    court = make_court(app)
    clerk = court.staff_client(Role.CLERK)
    assert "Invite somebody" not in clerk.get(court.url("staff")).text
    assert clerk.get(court.url("staff/invite")).status == 404
    assert court.staff_client(Role.OFFICER).get(court.url("staff")).status == 404


def test_faults_stand_at_their_fields(app: Flask):
    court = make_court(app)
    browser = court.staff_client(Role.ADMINISTRATOR)
    page = browser.get(court.url("staff/invite")).submit("Send the invitation", display_name="", email="x", role="")
    assert page.status == 422
    page = page.submit("Send the invitation", display_name="Lee", email="x", role="clerk")
    assert "Enter an email address like name@example.com." in page.errors()
    assert "This person is on your staff already." in " ".join(_invite(court, colleague(court).email).errors())
    _invite(court, "twice@court.example", browser)
    assert "has an open invitation already" in " ".join(_invite(court, "twice@court.example", browser).errors())


def test_a_double_submit_is_one_invitation(app: Flask):
    court = make_court(app)
    form = court.staff_client(Role.ADMINISTRATOR).get(court.url("staff/invite")).form("Send the invitation")
    for _ in range(2):
        page = form.submit(display_name="Lee Sample", email="once@court.example", role="clerk")
        assert page.heading == "Staff"
    with app.app_context(), court.acting():
        assert len(session().scalars(select(Invitation)).all()) == 1


def test_links_that_no_longer_work(app: Flask, client: PageClient):
    court = make_court(app)
    used, expired = invitation_token(court), invitation_token(court)
    client.get(_link(court, used)).submit("Continue", password=PASSWORD, again=PASSWORD)
    page = PageClient(app).get(_link(court, used))
    assert page.status == 410
    assert page.link("Sign in as court staff").endswith("/staff/sign-in")
    with clock.moved_to(clock.now() + timedelta(days=7)):
        page = client.get(_link(court, expired))
        assert page.status == 410
        assert "Ask the court administrator" in page.text
    with clock.moved_to(clock.now() + timedelta(days=7, seconds=-60)):
        assert client.get(_link(court, expired)).status == 200
    page = client.get(_link(court, "no-such-token"))
    assert page.status == 404
    assert "check that you have all of it" in page.text


def test_taking_back_and_sending_again(app: Flask, client: PageClient):
    court = make_court(app)
    browser = court.staff_client(Role.ADMINISTRATOR)
    first = invitation_token(court, email="again@court.example")
    page = browser.get(court.url("staff")).submit("Send again")
    assert "The link sent before no longer works." in page.text
    assert client.get(_link(court, first)).status == 404
    run_jobs(court, "notices.send")
    (mail,) = [m for m in _mail_to(app, "again@court.example") if court.slug in m.as_string()]
    second = re.search(r"/staff/invitation/(\S+)", mail.get_body(("plain",)).get_content()).group(1)
    assert client.get(_link(court, second)).status == 200
    assert "taken back" in browser.get(court.url("staff")).submit("Take back").text
    assert client.get(_link(court, second)).status == 410
    assert audited(court, "accounts.revoke_invitation") == [("staff", "done")]


def test_sending_two_again_from_one_page_sends_both(app: Flask):
    court = make_court(app)
    browser = court.staff_client(Role.ADMINISTRATOR)
    for number in range(2):
        invitation_token(court, email=f"{number}@both.example")
    page = browser.get(court.url("staff"))
    for element in page.tree.xpath("//form[contains(@action, '/resend')]"):
        Form(page, element).submit()
        Form(page, element).submit()  # a double click sends no second mail
    assert run_jobs(court, "notices.send") == ["done", "done"]


@pytest.mark.proves("AU-6")
def test_twenty_at_once_are_one(app: Flask):
    court = make_court(app)
    token = invitation_token(court, email="race@court.example")
    start = threading.Barrier(20)
    outcomes: list[str] = []

    def accept() -> None:
        with app.test_request_context(), acting_as(court.id):
            start.wait()
            try:
                invitations.accept_new(token, password=PASSWORD, actor=SYSTEM)
                outcomes.append("joined")
            except LinkClosed:
                outcomes.append("closed")
            except Exception as error:  # a thread's fault must reach the test
                outcomes.append(repr(error))

    threads = [threading.Thread(target=accept) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["closed"] * 19 + ["joined"]
    assert len(members(court)) == 1


@pytest.mark.proves("CO-4")
def test_an_invitation_is_unknown_in_another_court(app: Flask, client: PageClient):
    here, there = make_court(app), make_court(app)
    token = invitation_token(here)
    assert client.get(_link(there, token)).status == 404
    assert client.get(_link(here, token)).status == 200


def test_somebody_known_from_another_court_joins_with_the_same_sign_in(app: Flask, client: PageClient):
    here, there = make_court(app), make_court(app)
    person = colleague(here)
    token = invitation_token(there, email=person.email, role=Role.JUDGE, name="Judge Example")
    page = client.get(_link(there, token))
    assert page.heading == "Join this court"
    wrong = page.submit("Join", password="not mine at all", code=person.code())
    assert wrong.errors()
    wrong = page.submit("Join", password=PASSWORD, code="000000")
    assert "This code does not fit" in " ".join(wrong.errors())
    assert members(there) == []
    home = page.submit("Join", password=PASSWORD, code=person.code())
    assert "Judge Example" in home.text
    assert client.get(there.url("account")).heading == "Your account"
    assert "Pat Example" not in home.text  # the name at the other court is the other court's
    # The code was used up for both courts.
    code = person.code()
    page = PageClient(app).get(here.url("staff/sign-in")).submit("Continue", email=person.email, password=PASSWORD)
    assert page.submit("Sign in", code=code).errors()
    with clock.moved_to(clock.now() + timedelta(seconds=30)):
        assert "Pat Example" in sign_in(PageClient(app), person).text


def test_an_invitation_taken_back_hides_the_credential_again(app: Flask):
    here, there = make_court(app), make_court(app)
    person = colleague(here)
    invitation_token(there, email=person.email)
    count = text("SELECT count(*) FROM staff_credential WHERE email = :email")
    with app.app_context(), there.acting():
        assert session().execute(count, {"email": person.email}).scalar_one() == 1
        invitations.revoke(invitations.lookups.open_invitations()[0].id, actor=SYSTEM)
        assert session().execute(count, {"email": person.email}).scalar_one() == 0


def test_guesses_at_a_known_person_s_password_are_limited(app: Flask):
    here, there = make_court(app), make_court(app)
    person = colleague(here)
    token = invitation_token(there, email=person.email)
    with app.test_request_context(), there.acting():
        for _ in range(5):
            with pytest.raises(Refused):
                invitations.accept_known(token, password="wrong", code="000000", actor=SYSTEM)
        with pytest.raises(TooMany):
            invitations.accept_known(token, password=PASSWORD, code=person.code(), actor=SYSTEM)


@pytest.mark.proves("AU-1", "AU-2")
@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("seven77", "Use at least 8 characters."),
        ("password123", "Many people use this password"),
        ("P@ssw0rd!", "Many people use this password"),
        ("qwertyuiop", "Many people use this password"),
        ("abcabcabc", "Many people use this password"),
        ("my JaneSchool pass", "easy to guess here"),
        ("pat.smith 2026!", "easy to guess here"),
    ],
)
def test_passwords_that_are_refused_with_the_reason(app: Flask, client: PageClient, password: str, reason: str):
    court = make_court(app)
    token = invitation_token(court, email="pat.smith@court.example")
    page = client.get(_link(court, token)).submit("Continue", password=password, again=password)
    assert page.status == 422
    assert reason in " ".join(page.errors())
    assert client.get(_link(court, token)).status == 200  # the link is not used up


def test_the_two_passwords_must_be_the_same(app: Flask, client: PageClient):
    court = make_court(app)
    page = client.get(_link(court, invitation_token(court)))
    assert "The two passwords are not the same." in page.submit("Continue", password=PASSWORD, again="x").errors()


def test_the_staff_page_costs_few_statements(app: Flask):
    court = make_court(app)
    for number in range(12):
        court.member(Role.CLERK, f"Clerk {number}")
        invitation_token(court)
    browser = court.staff_client(Role.ADMINISTRATOR)
    with app.app_context():
        engine = db.engine
    seen: list[str] = []

    def count(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        page = browser.get(court.url("staff"))
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert "Clerk 11" in page.text
    assert len(seen) <= 12
