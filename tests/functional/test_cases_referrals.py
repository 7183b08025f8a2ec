"""Referring people and issuing codes, as the court's staff meet it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment, EnrollmentCode, Referral
from app.core import clock
from app.core.models import AuditEvent, StoredFile
from app.permissions.identity import Role
from tenants.database import db, session
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner, make_referral

PDF = b"%PDF-1.4\n%%EOF\n"
CODE = re.compile(r"\b[A-Z]{2,6}(?:-[2-9A-Z]{4}){3}-[2-9A-Z]{2}\b")
TODAY = datetime(2026, 6, 10, 18, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _that_day() -> Iterator[None]:
    with clock.moved_to(TODAY):
        yield


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def day(name: str, value: date) -> dict[str, str]:
    return {f"{name}-month": str(value.month), f"{name}-day": str(value.day), f"{name}-year": str(value.year)}


def answers(**changes: Any) -> dict[str, Any]:
    """A whole, valid form; `changes` replaces boxes."""
    return {
        "given_names": "Jordan",
        "family_names": "Example",
        **day("birth_date", date(1986, 4, 28)),
        "case_numbers-0": "26-CR-00417",
        **day("order_date", date(2026, 6, 8)),
        **day("deadline", date(2026, 9, 30)),
        "language": "en",
        **changes,
    }


def send(court: TestCourt, role: Role = Role.CLERK, **changes: Any) -> Page:
    form = court.staff_client(role).get(court.url("referrals/new"))
    return form.submit("Save the referral", **answers(**changes))


def count(court: TestCourt, table: type[Any]) -> int:
    with court.app.app_context(), court.acting():
        return session().scalar(select(func.count()).select_from(table)) or 0


def referral_of(court: TestCourt, enrollment_id: UUID) -> UUID:
    with court.app.app_context(), court.acting():
        return the_enrollment(enrollment_id).referral_id


def test_a_clerk_refers_somebody_with_everything(court: TestCourt):
    officer = court.member(Role.OFFICER, "Officer Reyes")
    page = send(
        court,
        **{"case_numbers-1": "26-CR-00418", "case_numbers-2": "26 cr 00417", "officer_id": str(officer.id)},
        **day("hearing_on", date(2026, 10, 5)),
        hearing_at="09:30",
        email="jordan@mail.example",
        phone="(555) 201-4477",
        order_file=(io.BytesIO(PDF), "../../Order Jordan.pdf"),
    )
    assert page.status == 200
    assert page.heading == "Jordan Example"
    for words in ("26-CR-00417", "26-CR-00418", "October 5, 2026", "9:30 AM", "Officer Reyes", "September 30, 2026"):
        assert words in page.text
    assert "26 cr 00417" not in page.text  # the same number in another spelling
    assert "Order Jordan.pdf" in page.text
    assert "Referred by the court" in page.text
    assert "Jordan" not in page.title
    assert "jordan" not in page.url.lower()


def test_every_fault_is_shown_at_once_and_nothing_typed_or_sent_is_lost(court: TestCourt):
    page = send(
        court,
        given_names="  ",
        family_names="Kept Name",
        **day("birth_date", date(86, 4, 28)),
        **{"case_numbers-0": "", "order_date-month": "2", "order_date-day": "30"},
        email="no address",
        phone="123",
        order_file=(io.BytesIO(PDF), "order.pdf"),
    )
    assert page.status == 422
    shown = " ".join(page.errors())
    for words in ("given names", "four digits", "case number", "real date", "email address", "phone number"):
        assert words in shown
    assert "order.pdf is kept" in page.text
    assert count(court, Referral) == 0
    typed = page.form("Save the referral").values()["family_names"]
    kept = page.submit("Save the referral", **answers(family_names=typed, email="", phone=""))
    assert kept.heading == "Jordan Kept Name"
    assert "Download the signed order" in kept.text
    assert count(court, StoredFile) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (day("birth_date", date(2008, 6, 9)), "18 or older on the date of the order"),
        (day("birth_date", date(2027, 1, 1)), "can not be in the future"),
        (day("order_date", date(2026, 6, 11)), "can not be in the future"),
        (day("deadline", date(2026, 6, 8)), "after the date of the order"),
        (day("hearing_on", date(2026, 6, 9)), "today or later"),
        ({"hearing_at": "09:30"}, "date of the hearing too"),
        ({"hearing_at": "half past nine"}, "such as 9:30 AM"),
        ({"pending": "y"}, "not both"),
        ({"given_names": "x" * 81}, "at most 80 characters"),
        ({"case_numbers-0": "9" * 61}, "at most 60 characters"),
        ({"language": "xx"}, "valid choice"),
        ({"order_file": (io.BytesIO(b"MZ\x90"), "order.pdf")}, "not a PDF, PNG or JPEG"),
        ({"order_file": (io.BytesIO(b""), "order.pdf")}, "file is empty"),
        ({"order_file": (io.BytesIO(PDF + b"x" * 10 * 1024 * 1024), "order.pdf")}, "larger than 10 MB"),
    ],
)
@pytest.mark.proves("IO-3")
def test_a_faulty_box_is_named_and_nothing_is_saved(court: TestCourt, changes: dict[str, Any], words: str):
    page = send(court, **changes)
    assert page.status == 422
    assert words in " ".join(page.errors())
    assert count(court, Referral) == 0


def test_an_enormous_file_gets_a_page_that_says_so(court: TestCourt):
    page = send(court, order_file=(io.BytesIO(PDF + b"x" * 13 * 1024 * 1024), "order.pdf"))
    assert page.status == 413
    assert count(court, StoredFile) == 0


def test_a_pending_case_number_is_enough(court: TestCourt):
    page = send(court, **{"case_numbers-0": "", "pending": "y"})
    assert "Case number Pending" in page.text


def further_numbers(page: Page) -> tuple[list[str], bool]:
    """The boxes behind the fold, and whether it is open."""
    (fold,) = page.tree.xpath("//main//details[.//summary='More case numbers']")
    return fold.xpath(".//input/@name"), fold.get("open") is not None


def test_further_case_numbers_wait_behind_a_fold_that_opens_when_they_are_used_or_wrong(court: TestCourt):
    page = court.staff_client(Role.CLERK).get(court.url("referrals/new"))
    assert further_numbers(page) == ([f"case_numbers-{box}" for box in (1, 2, 3)], False)
    assert further_numbers(page.submit("Save the referral"))[1] is False
    page = send(court, given_names="", **{"case_numbers-1": "26-CR-00418"})
    assert further_numbers(page)[1] is True
    wrong = send(court, **{"case_numbers-3": "9" * 61})
    assert wrong.status == 422
    assert further_numbers(wrong)[1] is True
    assert wrong.tree.xpath("//*[@id='error-summary']//a[@href='#case_numbers-3']")
    saved = page.submit("Save the referral", given_names="Jordan")
    change = saved.click("Change the referral")
    assert further_numbers(change)[1] is True


def test_pasted_line_ends_and_odd_characters_do_no_harm(court: TestCourt):
    assert send(court, given_names="\tMar\u00eda\x07Jos\u00e9\r\n").heading == "María José Example"


def test_a_form_sent_twice_makes_one_referral(court: TestCourt):
    form = court.staff_client(Role.CLERK).get(court.url("referrals/new")).form("Save the referral")
    first, second = form.submit(**answers()), form.submit(**answers())
    assert first.url == second.url
    assert count(court, Referral) == 1


@pytest.mark.proves("AC-4", "CO-5")
def test_injected_fields_change_nothing(app: Flask, court: TestCourt):
    other = make_court(app)
    page = send(
        court,
        state="completed",
        court_id=str(other.id),
        referred_by=str(other.member(Role.CLERK).id),
        rules_id=str(uuid4()),
        id=str(uuid4()),
    )
    referral_id = UUID(page.url.rpartition("/")[2])
    with app.app_context(), court.acting():
        made = session().scalars(select(Enrollment).where(Enrollment.referral_id == referral_id)).one()
        referral = session().scalars(select(Referral).where(Referral.id == referral_id)).one()
    assert (made.state, made.court_id, made.rules_id) == ("referred", court.id, None)
    assert referral.referred_by == court.member(Role.CLERK).id
    assert count(other, Referral) == 0


@pytest.mark.proves("AC-4")
def test_an_officer_or_file_of_another_court_or_person_is_refused(app: Flask, court: TestCourt):
    other = make_court(app)
    assert send(court, officer_id=str(other.member(Role.OFFICER).id)).status == 422
    foreign = send(other, order_file=(io.BytesIO(PDF), "order.pdf"), given_names="")
    their_file = foreign.form("Save the referral").values()["order_file_id"]
    assert "kept" in foreign.text
    refused = send(court, order_file_id=their_file)
    assert refused.status == 422
    assert "Choose the file of the order again." in " ".join(refused.errors())
    colleague = send(court, Role.ADMINISTRATOR, order_file=(io.BytesIO(PDF), "order.pdf"), given_names="")
    assert send(court, order_file_id=colleague.form("Save").values()["order_file_id"]).status == 422
    assert count(court, Referral) == 0


def test_who_refers_is_the_courts_rule(app: Flask, court: TestCourt):
    asked = court.staff_client(Role.PROSECUTOR).get(court.url("referrals/new"))
    assert "do not let your office refer people" in asked.text
    assert asked.tree.xpath("//main//form") == []
    diversion = make_court(app, preset="county_diversion")
    mine = send(diversion, Role.PROSECUTOR)
    assert mine.heading == "Jordan Example"
    theirs = referral_of(diversion, make_referral(diversion, family_names="Notmine"))
    browser = diversion.staff_client(Role.PROSECUTOR)
    listed = browser.get(diversion.url("referrals")).text
    assert "Example, Jordan" in listed
    assert "Notmine" not in listed
    assert browser.get(diversion.url(f"referrals/{theirs}")).status == 404


def test_a_post_past_the_rule_is_refused_with_its_reason(app: Flask, court: TestCourt):
    browser = court.staff_client(Role.PROSECUTOR)
    clerks_form = court.staff_client(Role.CLERK).get(court.url("referrals/new")).form("Save")
    token = browser.get(court.url("referrals")).tree.xpath("//input[@name='csrf_token']")[0].get("value")
    page = browser.post(court.url("referrals/new"), {**clerks_form.values(), **answers(), "csrf_token": token})
    assert page.status == 422
    assert "do not let your office refer people" in " ".join(page.errors())
    assert count(court, Referral) == 0


@pytest.mark.proves("IO-3")
def test_the_order_comes_back_as_a_download_under_a_name_of_ours(court: TestCourt):
    page = send(court, order_file=(io.BytesIO(PDF), 'evil"; x.html'))
    answer = page.client.http.get(page.link("Download the signed order"))
    assert answer.data == PDF
    assert answer.mimetype == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert re.fullmatch(r"attachment; filename=order-[0-9a-f]{8}\.pdf", answer.headers["Content-Disposition"])
    with court.app.app_context(), court.acting():
        read = session().scalar(select(func.count()).where(AuditEvent.action == "cases.read_order"))
    assert read == 1


def test_an_order_can_be_added_and_replaced_later(court: TestCourt):
    page = send(court)
    page = page.click("Add").submit("Save the file")
    assert page.status == 422
    assert "Choose a file." in page.errors()
    page = page.submit("Save the file", order_file=(io.BytesIO(b"\x89PNG\r\n\x1a\n..."), "scan.png"))
    assert "scan.png" in page.text
    page = page.click("Replace").submit(
        "Save the file", order_file=(io.BytesIO(PDF), "order.pdf"), reason="Better scan"
    )
    assert "order.pdf" in page.text
    assert "scan.png" not in page.text


@pytest.mark.parametrize("role", [Role.PROSECUTOR, Role.FACILITATOR])
def test_the_order_is_not_for_everybody(court: TestCourt, role: Role):
    page = send(court, order_file=(io.BytesIO(PDF), "order.pdf"))
    assert court.staff_client(role).get(f"{page.url}/order").status == 404


@pytest.mark.proves("AC-2", "CO-7")
def test_another_courts_referral_looks_like_none(app: Flask, court: TestCourt):
    other = make_court(app)
    theirs = send(other, order_file=(io.BytesIO(PDF), "order.pdf")).url.rpartition("/")[2]
    browser = court.staff_client(Role.CLERK)
    for path in ("referrals/{}", "referrals/{}/order", "referrals/{}/order/new"):
        foreign, missing = browser.get(court.url(path.format(theirs))), browser.get(court.url(path.format(uuid4())))
        assert foreign.status == missing.status == 404
        assert foreign.text == missing.text
    token = browser.get(court.url("referrals")).tree.xpath("//input[@name='csrf_token']")[0].get("value")
    data = {"csrf_token": token, "submission_id": str(uuid4())}
    assert browser.post(court.url(f"referrals/{theirs}/codes"), data).status == 404
    assert count(other, EnrollmentCode) == 0


def test_the_list_goes_back_and_forth_through_every_referral_in_a_dozen_statements(app: Flask, court: TestCourt):
    for number in range(60):
        with clock.moved_to(TODAY + timedelta(minutes=number // 2)):  # pairs share an instant
            make_referral(court, family_names=f"Person{number:02d}")
    browser = court.staff_client(Role.CLERK)
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    def names(page: Page) -> list[str]:
        return re.findall(r"Person\d\d", page.text)

    first = browser.get(court.url("referrals"))
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        second = first.click("Older")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    third = second.click("Older")
    assert sorted(names(first) + names(second) + names(third)) == [f"Person{number:02d}" for number in range(60)]
    assert [len(names(page)) for page in (first, second, third)] == [25, 25, 10]
    assert names(third.click("Newer")) == names(second)
    assert names(second.click("Newer")) == names(first)
    assert "Older" not in third.tree.xpath("string(//main)")
    assert "Newer" not in first.tree.xpath("string(//main)")
    assert len(statements) <= 12, statements


def issue(page: Page, button: str = "Issue the enrollment code") -> tuple[Page, str]:
    shown = page.submit(button)
    found = CODE.search(shown.text)
    return shown, found.group() if found else ""


def test_a_code_is_shown_once_and_only_its_last_four_are_known_after(court: TestCourt):
    page = send(court)
    shown, code = issue(page)
    assert code
    assert "no-store" in shown.response.headers["Cache-Control"]
    assert "Good until August 9, 2026." in shown.text
    later = shown.click("Jordan Example")
    assert code not in later.text
    assert f"Ends in {code.replace('-', '')[-4:]}" in later.text
    assert f"ends in {code.replace('-', '')[-4:]}" in later.click("Referrals").text
    with court.app.app_context(), court.acting():
        row = session().scalars(select(EnrollmentCode)).one()
    assert code not in repr(vars(row))


def test_issuing_twice_by_one_click_makes_one_code(court: TestCourt):
    form = send(court).form("Issue the enrollment code")
    first, second = form.submit(), form.submit()
    code = CODE.search(first.text)
    assert code is not None
    assert "This code was issued already" in second.text
    assert code.group() not in second.text
    assert count(court, EnrollmentCode) == 1


def test_a_new_code_replaces_the_one_before(court: TestCourt):
    shown, first = issue(send(court))
    again, second = issue(shown.click("Jordan Example").click("Replace the code"), "Issue a new code")
    assert first != second
    listed = again.click("Jordan Example").text
    assert "Replaced" in listed
    with court.app.app_context(), court.acting():
        states = sorted(session().scalars(select(EnrollmentCode.state)))
    assert states == ["issued", "replaced"]


def test_a_code_is_taken_back_with_a_reason(court: TestCourt):
    shown, _code = issue(send(court))
    asked = shown.click("Jordan Example").click("Take back")
    assert "Write why" in " ".join(asked.submit("Take back the code").errors())
    done = asked.submit("Take back the code", reason="Wrong person")
    assert "The code is taken back." in done.text
    assert "Taken back" in done.text
    again = done.client.get(asked.url).submit("Take back the code", reason="Once more")
    assert again.status == 409


def test_nobody_gets_a_code_after_enrolling(court: TestCourt):
    _identity, enrollment_id = make_learner(court)
    referral_id = referral_of(court, enrollment_id)
    browser = court.staff_client(Role.CLERK)
    page = browser.get(court.url(f"referrals/{referral_id}"))
    assert page.tree.xpath("//main//form") == []
    token = page.tree.xpath("//input[@name='csrf_token']")[0].get("value")
    data = {"csrf_token": token, "submission_id": str(uuid4())}
    refused = browser.post(court.url(f"referrals/{referral_id}/codes"), data)
    assert "No code is needed" in refused.text
    assert count(court, EnrollmentCode) == 1


def test_an_unused_code_past_its_day_reads_expired(court: TestCourt):
    shown, _code = issue(send(court))
    with clock.moved_to(TODAY + timedelta(days=61)):
        assert "Expired" in court.staff_client(Role.CLERK).get(court.url("referrals")).text
    assert "Expired" not in shown.click("Referrals").text
