"""Staff sign in with a password and a code; a session is worth nothing once it is over."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import event

from app.accounts import passwords, second_factor
from app.accounts.guard import PER_ACCOUNT, PER_ADDRESS
from app.accounts.models import StaffCredential
from app.core import clock
from app.permissions.identity import Role
from tenants.database import db, session
from tests.client import Page, PageClient
from tests.factories import make_court
from tests.functional.accounts_people import (
    PASSWORD,
    audited,
    colleague,
    cookie,
    give_password,
    sessions_of,
    sign_in,
    sign_out,
)

WRONG = "The email address or the password is not right. Check both and try again."


REAL_VERIFY = PasswordHasher.verify


class Costs:
    """What one request asked of the database and of Argon2."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements: list[str] = []
        self.verified: list[str] = []

        def counted(hasher: PasswordHasher, stored: str, password: str) -> bool:
            self.verified.append(stored)
            return REAL_VERIFY(hasher, stored, password)

        monkeypatch.setattr(PasswordHasher, "verify", counted)
        with app.app_context():
            self.engine = db.engine
        event.listen(self.engine, "before_cursor_execute", self._statement)

    def _statement(self, _c: object, _cursor: object, statement: str, *_rest: object) -> None:
        self.statements.append(statement)

    def stop(self) -> None:
        event.remove(self.engine, "before_cursor_execute", self._statement)


def _try(client: PageClient, path: str, button: str, **values: str) -> Page:
    return client.get(path).submit(button, **values)


def _words(page: Page) -> str:
    """The page's bytes without what differs from one sending of a form to the next, and without what was typed."""
    body = page.tree.getroot()
    for box in body.xpath("//input[@type='hidden']|//input[@name='email']|//input[@name='sign_in_name']"):
        box.attrib.pop("value", None)
    return " ".join(body.itertext()) + str([dict(element.attrib) for element in body.iter() if element.tag == "input"])


def test_a_whole_sign_in(app: Flask, client: PageClient):
    court = make_court(app)
    person = colleague(court)
    code_page = give_password(client, person)
    assert code_page.heading == "Enter your code"
    home = code_page.submit("Sign in", code=person.code())
    assert "Pat Example" in home.text
    assert client.get(court.url("staff")).heading == "Staff"
    assert ("staff", "done") in audited(court, "accounts.sign_in")


def test_the_password_alone_opens_nothing(app: Flask, client: PageClient):
    court = make_court(app)
    person = colleague(court, role=Role.ADMINISTRATOR)
    give_password(client, person)
    for path in ("staff", "staff/invite", "account"):
        assert client.get(court.url(path)).heading == "Enter your code"


def test_where_somebody_wanted_to_go(app: Flask, client: PageClient):
    court = make_court(app)
    person = colleague(court)
    asked = client.get(court.url("staff"))
    assert asked.heading == "Staff sign-in"  # no participant has business on this page
    page = asked.submit("Continue", email=person.email, password=PASSWORD)
    assert page.submit("Sign in", code=person.code()).heading == "Staff"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/other-court/staff", "/\\evil"])
def test_no_way_out_to_other_sites(app: Flask, client: PageClient, target: str):
    court = make_court(app)
    person = colleague(court)
    page = client.get(court.url("staff/sign-in"), query_string={"next": target})
    page = page.submit("Continue", email=person.email, password=PASSWORD)
    landed = page.submit("Sign in", code=person.code())
    assert landed.response.status_code < 500
    assert landed.url.startswith(f"/{court.slug}/")


@pytest.mark.usefixtures("production_passwords")
@pytest.mark.proves("AU-5")
def test_known_and_unknown_staff_answer_alike(app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch):
    court = make_court(app)
    person = colleague(court)
    answers, costs = [], []
    for email in (person.email, "nobody@court.example"):
        page = PageClient(app).get(court.url("staff/sign-in"))
        counted = Costs(app, monkeypatch)
        answer = page.submit("Continue", email=email, password="not the password")
        counted.stop()
        assert answer.status == 422
        assert answer.errors() == [WRONG]
        answers.append((_words(answer), list(answer.response.headers.keys())))
        costs.append(counted)
    assert answers[0] == answers[1]
    assert costs[0].statements == costs[1].statements
    assert [len(each.verified) for each in costs] == [1, 1]
    assert costs[1].verified == [passwords.NOBODY]


@pytest.mark.usefixtures("production_passwords")
@pytest.mark.proves("AU-5")
def test_known_and_unknown_take_the_same_time():
    """The hash that stands in for an unknown account costs as much as a real one: same parameters, like times."""
    assert not passwords.hasher.check_needs_rehash(passwords.NOBODY)
    stored = passwords.hash_password(PASSWORD)

    def seconds(hashed: str | None) -> float:
        began = time.perf_counter()
        assert not passwords.verify_password(hashed, "wrong")
        return time.perf_counter() - began

    pairs = [(seconds(stored), seconds(None)) for _ in range(5)]
    known, unknown = (statistics.median(each) for each in zip(*pairs, strict=True))
    assert 0.4 < known / unknown < 2.5


