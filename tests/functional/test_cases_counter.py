"""The counter: a clerk helps somebody enroll, and prints a slip for somebody who can not sign in."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.accounts.models import LearnerAccount
from app.cases.lookups import the_enrollment
from app.permissions.identity import Role
from tests.client import Page, PageClient
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.accounts_people import audited
from tests.functional.enroll_steps import BORN, born, rows

CODE = re.compile(r"\b(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}\b")
NEW = "seven quiet rivers run"


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


def _begin(court: TestCourt, clerk: PageClient, enrollment_id) -> Page:
    with court.app.app_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
    return clerk.get(court.url(f"referrals/{referral_id}")).click("Help this person enroll here")


def _to_the_end(court: TestCourt, clerk: PageClient, enrollment_id, **how: str) -> Page:
    page = _begin(court, clerk, enrollment_id).submit("Begin", seen="y", **born())
    page = page.submit("Continue", kind="name", language="en", **how)
    page = page.submit("Continue", typed_name="Robin Sample", consent="y")
    assert "You choose it with the slip" in page.text
    return page.submit("Sign and enroll")


@pytest.mark.proves("AU-6")
def test_from_the_referral_to_the_person_s_own_sign_in(court: TestCourt, client: PageClient):
    clerk, enrollment_id = court.staff_client(Role.CLERK), make_referral(court, birth_date=BORN)
    slip = _to_the_end(court, clerk, enrollment_id)
    assert slip.heading == "Your slip"
    assert "You are still signed in." in slip.text
    assert clerk.get(court.url("account")).text.count("Test Clerk") >= 1
    (made,) = [each for each in rows(court, LearnerAccount) if each.sign_in_name in slip.text]
    assert made.password_hash == ""
    code = CODE.search(slip.text)
    assert code is not None
    page = client.get(court.url("recover")).submit("Sign in", code=code.group(), password=NEW, again=NEW)
    assert "Robin" in page.text
    assert audited(court, "cases.enroll_assisted") == [("staff", "done")]
    assert audited(court, "cases.print_recovery_slip") == [("staff", "done")]


def test_an_account_without_a_password_opens_with_none(court: TestCourt):
    clerk, enrollment_id = court.staff_client(Role.CLERK), make_referral(court, birth_date=BORN)
    slip = _to_the_end(court, clerk, enrollment_id)
    (name,) = {each.sign_in_name for each in rows(court, LearnerAccount) if each.sign_in_name in slip.text}
    for guess in ("", " ", "none"):
        page = PageClient(court.app).get(court.url("sign-in")).submit("Sign in", sign_in_name=name, password=guess)
        assert page.status == 422


def test_the_wrong_person_is_noticed(court: TestCourt):
    clerk, enrollment_id = court.staff_client(Role.CLERK), make_referral(court, birth_date=BORN)
    page = _begin(court, clerk, enrollment_id)
    wrong = page.submit("Begin", seen="y", **(born() | {"birth_date-day": "27"}))
    assert "The referral has another birth date." in " ".join(wrong.errors())
    unseen = page.submit("Begin", **born())
    assert "Look at the photo ID first, and tick the box." in unseen.errors()
    with court.app.app_context(), court.acting():
        assert the_enrollment(enrollment_id).state == "referred"


def test_a_walk_begun_at_the_counter_ends_there(court: TestCourt):
    """The answers in the browser are worth nothing to anybody but the clerk who began: nor after signing out."""
    clerk, enrollment_id = court.staff_client(Role.CLERK), make_referral(court, birth_date=BORN)
    page = _begin(court, clerk, enrollment_id).submit("Begin", seen="y", **born())
    other = court.staff_client(Role.ADMINISTRATOR)
    kept = clerk.http.get_cookie("enroll-answers", path=f"/{court.slug}/enroll")
    assert kept is not None
    for browser in (other, PageClient(court.app)):
        browser.http.set_cookie("enroll-answers", kept.value, path=f"/{court.slug}/enroll", domain="localhost")
        assert browser.get(court.url("enroll/sign-in")).url == court.url("enroll")
    assert page.heading == "How you will sign in"


def test_only_the_counter_may(court: TestCourt):
    enrollment_id = make_referral(court, birth_date=BORN)
    with court.app.app_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
    for role in (Role.JUDGE, Role.PROSECUTOR, Role.OFFICER, Role.FACILITATOR):
        browser = court.staff_client(role)
        for path in ("enroll-here", "recovery-slip"):
            assert browser.get(court.url(f"referrals/{referral_id}/{path}")).status == 404


def test_a_double_click_enrolls_once_and_still_gives_a_slip(court: TestCourt):
    clerk, enrollment_id = court.staff_client(Role.CLERK), make_referral(court, birth_date=BORN)
    page = _begin(court, clerk, enrollment_id).submit("Begin", seen="y", **born())
    page = page.submit("Continue", kind="name", language="es").submit(typed_name="Robin S", consent="y")
    form, cookie = page.form(), clerk.http.get_cookie("enroll-answers", path=f"/{court.slug}/enroll")
    first = form.submit()
    assert cookie is not None
    clerk.http.set_cookie("enroll-answers", cookie.value, path=f"/{court.slug}/enroll", domain="localhost")
    second = form.submit()
    codes = {found.group() for each in (first, second) if (found := CODE.search(each.text))}
    assert len(codes) == 2  # the newer one counts
    assert first.tree.xpath("//*[@lang='es']//ol")  # in the person's language


def test_a_slip_for_somebody_who_lost_the_password(court: TestCourt, client: PageClient):
    _learner, enrollment_id = make_learner(court, birth_date=BORN)
    with court.app.app_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
    clerk = court.staff_client(Role.CLERK)
    page = clerk.get(court.url(f"referrals/{referral_id}")).click("Print a slip that lets this person sign in again")
    assert page.submit("Make the slip").status == 422
    slip = page.submit("Make the slip", seen="y")
    code = CODE.search(slip.text)
    assert code is not None
    assert "Robin" not in slip.text  # court program, and nothing more
    assert (
        "Robin" in client.get(court.url("recover")).submit("Sign in", code=code.group(), password=NEW, again=NEW).text
    )
