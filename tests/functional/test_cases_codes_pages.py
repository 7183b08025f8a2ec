"""All codes of a court: the list, many at once, slips, mail, failed tries."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pikepdf
import pytest
from flask import Flask
from sqlalchemy import event, select

from app.cases.code_batches import codes_of, forget_slips, the_batch
from app.cases.enrolling import find_code, issue_code
from app.cases.holding import withdraw
from app.cases.lookups import the_enrollment
from app.cases.models import CodeBatch, EnrollmentCode
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.errors import Refused
from app.core.models import AuditEvent, Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.notices.compose import compose
from app.notices.models import Notice
from app.permissions.identity import Role
from tenants.database import db, session
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner, make_referral

NOW = datetime(2026, 6, 10, 18, tzinfo=UTC)
BIRTH = date(1986, 4, 28)


@pytest.fixture(autouse=True)
def _that_day() -> Iterator[None]:
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def issue(court: TestCourt, enrollment_id: UUID) -> str:
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        return issue_code(the_enrollment(enrollment_id).referral_id, actor=court.member(Role.CLERK))[1]


def batch_page(court: TestCourt, **changes: object) -> Page:
    form = court.staff_client(Role.CLERK).get(court.url("codes/new"))
    return form.submit("Issue the codes", **changes)


def batch_id_of(page: Page) -> UUID:
    return UUID(page.url.rpartition("/")[2])


def work(court: TestCourt) -> list[str]:
    """Let the worker make the slips that wait."""
    with court.app.app_context(), court.acting():
        waiting = select(Outbox.id).where(Outbox.kind == "reports.make_slips", Outbox.done_at.is_(None))
        return [run_job(job_id, runtime().registry.jobs) for job_id in session().scalars(waiting).all()]


def codes_in(court: TestCourt, batch_id: UUID) -> dict[UUID, str]:
    with court.app.app_context(), court.acting():
        return codes_of(the_batch(batch_id))


def text_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_codes_are_listed_by_state(court: TestCourt):
    waiting, used = make_referral(court, family_names="Waiting"), make_referral(court, family_names="Taken")
    issue(court, waiting)
    make_learner(court, used)
    gone = make_referral(court, family_names="Gone")
    issue(court, gone)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        withdraw(gone, reason="x", actor=court.member(Role.CLERK))
    client = court.staff_client(Role.CLERK)
    page = client.get(court.url("codes"))
    assert "Waiting, Robin" in page.text
    assert "Taken, Robin" not in page.text
    assert "Taken, Robin" in page.click("Used").text
    assert "Gone, Robin" in page.click("Taken back").text
    assert "No codes here" in page.click("Expired").text
    with clock.moved_to(NOW + timedelta(days=200)):
        late = court.staff_client(Role.CLERK).get(court.url("codes?state=expired"))
        assert "Waiting, Robin" in late.text
        assert "Waiting, Robin" not in late.click("Issued").text
    assert client.get(court.url("codes?state=unknown")).status == 404


def test_the_list_goes_on_without_gap_or_repetition(court: TestCourt, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.cases.code_listing.PAGE_SIZE", 2)
    for number in range(5):
        with clock.moved_to(NOW + timedelta(minutes=number)):
            issue(court, make_referral(court, family_names=f"Person{number}"))
    page, seen = court.staff_client(Role.CLERK).get(court.url("codes")), []
    for _ in range(3):
        seen += [number for number in range(5) if f"Person{number}," in page.text]
        page = page.click("Older") if "Older" in page.text else page
    assert sorted(seen) == [0, 1, 2, 3, 4]


def test_the_pages_ask_a_fixed_number_of_statements(app: Flask, court: TestCourt):
    for _ in range(12):
        issue(court, make_referral(court))
        make_referral(court)
    client = court.staff_client(Role.CLERK)
    client.get(court.url("codes"))
    for address in ("codes", "codes/new", "codes/attempts"):
        with counted(app) as statements:
            assert client.get(court.url(address)).status == 200
        asked = [one for one in statements if one.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE"))]
        assert len([one for one in asked if "set_config" not in one]) <= 12, asked


def test_many_codes_at_once_and_their_slips(court: TestCourt):
    make_referral(court, given_names="Ana", family_names="Uno", language="es")
    make_referral(court, given_names="Ben", family_names="Two")
    has_one = make_referral(court, family_names="HasOne")
    issue(court, has_one)
    page = court.staff_client(Role.CLERK).get(court.url("codes/new"))
    assert "HasOne" not in page.text
    page = page.submit("Issue the codes", per_page="10")
    assert "2 codes were issued" in page.text
    assert "being made" in page.text
    codes = codes_in(court, batch_id_of(page))
    assert work(court) == ["done"]
    ready = court.staff_client(Role.CLERK).get(page.url)
    answer = ready.client.http.get(ready.link("Download the slips"))
    assert answer.mimetype == "application/pdf"
    shown = text_of(answer.data)
    for code in codes.values():
        assert code in shown
    assert "Ana Uno" in shown
    assert "Programa del tribunal" in shown
    assert "Court program: Ben Two" in shown
    assert "HasOne" not in shown
    with pikepdf.open(io.BytesIO(answer.data)) as document:
        assert len(document.pages) == 1


def test_one_slip_a_sheet(court: TestCourt):
    make_referral(court, given_names="Ana")
    make_referral(court, given_names="Ben")
    page = batch_page(court, per_page="1")
    codes = codes_in(court, batch_id_of(page))
    assert work(court) == ["done"]
    ready = court.staff_client(Role.CLERK).get(page.url)
    pdf = ready.client.http.get(ready.link("Download the slips")).data
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 2
    for code in codes.values():
        assert code.replace("-", "") in "".join(text_of(pdf).split()).replace("-", "")


def test_slips_lie_in_the_order_of_names_whatever_their_accents(court: TestCourt):
    for family in ("Zuniga", "Écija", "Ávila", "de la Torre", "Baker"):
        make_referral(court, given_names="Sam", family_names=family)
    page = batch_page(court)
    work(court)
    ready = court.staff_client(Role.CLERK).get(page.url)
    shown = text_of(ready.client.http.get(ready.link("Download the slips")).data)
    names = ("Sam Ávila", "Sam Baker", "Sam de la Torre", "Sam Écija", "Sam Zuniga")
    assert sorted(names, key=shown.index) == list(names)


def test_eleven_slips_take_two_sheets_and_speak_of_a_court_program_only(court: TestCourt):
    for _ in range(11):
        make_referral(court, case_numbers=("26-CR-SECRET",))
    page = batch_page(court)
    work(court)
    ready = court.staff_client(Role.CLERK).get(page.url)
    pdf = ready.client.http.get(ready.link("Download the slips")).data
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 2
    shown = text_of(pdf).lower()
    assert shown.count("court program:") == 11
    for word in ("secret", "1986", "solicit", "sex", "offen", "janeschool", "class"):
        assert word not in shown


@pytest.mark.proves("AU-8")
def test_codes_never_lie_readable_and_slips_only_for_a_day(court: TestCourt):
    make_referral(court)
    page = batch_page(court)
    batch_id = batch_id_of(page)
    (code,) = codes_in(court, batch_id).values()
    with court.app.app_context(), court.acting():
        assert code not in the_batch(batch_id).sealed
    work(court)
    with court.app.app_context(), court.acting():
        batch = the_batch(batch_id)
        kept = runtime().storage.get(court.id, batch.file_sha256)
        assert (batch.state, batch.sealed) == ("ready", "")
        assert b"%PDF" not in kept
        assert code.encode() not in kept
    ready = court.staff_client(Role.CLERK).get(page.url)
    address = ready.link("Download the slips")
    with clock.moved_to(NOW + timedelta(days=1)):
        client = court.staff_client(Role.CLERK)
        assert client.get(address).status == 404
        assert "gone" in client.get(page.url).text
        with court.app.app_context(), court.acting():
            forget_slips()
            batch = the_batch(batch_id)
            assert (batch.state, batch.file_sha256) == ("gone", "")


def test_a_form_sent_twice_makes_one_batch(court: TestCourt):
    make_referral(court)
    form = court.staff_client(Role.CLERK).get(court.url("codes/new")).form("Issue the codes")
    first, second = form.submit(), form.submit()
    assert first.url == second.url
    with court.app.app_context(), court.acting():
        assert len(session().scalars(select(EnrollmentCode)).all()) == 1
        assert len(session().scalars(select(CodeBatch)).all()) == 1


def test_who_needs_no_code_any_more_is_left_out(court: TestCourt):
    stays, leaves = make_referral(court, family_names="Stays"), make_referral(court, family_names="Leaves")
    form = court.staff_client(Role.CLERK).get(court.url("codes/new")).form("Issue the codes")
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        withdraw(leaves, reason="x", actor=court.member(Role.CLERK))
    assert "1 code was issued" in form.submit().text
    again = court.staff_client(Role.CLERK).get(court.url("codes/new"))
    assert "Nobody waits for a code" in again.text
    with court.app.app_context(), court.acting():
        codes = session().scalars(select(EnrollmentCode)).all()
        assert [code.referral_id for code in codes] == [the_enrollment(stays).referral_id]


def test_nobody_chosen_or_somebody_of_another_court_makes_nothing(app: Flask, court: TestCourt):
    make_referral(court)
    foreign = make_referral(make_court(app))
    none = batch_page(court, referrals=None)
    assert none.status == 422
    assert "Choose at least one person." in " ".join(none.errors())
    assert batch_page(court, referrals=[str(foreign)]).status == 422
    with court.app.app_context(), court.acting():
        assert session().scalars(select(EnrollmentCode)).all() == []


def test_a_code_goes_by_mail_where_an_address_is_known(app: Flask, court: TestCourt):
    make_referral(court, email="ana@mail.example", language="es", family_names="Withmail")
    make_referral(court, family_names="Without")
    page = batch_page(court, mail="y")
    with app.app_context(), court.acting():
        (notice,) = session().scalars(select(Notice)).all()
        codes = codes_of(the_batch(batch_id_of(page))).values()
        assert notice.to_address == "ana@mail.example"
        assert not any(code in str(notice.context) for code in codes)  # sealed until it is sent
        mail = compose(notice, "Test Court")
        body = mail.get_body(("plain",)).get_content()
        assert any(code in body for code in codes)
        assert "1986" not in body
        assert mail["Content-Language"] == "es"
        mailed = session().scalars(select(EnrollmentCode.mailed_at)).all()
    assert sorted(at is None for at in mailed) == [False, True]


def test_a_single_code_is_mailed_once(app: Flask, court: TestCourt):
    make_referral(court, email="ana@mail.example", family_names="Withmail")
    page = court.staff_client(Role.CLERK).get(court.url("referrals")).click("Withmail")
    page = page.submit("Issue the enrollment code")
    form = page.form("Send the code by mail")
    assert "on its way by mail" in form.submit().text
    form.submit()
    assert form.submit(code="ABC-1234-1234-1234-12").status == 404
    with app.app_context(), court.acting():
        assert len(session().scalars(select(Notice)).all()) == 1
        assert session().scalar(select(AuditEvent.outcome).where(AuditEvent.action == "cases.mail_code")) == "done"


def test_replacing_a_code_asks_first(court: TestCourt):
    enrollment_id = make_referral(court)
    old = issue(court, enrollment_id)
    page = court.staff_client(Role.CLERK).get(court.url("codes")).click("Replace (Ends")
    assert "stops working at once" in page.text
    page = page.submit("Issue a new code")
    assert "This is the code for" in page.text
    with court.app.app_context(), court.app.test_request_context(), court.acting(), pytest.raises(Refused):
        find_code(old, BIRTH, actor=Actor(ActorKind.ANONYMOUS))


def test_failed_tries_are_counted_by_day_and_by_referral(app: Flask, court: TestCourt):
    code = issue(court, make_referral(court, family_names="Target"))
    other = make_court(app)
    foreign = issue(other, make_referral(other))
    anybody = Actor(ActorKind.ANONYMOUS)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        for typed in (code, code, foreign):
            with pytest.raises(Refused):
                find_code(typed, date(1990, 1, 1), actor=anybody)
    page = court.staff_client(Role.CLERK).get(court.url("codes/attempts"))
    assert "Target, Robin 2 June 10, 2026" in page.text
    assert "June 10, 2026 3 1" in page.text
    assert "Replace the code" in page.text
    assert "Nobody typed a code" in other.staff_client(Role.CLERK).get(other.url("codes/attempts")).text


@pytest.mark.parametrize("role", [Role.JUDGE, Role.PROSECUTOR, Role.OFFICER, Role.SUPERVISOR, Role.FACILITATOR])
def test_codes_are_for_those_who_issue_them(court: TestCourt, role: Role):
    for address in ("codes", "codes/new", "codes/attempts"):
        assert court.staff_client(role).get(court.url(address)).status == 404
