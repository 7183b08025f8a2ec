"""One sign-in and one queue over a facilitator's courts: what shows, what does not, and how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select, update

from app.accountability.models import CheckIn
from app.accounts.models import StaffCredential
from app.core import clock
from app.core.models import AuditEvent
from app.permissions.identity import Role
from app.reviews import doors
from app.reviews.models import ReviewGrant, ReviewItem, ReviewSession
from tenants.database import SET_COURT, SET_REVIEWER, as_reviewer, role_transaction, session, transaction
from tenants.models import Court
from tenants.scope import ScopeError
from tests.client import PageClient
from tests.factories import TestCourt, make_court
from tests.functional.accounts_people import PASSWORD, Colleague, colleague
from tests.functional.reviews_kit import (
    NAME,
    also_at,
    end_place,
    facilitator,
    give_password,
    handed_in,
    item_id,
    sent_check_in,
    sign_in,
    state_of,
)


@pytest.fixture(scope="module")
def courts(app: Flask) -> tuple[TestCourt, TestCourt, TestCourt]:
    """Two courts of the facilitator's, and one that is not."""
    return make_court(app), make_court(app), make_court(app)


@pytest.fixture(scope="module")
def waiting(courts) -> tuple[object, ...]:
    return tuple(item_id(court, sent_check_in(court, f"Words at {court.slug}.")) for court in courts)


def name_of(court: TestCourt) -> str:
    with court.app.app_context():
        return session().scalars(select(Court.name).where(Court.id == court.id)).one()


@pytest.mark.proves("CO-7", "AC-2")
def test_one_queue_spans_the_courts_of_the_grants_and_no_others(courts, waiting):
    one, two, other = courts
    person = facilitator(one)
    place = also_at(person, two)
    browser = sign_in(person)
    page = browser.get("/review/")
    assert name_of(one) in page.text
    assert name_of(two) in page.text
    assert name_of(other) not in page.text
    assert NAME not in page.data.decode()
    opened = browser.get(f"/review/item/{waiting[1]}")
    assert f"Words at {two.slug}." in opened.text
    assert NAME not in opened.data.decode()
    assert browser.get(f"/review/item/{waiting[2]}").status == 404
    assert browser.get(f"/review/item/{waiting[2]}/flag").status == 404
    with two.app.app_context(), two.acting():
        done = session().scalars(select(AuditEvent.action).where(AuditEvent.actor_id == place)).all()
    assert set(done) == {"accounts.sign_in", "accountability.read_check_in"}


def test_taking_and_deciding_happen_at_the_items_court(courts):
    one, two, _other = courts
    person = facilitator(one)
    place = also_at(person, two)
    reflection, check_in = handed_in(two), sent_check_in(two)
    browser = sign_in(person)
    url = f"/review/item/{item_id(two, check_in)}"
    page = browser.get(url).submit("Take it for 20 minutes")
    assert "You have taken this one" in page.text
    assert "You, until" in browser.get("/review/").text
    assert "Accepted." in page.submit("Accept").text
    assert state_of(two, CheckIn, check_in) == "accepted"
    assert browser.get(url).status == 404, "what is decided waits no more"
    flag = browser.get(f"/review/item/{item_id(two, reflection)}").click("Flag for a supervisor")
    assert "Somebody will look at it and answer you." in flag.submit("Flag it", reason="support", words="Sad.").text
    with two.app.app_context(), two.acting():
        deciders = select(CheckIn.decided_by).where(CheckIn.id == check_in)
        assert session().scalars(deciders).one() == place


def test_the_next_one_is_the_longest_waiting_of_all_courts(app: Flask):
    one, two = make_court(app), make_court(app)
    person = facilitator(one)
    also_at(person, two)
    sent_check_in(one, "The younger.")
    with clock.moved_to(clock.now() - timedelta(days=1)):
        sent_check_in(two, "The older.")
    browser = sign_in(person)
    assert "The older." in browser.get("/review/").submit("Take the next one").text


