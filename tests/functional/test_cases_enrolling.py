"""Enrolling with a code, as the person with the paper meets it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import LearnerAccount
from app.cases.enrolling import issue_code, revoke_code, text_digest
from app.cases.lookups import the_enrollment
from app.cases.models import AgreementSignature, Enrollment
from app.cases.redeeming import REDEEM_REFUSED
from app.cases.services import move_enrollment
from app.core import clock
from app.core.models import AuditDetail, AuditEvent
from app.permissions.identity import Role
from tenants import rules
from tenants.database import session
from tests.client import PageClient
from tests.factories import TestCourt, make_court
from tests.functional.enroll_steps import (
    BORN,
    NOW,
    PASSPHRASE,
    SAME_WORDS,
    born,
    first_step,
    last_form,
    press,
    referred,
    rows,
    second_step,
)


@pytest.fixture(autouse=True)
def _that_day() -> Iterator[None]:
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app, languages=["en", "es"])


def test_somebody_enrolls_from_the_portals_first_page(app: Flask, court: TestCourt):
    enrollment_id, _id, code = referred(court, given_names="Robin", family_names="Sample")
    browser = PageClient(app)
    typed = f" {code.lower().replace('-', ' ')} "
    answer = browser.http.post("/enroll", data={**browser.get("/enroll").form("Continue").values(), "code": typed})
    assert answer.status_code == 303
    assert answer.headers["Location"] == court.url("enroll")
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("enroll-code="))
    assert f"Path={court.url('enroll')}" in cookie
    assert "HttpOnly" in cookie
    assert "Max-Age=600" in cookie
    assert code not in cookie
    page = browser.get(court.url("enroll"))
    assert page.form("Continue").values()["code"] == code
    page = page.submit("Continue", **born())
    assert page.heading == "How you will sign in"
    page = second_step(page, kind="email", email="Robin@Mail.example")
    assert "Not being able to pay is not, by itself, a violation." in page.text
    assert "$300.00" in page.text
    assert "sign on paper instead" in page.text
    page = page.submit("Continue", typed_name="Robin Sample", consent="y")
    assert "Robin@Mail.example" in page.text
    assert PASSPHRASE not in page.response.get_data(as_text=True)
    answer = press(page.form("Sign and enroll"))
    assert answer.status_code == 303
    with app.app_context(), court.acting():
        enrollment = the_enrollment(enrollment_id)
    assert enrollment.state == "enrolled"
    (account,) = rows(court, LearnerAccount)
    assert (account.sign_in_name, account.display_name) == ("robin@mail.example", "Robin Sample")
    agreement = browser.get(court.url("agreement"))
    assert "You are enrolled." in agreement.text
    assert "Signed as Robin Sample" in agreement.text
    assert "Signed on June 10, 2026" in agreement.text
    (signature,) = rows(court, AgreementSignature)
    with app.app_context(), court.acting():
        document = rules.rules_of(signature.rules_id)
    assert signature.text_sha256 == text_digest(document.agreement.text["en"])
    assert not signature.name_differs


def test_somebody_without_email_or_phone_gets_a_name_that_stays_the_same(court: TestCourt):
    _enrollment, _id, code = referred(court)
    browser = PageClient(court.app)
    form = last_form(court, code, browser)
    name = re.search(r"Your sign-in name: (\w+-\w+-\d{4})", form.page.text)
    assert name is not None
    page = second_step(browser.get(court.url("enroll/sign-in")))
    page = page.submit("Continue", consent="y")  # the typed name is still there
    assert name.group(1) in page.text
    press(page.form("Sign and enroll"))
    assert f"Your sign-in name is {name.group(1)}. Write it down." in browser.get(court.url("agreement")).text


@pytest.mark.parametrize(
    "write",
    [
        lambda code: code.lower(),
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " – "),
        lambda code: f"\t{code}\u200b ",
    ],
)
def test_a_code_is_found_however_it_is_spelled(court: TestCourt, write: Any):
    _enrollment, _id, code = referred(court)
    assert first_step(PageClient(court.app), court, write(code)).heading == "How you will sign in"


@pytest.mark.proves("AU-8")
def test_wrong_used_expired_revoked_replaced_and_foreign_codes_get_the_same_words(app: Flask, court: TestCourt):
    other = make_court(app)
    clerk = court.member(Role.CLERK)
    _case, _id, used = referred(court)
    press(last_form(court, used))
    _case, revoked_id, revoked = referred(court)
    replaced_case, _id, replaced = referred(court)
    withdrawn_case, _id, withdrawn = referred(court)
    with app.app_context(), app.test_request_context(), court.acting():
        revoke_code(revoked_id, reason="for a test", actor=clerk)
        issue_code(the_enrollment(replaced_case).referral_id, actor=clerk)
        move_enrollment(withdrawn_case, "withdrawn", actor=clerk)
    _case, _id, foreign = referred(other)
    _case, _id, good = referred(court)
    with clock.moved_to(NOW - timedelta(days=60)):
        _case, _id, expired = referred(court, order_date=date(2026, 4, 1), deadline=date(2026, 12, 1))
    swapped = good[:-4] + ("2" if good[-4] != "2" else "3") + good[-3:]
    seen = set()
    for number, (typed, day) in enumerate(
        [
            (used, BORN), (revoked, BORN), (replaced, BORN), (withdrawn, BORN), (foreign, BORN), (expired, BORN),
            (swapped, BORN), ("nothing", BORN), (good, BORN + timedelta(days=1)), ("\x07x" + good, BORN),
        ]
    ):  # fmt: skip
        browser = PageClient(app)
        browser.http.environ_base["REMOTE_ADDR"] = f"203.0.113.{number + 1}"
        page = first_step(browser, court, typed, day)
        assert page.status == 422, typed
        seen.add(tuple(page.errors()))
    assert seen == {(str(REDEEM_REFUSED),)}
    assert SAME_WORDS in str(REDEEM_REFUSED)
    with app.app_context(), court.acting():
        whys = session().scalars(
            select(AuditDetail.new)
            .join(AuditEvent, AuditEvent.id == AuditDetail.id)
            .where(AuditEvent.action == "cases.redeem_code", AuditEvent.outcome == "refused")
        )
        reasons = sorted(why["why"] for why in whys)
    assert reasons == sorted(
        ["used", "revoked", "replaced", "case_closed", "unknown", "expired", "malformed", "malformed", "malformed",
         "wrong_birth_date"]
    )  # fmt: skip
    assert {row.state for row in rows(court, Enrollment)} == {"enrolled", "referred", "withdrawn"}


@pytest.mark.proves("AU-8")
def test_guesses_are_limited_and_the_page_says_when_to_come_back(court: TestCourt):
    _enrollment, _id, code = referred(court)
    browser = PageClient(court.app)
    for _try in range(10):
        assert first_step(browser, court, code, BORN + timedelta(days=1)).status == 422
    page = first_step(browser, court, code)
    assert page.status == 429
    assert "You can try again in 15 minutes." in page.text
    assert page.response.headers["Retry-After"] == "900"
    with clock.moved_to(NOW + timedelta(minutes=16)):
        assert first_step(browser, court, code).heading == "How you will sign in"


@pytest.mark.parametrize("typed", ["", "   ", "hello", "ZZZZZZ-2345-6789-ABCD-EF", "9" * 79, "é" * 60])
def test_a_code_that_names_no_court_is_told_so_kindly(client: PageClient, typed: str):
    page = client.get("/enroll").submit("Continue", code=typed)
    assert page.status == 422
    assert page.url == "/enroll"
    if typed.strip():
        assert SAME_WORDS in " ".join(page.errors())
        assert page.form("Continue").values()["code"] == typed


def test_an_enormous_code_is_refused_in_words(client: PageClient, court: TestCourt):
    for path in ("/enroll", court.url("enroll")):
        page = client.get(path).submit("Continue", code="A" * 50_000, **born())
        assert page.status == 422
        assert "longer than any code" in " ".join(page.errors())


def test_the_carried_code_is_no_other_courts_and_not_for_long(app: Flask, court: TestCourt):
    _enrollment, _id, code = referred(court)
    browser = PageClient(app)
    browser.get("/enroll").submit("Continue", code=code)
    carried = browser.http.get_cookie("enroll-code", domain="localhost", path=court.url("enroll"))
    assert carried is not None
    other = make_court(app)
    browser.http.set_cookie("enroll-code", carried.value, domain="localhost", path=other.url("enroll"))
    assert browser.get(other.url("enroll")).form("Continue").values()["code"] == ""
    with clock.moved_to(NOW + timedelta(minutes=11)):
        assert browser.get(court.url("enroll")).form("Continue").values()["code"] == ""
    browser.http.set_cookie("enroll-code", "1:AAAA", domain="localhost", path=court.url("enroll"))
    assert browser.get(court.url("enroll")).status == 200


@pytest.mark.proves("AC-5")
def test_no_step_can_be_skipped(court: TestCourt):
    _enrollment, _id, code = referred(court)
    browser = PageClient(court.app)
    for step in ("sign-in", "agreement", "check"):
        page = browser.get(court.url(f"enroll/{step}"))
        assert page.url == court.url("enroll")
        assert "Please start with your code." in page.text
    first_step(browser, court, code)
    for step in ("agreement", "check"):
        assert browser.get(court.url(f"enroll/{step}")).url == court.url("enroll/sign-in")
    second_step(browser.get(court.url("enroll/sign-in")))
    assert browser.get(court.url("enroll/check")).url == court.url("enroll/agreement")
    assert rows(court, LearnerAccount) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": None}, "Choose one."),
        ({"kind": "email", "email": ""}, "Write your email address."),
        ({"kind": "email", "email": "nobody"}, "email address"),
        ({"kind": "phone", "phone": ""}, "Write your phone number."),
        ({"kind": "phone", "phone": "12"}, "phone number"),
        ({"password": ""}, "Choose a password."),
        ({"password": "too short"}, "at least 15 characters"),
        ({"password": "x" * 201}, "at most 200 characters"),
        ({"language": "fr"}, "valid choice"),
    ],
)
def test_a_faulty_way_to_sign_in_is_named_and_nothing_is_made(court: TestCourt, changes: dict[str, Any], words: str):
    _enrollment, _id, code = referred(court)
    page = second_step(first_step(PageClient(court.app), court, code), **changes)
    assert page.status == 422
    assert words in " ".join(page.errors())
    assert rows(court, LearnerAccount) == []


def test_a_sign_in_name_that_is_taken_is_said_at_its_box(court: TestCourt):
    _enrollment, _id, code = referred(court)
    press(last_form(court, code, kind="email", email="one@mail.example"))
    _enrollment, _id, code = referred(court)
    page = second_step(first_step(PageClient(court.app), court, code), kind="email", email="ONE@mail.example")
    assert page.status == 422
    assert "account with this email already" in " ".join(page.errors())
    assert page.form("Continue").values()["email"] == "ONE@mail.example"


def test_an_unsigned_agreement_goes_no_further(court: TestCourt):
    _enrollment, _id, code = referred(court)
    page = second_step(first_step(PageClient(court.app), court, code))
    page = page.submit("Continue")
    assert page.status == 422
    assert {"Write your full name to sign.", "Check the box to sign."} <= set(page.errors())
    assert page.submit("Continue", typed_name="R" * 161, consent="y").status == 422