@pytest.mark.usefixtures("production_passwords")
@pytest.mark.proves("AU-7")
def test_passwords_are_kept_as_argon2id(app: Flask):
    court = make_court(app)
    person = colleague(court)
    with app.app_context(), court.acting():
        rows = session().query(StaffCredential).all()
    stored = next(row for row in rows if row.email == person.email)
    assert stored.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert stored.totp_secret is not None
    assert person.secret not in stored.totp_secret
    assert passwords.verify_password(stored.password_hash, PASSWORD)
    assert not passwords.verify_password(stored.password_hash, PASSWORD.strip())


@pytest.mark.proves("SE-1")
def test_every_step_has_a_new_id(app: Flask, client: PageClient):
    court = make_court(app)
    person = colleague(court)
    client.get(court.url("staff/sign-in"))
    before = cookie(client, court)
    code_page = give_password(client, person)
    with_password = cookie(client, court)
    code_page.submit("Sign in", code=person.code())
    signed_in = cookie(client, court)
    assert len({before, with_password, signed_in}) == 3
    thief = PageClient(app)
    for stale in (before, with_password):
        thief.http.set_cookie(f"portal-{court.slug}", stale, path=f"/{court.slug}", domain="localhost")
        assert thief.get(court.url("staff")).heading == "Staff sign-in"
    thief.http.set_cookie(f"portal-{court.slug}", signed_in, path=f"/{court.slug}", domain="localhost")
    assert thief.get(court.url("staff")).heading == "Staff"


@pytest.mark.proves("SE-1")
def test_sign_out_ends_it_on_the_server(app: Flask, client: PageClient):
    court = make_court(app)
    page = sign_in(client, colleague(court))
    kept = cookie(client, court)
    out = sign_out(page)
    assert "Court staff" in out.text
    client.http.set_cookie(f"portal-{court.slug}", kept, path=f"/{court.slug}", domain="localhost")
    assert client.get(court.url("staff")).heading == "Staff sign-in"


@pytest.mark.proves("SE-1")
def test_signing_in_anew_ends_the_session_before(app: Flask, client: PageClient):
    court = make_court(app)
    person = colleague(court)
    give_password(client, person)
    give_password(client, person)
    living = [row for row in sessions_of(court, person.membership_id) if row.ended_at is None]
    assert len([row for row in living if row.second_factor_at is None]) == 1


def test_sign_out_everywhere(app: Flask, client: PageClient):
    court = make_court(app)
    person = colleague(court)
    sign_in(client, person)
    other = PageClient(app)
    with clock.moved_to(clock.now() + timedelta(minutes=1)):
        sign_in(other, person)
        page = other.get(court.url("account")).submit("Sign out everywhere")
        assert "You are signed out on every device." in page.text
        assert client.get(court.url("staff")).heading == "Staff sign-in"


def test_a_code_works_once(app: Flask, client: PageClient):
    court = make_court(app)
    person = colleague(court)
    moment = clock.now()
    with clock.moved_to(moment):
        code = person.code()
        sign_in(client, person)
        again = give_password(PageClient(app), person).submit("Sign in", code=code)
        assert "This code does not fit" in " ".join(again.errors())
    with clock.moved_to(moment + timedelta(seconds=30)):
        assert "Pat Example" in give_password(PageClient(app), person).submit("Sign in", code=person.code()).text


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "9" * 5000])
def test_codes_that_are_none(app: Flask, client: PageClient, code: str):
    court = make_court(app)
    page = give_password(client, colleague(court)).submit("Sign in", code=code)
    assert page.status == 422
    assert page.errors()


def test_a_code_may_be_typed_with_a_space(app: Flask, client: PageClient):
    court = make_court(app)
    person = colleague(court)
    code = person.code()
    page = give_password(client, person).submit("Sign in", code=f" {code[:3]} {code[3:]} ")
    assert "Pat Example" in page.text


def test_phones_may_be_half_a_minute_off():
    secret, now = second_factor.new_secret(), clock.now()
    for seconds, fits in ((-90, False), (-30, True), (0, True), (30, True), (90, False)):
        code = second_factor.code_at(secret, now + timedelta(seconds=seconds))
        assert (second_factor.matching_step(secret, code, at=now, after=0) is not None) is fits


@pytest.mark.proves("AU-4")
def test_five_wrong_passwords_lock_until_an_administrator_releases(app: Flask, client: PageClient):
    court = make_court(app)
    person = colleague(court)
    start = clock.now()
    with clock.moved_to(start):
        for _ in range(PER_ACCOUNT):
            assert give_password(client, person, "wrong").status == 422
        locked = give_password(client, person)
        assert locked.status == 429
        assert "Ask a court administrator to release it." in locked.text
    assert audited(court, "accounts.sign_in").count(("anonymous", "refused")) == PER_ACCOUNT
    assert audited(court, "accounts.lock") == [("system", "refused")]
    with clock.moved_to(start + timedelta(days=30)):
        assert give_password(client, person).status == 429
        boss = court.staff_client(Role.ADMINISTRATOR)
        assert "Locked" in boss.get(court.url("staff")).text
        page = boss.get(court.url(f"staff/{person.membership_id}")).submit("Release the lock")
        assert "The lock is released." in page.text
        assert give_password(client, person).heading == "Enter your code"
    assert audited(court, "accounts.release_lock") == [("staff", "done")]