@pytest.mark.proves("SE-2", "AC-3")
def test_an_ended_grant_ends_what_shows_at_once_and_the_last_one_the_sign_in(courts, waiting):
    one, two, _other = courts
    person = facilitator(one)
    place = also_at(person, two)
    browser = sign_in(person)
    assert browser.get(f"/review/item/{waiting[1]}").status == 200
    end_place(two, place)
    assert browser.get(f"/review/item/{waiting[1]}").status == 404
    page = browser.get("/review/")
    assert name_of(two) not in page.text
    assert name_of(one) in page.text
    end_place(one, person.membership_id)
    assert browser.get("/review/").heading == "Facilitator sign-in"
    assert "not right" in give_password(browser, person).text


@pytest.mark.proves("SE-2")
def test_the_sign_in_ends_with_the_credentials_others_and_by_sign_out(courts):
    person = facilitator(courts[0])
    first, second = sign_in(person), None
    with clock.moved_to(clock.now() + timedelta(minutes=1)):
        second = sign_in(person)
        with person.court.app.app_context(), person.court.acting(), transaction() as current:
            current.execute(
                update(StaffCredential)
                .where(StaffCredential.email == person.email)
                .values(sessions_since=clock.now() - timedelta(seconds=30))
            )
        assert first.get("/review/").heading == "Facilitator sign-in"
        page = second.get("/review/")
        assert page.heading == "To review"
        cookie = second.http.get_cookie("portal-review", path="/review")
        (form,) = page.tree.xpath("//form[contains(@action, '/sign-out')]")
        token = form.xpath(".//input[@name='csrf_token']/@value")[0]
        assert second.post("/review/sign-out", {"csrf_token": token}).heading == "Facilitator sign-in"
        assert cookie is not None
        second.http.set_cookie("portal-review", cookie.value, path="/review", domain="localhost")
        assert second.get("/review/").heading == "Facilitator sign-in", "the old cookie opens nothing"
    idle = sign_in_later(person, minutes=5)
    with clock.moved_to(clock.now() + timedelta(minutes=36)):
        assert idle.get("/review/").heading == "Facilitator sign-in"


def sign_in_later(person: Colleague, *, minutes: int) -> PageClient:
    with clock.moved_to(clock.now() + timedelta(minutes=minutes)):
        return sign_in(person)


@pytest.mark.proves("AU-3")
def test_a_password_alone_opens_nothing(courts, waiting):
    person = facilitator(courts[0])
    browser = PageClient(person.court.app)
    page = give_password(browser, person)
    assert page.heading == "Enter your code"
    for path in ("/review/", f"/review/item/{waiting[0]}"):
        assert browser.get(path).heading == "Enter your code"
    wrong = page.submit("Sign in", code="000000")
    assert wrong.status == 422
    code = person.code()
    assert page.submit("Sign in", code=code).heading == "To review"
    again = give_password(PageClient(person.court.app), person).submit("Sign in", code=code)
    assert again.status == 422, "a code works once"


@pytest.mark.proves("AU-5")
def test_who_is_no_facilitator_is_answered_like_a_wrong_password(courts):
    clerk, nobody = colleague(courts[0], role=Role.CLERK), PageClient(courts[0].app)
    known = give_password(nobody, clerk)
    unknown = nobody.get("/review/sign-in").submit("Continue", email="nobody@court.example", password=PASSWORD)
    wrong = give_password(nobody, facilitator(courts[0]), "not this one at all")
    assert known.errors() == unknown.errors() == wrong.errors()
    assert nobody.get("/review/").heading == "Facilitator sign-in"


def test_guessing_is_slowed(courts):
    person, browser = facilitator(courts[0]), PageClient(courts[0].app)
    assert [give_password(browser, person, "wrong").status for _ in range(5)] == [422] * 5
    assert give_password(browser, person).status == 429
    with clock.moved_to(clock.now() + timedelta(minutes=16)):
        assert give_password(browser, person).heading == "Enter your code"


@pytest.mark.proves("SE-3")
def test_the_cookie_is_for_the_reviewers_pages_alone(courts):
    person = facilitator(courts[0])
    browser = sign_in(person)
    cookie = browser.http.get_cookie("portal-review", path="/review")
    assert cookie is not None
    assert cookie.http_only
    assert browser.get(courts[0].url("reviews")).heading == "Staff sign-in", "a court knows nothing of it"
    at_court = courts[0].client(courts[0].member(Role.FACILITATOR))
    carried = at_court.http.get_cookie(f"portal-{courts[0].slug}", path=f"/{courts[0].slug}")
    stranger = PageClient(courts[0].app)
    assert carried is not None
    stranger.http.set_cookie("portal-review", carried.value, path="/review", domain="localhost")
    assert stranger.get("/review/").heading == "Facilitator sign-in"


