"""Devices that sign in: told apart by a cookie that opens nothing, listed for their owner, a fact for the court."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.devices.models import LearnerDevice
from app.accounts.devices.rules import family_of
from app.accounts.models import LearnerAccount
from app.accounts.passwords import hash_password
from app.core import clock
from app.learning.models import PageEvent
from app.notices.models import Notice
from app.permissions.identity import Role
from tenants.database import session, transaction
from tests.client import Page, PageClient
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.functional.accounts_people import audited
from tests.functional.learning_steps import Learner
from tests.functional.test_accounts_learners import PASSWORD, enter
from tests.functional.test_learning_time import FIRST, Sitting

PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36"
)
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
NEW = "a device that had not signed in before"


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    publish(app)
    return make_court(app)


class Person(Learner):
    """A learner who can really sign in, on several devices."""

    def __init__(self, court: TestCourt) -> None:
        super().__init__(court)
        self.name = f"{uuid4().hex[:12]}@mail.example"
        with court.app.app_context(), court.acting(), transaction() as current:
            values = {"sign_in_name": self.name, "password_hash": hash_password(PASSWORD)}
            current.execute(update(LearnerAccount).where(LearnerAccount.id == self.identity.id).values(**values))

    def on(self, browser: PageClient, kind: str = PHONE) -> PageClient:
        """Sign in with a browser of some kind."""
        browser.http.environ_base["HTTP_USER_AGENT"] = kind
        assert enter(browser, self.court, self.name).status == 200
        return browser

    def out(self, browser: PageClient) -> None:
        page = browser.get(self.court.url("account"))
        browser.post(self.court.url("sign-out"), page.form("Sign out everywhere").values())

    def devices(self) -> list[LearnerDevice]:
        mine = LearnerDevice.learner_account_id == self.identity.id
        with self.court.app.app_context(), self.court.acting():
            return list(session().scalars(select(LearnerDevice).where(mine).order_by(LearnerDevice.first_seen_at)))

    def told(self) -> list[Notice]:
        query = select(Notice).where(Notice.recipient_id == self.identity.id, Notice.template == "new_device")
        with self.court.app.app_context(), self.court.acting():
            return list(session().scalars(query))


@pytest.fixture
def person(court: TestCourt) -> Person:
    return Person(court)


def listed(browser: PageClient, court: TestCourt) -> Page:
    return browser.get(court.url("account")).click("Devices that have signed in")


def token_of(browser: PageClient, court: TestCourt) -> str:
    found = browser.http.get_cookie(f"portal-{court.slug}-device", path=f"/{court.slug}")
    assert found is not None
    return found.value


def test_a_device_is_known_again_after_signing_out(app: Flask, person: Person):
    phone = person.on(PageClient(app))
    person.out(phone)
    person.on(phone)
    (device,) = person.devices()
    assert device.browser == "Chrome/Android"
    assert person.told() == [], "the first one is new to nobody"


def test_the_cookie_is_out_of_reach_of_scripts_and_its_value_stands_nowhere(app: Flask, person: Person):
    phone = PageClient(app)
    page = phone.get(person.court.url("sign-in")).form("Sign in")
    values = page.values() | {"sign_in_name": person.name, "password": PASSWORD}
    answer = phone.http.post(person.court.url("sign-in"), data=values)
    (kept,) = [one for one in answer.headers.getlist("Set-Cookie") if "-device=" in one]
    for part in ("HttpOnly", "SameSite=Lax", f"Path=/{person.court.slug}"):
        assert part in kept
    (device,) = person.devices()
    token = token_of(phone, person.court)
    assert len(token) == 43
    assert token not in device.token_digest


def test_another_device_is_told_about_once_a_day_and_discreetly(app: Flask, person: Person):
    person.on(PageClient(app))
    for kind in (DESK, DESK):
        person.on(PageClient(app), kind)
    assert len(person.devices()) == 3
    (notice,) = person.told()
    assert notice.page == "account/devices"
    assert notice.channel == "mail"
    inbox = person.on(PageClient(app)).get(person.court.url("messages"))
    assert "A new device signed in" in inbox.text
    assert ("learner", "done") in audited(person.court, "accounts.new_device")
    with clock.moved_to(clock.now() + timedelta(days=1, hours=1)):
        person.on(PageClient(app), DESK)
    assert len(person.told()) == 2


def test_no_letter_is_printed_for_it(app: Flask, person: Person):
    person.on(PageClient(app))
    with app.app_context(), person.court.acting(), transaction() as current:
        mine = LearnerAccount.id == person.identity.id
        current.execute(update(LearnerAccount).where(mine).values(kind="name", sign_in_name="calm-hill-4821"))
    person.name = "calm-hill-4821"
    person.on(PageClient(app), DESK)
    assert [one.channel for one in person.told()] == ["inbox"]


def test_the_learner_sees_each_and_signs_one_out(app: Flask, person: Person):
    phone, desk = person.on(PageClient(app)), person.on(PageClient(app), DESK)
    page = listed(phone, person.court)
    assert "Chrome on Android (this device)" in page.text
    assert "Firefox on Windows" in page.text
    assert "That is common, and means nothing by itself." in page.text
    rows = page.tree.xpath("//main//tbody/tr")
    (other,) = [row for row in rows if "Firefox" in "".join(row.itertext())]
    (action,) = other.xpath(".//form/@action")
    (form,) = [one for one in page.tree.xpath("//main//form") if one.get("action") == action]
    values = {box.get("name"): box.get("value", "") for box in form.xpath(".//input")}
    done = phone.post(action, values)
    assert "That device is signed out." in done.text
    assert desk.get(person.court.url("account")).heading != "Your account"
    assert phone.get(person.court.url("account")).heading == "Your account"
    assert audited(person.court, "accounts.sign_out_device")
    assert "signed out" in phone.post(action, values).text, "sent again it is still out, and nothing else happens"


def test_signing_out_the_device_at_hand_leads_to_the_sign_in(app: Flask, person: Person):
    phone = person.on(PageClient(app))
    page = listed(phone, person.court).form("Sign out (").submit()
    assert "You are signed out on this device." in page.text


def test_nobody_signs_out_a_device_of_another(app: Flask, person: Person):
    desk = person.on(PageClient(app), DESK)
    stranger = Person(person.court)
    phone = stranger.on(PageClient(app))
    values = listed(phone, person.court).form("Sign out (").values()
    theirs = person.court.url(f"account/devices/{person.devices()[0].id}/sign-out")
    assert phone.post(theirs, values).status == 404
    assert desk.get(person.court.url("account")).heading == "Your account"


def test_two_people_at_one_computer_are_rows_that_nobody_can_bring_together(app: Flask, person: Person):
    shared, other = PageClient(app), Person(person.court)
    person.on(shared)
    before = token_of(shared, person.court)
    person.out(shared)
    other.on(shared)
    assert token_of(shared, person.court) == before
    other.out(shared)
    person.on(shared)
    (mine,), (theirs,) = person.devices(), other.devices()
    assert mine.token_digest != theirs.token_digest
    assert person.told() == other.told() == []


def test_a_made_up_cookie_is_not_taken_on(app: Flask, person: Person):
    phone = PageClient(app)
    place = {"path": f"/{person.court.slug}", "domain": "localhost"}
    phone.http.set_cookie(f"portal-{person.court.slug}-device", "x" * 300, **place)
    person.on(phone)
    assert len(token_of(phone, person.court)) == 43


def test_a_new_device_in_the_middle_of_a_module_is_a_fact_on_both_pages_and_stops_nothing(app: Flask, person: Person):
    phone = Sitting(person, browser=person.on(PageClient(app)))
    start = person.rows(PageEvent)[0].at
    assert phone.sign(start + timedelta(seconds=20)).status == 200
    with clock.moved_to(start + timedelta(minutes=5)):
        desk = Sitting(person, browser=person.on(PageClient(app), DESK))
    assert desk.sign(start + timedelta(minutes=6)).status == 200
    with clock.moved_to(start + timedelta(minutes=7)):
        mine = desk.browser.get(person.court.url("my-time")).text
        clerk = person.court.staff_client(Role.CLERK)
        theirs = clerk.get(person.court.url(f"cases/{person.enrollment_id}/time")).text
        assert desk.browser.get(person.url(FIRST)).status == 200
    for page_text in (mine, theirs):
        assert page_text.count(NEW) == 1
        assert "They decide nothing, and nothing was stopped because of them." in page_text
        assert "Firefox" not in page_text, "the court need not know which"


def test_two_devices_at_once_are_called_so_and_one_device_known_before_is_not_new(app: Flask, person: Person):
    first, second = person.on(PageClient(app)), person.on(PageClient(app), DESK)
    phone, desk = Sitting(person, browser=first), Sitting(person, browser=second)
    start = person.rows(PageEvent)[0].at
    for beat in range(20, 220, 20):
        assert phone.sign(start + timedelta(seconds=beat)).status == 200
        assert desk.sign(start + timedelta(seconds=beat + 5)).status == 200
    with clock.moved_to(start + timedelta(seconds=300)):
        page = first.get(person.court.url("my-time")).text
    assert "Pages were in view on two devices at once" in page
    assert NEW not in page


@pytest.mark.parametrize(
    ("line", "family"),
    [
        (PHONE, "Chrome/Android"),
        (DESK, "Firefox/Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1",
            "Safari/iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge/Windows"),
        ("", "/"),
    ],
)
def test_of_a_browser_only_its_kind_is_kept(line: str, family: str):
    assert family_of(line) == family
