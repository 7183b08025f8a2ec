"""Papers of the fee: what each says, in whose language, who may read it, and that no event makes two."""

from __future__ import annotations

import io
import re
from uuid import UUID

import pikepdf
import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import LearnerAccount
from app.core import clock
from app.core.errors import NotFound
from app.core.models import Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.notices.models import Notice
from app.payments.counter.lookups import payments_of
from app.payments.counter.rules import Method
from app.payments.counter.services import Received, record_payment, void_payment
from app.payments.deciding.replies import ask_again
from app.payments.deciding.rules import Outcome
from app.payments.installments.services import make_plan
from app.permissions.identity import Identity, Role
from app.reports.lookups import RENDER, get_report_for, kinds_readable_by
from app.reports.models import Report
from app.reports.papers import give_receipts, keep_copy, write_letter
from app.reports.snapshot import FEE_PAPERS
from tenants.database import session, transaction
from tenants.program import ProgramDocument
from tests.client import PageClient
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.deciding_steps import asked, decide, document
from tests.functional.payments_kit import statements
from tests.reports import file_bytes, reports_of, run_renders, text_of, token_of

ZONE = "America/Los_Angeles"


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


def inside(court: TestCourt):
    return court.app.test_request_context()


def pay(court: TestCourt, enrollment_id: UUID, cents: int, **more: str) -> UUID:
    received = Received(Method.MONEY_ORDER, cents, clock.today(ZONE), reference=more.get("reference", "MO 20-4471"))
    with inside(court), court.acting():
        return record_payment(enrollment_id, received, actor=court.member(Role.CLERK)).id


def void(court: TestCourt, enrollment_id: UUID) -> None:
    with inside(court), court.acting():
        payment = payments_of(enrollment_id)[-1]
        reason, version = "The money order came back.", str(payment.row_version)
        void_payment(payment.id, reason=reason, actor=court.member(Role.CLERK), row_version=version)


def papers(court: TestCourt, enrollment_id: UUID) -> dict[str, list[Report]]:
    found: dict[str, list[Report]] = {}
    for row in reports_of(court, enrollment_id):
        if row.kind in FEE_PAPERS:
            found.setdefault(row.kind, []).append(row)
    return found


def speaks_spanish(court: TestCourt, learner: Identity) -> None:
    with court.app.app_context(), court.acting(), transaction() as current:
        current.execute(update(LearnerAccount).where(LearnerAccount.id == learner.id).values(language="es"))


def words(court: TestCourt, report: Report) -> str:
    return text_of(file_bytes(court, report))