@pytest.mark.proves("AU-4")
def test_a_release_takes_the_failures_away_too(app: Flask, client: PageClient):
    court = make_court(app)
    person = colleague(court)
    for _ in range(PER_ACCOUNT):
        give_password(client, person, "wrong")
    court.staff_client(Role.ADMINISTRATOR).get(court.url(f"staff/{person.membership_id}")).submit("Release the lock")
    assert give_password(client, person, "wrong").status == 422
    assert give_password(client, person).heading == "Enter your code"


@pytest.mark.proves("AU-4", "AU-5")
def test_an_unknown_address_is_locked_alike_and_stays_so(app: Flask, client: PageClient):
    """Else the lock would tell which addresses are known: the words, and how long it lasts, are the same."""
    court = make_court(app)
    person, start, answers = colleague(court), clock.now(), []
    for email in (person.email, "who@court.example"):
        for _ in range(PER_ACCOUNT):
            _try(client, court.url("staff/sign-in"), "Continue", email=email, password="wrong")
        with clock.moved_to(start + timedelta(days=1)):
            page = _try(client, court.url("staff/sign-in"), "Continue", email=f" {email.upper()}", password="wrong")
        assert page.status == 429
        answers.append((_words(page), list(page.response.headers.keys())))
    assert answers[0] == answers[1]


@pytest.mark.proves("AU-4")
def test_failures_long_ago_do_not_add_up(app: Flask, client: PageClient):
    court = make_court(app)
    person, start = colleague(court), clock.now()
    for number in range(PER_ACCOUNT + 1):
        with clock.moved_to(start + timedelta(minutes=5 * number)):
            assert give_password(client, person, "wrong").status == 422


@pytest.mark.proves("CO-6")
def test_one_address_guessing_at_many_accounts(app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(PasswordHasher, "verify", lambda *_: False)  # spares the test five seconds of hashing
    court = make_court(app)
    for number in range(PER_ADDRESS):
        page = _try(client, court.url("staff/sign-in"), "Continue", email=f"{number}@court.example", password="x")
        assert page.status == 422
    page = _try(client, court.url("staff/sign-in"), "Continue", email="new@court.example", password="x")
    assert page.status == 429
    elsewhere = make_court(app)
    page = _try(client, elsewhere.url("staff/sign-in"), "Continue", email="new@court.example", password="x")
    assert page.status == 422  # one court's door says nothing about another's


@pytest.mark.proves("AU-4")
def test_five_wrong_codes_lock_as_well(app: Flask, client: PageClient):
    court = make_court(app)
    person = colleague(court)
    page = give_password(client, person)
    for _ in range(PER_ACCOUNT):
        page = page.submit("Sign in", code="000000" if person.code() != "000000" else "111111")
        assert page.status == 422
    assert page.submit("Sign in", code=person.code()).status == 429
    assert give_password(PageClient(app), person).status == 429


@pytest.mark.parametrize(
    "typed", ["\x00", "a\x00b@court.example", "x" * 200_000, "'; DROP TABLE membership; --", "ẞ@ß.example"]
)
def test_strange_things_typed(app: Flask, client: PageClient, typed: str):
    court = make_court(app)
    page = _try(client, court.url("staff/sign-in"), "Continue", email=typed, password=typed)
    assert page.status in (400, 422)
    page = _try(client, court.url("sign-in"), "Sign in", sign_in_name=typed, password=typed)
    assert page.status in (400, 422)


def test_a_credential_of_one_court_is_nobody_in_another(app: Flask, client: PageClient):
    here, there = make_court(app), make_court(app)
    person = colleague(here)
    page = _try(client, there.url("staff/sign-in"), "Continue", email=person.email, password=PASSWORD)
    assert page.errors() == [WRONG]
    with app.app_context(), there.acting():
        assert session().query(StaffCredential).filter_by(email=person.email).count() == 0


def test_one_s_own_page_keeps_the_language(app: Flask, client: PageClient):
    court = make_court(app)
    person = colleague(court)
    sign_in(client, person)
    page = client.get(court.url("account"))
    assert person.email in page.text
    assert "Clerk" in page.text
    saved = page.submit("Save", language="es")
    assert saved.tree.getroot().get("lang") == "es"
    assert "Su idioma quedó guardado." in saved.text
    other = PageClient(app)
    with clock.moved_to(clock.now() + timedelta(minutes=1)):
        sign_in(other, person)
        assert other.get(court.url("account")).tree.getroot().get("lang") == "es"
    assert audited(court, "accounts.set_language") == [("staff", "done")]
