"""What a hostile or clumsy browser sends: each gets a clear answer, never an error of ours."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Invitation
from app.payments.models import Waiver
from app.permissions.identity import Role
from app.web.hooks import safe_next
from tenants.database import session
from tests.client import PageClient
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.test_accountability_check_ins import in_accountability
from tests.functional.waiver_steps import ask

HUGE = "99999999999999999999"  # no integer column holds it
UNREADABLE = "//["  # begins like an address of a host, and is none


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


@pytest.mark.proves("IO-5")
def test_a_year_beyond_all_calendars_is_a_fault_of_the_field(court: TestCourt) -> None:
    page = PageClient(court.app).get(court.url("enroll"))
    answer = page.submit(code="RIV-1", birth_date__month="4", birth_date__day="28", birth_date__year="9999999999")
    assert answer.status == 422
    assert any("real date" in error for error in answer.errors())


@pytest.mark.proves("IO-5")
@pytest.mark.parametrize("path", [f"check-ins/{HUGE}", "check-ins/99999999999"])
def test_a_check_in_that_no_plan_can_have_is_not_found(court: TestCourt, path: str) -> None:
    learner, _enrollment = in_accountability(court)
    assert court.client(learner).get(court.url("check-ins/1")).status == 200
    assert court.client(learner).get(court.url(path)).status == 404


@pytest.mark.proves("IO-5")
@pytest.mark.parametrize("path", [f"program-rules/{HUGE}", f"program-rules/{HUGE}/letterhead"])
def test_a_version_of_the_rules_that_can_not_be_is_not_found(court: TestCourt, path: str) -> None:
    client = court.staff_client(Role.ADMINISTRATOR)
    assert client.get(court.url("program-rules/1")).status == 200
    assert client.get(court.url(path)).status == 404


@pytest.mark.proves("IO-5")
def test_an_income_beyond_all_books_is_a_fault_of_the_field(court: TestCourt) -> None:
    learner, enrollment_id = make_learner(court)
    page = court.client(learner).get(court.url("fee/waiver/step/income"))
    refused = page.submit("Save and go on", income="99,999,999,999", period="month")
    assert refused.status == 422
    assert any("amount in dollars" in error for error in refused.errors())
    assert ask(court, learner, income="9,999,999.99").status == 200
    with court.app.app_context(), court.acting():
        kept = session().scalars(select(Waiver).where(Waiver.enrollment_id == enrollment_id)).one()
    assert kept.monthly_income_cents == 999_999_999


@pytest.mark.proves("IO-5")
@pytest.mark.parametrize("index", ["\N{SUPERSCRIPT TWO}", "9" * 5000])
def test_a_row_of_a_list_that_is_no_number_is_refused(court: TestCourt, index: str) -> None:
    client = court.staff_client(Role.CLERK)
    values = client.get(court.url("referrals/new")).form().values()
    answer = client.post(court.url("referrals/new"), {**values, f"case_numbers-{index}": "26-CR-1"})
    assert answer.status == 400


@pytest.mark.proves("IO-4")
def test_an_unreadable_way_on_leads_home(court: TestCourt) -> None:
    client = court.staff_client(Role.CLERK)
    assert client.get(court.url(f"sign-in?next={UNREADABLE}")).status == 200
    token = client.get(court.url("account")).form("Save").values()["csrf_token"]
    answer = client.http.post(
        court.url("language"), data={"csrf_token": token, "language": "en", "next": f"{UNREADABLE}x"}
    )
    assert answer.status_code == 302
    assert answer.headers["Location"] == court.url()


@pytest.mark.proves("IO-4")
@pytest.mark.parametrize(
    "target",
    [
        "//[", "http://[", "//evil.example/", "https://evil.example/", "\\\\evil.example", "/\\evil.example",
        "/\t/evil.example", "javascript:alert(1)", "evil", "", "/ evil", "/\x7fevil",
    ],
)  # fmt: skip
def test_no_way_on_leaves_the_portal(app: Flask, target: str) -> None:
    with app.test_request_context("/"):
        assert safe_next(target) is None


@pytest.mark.proves("IO-4")
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_another_hosts_name_gets_no_page_by_any_method(app: Flask, court: TestCourt, method: str) -> None:
    answer = app.test_client().open(court.url("enroll"), method=method, base_url="http://evil.example")
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert b"evil" not in answer.data
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.proves("WE-3")
def test_a_form_is_never_handed_back_to_an_address_that_we_do_not_have(app: Flask) -> None:
    odd = {"PATH_INFO": "//evil.example/x"}
    answer = app.test_client().post("/x", data={"statement": "typed"}, environ_overrides=odd)
    assert b'action="//evil' not in answer.data
    assert answer.status_code in (308, 404)
    assert "evil.example" not in answer.headers.get("Location", "").partition("localhost")[0]
    assert app.test_client().post("/nowhere", data={"a": "b"}).status_code == 404


@pytest.mark.proves("AC-4")
def test_a_submission_of_one_form_claims_nothing_of_another(court: TestCourt) -> None:
    """The same submission id under another verb: neither a second effect nor a page of the first one's result."""
    client = court.staff_client(Role.ADMINISTRATOR)
    invite = client.get(court.url("staff/invite")).form().values()
    who = {"display_name": "Pat Example", "email": f"pat@{court.slug}.example", "role": "clerk"}
    assert client.post(court.url("staff/invite"), {**invite, **who}).status == 200
    with court.app.app_context(), court.acting():
        made = session().scalars(select(Invitation.id).where(Invitation.email == who["email"])).one()
    resend = {"csrf_token": invite["csrf_token"], "submission_id": invite["submission_id"]}
    answer = client.post(court.url(f"staff/invitations/{made}/resend"), resend)
    assert answer.status == 409
