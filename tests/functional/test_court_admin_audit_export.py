"""The audit as a file, and the check that says whether it is whole."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core import audit_checks, sealer
from app.core.actor import SYSTEM
from app.core.audit import Deed, audit, audit_many
from app.core.models import AuditCheck, AuditEvent
from app.permissions.identity import Role
from tenants.database import session, transaction
from tests.factories import TestCourt, make_court, make_referral
from tests.functional.accounts_people import run_jobs
from tests.functional.audit_kit import all_rights, audit_page, newest, referral_of


@pytest.fixture
def administrator(servers, settings) -> Iterator[Callable[..., None]]:
    with all_rights(servers, settings) as tamper:
        yield tamper


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


# --- Export ----------------------------------------------------------------------------------------------------------


def export(court: TestCourt, query: str = "", role: Role = Role.ADMINISTRATOR) -> list[list[str]]:
    browser = court.staff_client(role)
    page = browser.get(court.url(f"audit{query}"))
    answer = page.submit("Download as CSV").response
    assert answer.mimetype == "text/csv"
    assert answer.headers["Cache-Control"] == "no-store"
    text = answer.get_data().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.proves("IO-1")
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "\n="])
def test_no_cell_of_the_export_runs_as_a_formula(app: Flask, start: str):
    court = make_court(app)
    member = court.member(Role.CLERK, f"{start}HYPERLINK(1)")
    with app.app_context(), court.acting():
        audit("accounts.sign_out", actor=member, subject=(f"{start}cmd|' /C calc'!A0", None))
    rows = export(court)
    cells = [cell for row in rows for cell in row]
    assert any("HYPERLINK(1)" in cell for cell in cells)
    assert any("calc" in cell for cell in cells)
    assert [cell for cell in cells if cell.lstrip("\n\r\t ")[:1] in ("=", "+", "-", "@") and cell[:1] != "'"] == []


@pytest.mark.proves("AD-1")
def test_an_export_holds_what_the_filter_lets_through_and_is_on_the_trail_with_it(app: Flask):
    court = make_court(app)
    enrollment_id = make_referral(court, family_names="Exported")
    referral_id = referral_of(court, enrollment_id)
    make_referral(court, family_names="Leftout")
    rows = export(court, f"?case={referral_id}")
    assert [row[5] for row in rows] == ["What", "Exported the audit", "Referred a person"]
    assert "Exported" in rows[2][-1]
    assert "Leftout" not in str(rows)
    event, detail = newest(court, "audit.export")
    assert (event.actor_id, event.case_id) == (court.member(Role.ADMINISTRATOR).id, referral_id)
    assert detail.new == {"filter": {"case": str(referral_id)}}
    assert detail.address == "127.0.0.1"


def test_who_may_not_export_is_not_offered_it(court: TestCourt):
    page = audit_page(court, Role.SUPERVISOR)
    assert "Download as CSV" not in page.text
    assert page.client.post(court.url("audit/export"), {}).status == 404


def test_a_long_export_is_sent_as_it_is_read(app: Flask):
    """Memory while the file goes out does not grow with its length."""
    court = make_court(app)
    admin = court.member(Role.ADMINISTRATOR)
    peaks = []
    for more in (1_000, 4_000):
        with app.app_context(), court.acting(), transaction():
            deeds = [Deed("accounts.sign_out", ("staff", admin.id), new={"text": "x" * 200}) for _ in range(more)]
            audit_many(deeds, actor=admin)
        browser = court.client(admin)
        form = browser.get(court.url("audit")).form("Download as CSV")
        answer = browser.http.post(form.element.get("action"), data=form.values(), buffered=False)
        assert answer.is_streamed
        tracemalloc.start()
        lines = sum(chunk.count(b"\n") for chunk in answer.response)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert lines > more
    assert peaks[1] < 1.5 * peaks[0] + 1_000_000


# --- Checks ----------------------------------------------------------------------------------------------------------


@pytest.mark.proves("AD-2")
def test_a_check_says_that_the_audit_is_whole_and_what_is_not_yet_sealed(app: Flask):
    court = make_court(app)
    make_referral(court)
    with app.app_context(), court.acting():
        sealer.seal()
        audit("accounts.sign_out", actor=SYSTEM, subject=("staff", None))
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url("audit/checks")).submit("Check it now")
    assert "The audit is whole" in page.text
    facts = {
        "".join(row.xpath("./dt")[0].itertext()): "".join(row.xpath("./dd")[0].itertext())
        for row in page.tree.xpath("//dl/div")
    }
    assert facts["Sealed events"] == "1"
    assert facts["Not yet sealed"] == "1"
    checked, detail = newest(court, "audit.checked")
    assert detail.new["state"] == "whole"
    assert newest(court, "audit.check")[0].subject_id == checked.subject_id


@pytest.mark.proves("AD-2")
@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE audit_event SET action = 'cases.move' WHERE id = :id", "was changed or moved"),
        ("UPDATE audit_detail SET new = '{}' WHERE id = :id", "old and new values of the event at link 2 were changed"),
        ("DELETE FROM audit_event WHERE id = :id", "The event at link 2 was removed"),
    ],
)
def test_a_check_names_what_was_done_to_the_trail(app: Flask, administrator, sql: str, words: str):
    court = make_court(app)
    for _ in range(3):
        make_referral(court)
    with app.app_context(), court.acting():
        sealer.seal()
        events = session().scalars(sa.select(AuditEvent.id).order_by(AuditEvent.at, AuditEvent.id)).all()
    administrator(sql, id=events[1])
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url("audit/checks")).submit("Check it now")
    assert "The audit is not whole" in page.text
    assert words in page.text
    assert str(events[1]) in page.response.get_data(as_text=True)
    listed = page.client.get(court.url("audit/checks"))
    assert "Not whole" in listed.text


@pytest.mark.proves("AD-2")
def test_a_long_chain_is_checked_by_the_worker_and_the_result_stays(app: Flask, monkeypatch: pytest.MonkeyPatch):
    court = make_court(app)
    for _ in range(3):
        make_referral(court)
    with app.app_context(), court.acting():
        sealer.seal()
    monkeypatch.setattr(audit_checks, "AT_ONCE", 2)
    browser = court.staff_client(Role.ADMINISTRATOR)
    page = browser.get(court.url("audit/checks")).submit("Check it now")
    assert "runs in the background" in page.text
    assert run_jobs(court, audit_checks.CHECK) == ["done"]
    assert "The audit is whole" in page.click("Look again").text
    with app.app_context(), court.acting():
        assert session().scalars(sa.select(AuditCheck.state)).all() == ["whole"]


def test_sent_twice_it_is_one_check(app: Flask):
    court = make_court(app)
    form = court.staff_client(Role.ADMINISTRATOR).get(court.url("audit/checks")).form("Check it now")
    assert form.submit().url == form.submit().url
    with app.app_context(), court.acting():
        assert session().scalar(sa.select(sa.func.count()).select_from(AuditCheck)) == 1


def test_a_check_that_can_not_be_finished_says_nothing_about_the_audit(app: Flask, monkeypatch: pytest.MonkeyPatch):
    court = make_court(app)
    make_referral(court)
    with app.app_context(), court.acting():
        sealer.seal()
    monkeypatch.setattr(audit_checks, "AT_ONCE", 0)
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url("audit/checks")).submit("Check it now")

    def fails() -> sealer.Verdict:
        raise OSError("storage is away")

    monkeypatch.setattr(sealer, "verify", fails)
    for _ in range(3):
        with app.app_context(), court.acting(), transaction() as current:
            current.execute(
                sa.text("UPDATE outbox SET attempt = attempt + 1 WHERE kind = :kind"), {"kind": "audit.check"}
            )
        run_jobs(court, audit_checks.CHECK)
    assert "This says nothing about the audit" in page.click("Look again").text
