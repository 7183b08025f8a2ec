"""One's own sign-in: password, authenticator app, recovery codes, sign-ins elsewhere."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from app.accounts import second_factor, sessions
from app.accounts.models import StaffCredential
from app.core import clock
from app.permissions.identity import Role
from tenants.database import session
from tests.client import Page, PageClient
from tests.factories import TestCourt, make_court
from tests.functional.accounts_people import (
    PASSWORD,
    Colleague,
    audited,
    colleague,
    give_password,
    invitation_token,
    sign_in,
)
from tests.functional.test_accounts_learners import PASSWORD as LEARNER_PASSWORD
from tests.functional.test_accounts_learners import account, enter

NEW = "seven quiet rivers"


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


def _own(client: PageClient, court: TestCourt, words: str) -> Page:
    return client.get(court.url("account")).click(words)


def _change(client: PageClient, court: TestCourt, new: str, current: str = PASSWORD, again: str | None = None) -> Page:
    page = _own(client, court, "Change your password")
    return page.submit("Change my password", current=current, password=new, again=new if again is None else again)


def _codes(client: PageClient, court: TestCourt) -> list[str]:
    page = _own(client, court, "Recovery codes").submit("Make ten new codes", current=PASSWORD)
    return re.findall(r"\b[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}\b", page.text)


def test_a_new_password_ends_every_other_sign_in(app: Flask, court: TestCourt, client: PageClient):
    person, elsewhere = colleague(court), PageClient(app)
    sign_in(elsewhere, person)
    with clock.moved_to(clock.now() + timedelta(minutes=1)):
        sign_in(client, person)
        page = _change(client, court, NEW)
        assert "Your password is changed." in page.text
        assert client.get(court.url("account")).heading == "Your account"
        assert elsewhere.get(court.url("account")).heading == "Sign in"
        assert give_password(PageClient(app), person).status == 422
        assert give_password(PageClient(app), person, NEW).heading == "Enter your code"
    assert ("staff", "done") in audited(court, "accounts.change_password")


def test_a_new_password_ends_the_sign_ins_at_other_courts(app: Flask, court: TestCourt, client: PageClient):
    """One credential, two courts: what ends at one ends at the other, though neither sees the other's sessions."""
    person = colleague(court)
    there = make_court(app)
    other = _joined(app, there, person)
    with clock.moved_to(clock.now() + timedelta(minutes=2)):
        sign_in(client, person)
        assert other.get(there.url("account")).heading == "Your account"
        _change(client, court, NEW)
        assert other.get(there.url("account")).heading == "Sign in"


def _joined(app: Flask, there: TestCourt, person: Colleague) -> PageClient:
    """The same person, invited to and signed in at a second court."""
    browser = PageClient(app)
    token = invitation_token(there, email=person.email)
    with clock.moved_to(clock.now() + timedelta(minutes=1)):
        page = browser.get(there.url(f"staff/invitation/{token}"))
        page.submit("Join", password=PASSWORD, code=person.code())
    return browser


@pytest.mark.proves("AU-1", "AU-2")
@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("short77", "Use at least 8 characters."),
        ("password123", "Many people use this password"),
        ("my JaneSchool pass", "easy to guess here"),
    ],
)
def test_passwords_that_are_refused(court: TestCourt, client: PageClient, new: str, reason: str):
    person = colleague(court)
    sign_in(client, person)
    page = _change(client, court, new)
    assert page.status == 422
    assert reason in " ".join(page.errors())
    assert give_password(PageClient(court.app), person).heading == "Enter your code"


@pytest.mark.proves("AU-2")
def test_the_court_s_own_name_is_refused(app: Flask, client: PageClient):
    court = make_court(app, name="Magnolia County Court")
    sign_in(client, colleague(court))
    page = _change(client, court, "magnolia blossoms")
    assert "“magnolia” is easy to guess here" in " ".join(page.errors())


def test_the_present_password_is_asked_and_guesses_lock(court: TestCourt, client: PageClient):
    person = colleague(court)
    sign_in(client, person)
    for _ in range(5):
        assert "This is not your password." in _change(client, court, NEW, current="wrong").errors()
    assert _change(client, court, NEW).status == 429
    assert client.get(court.url("account")).status == 200  # whoever works goes on working


def test_learners_change_theirs_too(court: TestCourt, client: PageClient):
    account(court, "email", "own@mail.example")
    enter(client, court, "own@mail.example")
    refused = _change(client, court, "14 characters.", current=LEARNER_PASSWORD)
    assert "Use at least 15 characters." in " ".join(refused.errors())
    assert "Your password is changed." in _change(client, court, NEW, current=LEARNER_PASSWORD).text
    assert enter(PageClient(court.app), court, "own@mail.example").status == 422
    assert "Robin Sample" in enter(PageClient(court.app), court, "own@mail.example", NEW).text
    for path in ("account/app", "account/app/finish", "account/recovery-codes"):
        assert client.get(court.url(path)).status == 404


