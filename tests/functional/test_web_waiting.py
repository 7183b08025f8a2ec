"""When a page can not answer: it says what to do and whom to call, and keeps what was typed. The maintenance mode."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from app.cli import portal
from app.core import clock, maintenance
from app.core.errors import TooMany
from app.factory import create_app
from app.permissions.identity import Role
from app.web import errors
from config import Settings
from tenants.care import AdaContact, Contact
from tenants.letterhead import Letterhead
from tenants.program import load_preset
from tests.client import PageClient
from tests.factories import TestCourt, make_court, make_learner

LONG = "What I want to say to my officer, in many words, since it took me the whole evening to write it down. Zinnia."


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


@pytest.fixture
def closed(app: Flask) -> Iterator[Flask]:
    """The app's pages may be closed, and are looked at anew at each request; afterwards they are open."""
    usual, maintenance.LOOK_EVERY = maintenance.LOOK_EVERY, 0.0
    yield app
    with app.app_context():
        maintenance.end()
    maintenance.LOOK_EVERY = usual


def writing(court: TestCourt) -> PageClient:
    learner, _case = make_learner(court, officer_id=court.member(Role.OFFICER).id)
    return court.client(learner)


@pytest.mark.proves("CD-1")
def test_in_maintenance_pages_say_so_and_nothing_is_lost(closed: Flask, court: TestCourt, client: PageClient):
    theirs = writing(court)
    form = theirs.get(court.url("my-officer")).form("Send the message")
    runner = closed.test_cli_runner()
    said = ["--words", "We are moving house.", "--words-es", "Nos mudamos de casa."]
    assert runner.invoke(portal, ["maintenance", "on", "--until", "45m", *said]).exit_code == 0

    for path in ("", "my-program", "sign-in", "verify/abc", "no-such-page"):
        page = theirs.get(court.url(path))
        assert (page.status, page.heading) == (503, "We will be back soon"), path
        assert 2000 < int(page.response.headers["Retry-After"]) <= 2700
        assert "We are moving house." in page.text
        assert "It should be open again" in page.text
        assert f"Test Court {court.slug[-6:]}" in page.text
    assert "Nos mudamos de casa." in client.get("/", headers={"Accept-Language": "es"}).text
    assert [client.http.get(path).status_code for path in ("/livez", "/readyz", "/metrics")] == [200, 200, 200]
    hook = client.http.post("/webhooks/stripe", data=b"{}", headers={"Stripe-Signature": "t=1,v1=x"})
    assert (hook.status_code, "Retry-After" in hook.headers) == (503, True)  # Stripe sends it again

    refused = form.submit(text=LONG)
    assert refused.status == 503
    assert LONG in refused.text
    assert json.loads(runner.invoke(portal, ["maintenance", "off", "--json"]).output) == {"on": False, "was_on": True}
    refused.submit("Try to send it again")
    assert LONG in theirs.get(court.url("my-officer")).text


def test_the_maintenance_mode_is_asked_for_plainly(closed: Flask, client: PageClient):
    runner = closed.test_cli_runner()
    for words in (
        ["--until", "soon"],
        ["--until", "2020-01-01T00:00Z"],
        ["--until", "2090-01-01T00:00"],
        ["--words", "x"],
    ):
        assert runner.invoke(portal, ["maintenance", "on", *words]).exit_code == 2
    assert client.get("/").status == 200
    runner.invoke(portal, ["maintenance", "on"])
    page = client.get("/")
    assert (page.status, page.response.headers["Retry-After"]) == (503, "60")
    assert "in a few minutes" in page.text
    assert "2026" not in page.text
    shown = json.loads(runner.invoke(portal, ["maintenance", "show", "--json"]).output)
    assert shown == {"on": True, "until": None, "words": {}}
    with closed.app_context():  # what makes no sense closes the portal all the same; what is late says no time
        closed.extensions["portal"].storage.post_notice(b"{not json")
    assert client.get("/").status == 503
    with closed.app_context(), clock.moved_to(clock.now() - timedelta(hours=3)):
        maintenance.begin(until=clock.now() + timedelta(hours=1), words={})
    assert "It should be open again" not in client.get("/").text


