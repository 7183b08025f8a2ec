"""Ways back in: links by mail and slips from the counter."""

from __future__ import annotations

import email
import re
from datetime import timedelta
from email import policy
from pathlib import Path
from threading import Barrier, Thread

import pytest
from flask import Flask

from app.accounts import recovery
from app.accounts.models import AccountRecovery
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import NotFound, Refused
from app.core.runtime import runtime
from app.permissions.identity import Role
from tenants.database import session
from tests.client import Page, PageClient
from tests.factories import TestCourt, make_court
from tests.functional.accounts_people import PASSWORD, audited, colleague, give_password, run_jobs, sign_in
from tests.functional.test_accounts_learners import account, enter
from tests.functional.test_accounts_sign_in import Costs, _words

NEW = "seven quiet rivers run"


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


def _ask(court: TestCourt, address: str) -> Page:
    return PageClient(court.app).get(court.url("forgot")).submit("Send the link", email=address)


def _links(court: TestCourt, address: str) -> list[str]:
    """The links mailed to an address, oldest first."""
    with court.app.app_context():
        folder = Path(runtime().settings.mail_url.removeprefix("file://"))
    mails = [
        email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in sorted(folder.glob("*.eml"))
    ]
    texts = [mail.get_body(("plain",)).get_content() for mail in mails if mail["To"] == address]
    return [link for text in texts for link in re.findall(rf"http://localhost(/{court.slug}/recovery/\S+)", text)]


def _mailed(court: TestCourt, address: str) -> str:
    assert _ask(court, address).heading == "Look into your mail"
    run_jobs(court, "accounts.mail_link")
    run_jobs(court, "notices.send")
    return _links(court, address)[-1]


def _use(court: TestCourt, link: str, new: str = NEW) -> Page:
    return PageClient(court.app).get(link).submit("Save my new password", password=new, again=new)


@pytest.mark.proves("AU-6")
def test_a_link_sets_a_new_password_once(court: TestCourt, client: PageClient):
    person = colleague(court)
    sign_in(client, person)
    link = _mailed(court, person.email)
    page = _use(court, link)
    assert "Your password is changed." in page.text
    assert client.get(court.url("account")).heading == "Sign in"  # every session has ended
    assert give_password(PageClient(court.app), person).status == 422
    # The second factor is kept: it is asked for, not set up anew.
    assert give_password(PageClient(court.app), person, NEW).heading == "Enter your code"
    again = PageClient(court.app).get(link)
    assert (again.status, again.heading) == (404, "This link does not work")


@pytest.mark.proves("AU-6")
def test_a_link_lives_an_hour_and_a_newer_one_ends_it(court: TestCourt):
    person = colleague(court)
    old = _mailed(court, person.email)
    with clock.moved_to(clock.now() + timedelta(minutes=61)):
        assert PageClient(court.app).get(old).status == 404
    new = _mailed(court, person.email)
    assert PageClient(court.app).get(old).status == 404
    assert PageClient(court.app).get(new).heading == "Choose a new password"


