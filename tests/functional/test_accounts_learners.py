"""Learners sign in with an email, a phone number or a name that the court gave them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.accounts import passwords, services, sign_in_names
from app.accounts.models import LearnerAccount
from app.accounts.rules import password_fault
from app.core import clock
from app.core.errors import Refused
from tests.client import Page, PageClient
from tests.factories import TestCourt, make_court
from tests.functional.accounts_people import audited, cookie, sign_out
from tests.functional.test_accounts_sign_in import Costs, _words

PASSWORD = "  green lamp, slow train  "
WRONG = "The sign-in name or the password is not right. This happens. Check both and try again."


def account(court: TestCourt, kind: str, name: str, password: str = PASSWORD) -> LearnerAccount:
    with court.app.test_request_context(), court.acting():
        return services.create_learner_account(
            kind=kind, sign_in_name=name, password=password, display_name="Robin Sample", language="en"
        )


def enter(client: PageClient, court: TestCourt, name: str, password: str = PASSWORD) -> Page:
    return client.get(court.url("sign-in")).submit("Sign in", sign_in_name=name, password=password)


@pytest.mark.parametrize(
    ("kind", "name", "ways"),
    [
        ("email", "Robin@Mail.Example", ["robin@mail.example", " ROBIN@MAIL.EXAMPLE "]),
        ("phone", "(415) 555-0142", ["4155550142", "+1 415 555 0142", "1-415-555-0142", "415.555.0142"]),
        ("name", "blue-river-4821", ["blue river 4821", "BlueRiver4821", "blue-river-4821 ", "BLUE_RIVER_4821"]),
    ],
)
def test_any_way_of_writing_it(app: Flask, kind: str, name: str, ways: list[str]):
    court = make_court(app)
    account(court, kind, name)
    for way in ways:
        client = PageClient(app)
        assert "Robin Sample" in enter(client, court, way).text
        assert client.get(court.url("account")).heading == "Your account"


def test_a_phone_number_is_shown_as_people_write_it(app: Flask, client: PageClient):
    court = make_court(app)
    account(court, "phone", "415.555.0142")
    enter(client, court, "4155550142")
    assert "(415) 555-0142" in client.get(court.url("account")).text


def test_the_password_is_taken_as_typed(app: Flask, client: PageClient):
    court = make_court(app)
    account(court, "email", "robin@mail.example")
    assert enter(client, court, "robin@mail.example", PASSWORD.strip()).errors() == [WRONG]
    assert enter(client, court, "robin@mail.example", PASSWORD.upper()).errors() == [WRONG]


@pytest.mark.proves("AU-5")
def test_known_and_unknown_learners_answer_alike(app: Flask, monkeypatch: pytest.MonkeyPatch):
    court = make_court(app)
    account(court, "email", "robin@mail.example")
    answers, costs = [], []
    for name in ("robin@mail.example", "nobody@mail.example"):
        page = PageClient(app).get(court.url("sign-in"))
        counted = Costs(app, monkeypatch)
        answer = page.submit("Sign in", sign_in_name=name, password="not the password")
        counted.stop()
        assert (answer.status, answer.errors()) == (422, [WRONG])
        answers.append(_words(answer))
        costs.append(counted)
    assert answers[0] == answers[1]
    assert costs[0].statements == costs[1].statements
    assert [len(each.verified) for each in costs] == [1, 1]


@pytest.mark.proves("AU-4")
def test_learners_are_slowed_and_never_locked(app: Flask, monkeypatch: pytest.MonkeyPatch):
    court = make_court(app)
    account(court, "email", "robin@mail.example")
    start = clock.now()
    client = PageClient(app)
    with monkeypatch.context() as fast, clock.moved_to(start):
        fast.setattr(PasswordHasher, "verify", lambda *_: False)
        for _ in range(5):
            enter(client, court, "robin@mail.example", "wrong")
    with clock.moved_to(start + timedelta(minutes=14)):
        page = enter(client, court, "robin@mail.example")
        assert page.status == 429
        assert "Try again in 1 minute." in page.text
        assert page.response.headers["Retry-After"] == "60"
    with clock.moved_to(start + timedelta(minutes=15, seconds=1)):
        assert "Robin Sample" in enter(client, court, "robin@mail.example").text


def test_a_new_session_at_sign_in_and_none_after_sign_out(app: Flask, client: PageClient):
    court = make_court(app)
    account(court, "email", "robin@mail.example")
    page = enter(client, court, "robin@mail.example")
    kept = cookie(client, court)
    sign_out(page)
    client.http.set_cookie(f"portal-{court.slug}", kept, path=f"/{court.slug}", domain="localhost")
    assert client.get(court.url("account")).heading == "Sign in"
    assert audited(court, "accounts.sign_in") == [("anonymous", "done")]


def test_a_learner_never_meets_the_second_factor(app: Flask, client: PageClient):
    court = make_court(app)
    account(court, "email", "robin@mail.example")
    enter(client, court, "robin@mail.example")
    assert client.get(court.url("staff/second-factor/set-up")).status == 404
    assert client.get(court.url("staff")).status == 404


@pytest.mark.proves("CO-5")
def test_the_same_email_at_two_courts_is_two_accounts(app: Flask, client: PageClient):
    here, there = make_court(app), make_court(app)
    account(here, "email", "robin@mail.example")
    assert enter(client, there, "robin@mail.example").errors() == [WRONG]
    account(there, "email", "robin@mail.example", "another three words")
    assert "Robin Sample" in enter(client, there, "robin@mail.example", "another three words").text
    assert client.get(here.url("account")).heading == "Sign in"  # signed in there, not here


def test_a_name_that_is_taken(app: Flask):
    court = make_court(app)
    account(court, "phone", "415 555 0142")
    with pytest.raises(Refused) as refused:
        account(court, "phone", "+1 (415) 555-0142")
    assert refused.value.field == "sign_in_name"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("email", "robin"),
        ("email", "a@b"),
        ("phone", "555"),
        ("phone", "robin@mail.example"),
        ("name", "ab"),
        ("name", ""),
    ],
)
def test_names_that_are_not_of_their_kind(app: Flask, kind: str, name: str):
    court = make_court(app)
    with pytest.raises(Refused) as refused:
        account(court, kind, name)
    assert refused.value.field == "sign_in_name"


@pytest.mark.proves("AU-1")
def test_a_short_password_is_refused_kindly(app: Flask):
    court = make_court(app)
    with pytest.raises(Refused, match="Three or four words together are easy to remember") as refused:
        account(court, "email", "robin@mail.example", "14 characters.")
    assert refused.value.field == "password"
    account(court, "email", "robin@mail.example", "15 characters..")


def test_names_given_out_are_free_and_work(app: Flask, client: PageClient):
    court = make_court(app)
    with app.test_request_context(), court.acting():
        name = services.new_sign_in_name()
    assert sign_in_names.normalize(name) == ("name", name)
    account(court, "name", name)
    assert "Robin Sample" in enter(client, court, name.replace("-", "")).text


def test_a_learner_without_email_signs_in_through_the_service(app: Flask, client: PageClient):
    court = make_court(app)
    made = account(court, "name", "calm-lake-0007")
    with app.test_request_context(), court.acting():
        token = services.sign_in_learner(made)
    client.sign_in(court.slug, token)
    assert "calm-lake-0007" in client.get(court.url("account")).text


@given(st.text(min_size=15, max_size=200))
@pytest.mark.proves("AU-1")
def test_length_is_all_that_is_asked(password: str):
    """Whatever is long enough is taken, but for what everybody tries: no letters, digits or signs are demanded."""
    fault = password_fault(password, least=15)
    assert fault is None or "Many people use this password" in fault


@given(st.sampled_from(sign_in_names.FIRST), st.sampled_from(sign_in_names.SECOND), st.integers(0, 9999))
def test_every_name_given_out_reads_back(first: str, second: str, number: int):
    name = f"{first}-{second}-{number:04d}"
    kinds = {sign_in_names.normalize(each)[0] for each in (name, name.replace("-", ""), name.replace("-", " ").title())}
    assert kinds == {"name"}
    assert sign_in_names.normalize(name.replace("-", "").upper())[1] == name


@given(st.text(max_size=300))
def test_normalizing_is_stable(text: str):
    kind, name = sign_in_names.normalize(text)
    assert sign_in_names.normalize(name) == (kind, name)


@pytest.mark.proves("AU-1")
def test_nothing_is_cut_off():
    stored = passwords.hash_password("x" * 100)
    assert not passwords.verify_password(stored, "x" * 99)
    assert not passwords.verify_password(stored, "x" * 101)
    assert password_fault("one two three four five six seven eight nine ten eleven twelve 64!", least=15) is None