def test_a_receipt_says_what_was_taken_and_a_void_takes_its_place(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    pay(court, enrollment_id, 12_500)
    run_renders(court)
    (receipt,) = papers(court, enrollment_id)["receipt"]
    assert receipt.state == "ready"
    text = words(court, receipt)
    with court.app.app_context(), court.acting():
        number = payments_of(enrollment_id)[0].receipt
    for fact in (number, "$125.00", "Money order", "MO 20-4471", "Left to pay: $225.00.", receipt.number, "Taken by"):
        assert fact in text
    assert "Not being able to pay is not, by itself, a violation." in text
    void(court, enrollment_id)
    run_renders(court)
    found = papers(court, enrollment_id)
    assert [row.state for row in found["receipt"]] == ["superseded"]
    (notice,) = found["receipt_void"]
    assert notice.state == "ready"
    text = words(court, notice)
    for fact in ("This payment is void.", "The money order came back.", number, "Left to pay: $350.00."):
        assert fact in text
    checked = PageClient(court.app).get(court.url(f"verify/{token_of(receipt)}"))
    assert "there is a newer one" in checked.text
    with court.app.app_context(), court.acting():
        mails = session().scalars(select(Notice).where(Notice.recipient_id == learner.id)).all()
    assert [mail.template for mail in mails] == ["paper_ready", "paper_ready"]
    assert not any("125" in str(mail.context) for mail in mails)


def test_each_payment_has_its_own_receipt_and_no_other_replaces_it(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    for cents in (1_000, 2_000, 3_000):
        pay(court, enrollment_id, cents)
    for _again in range(2):  # told again, nothing more is made
        with inside(court), court.acting():
            give_receipts(enrollment_id)
    run_renders(court)
    found = papers(court, enrollment_id)["receipt"]
    assert [row.state for row in found] == ["ready"] * 3
    assert [row.snapshot["receipt"]["cents"] for row in found] == [1_000, 2_000, 3_000]
    assert [row.snapshot["receipt"]["owed_cents"] for row in found] == [34_000, 32_000, 29_000]


def test_a_worker_that_dies_twice_issues_one_receipt_and_one_mail(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    pay(court, enrollment_id, 5_000)
    with court.app.app_context(), court.acting():
        jobs = session().scalars(select(Outbox.id).where(Outbox.kind == RENDER, Outbox.done_at.is_(None))).all()
    for job_id in [*jobs, *jobs, *jobs]:
        with court.app.app_context(), court.acting():
            run_job(job_id, runtime().registry.jobs)
    (receipt,) = papers(court, enrollment_id)["receipt"]
    assert receipt.state == "ready"
    with court.app.app_context(), court.acting():
        mails = session().scalars(select(Notice).where(Notice.recipient_id == learner.id)).all()
    assert len(mails) == 1


def test_the_letter_and_the_copy_of_a_request(court: TestCourt):
    learner, enrollment_id = asked(court, statement="My hours were cut in May.")
    (copy,) = papers(court, enrollment_id)["waiver_copy"]
    assert "waiver_letter" not in papers(court, enrollment_id)
    reason = {"reason": "other", "explanation": "The pay stubs show more.\nBring new ones."}
    decide(court, enrollment_id, Outcome.DENIED, **reason)
    with inside(court), court.acting():
        write_letter(enrollment_id)
        keep_copy(enrollment_id)
    run_renders(court)
    found = papers(court, enrollment_id)
    (letter,), (copy,) = found["waiver_letter"], found["waiver_copy"]
    assert letter.subject_id == copy.subject_id
    assert (letter.state, copy.state) == ("ready", "ready")
    told = words(court, letter)
    for fact in ("The court did not waive your fee.", "The pay stubs show more.", "Bring new ones.", "$350.00"):
        assert fact in told
    assert re.search(r"Source: U\.S\. Department of Health and Human Services", told)
    assert re.search(r"you can ask the court to look again until \w+ \d+, \d{4}", told)
    assert "To ask again, sign in" in told
    assert "Not being able to pay is not, by itself, a violation." in told
    asked_for = words(court, copy)
    for fact in ("My hours were cut in May.", "$1,900.50", "Fingerprint of what was signed", "A person decides"):
        assert fact in asked_for
    assert "look again" not in asked_for
    mine = court.client(learner).get(court.url("documents"))
    assert "Letter about the fee" in mine.text
    assert "Copy of the request about the fee" in mine.text


PART = {"legal_basis": "", "percent_of": None, "percent": None, "waivable": True, "refundable": True}
PARTS = [
    {**PART, "key": "program", "label": "Program fee", "payee": "JaneSchool", "amount_cents": 30_000},
    {**PART, "key": "court", "label": "Court administration", "payee": "Court", "amount_cents": 5_000},
    {**PART, "key": "fund", "label": "Services fund of the county", "payee": "County", "amount_cents": 7_500},
]
HEAD = {"lines": ["Collaborative Programs Division", "4100 Main Street, Room 210", "Riverside, CA 92501"]}
LONG = (
    "I have looked at your pay stubs and at the letter of your employer. Your income is low, and you care for two "
    "children.\nI waive the whole fee. The court thanks you for writing so openly about your situation."
)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_letter_of_a_full_waiver_is_one_page_with_its_code(app: Flask, language: str):
    rules = document(fees={"components": PARTS}).to_json()
    rules["reports"]["letterhead"] |= {**HEAD, "phone": "(951) 555-0142"}
    court = make_court(app, document=ProgramDocument.model_validate(rules))
    learner, enrollment_id = asked(court)
    if language == "es":
        speaks_spanish(court, learner)
    pay(court, enrollment_id, 20_000)
    decide(court, enrollment_id, Outcome.FULL, explanation=LONG)
    run_renders(court)
    (letter,) = papers(court, enrollment_id)["waiver_letter"]
    with pikepdf.open(io.BytesIO(file_bytes(court, letter))) as pdf:
        assert len(pdf.pages) == 1
    assert token_of(letter) in words(court, letter).replace(" ", "")


def test_a_second_answer_replaces_the_letter_of_the_same_request(court: TestCourt):
    learner, enrollment_id = asked(court)
    decide(court, enrollment_id, Outcome.DENIED)
    run_renders(court)
    with inside(court), court.acting():
        ask_again("I have new pay stubs.", actor=learner)
    decide(court, enrollment_id, Outcome.FULL, actor=court.member(Role.JUDGE))
    run_renders(court)
    first, second = papers(court, enrollment_id)["waiver_letter"]
    assert (first.state, second.state) == ("superseded", "ready")
    assert "The court waived your fee." in words(court, second)
    assert [row.state for row in papers(court, enrollment_id)["waiver_copy"]] == ["ready"]


@pytest.mark.proves("CD-3")
def test_what_the_rules_grant_at_once_has_its_copy_and_its_letter(app: Flask):
    generous = make_court(app, document=document(waivers={"grant_presumed": True}))
    _learner, enrollment_id = asked(generous, benefits=("SNAP",))
    run_renders(generous)
    found = papers(generous, enrollment_id)
    told = words(generous, found["waiver_letter"][0])
    assert "by the rules of this court, without a person" in told
    assert "Somebody in your household gets SNAP." in told
    assert "SNAP" in words(generous, found["waiver_copy"][0])


def test_a_statement_has_every_entry_whose_each_cent_is_and_the_plan(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    with inside(court), court.acting():
        make_plan(enrollment_id, 2, actor=court.member(Role.CLERK))
    pay(court, enrollment_id, 10_001)
    page = court.client(learner).get(court.url("fee/papers")).submit("Make a statement", language="en")
    assert page.status == 200
    run_renders(court)
    (statement,) = papers(court, enrollment_id)["fee_statement"]
    content = statement.snapshot["fee_statement"]
    assert sum(part["paid_cents"] for part in content["parts"]) == 10_001
    assert sum(part["due_cents"] for part in content["parts"]) == 35_000
    text = words(court, statement)
    for fact in ("$350.00", "-$100.01", "$249.99", "Owed after", "Goes to", "Paid in parts", "Left to pay: $249.99."):
        assert fact in text
    clerk = court.staff_client(Role.CLERK)
    clerk.get(court.url(f"cases/{enrollment_id}/fee-papers")).submit("Make a statement", language="en")
    assert len(papers(court, enrollment_id)["fee_statement"]) == 1, "nothing changed since: the same paper"
    pay(court, enrollment_id, 1)
    clerk.get(court.url(f"cases/{enrollment_id}/fee-papers")).submit("Make a statement", language="en")
    run_renders(court)
    assert [row.state for row in papers(court, enrollment_id)["fee_statement"]] == ["superseded", "ready"]


@pytest.mark.proves("CD-2")
def test_papers_speak_the_learners_language(court: TestCourt):
    learner, enrollment_id = asked(court)
    speaks_spanish(court, learner)
    decide(court, enrollment_id, Outcome.DENIED)
    pay(court, enrollment_id, 100)
    found = papers(court, enrollment_id)
    assert found["waiver_letter"][0].language == found["receipt"][0].language == "es"
    assert found["waiver_copy"][0].language == "en", "the copy is in the language that was signed"


@pytest.mark.proves("CD-4", "AC-3")
def test_who_may_read_which_paper(court: TestCourt):
    learner, enrollment_id = asked(court)
    pay(court, enrollment_id, 100)
    decide(court, enrollment_id, Outcome.FULL)
    found = papers(court, enrollment_id)
    one_of_each = {kind: rows[0].id for kind, rows in found.items()}
    supervisor, stranger = court.member(Role.SUPERVISOR), make_learner(court)[0]
    expected = {
        Role.CLERK: {"receipt", "waiver_letter", "waiver_copy"},
        Role.JUDGE: {"receipt", "waiver_letter", "waiver_copy"},
        Role.SUPERVISOR: {"receipt"},
        Role.PROSECUTOR: set(),
        Role.FACILITATOR: set(),
    }
    people = {role: court.member(role) for role in expected} | {Role.SUPERVISOR: supervisor}
    for role, kinds in expected.items():
        assert opened(court, people[role], one_of_each) == kinds, role
    assert opened(court, learner, one_of_each) == set(one_of_each)
    assert opened(court, stranger, one_of_each) == set()
    assert not kinds_readable_by(court.member(Role.PROSECUTOR)) & FEE_PAPERS
    listed = court.client(supervisor).get(court.url(f"cases/{enrollment_id}/fee-papers")).text
    assert found["receipt"][0].number in listed
    assert found["waiver_letter"][0].number not in listed
    case = court.client(supervisor).get(court.url(f"cases/{enrollment_id}")).text
    assert found["waiver_letter"][0].number not in case
    denied = court.staff_client(Role.PROSECUTOR).get(court.url(f"cases/{enrollment_id}/fee-papers"))
    assert denied.status in (403, 404)


def opened(court: TestCourt, person: Identity, papers_by_kind: dict[str, UUID]) -> set[str]:
    seen = set()
    for kind, report_id in papers_by_kind.items():
        if court.client(person).get(court.url(f"reports/{report_id}")).status == 200:
            with inside(court), court.acting():
                get_report_for(person, report_id)
            seen.add(kind)
            continue
        with inside(court), court.acting(), pytest.raises(NotFound):
            get_report_for(person, report_id)
    return seen


def test_checking_a_paper_of_the_fee_tells_nothing_of_a_person(court: TestCourt):
    _learner, enrollment_id = asked(court, statement="Nobody else reads this.")
    run_renders(court)
    (copy,) = papers(court, enrollment_id)["waiver_copy"]
    page = PageClient(court.app).get(court.url(f"verify/{token_of(copy)}"))
    assert "Genuine" in page.text
    assert copy.number in page.text
    for told in ("Initials", "Year of birth", "Nobody else reads this.", "to see more to compare"):
        assert told not in page.text


def test_no_report_to_the_court_lists_a_paper_of_the_fee(court: TestCourt):
    _learner, enrollment_id = asked(court)
    (copy,) = papers(court, enrollment_id)["waiver_copy"]
    page = court.staff_client(Role.CLERK).get(court.url(f"cases/{enrollment_id}/reports"))
    assert copy.number not in page.text


def test_the_page_of_papers_asks_the_same_however_many_there_are(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    client = court.client(learner)
    client.get(court.url("fee/papers"))
    with statements(court.app) as few:
        client.get(court.url("fee/papers"))
    for cents in (100, 200, 300):
        pay(court, enrollment_id, cents)
    with statements(court.app) as many:
        client.get(court.url("fee/papers"))
    assert len(many) == len(few) <= 14, many
