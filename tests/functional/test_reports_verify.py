"""Anybody with the paper or the file learns whether it is genuine, and as little as possible of the person."""

from __future__ import annotations

import io
import logging
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from app.core.models import Attempt
from app.court_admin.drafts import start_draft
from app.permissions.identity import Role
from app.reports.correcting.services import revoke_report
from app.reports.models import Report
from app.reports.seal_check import LARGEST_FILE, check_apart
from app.reports.verifying import initials, verify_file
from tenants.database import role_transaction, session, transaction
from tenants.models import Court
from tests.client import Page, PageClient
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner
from tests.reports import ask, file_bytes, report_of, reports_of, run_renders, token_of

NAME = {"given_names": "Robin Ann", "family_names": "Example-Lee"}


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    publish(app)
    return make_court(app)


@pytest.fixture(scope="module")
def enrollment_id(court: TestCourt) -> UUID:
    _learner, made = make_learner(court, **NAME)
    run_renders(court)
    return made


@pytest.fixture(scope="module")
def proof(court: TestCourt, enrollment_id: UUID) -> Report:
    return reports_of(court, enrollment_id)[0]


def page_of(court: TestCourt, report: Report, client: PageClient | None = None) -> Page:
    return (client or PageClient(court.app)).get(court.url(f"verify/{token_of(report)}"))


def send(page: Page, content: bytes, name: str = "paper.pdf") -> Page:
    form = page.form("Compare the file")
    return form.submit(file=(io.BytesIO(content), name))


@pytest.mark.proves("CD-9")
def test_the_paper_is_genuine_and_the_page_says_the_least_that_proves_it(court: TestCourt, proof: Report) -> None:
    page = page_of(court, proof)
    assert page.status == 200
    for shown in ("Genuine", "Proof of enrollment", proof.number, "R. A. E.", "1986"):
        assert shown in page.text
    html = page.response.get_data(as_text=True)
    for hidden in ("Robin", "Example", "26-CR", "April", "Program fee"):
        assert hidden not in html
    assert page.title.startswith("Check a document - ")


def test_an_unknown_token_gets_the_same_page_and_counts_nothing(court: TestCourt, proof: Report) -> None:
    client = PageClient(court.app)
    for token in ("A" * 43, "short", "x" * 3000, "%27%20OR%201=1", proof.verify_digest, token_of(proof)[:-1]):
        page = client.get(court.url(f"verify/{token}"))
        assert page.status == 404
        assert page.heading == "Check a document"
        assert "has issued no document" in page.text
        assert page.form("Compare the file")
    with court.app.app_context(), court.acting():
        assert session().scalar(select(func.count()).select_from(Attempt)) == 0


def test_another_courts_document_is_unknown_here(app: Flask, court: TestCourt, proof: Report) -> None:
    elsewhere = make_court(app)
    assert PageClient(app).get(elsewhere.url(f"verify/{token_of(proof)}")).status == 404
    with app.app_context(), elsewhere.acting():
        verdict = verify_file(file_bytes(court, proof))
    assert (verdict.exact, verdict.report) == (False, None)
    assert verdict.seal is not None
    assert verdict.seal.ok  # sealed by the same portal: only the digest tells whose it is


def test_a_report_that_is_not_issued_yet_is_unknown(app: Flask) -> None:
    court = make_court(app)
    _learner, made = make_learner(court)
    (waiting,) = reports_of(court, made)
    assert page_of(court, waiting).status == 404


def test_superseded_and_taken_back_are_said(app: Flask) -> None:
    court = make_court(app)
    _learner, made = make_learner(court)
    first, second = ask(court, made, "progress"), ask(court, made, "progress")
    run_renders(court)
    assert "Genuine, and there is a newer one" in page_of(court, first).text
    with app.app_context(), app.test_request_context(), court.acting():
        revoke_report(second.id, reason="wrong case", actor=court.member(Role.CLERK))
    page = page_of(court, second)
    assert "has taken it back" in page.text
    assert "wrong case" not in page.text


@pytest.mark.parametrize("state", ["closed", "suspended"])
def test_a_closed_court_still_answers_for_its_documents(app: Flask, state: str) -> None:
    court = make_court(app)
    _learner, made = make_learner(court)
    run_renders(court)
    (proof,) = reports_of(court, made)
    with app.app_context(), role_transaction("platform") as platform:
        platform.execute(update(Court).where(Court.id == court.id).values(state=state))
    client = PageClient(app)
    page = page_of(court, proof, client)
    assert "Genuine" in page.text
    assert "The exact file issued" in send(page, file_bytes(court, proof)).text
    check = client.get(court.url("verify"))
    assert check.status == 200
    assert client.get(court.url("sign-in")).status in (404, 503)
    if state == "closed":  # nobody is led to a door that is gone
        assert "Sign in" not in check.text


@pytest.mark.parametrize("state", ["active", "closed"])
def test_the_code_on_a_sample_leads_to_a_page_that_vouches_for_nothing(app: Flask, state: str) -> None:
    court = make_court(app)
    with app.app_context(), role_transaction("platform") as platform:
        platform.execute(update(Court).where(Court.id == court.id).values(state=state))
    page = PageClient(app).get(court.url("verify/sample"))
    assert page.status == 200
    assert "It says nothing about anybody." in page.text
    assert "Genuine" not in page.text
    typed = f"http://localhost{court.url('verify/sample')}"
    again = page.click("Check a document").submit("Check the document", reference=typed)
    assert again.url == page.url
    assert PageClient(app).get("/no-such-court/verify/sample").status == 404


