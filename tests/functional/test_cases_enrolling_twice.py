"""Enrolling twice, in two tabs, half-way, at once, by a trick: one effect, or a clear way back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask, Response
from sqlalchemy import func, select
from werkzeug.http import dump_cookie, parse_cookie

from app.accounts.models import AccountSession, LearnerAccount
from app.cases import enroll_state
from app.cases.enrolling import revoke_code, text_digest
from app.cases.lookups import the_enrollment
from app.cases.models import AgreementSignature, Enrollment, EnrollmentCode
from app.core import clock
from app.core.models import AuditEvent
from app.permissions.identity import Role
from tenants import rules
from tenants.database import db, session
from tenants.program import load_preset
from tenants.resolve import find_court
from tests.client import Form, Page, PageClient
from tests.factories import TestCourt, make_court
from tests.functional.enroll_steps import NOW, SAME_WORDS, first_step, last_form, press, referred, rows, second_step


@pytest.fixture(autouse=True)
def _that_day() -> Iterator[None]:
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app, languages=["en", "es"])


def test_the_last_button_pressed_twice_enrolls_once_and_signs_in_both_times(court: TestCourt):
    enrollment_id, _id, code = referred(court)
    form = last_form(court, code)
    double = PageClient(court.app)
    for cookie in list(form.page.client.http._cookies.values()):  # the same browser, before the first answer came
        double.http.set_cookie(cookie.key, cookie.value, domain="localhost", path=cookie.path)
    twin = Form(replace_client(form.page, double), form.element)
    assert press(form).status_code == press(twin).status_code == 303
    (account,) = rows(court, LearnerAccount)
    with court.app.app_context(), court.acting():
        assert the_enrollment(enrollment_id).account_id == account.id
    assert len(rows(court, AgreementSignature)) == 1
    for browser in (form.page.client, double):
        assert browser.get(court.url("agreement")).heading == "Your agreement"


def replace_client(page: Page, client: PageClient) -> Page:
    return Page(client, page.response)


def test_the_back_button_after_enrolling_makes_nothing_new(court: TestCourt):
    _enrollment, _id, code = referred(court)
    browser = PageClient(court.app)
    form = last_form(court, code, browser)
    press(form)
    token = browser.get(court.url("agreement")).tree.xpath("//input[@name='csrf_token']")[0].get("value")
    again = browser.http.post(court.url("enroll/check"), data={**form.values(), "csrf_token": token})
    assert again.status_code == 302
    assert len(rows(court, LearnerAccount)) == 1
    assert len(rows(court, AccountSession)) == 1


def test_two_tabs_with_two_codes_never_mix_two_people(court: TestCourt):
    _first_case, _id, first = referred(court)
    _second_case, _id, second = referred(court)
    browser = PageClient(court.app)
    old_tab = last_form(court, first, browser)
    first_step(browser, court, second)
    page = old_tab.submit()
    assert page.url == court.url("enroll")
    assert "Another enrollment was started in this browser." in page.text
    assert rows(court, LearnerAccount) == []


def test_two_tabs_with_one_code_both_work(court: TestCourt):
    _enrollment, _id, code = referred(court)
    browser = PageClient(court.app)
    old_tab = last_form(court, code, browser)
    first_step(browser, court, code)
    assert press(old_tab).status_code == 303
    assert {row.state for row in rows(court, Enrollment)} == {"enrolled"}


def test_a_code_taken_back_half_way_enrolls_nobody(court: TestCourt):
    _enrollment, code_id, code = referred(court)
    form = last_form(court, code)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        revoke_code(code_id, reason="for a test", actor=court.member(Role.CLERK))
    page = form.submit()
    assert page.url == court.url("enroll")
    assert SAME_WORDS in page.text
    assert rows(court, LearnerAccount) == []
    assert {row.state for row in rows(court, Enrollment)} == {"referred"}
    with court.app.app_context(), court.acting():
        told = session().scalar(select(func.count()).where(AuditEvent.action == "cases.enroll"))
    assert told == 1


def test_an_agreement_changed_meanwhile_is_read_again(court: TestCourt):
    _enrollment, _id, code = referred(court)
    form = last_form(court, code)
    preset = load_preset("county_probation")
    changed = preset.agreement.model_copy(update={"text": {"en": "A new agreement."}})
    with court.app.app_context(), court.acting():
        rules.publish(preset.model_copy(update={"agreement": changed}), by=None, reason="test", at=clock.now())
    page = form.submit()
    assert page.url == court.url("enroll/agreement")
    assert "The court has changed the agreement." in page.text
    assert "A new agreement." in page.text
    page = page.submit("Continue", consent="y")
    assert press(page.form("Sign and enroll")).status_code == 303
    (signature,) = rows(court, AgreementSignature)
    assert signature.text_sha256 == text_digest("A new agreement.")


def dearer(court: TestCourt) -> None:
    """The court publishes another fee; the agreement stays as it is."""
    preset = load_preset("county_probation")
    first, *others = preset.fees.components
    fees = preset.fees.model_copy(update={"components": (first.model_copy(update={"amount_cents": 98_700}), *others)})
    with court.app.app_context(), court.acting():
        rules.publish(preset.model_copy(update={"fees": fees}), by=None, reason="test", at=clock.now())


def test_another_fee_than_the_one_shown_is_shown_first(court: TestCourt):
    _enrollment, _id, code = referred(court)
    form = last_form(court, code)
    dearer(court)
    page = form.submit()
    assert page.url == court.url("enroll/agreement")
    assert "Please read the agreement and the fee again." in page.text
    assert "$987.00" in page.text
    assert rows(court, AgreementSignature) == []
    page = page.submit("Continue", consent="y")
    assert press(page.form("Sign and enroll")).status_code == 303
    assert rows(court, AgreementSignature)[0].rules_id == rows(court, Enrollment)[0].rules_id


def test_another_fee_than_on_the_open_page_is_not_signed(court: TestCourt):
    _enrollment, _id, code = referred(court)
    page = second_step(first_step(PageClient(court.app), court, code))
    assert "$987.00" not in page.text
    dearer(court)
    page = page.submit("Continue", typed_name="Robin Sample", consent="y")
    assert page.url == court.url("enroll/agreement")
    assert "Please read the agreement and the fee again." in page.text
    assert "$987.00" in page.text


def test_the_agreement_is_read_and_signed_in_the_readers_language(court: TestCourt):
    _enrollment, _id, code = referred(court)
    browser = PageClient(court.app)
    page = second_step(first_step(browser, court, code), language="es")
    assert "Acepto participar" in page.text
    press(agreement_form(page))
    (signature,) = rows(court, AgreementSignature)
    (account,) = rows(court, LearnerAccount)
    assert (signature.language, account.language) == ("es", "es")
    assert "Acepto participar" in browser.get(court.url("agreement")).text


def agreement_form(page: Page) -> Form:
    """The agreement signed, whatever the language of its buttons; the last form."""
    signing = next(form for form in page.tree.xpath("//main//form"))
    page = Form(page, signing).submit(typed_name="Robin Sample", consent="y")
    return Form(page, next(iter(page.tree.xpath("//main//form"))))


@pytest.mark.parametrize(
    ("typed", "flagged"), [("robin  SAMPLE", False), ("Robyn Sample", True), ("Somebody Else", True)]
)
def test_another_spelling_of_the_name_is_shown_to_the_clerk_and_stops_nobody(
    court: TestCourt, typed: str, flagged: bool
):
    enrollment_id, _id, code = referred(court, given_names="Robin", family_names="Sample")
    page = second_step(first_step(PageClient(court.app), court, code))
    page = page.submit("Continue", typed_name=typed, consent="y")
    assert press(page.form("Sign and enroll")).status_code == 303
    with court.app.app_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
    shown = court.staff_client(Role.CLERK).get(court.url(f"referrals/{referral_id}")).text
    assert ("The signature has another spelling" in shown) is flagged


@pytest.mark.proves("AU-8")
def test_twenty_redemptions_of_one_code_at_once_are_one_enrollment(court: TestCourt):
    _enrollment, _id, code = referred(court)
    forms = twenty_people_with(court, last_form(court, code).page.client)

    def go(form: Form) -> str:
        with clock.moved_to(NOW):
            return str(press(form).headers["Location"])

    with ThreadPoolExecutor(20) as pool:
        ends = list(pool.map(go, forms))
    assert sorted(end == court.url("enroll") for end in ends) == [False] + [True] * 19
    assert len(rows(court, LearnerAccount)) == 1
    assert len(rows(court, AgreementSignature)) == 1
    assert [row.state for row in rows(court, EnrollmentCode)] == ["redeemed"]
    assert [row.state for row in rows(court, Enrollment)] == ["enrolled"]


def twenty_people_with(court: TestCourt, first: PageClient) -> list[Form]:
    """Twenty browsers before the last button, each with a sign-in name of its own and all with the code of `first`."""
    name, browsers = enroll_state.ANSWERS_COOKIE, []
    known = first.http.get_cookie(name, domain="localhost", path=court.url("enroll"))
    assert known is not None
    with court.app.test_request_context(headers={"Cookie": dump_cookie(name, known.value).partition(";")[0]}):
        resolved = find_court(db.engine, court.slug)
        assert resolved is not None
        answers = enroll_state.read_answers(resolved)
        assert answers is not None
        for number in range(20):
            answer = Response()
            enroll_state.keep_answers(answer, resolved, replace(answers, given_name=f"blue-river-{number:04d}"))
            sealed = parse_cookie(answer.headers["Set-Cookie"].partition(";")[0])[name]
            browser = PageClient(court.app)
            browser.http.set_cookie(name, sealed, domain="localhost", path=court.url("enroll"))
            browsers.append(browser)
    return [browser.get(court.url("enroll/check")).form("Sign and enroll") for browser in browsers]


@pytest.mark.proves("AC-4")
def test_injected_fields_enroll_nobody_else(app: Flask, court: TestCourt):
    target_case, target_code, _code = referred(court)
    _enrollment, _id, code = referred(court)
    other = make_court(app)
    form = last_form(court, code)
    injected = {
        "code_id": str(target_code),
        "court_id": str(other.id),
        "state": "completed",
        "birth_date": "1990-01-01",
    }
    answer = form.page.client.http.post(form.page.url, data={**form.values(), **injected})
    assert answer.status_code == 303
    with app.app_context(), court.acting():
        assert the_enrollment(target_case).state == "referred"
    assert sorted(row.state for row in rows(court, Enrollment)) == ["enrolled", "referred"]
    assert rows(other, LearnerAccount) == []


@pytest.mark.proves("WE-2")
def test_neither_code_nor_birth_date_nor_name_is_ever_in_an_address(court: TestCourt):
    _enrollment, _id, code = referred(court)
    browser = PageClient(court.app)
    form = last_form(court, code, browser)
    answer = press(form)
    for address in (form.page.url, answer.headers["Location"]):
        for secret in (code, code.replace("-", ""), "1986", "Sample"):
            assert secret not in address


def test_the_signed_agreement_is_the_learners_alone(court: TestCourt):
    _enrollment, _id, code = referred(court)
    press(last_form(court, code))
    assert court.staff_client(Role.CLERK).get(court.url("agreement")).status == 404
    assert PageClient(court.app).get(court.url("agreement")).url == court.url("sign-in")