@pytest.mark.proves("AU-6")
def test_many_at_once_use_a_link_once(court: TestCourt):
    person = colleague(court)
    token = _mailed(court, person.email).rpartition("/")[2]
    barrier, outcomes = Barrier(6), []

    def use(number: int) -> None:
        with court.app.test_request_context(), court.acting():
            barrier.wait()
            try:
                recovery.use_link(token, password=f"{NEW} {number}", actor=SYSTEM)
                outcomes.append("used")
            except NotFound:
                outcomes.append("closed")

    threads = [Thread(target=use, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["closed"] * 5 + ["used"]


@pytest.mark.proves("AU-6", "AU-4")
def test_a_link_releases_no_lock(court: TestCourt):
    person = colleague(court)
    for _ in range(5):
        give_password(PageClient(court.app), person, "wrong")
    _use(court, _mailed(court, person.email))
    assert give_password(PageClient(court.app), person, NEW).status == 429


@pytest.mark.proves("AU-6")
def test_somebody_deactivated_has_no_way_back(court: TestCourt):
    person = colleague(court)
    link = _mailed(court, person.email)
    boss = court.staff_client(Role.ADMINISTRATOR)
    boss.get(court.url(f"staff/{person.membership_id}")).click("Deactivate").submit("Deactivate")
    assert PageClient(court.app).get(link).status == 404
    _ask(court, person.email)
    run_jobs(court, "accounts.mail_link")
    run_jobs(court, "notices.send")
    assert len(_links(court, person.email)) == 1


@pytest.mark.proves("AU-5")
def test_asking_answers_alike_for_known_and_unknown(court: TestCourt, monkeypatch: pytest.MonkeyPatch):
    person = colleague(court)
    answers, costs = [], []
    for address in (person.email, "nobody@court.example"):
        page = PageClient(court.app).get(court.url("forgot"))
        counted = Costs(court.app, monkeypatch)
        answer = page.submit("Send the link", email=address)
        counted.stop()
        answers.append((answer.status, _words(answer)))
        costs.append(counted.statements)
    assert answers[0] == answers[1]
    assert costs[0] == costs[1]
    run_jobs(court, "accounts.mail_link")
    run_jobs(court, "notices.send")
    assert _links(court, "nobody@court.example") == []


def test_mails_are_limited(court: TestCourt):
    for _ in range(3):
        assert _ask(court, "often@court.example").heading == "Look into your mail"
    assert _ask(court, "often@court.example").status == 429


def test_a_link_is_nothing_at_another_court(court: TestCourt, app: Flask):
    link = _mailed(court, colleague(court).email)
    there = make_court(app)
    assert PageClient(app).get(there.url("recovery/" + link.rpartition("/")[2])).status == 404


@pytest.mark.proves("AU-1", "AU-2")
def test_a_poor_password_is_refused_and_the_link_still_works(court: TestCourt):
    link = _mailed(court, colleague(court).email)
    assert "Use at least 8 characters." in " ".join(_use(court, link, "seven77").errors())
    assert _use(court, link, "password123").status == 422
    assert "Your password is changed." in _use(court, link).text


def test_learners_come_back_by_mail(court: TestCourt):
    account(court, "email", "back@mail.example")
    page = _use(court, _mailed(court, "back@mail.example"))
    assert "Robin Sample" in page.text
    assert "Robin Sample" in enter(PageClient(court.app), court, "back@mail.example", NEW).text


def _slip(court: TestCourt, name: str) -> str:
    made = account(court, "phone" if name.startswith("+") else "name", name)
    with court.app.test_request_context(), court.acting():
        return recovery.make_slip(made.id, actor=court.member(Role.CLERK))


def _type(court: TestCourt, code: str, new: str = NEW) -> Page:
    page = PageClient(court.app).get(court.url("recover"))
    return page.submit("Sign in", code=code, password=new, again=new)


@pytest.mark.proves("AU-6")
def test_a_slip_works_once_for_a_day(court: TestCourt):
    code = _slip(court, "+14155550101")
    assert "Use at least 15 characters." in " ".join(_type(court, code, "too short").errors())
    assert "Robin Sample" in _type(court, code.lower().replace("-", " ")).text
    assert "This code does not work." in " ".join(_type(court, code).errors())
    assert "Robin Sample" in enter(PageClient(court.app), court, "(415) 555-0101", NEW).text
    old = _slip(court, "calm-lake-0101")
    with clock.moved_to(clock.now() + timedelta(days=1, minutes=1)):
        assert _type(court, old).status == 422
    assert audited(court, "accounts.make_recovery_slip") == [("staff", "done")] * 2


def test_a_slip_lies_hashed(court: TestCourt):
    code = _slip(court, "calm-lake-0102")
    with court.app.app_context(), court.acting():
        kept = [row.token_digest for row in session().query(AccountRecovery)]
    assert all(len(digest) == 64 and code.replace("-", "") not in digest for digest in kept)


def test_guesses_at_slips_are_limited(app: Flask):
    court = make_court(app)
    with app.test_request_context(), court.acting():
        for number in range(recovery.GUESSES.tries):
            with pytest.raises(Refused):
                recovery.use_slip(f"AAAA-{number}", password=NEW, actor=SYSTEM)
    assert PASSWORD != NEW
    with app.test_request_context(), court.acting(), pytest.raises(recovery.limits.TooMany):
        recovery.use_slip("AAAA-BBBB", password=NEW, actor=SYSTEM)