def test_the_address_on_a_sample_paper_is_that_page(court: TestCourt) -> None:
    administrator = court.member(Role.ADMINISTRATOR)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        start_draft(actor=administrator)
    client = court.client(administrator)
    for kind in ("proof_of_enrollment", "final"):
        paper = client.get(court.url(f"program-rules/draft/preview/papers/{kind}"))
        assert "Sample Person" in paper.text
        (address,) = paper.tree.xpath("//main//a[contains(@href, '/verify')]/@href")
        assert "This is a sample" in PageClient(court.app).get(urlsplit(address).path).text


# --- Typed from the paper --------------------------------------------------------------------------------------------


def test_the_address_or_token_typed_from_the_paper_leads_to_the_page(court: TestCourt, proof: Report) -> None:
    for typed in (token_of(proof), str(proof.snapshot["verify_url"]), f"  {proof.snapshot['verify_url']}/ "):
        page = PageClient(court.app).get(court.url("verify")).submit("Check the document", reference=typed)
        assert page.url == court.url(f"verify/{token_of(proof)}")
        assert "Genuine" in page.text


def test_a_number_alone_tells_nothing_of_the_person(court: TestCourt, proof: Report) -> None:
    page = PageClient(court.app).get(court.url("verify")).submit("Check the document", reference=proof.number.lower())
    assert page.url == court.url("verify")  # the number stays out of the address
    assert "Genuine" in page.text
    assert "R. A. E." not in page.text
    assert "1986" not in page.text


def test_nothing_typed_is_said_at_the_field(court: TestCourt) -> None:
    page = PageClient(court.app).get(court.url("verify")).submit("Check the document", reference="")
    assert page.status == 422
    assert any("Type the number" in error for error in page.errors())


def test_numbers_can_not_be_walked_through(app: Flask) -> None:
    court = make_court(app)
    page = PageClient(app).get(court.url("verify"))
    answers = [page.submit("Check the document", reference=f"{court.prefix}-2026-{n:06d}").status for n in range(1, 33)]
    assert answers == [404] * 30 + [429] * 2


# --- The file --------------------------------------------------------------------------------------------------------


def test_the_exact_file_is_recognized_with_and_without_its_page(court: TestCourt, proof: Report) -> None:
    content = file_bytes(court, proof)
    assert "The exact file issued" in send(page_of(court, proof), content).text
    page = send(PageClient(court.app).get(court.url("verify")), content)
    assert "The exact file issued" in page.text
    assert proof.number in page.text


@pytest.mark.proves("CD-9")
def test_one_changed_byte_is_not_the_exact_file(court: TestCourt, proof: Report) -> None:
    content = bytearray(file_bytes(court, proof))
    content[len(content) // 3] ^= 1
    page = send(page_of(court, proof), bytes(content))
    assert "Not the exact file issued: compare these facts" in page.text
    assert "changed after it was sealed" in page.text or "not a PDF that can be read" in page.text
    assert "R. A. E." in page.text  # the paper is still genuine, and there is what to compare
    assert "Genuine" not in page.text, "it would be taken for the file"


def test_bytes_put_behind_the_end_are_not_the_exact_file(court: TestCourt, proof: Report) -> None:
    page = send(page_of(court, proof), file_bytes(court, proof) + b"\n")
    assert "The exact file issued" not in page.text
    assert "Not the exact file issued: compare these facts" in page.text


def test_a_genuine_file_of_another_document_is_told_apart(court: TestCourt, enrollment_id: UUID, proof: Report) -> None:
    report = ask(court, enrollment_id, "progress")
    run_renders(court)
    page = send(page_of(court, proof), file_bytes(court, report_of(court, report.id)))
    assert "another document than the one on this page" in page.text
    assert report.number not in page.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no PDF at all", "not a PDF that can be read"),
        (b"%PDF-1.7\n" + b"\xff" * 5000, "not a PDF that can be read"),
        (b"x" * (LARGEST_FILE + 1), "not a PDF that can be read"),
    ],
)
def test_any_file_gets_a_plain_answer(court: TestCourt, proof: Report, content: bytes, words: str) -> None:
    page = send(page_of(court, proof), content)
    assert page.status == 200
    assert words in page.text


def test_no_file_chosen_is_said_at_the_field(court: TestCourt, proof: Report) -> None:
    page = page_of(court, proof).submit("Compare the file")
    assert page.status == 422
    assert "Choose the file." in page.text


def test_a_file_that_eats_time_is_given_up(court: TestCourt, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file that refers to itself gets an answer, and so does one that is looked at without our certificate."""
    loop = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]>>\nendobj\ntrailer<</Root 1 0 R/Prev 9>>\n"
    with court.app.app_context():
        certificate = court.app.extensions["portal"].settings.signing_cert_file
        assert check_apart(loop, certificate).ok is False
    assert check_apart(loop, tmp_path_factory.mktemp("none") / "missing.pem").reason == "unreadable"


def test_files_are_limited_per_address(app: Flask) -> None:
    court = make_court(app)
    page = PageClient(app).get(court.url("verify"))
    with app.app_context(), court.acting(), transaction() as current:
        assert current.scalar(select(func.count()).select_from(Attempt)) == 0
    statuses = [send(page, b"x" * (LARGEST_FILE + 1)).status for _ in range(21)]
    assert statuses == [404] * 20 + [429]


@pytest.mark.proves("WE-2")
def test_the_token_is_in_no_log(court: TestCourt, proof: Report, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        page = page_of(court, proof)
        send(page, b"something else")
        PageClient(court.app).get(court.url(f"verify/{token_of(proof)}/more"))
        PageClient(court.app).http.post(court.url(f"verify/{token_of(proof)}"), data={"file": "x"})
    assert token_of(proof) not in caplog.text


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_initials_are_one_letter_of_each_word(name: str) -> None:
    words = name.split()
    shown = initials(name).split(" ") if words else []
    assert len(shown) == len(words)
    assert all(part.endswith(".") for part in shown)