def test_another_app_takes_the_old_one_s_place(app: Flask, court: TestCourt, client: PageClient):
    person = colleague(court)
    sign_in(client, person)
    page = _own(client, court, "Set up another authenticator app").submit("Continue", current=PASSWORD)
    found = re.search(r"((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})", page.text)
    assert found is not None
    new = Colleague(court, person.email, found.group(1).replace(" ", ""), person.membership_id)
    later = clock.now() + timedelta(minutes=2)
    with clock.moved_to(later):
        assert "Pat Example" in sign_in(PageClient(app), person).text  # the old one works until then
        assert "This code does not fit" in " ".join(page.submit("Finish", code=person.code()).errors())
        assert "Your new app is set up." in page.submit("Finish", code=new.code()).text
    with clock.moved_to(later + timedelta(minutes=2)):
        assert "This code does not fit" in " ".join(sign_in(PageClient(app), person).errors())
        assert "Pat Example" in sign_in(PageClient(app), new).text


@pytest.mark.proves("AU-3")
def test_recovery_codes_work_once_each(app: Flask, court: TestCourt, client: PageClient):
    person = colleague(court)
    sign_in(client, person)
    codes = _codes(client, court)
    assert len(set(codes)) == 10
    assert codes[0] not in client.get(court.url("account/recovery-codes")).text  # shown once

    def use(code: str) -> Page:
        page = give_password(PageClient(app), person).click("Use a recovery code")
        return page.submit("Sign in", code=code)

    page = use(codes[0].upper().replace("-", " "))
    assert "Pat Example" in page.text
    assert "You have 9 recovery codes left." in page.text
    assert "it was used already" in " ".join(use(codes[0]).errors())
    assert "You have 8 recovery codes left." in use(codes[1]).text


@pytest.mark.proves("AU-3")
def test_new_recovery_codes_end_the_old_ones(app: Flask, court: TestCourt, client: PageClient):
    person = colleague(court)
    sign_in(client, person)
    old, new = _codes(client, court), _codes(client, court)
    page = give_password(PageClient(app), person).click("Use a recovery code")
    assert page.submit("Sign in", code=old[0]).status == 422
    assert "Pat Example" in page.submit("Sign in", code=new[0]).text


@pytest.mark.proves("AU-3")
def test_recovery_codes_lie_hashed_and_are_nobody_else_s(app: Flask, court: TestCourt, client: PageClient):
    person, other = colleague(court), colleague(court)
    sign_in(client, person)
    codes = _codes(client, court)
    with app.app_context(), court.acting():
        rows = session().query(StaffCredential).filter(StaffCredential.email == person.email).one()
    kept = " ".join(rows.recovery_digests or ())
    assert len(rows.recovery_digests or ()) == 10
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    page = give_password(PageClient(app), other).click("Use a recovery code")
    assert page.submit("Sign in", code=codes[0]).status == 422


@pytest.mark.proves("AU-4")
def test_guesses_at_recovery_codes_lock(app: Flask, court: TestCourt, client: PageClient):
    person = colleague(court)
    page = give_password(client, person).click("Use a recovery code")
    for _ in range(5):
        assert page.submit("Sign in", code="aaaa-bbbb-cccc").status == 422
    assert page.submit("Sign in", code="aaaa-bbbb-cccc").status == 429
    assert give_password(PageClient(app), person).status == 429


def test_sign_ins_are_listed(court: TestCourt, client: PageClient):
    person = colleague(court)
    sign_in(client, person)
    with clock.moved_to(clock.now() + timedelta(minutes=3)):
        sign_in(PageClient(court.app), person)
        page = client.get(court.url("account"))
    assert page.text.count("last seen") == 3  # the set-up's, which is open too, and these two
    assert page.text.count("(this one)") == 1


def test_setting_up_the_second_step_needs_a_form(court: TestCourt):
    """Looking at the page makes nothing: somebody who came without a secret gets a button first."""
    client = PageClient(court.app)
    member = court.member(Role.JUDGE, "Nora Sample")
    client.sign_in(court.slug, _half(court, member.id))
    page = client.get(court.url("staff/second-factor/set-up"))
    assert not re.search(r"(?:[A-Z2-7]{4} ){7}", page.text)
    page = page.submit("Continue")
    secret = re.search(r"((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})", page.text)
    assert secret is not None
    done = page.submit("Finish", code=second_factor.code_at(secret.group(1).replace(" ", ""), clock.now()))
    assert "Your second step is set up." in done.text
    assert done.heading == "Recovery codes"  # without them, a lost phone keeps a newcomer out


def _half(court: TestCourt, member_id: UUID | None) -> str:
    with court.app.app_context(), court.acting():
        return sessions.start(membership_id=member_id)