@pytest.mark.proves("CO-4")
def test_the_database_shows_nothing_without_a_whole_sign_in(app: Flask, courts, waiting):
    person = facilitator(courts[0])
    with app.app_context():
        half = doors.sign_in(email=person.email, password=PASSWORD, address="127.0.0.9")
        assert half is not None
        for token, items, grants in (("made up", 0, 0), (half, 0, 1)):
            with as_reviewer(doors.digest(token)) as current:
                assert len(current.scalars(select(ReviewItem)).all()) == items
                assert len(current.scalars(select(ReviewGrant)).all()) == grants
        whole = doors.give_second_factor(half, code=person.code(), address="127.0.0.9")
        with as_reviewer(doors.digest(whole)) as current:
            assert {row.court_id for row in current.scalars(select(ReviewItem))} == {courts[0].id}
            assert len(current.scalars(select(ReviewSession)).all()) == 1, "nobody else's sign-in"
            assert current.scalars(select(StaffCredential.email)).all() == [person.email]
            assert current.scalars(select(CheckIn)).all() == [], "an item is opened at its court or not at all"
        with courts[1].acting(), pytest.raises(ScopeError), as_reviewer(doors.digest(whole)):
            pass
        with courts[1].acting(), transaction() as current:  # even by hand: a court at work is the only one
            current.connection().exec_driver_sql(SET_REVIEWER, (doors.digest(whole).hex(),))
            assert {row.court_id for row in current.scalars(select(ReviewItem))} == {courts[1].id}


def test_no_court_can_make_a_grant_at_another(app: Flask, courts):
    one, two, _other = courts
    person = facilitator(one)
    values = {"court_id": two.id, "membership_id": two.id, "credential_id": person.membership_id, "language": ""}
    refused = pytest.raises(sa.exc.ProgrammingError, match="row-level security")
    with app.app_context(), one.acting(), refused, transaction() as current:
        current.execute(sa.insert(ReviewGrant).values(values))


def test_a_court_that_is_suspended_shows_nothing(app: Flask):
    one, two = make_court(app), make_court(app)
    person = facilitator(one)
    also_at(person, two)
    item = item_id(two, sent_check_in(two))
    browser = sign_in(person)
    assert browser.get(f"/review/item/{item}").status == 200
    with app.app_context(), role_transaction("platform") as platform:
        platform.execute(update(Court).where(Court.id == two.id).values(state="suspended"))
    assert browser.get(f"/review/item/{item}").status == 404
    assert "Nothing waits for you" in browser.get("/review/").text


def test_a_language_of_the_grant_narrows_the_queue(app: Flask):
    one, two = make_court(app), make_court(app)
    person = facilitator(one)
    also_at(person, two, language="es")
    item = item_id(two, sent_check_in(two))
    browser = sign_in(person)
    assert browser.get(f"/review/item/{item}").status == 404
    with app.app_context(), two.acting(), transaction() as current:
        current.execute(update(ReviewItem).where(ReviewItem.id == item).values(language="es"))
    assert browser.get(f"/review/item/{item}").status == 200
    with app.app_context(), role_transaction("platform") as platform:
        platform.connection().exec_driver_sql(SET_COURT, (str(two.id),))
        assert platform.scalar(select(ReviewGrant.language).where(ReviewGrant.court_id == two.id)) == "es"


def test_the_page_speaks_spanish_and_only_links_of_its_own(courts):
    browser = sign_in(facilitator(courts[0]))
    page = browser.get("/review/")
    token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
    page = browser.post("/review/language", {"language": "es", "csrf_token": token, "next": "/review/"})
    assert page.tree.getroot().get("lang") == "es"
    away = browser.post("/review/language", {"language": "en", "csrf_token": token, "next": "/operator/"})
    assert away.url == "/review/"
