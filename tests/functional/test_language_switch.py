"""The language switch: kept with the person, and nothing typed is lost by it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Membership
from app.cases.models import Referral
from app.permissions.identity import Role
from tenants.database import session
from tests.client import Page, PageClient
from tests.factories import TestCourt, make_court
from tests.functional.test_cases_referrals import answers


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def language(page: Page) -> str:
    return str(page.tree.getroot().get("lang"))


def typed_in(page: Page) -> dict[str, str]:
    return page.form().values()


def referrals(court: TestCourt) -> int:
    with court.app.app_context(), court.acting():
        return session().scalar(select(func.count(Referral.id))) or 0


@pytest.mark.proves("CD-2", "IO-5")
def test_a_long_form_with_errors_keeps_everything_in_the_other_language(court):
    client = court.staff_client(Role.CLERK)
    page = client.get(court.url("referrals/new"))
    before = typed_in(page)
    typed = answers(family_names="Ñandú & <b>Söhne</b>", **{"case_numbers-1": "26-CR-00999"})
    typed = {**typed, "deadline-day": "31", "deadline-month": "2"}
    refused = page.form().submit(**typed)
    assert any("real date" in error for error in refused.errors())
    there = refused.in_language("es", **{**typed, "birth_date-day": "27"})
    assert language(there) == "es"
    assert any("fecha" in error for error in there.errors()), "its errors are shown again, in Spanish"
    assert not any("real date" in error for error in there.errors())
    kept = typed_in(there)
    for name in ("given_names", "family_names", "case_numbers-0", "case_numbers-1", "deadline-day", "order_date-year"):
        assert kept[name] == typed[name], name
    assert kept["birth_date-day"] == "27"
    assert kept["submission_id"] == before["submission_id"], "still the same form: sent twice, it has one effect"
    assert referrals(court) == 0
    untouched = there.in_language("en")
    assert typed_in(untouched) == {**kept, "csrf_token": typed_in(untouched)["csrf_token"]}
    sent = untouched.form().submit(**{"deadline-day": "30", "deadline-month": "9", "deadline-year": "2027"})
    assert not sent.errors()
    assert referrals(court) == 1


@pytest.mark.proves("CD-2")
def test_without_errors_none_are_shown_and_nothing_is_sent(court):
    client = court.staff_client(Role.CLERK)
    page = client.get(court.url("referrals/new")).in_language("es", **answers())
    assert not page.errors()
    assert typed_in(page)["given_names"] == "Jordan"
    assert referrals(court) == 0


def test_the_enter_key_still_sends_the_form(court):
    """It presses a form's first button, which is now one above it: an unseen twin of the form's own."""
    page = PageClient(court.app).get(court.url("enroll"))
    (form_id,) = {button.get("form") for button in page.tree.xpath("//button[@form]")}
    first = page.tree.xpath("//button[@form=$id]", id=form_id)[0]
    assert first.get("name") is None
    assert first.get("formaction") is None
    assert first.get("tabindex") == "-1"


@pytest.mark.proves("WE-3")
def test_the_switch_is_no_way_around_the_guards(court):
    client = court.staff_client(Role.CLERK)
    page = client.get(court.url("referrals/new"))
    values = typed_in(page) | answers()
    switch = {"switch_language": "es:ReferralForm"}
    unsigned = client.post(court.url("referrals/new"), {**values, "csrf_token": "", **switch})
    assert unsigned.status == 400
    assert language(unsigned) == "en"
    assert client.post(court.url("referrals/new"), {**values, "switch_language": "tlh:"}).status == 400
    elsewhere = client.post(court.url("codes"), {"csrf_token": "", **switch})
    assert (elsewhere.status, language(elsewhere)) == (400, "en")
    judge = court.staff_client(Role.JUDGE)
    token = typed_in(judge.get(court.url("account")))["csrf_token"]
    forbidden = {**values, "csrf_token": token, **switch}
    assert judge.post(court.url("referrals/new"), forbidden).status == 404
    assert referrals(court) == 0


def test_a_page_that_only_follows_a_form_hands_everything_back(court):
    """There is no such page to open again: what was typed can be sent from where it is shown."""
    client = court.staff_client(Role.CLERK)
    token = typed_in(client.get(court.url("account")))["csrf_token"]
    values = {"language": "tlh", "note": "words " * 30, "csrf_token": token}
    page = client.post(court.url("account/language"), {**values, "switch_language": "es:LanguageForm"})
    assert language(page) == "es"
    assert page.form("Enviarlo ahora").values()["note"].strip() == values["note"].strip()


@pytest.mark.proves("CD-2")
def test_the_choice_is_kept_with_the_person_on_every_device(court):
    here, there = court.staff_client(Role.OFFICER), court.staff_client(Role.OFFICER)
    assert language(there.get(court.url("caseload"))) == "en"
    assert language(here.get(court.url("caseload")).in_language("es")) == "es"
    assert language(there.get(court.url("caseload"))) == "es"
    with court.app.app_context(), court.acting():
        own = select(Membership.language).where(Membership.id == court.member(Role.OFFICER).id)
        assert session().scalar(own) == "es"


def test_nobody_signed_in_keeps_it_in_the_browser(court):
    browser = PageClient(court.app)
    page = browser.get(court.url("enroll")).in_language("es", code="RIV-2345")
    assert language(page) == "es"
    assert typed_in(page)["code"] == "RIV-2345"
    assert language(browser.get(court.url("sign-in"))) == "es"
    assert language(PageClient(court.app).get(court.url("sign-in"))) == "en"
