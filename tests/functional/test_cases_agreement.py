"""The participation agreement: signed knowingly, kept as it was signed, on paper for whoever wants paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.enrolling import issue_code, text_digest
from app.cases.lookups import the_enrollment
from app.cases.models import AgreementSignature
from app.cases.redeeming import REDEEM_REFUSED_WITH_NUMBER
from app.cases.services import move_enrollment
from app.core import clock
from app.core.models import AuditDetail, AuditEvent
from app.permissions.identity import Role
from tenants import rules
from tenants.database import session
from tenants.program import ProgramDocument, load_preset
from tests.client import PageClient
from tests.factories import TestCourt, make_court, make_referral
from tests.functional.enroll_steps import NOW, born, first_step, last_form, press, referred, rows, second_step


@pytest.fixture(autouse=True)
def june() -> Iterator[None]:
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def publish_text(court: TestCourt, text: str) -> None:
    data = load_preset("county_probation").to_json()
    data["agreement"]["text"] = {"en": text}
    with court.app.app_context(), court.acting():
        rules.publish(ProgramDocument.model_validate(data), by=None, reason="for a test", at=clock.now())


@pytest.mark.proves("CD-8")
def test_a_signature_keeps_version_text_and_time_and_its_copy_stays_whatever_changes(court: TestCourt) -> None:
    text = load_preset("county_probation").agreement.text["en"]
    enrollment_id, _id, code = referred(court)
    browser = PageClient(court.app)
    assert press(last_form(court, code, browser)).status_code == 303
    (signature,) = rows(court, AgreementSignature)
    assert signature.text_sha256 == text_digest(text)
    assert signature.signed_at == NOW
    assert signature.typed_name == "Robin Sample"
    publish_text(court, "A new text that nobody has signed.")
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        move_enrollment(enrollment_id, "withdrawn", actor=court.member(Role.CLERK))
    with clock.moved_to(NOW + timedelta(minutes=5)):
        copy = browser.get(court.url("agreement"))
    for paragraph in text.split("\n\n"):
        assert " ".join(paragraph.split()) in copy.text
    assert signature.text_sha256 in copy.text
    assert "Signed on June 10, 2026" in copy.text
    assert "nobody has signed" not in copy.text


@pytest.mark.proves("CD-8")
def test_nothing_is_signed_without_the_box_or_without_a_name(court: TestCourt) -> None:
    _enrollment, _id, code = referred(court)
    page = second_step(first_step(PageClient(court.app), court, code))
    without_box = page.submit("Continue", typed_name="Robin Sample")
    assert without_box.status == 422
    without_name = page.submit("Continue", typed_name=" ", consent="y")
    assert without_name.status == 422
    assert rows(court, AgreementSignature) == []


@pytest.mark.proves("CD-8")
def test_a_text_that_changed_while_it_was_read_is_read_again_before_it_is_signed(court: TestCourt) -> None:
    enrollment_id, _id, code = referred(court)
    browser = PageClient(court.app)
    form = last_form(court, code, browser)
    publish_text(court, "Another text altogether.")
    answer = press(form)
    assert answer.location.endswith("/enroll/agreement")
    assert rows(court, AgreementSignature) == []
    with court.app.app_context(), court.acting():
        assert the_enrollment(enrollment_id).state == "referred"
    assert "Another text altogether." in browser.get(court.url("enroll/agreement")).text


@pytest.mark.proves("CD-8")
def test_the_agreement_can_be_read_and_signed_on_paper(court: TestCourt) -> None:
    text = load_preset("county_probation").agreement.text["en"]
    _enrollment, _id, code = referred(court)
    page = second_step(first_step(PageClient(court.app), court, code))
    assert "sign on paper instead" in page.text
    paper = page.click("Print the agreement to sign on paper")
    assert paper.status == 200
    for paragraph in text.split("\n\n"):
        assert " ".join(paragraph.split()) in paper.text
    assert text_digest(text) in paper.text
    assert "Version 1 of the court's rules" in paper.text
    assert "Signature:" in paper.text


def test_the_paper_has_the_text_of_its_own_court_only(app: Flask, court: TestCourt) -> None:
    publish_text(make_court(app), "The other court's text.")
    assert "The other court's text." not in PageClient(app).get(court.url("agreement/paper")).text


# --- A court that asks for the case number too ------------------------------------------------------------------------


@pytest.fixture
def asking(app: Flask) -> TestCourt:
    data = load_preset("county_probation").to_json()
    data["codes"]["ask_case_number"] = True
    return make_court(app, document=ProgramDocument.model_validate(data))


def test_a_wrong_case_number_gets_the_same_words_as_any_other_slip(asking: TestCourt) -> None:
    _case, _id, code = referred(asking, case_numbers=("26-CR-00417",))
    told = set()
    for number, typed in enumerate(({"case_number": "26-CR-00418"}, {"case_number": ""}, born(date(1986, 4, 29)))):
        browser = PageClient(asking.app)
        browser.http.environ_base["REMOTE_ADDR"] = f"203.0.113.{number + 1}"
        answers = {"code": code, **born(), "case_number": "26-CR-00417", **typed}
        page = browser.get(asking.url("enroll")).submit("Continue", **answers)
        assert page.status == 422
        told.add(tuple(page.errors()))
    assert told == {(str(REDEEM_REFUSED_WITH_NUMBER),)}
    with asking.app.app_context(), asking.acting():
        refused = select(AuditDetail.new).join(AuditEvent, AuditEvent.id == AuditDetail.id)
        whys = [row["why"] for row in session().scalars(refused.where(AuditEvent.outcome == "refused"))]
    assert sorted(whys) == ["wrong_birth_date", "wrong_case_number", "wrong_case_number"]


@pytest.mark.parametrize(("known", "typed"), [(("26-CR-00417",), "26 cr 00417"), (("A-1", "B-2"), "b2"), ((), "")])
def test_the_case_number_is_found_however_it_is_spelled_and_not_missed_while_it_is_pending(
    asking: TestCourt, known: tuple[str, ...], typed: str
) -> None:
    enrollment_id = make_referral(asking, birth_date=date(1986, 4, 28), case_numbers=known)
    clerk = asking.member(Role.CLERK)
    with asking.app.app_context(), asking.app.test_request_context(), asking.acting():
        from_referral = the_enrollment(enrollment_id).referral_id
        _row, code = issue_code(from_referral, actor=clerk)
    page = PageClient(asking.app).get(asking.url("enroll"))
    page = page.submit("Continue", code=code, **born(), case_number=typed)
    assert page.heading == "How you will sign in"


def test_other_courts_do_not_ask_for_it(court: TestCourt) -> None:
    assert "case number" not in PageClient(court.app).get(court.url("enroll")).text.lower()