def test_storage_that_does_not_answer_closes_nothing(
    closed: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch
):
    def away() -> bytes | None:
        raise OSError("no such host")

    assert client.get("/").status == 200
    monkeypatch.setattr(closed.extensions["portal"].storage, "notice", away)
    assert client.get("/").status == 200


@pytest.mark.proves("CD-1")
def test_what_was_typed_comes_back(app: Flask, court: TestCourt, monkeypatch: pytest.MonkeyPatch):
    theirs = writing(court)
    form = theirs.get(court.url("my-officer")).form("Send the message")

    for error, status in ((TooMany(120), 429), (RuntimeError("a fault of ours"), 500)):
        with monkeypatch.context() as patched:
            patched.setitem(app.view_functions, "case_messages.mine", _raising(error))
            page = form.submit(text=LONG)
        assert page.status == status
        assert LONG in page.text
        assert page.tree.xpath("//input[@name='text']/@value") == [LONG]
    page.submit("Try to send it again")
    assert LONG in theirs.get(court.url("my-officer")).text

    token = theirs.get(court.url("my-officer")).tree.xpath("//input[@name='csrf_token']/@value")[0]
    sent = {"csrf_token": token, "text": LONG, "file": (io.BytesIO(b"x" * 5000), "photo.jpg")}
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 3000)
    answer = theirs.http.post(court.url("my-officer"), data=sent, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert LONG in answer.text
    foreign = {"Origin": "https://elsewhere.example"}
    sent["file"] = (io.BytesIO(b"x" * 5000), "photo.jpg")
    answer = theirs.http.post(court.url("my-officer"), data=sent, content_type="multipart/form-data", headers=foreign)
    assert (answer.status_code, LONG in answer.text) == (413, False)


def _raising(error: Exception) -> object:
    def view(**_values: object) -> None:
        raise error

    return view


@pytest.mark.proves("CD-1")
def test_every_page_names_the_court_and_how_to_reach_it(app: Flask, settings: Settings):
    usual = load_preset("county_probation")
    letterhead = Letterhead(lines=("1 Main Street",), phone="555-0100", email="office@court.example")
    rules = {
        "reports": usual.reports.model_copy(update={"letterhead": letterhead}),
        "ada_contact": AdaContact(name="Ada Byron", phone="555-0199"),
        "contact": Contact(hours={"en": "Weekdays 8 to 4", "es": "De lunes a viernes, de 8 a 4"}),
    }
    court = make_court(app, document=usual.model_copy(update=rules), name="Court of Elm County")
    client = PageClient(app)
    told = ("1 Main Street", "555-0100", "office@court.example", "Ada Byron", "555-0199", "Weekdays 8 to 4")
    for path in ("sign-in", "no-such-page"):
        page = client.get(court.url(path))
        assert [words for words in ("Court of Elm County", *told) if words not in page.text] == [], path
    assert "Questions?" in page.text
    assert "De lunes a viernes" in client.get(court.url("sign-in"), headers={"Accept-Language": "es"}).text

    nobody_there = "postgresql+psycopg://portal_app:x@127.0.0.1:9/none"
    away = create_app(replace(settings, database_url=nobody_there))
    page = PageClient(away).get(court.url("sign-in"))  # this process has shown the court before
    assert page.status == 503
    assert [words for words in ("Court of Elm County", "555-0100") if words not in page.text] == []


def test_a_page_of_every_status_says_what_to_do(app: Flask, court: TestCourt):
    for status in errors.OWN_PAGES:
        with app.test_request_context(court.url("no-such-page")):
            text = errors.page(status).get_data(as_text=True)
        assert text.count("<p>") >= 3, status
