"""What operators do to a court: suspend, reopen, rename, close; and what a court needs before it is closed."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from app.core import clock, sealer
from app.core.actor import SYSTEM
from app.core.audit import audit
from app.court_admin.models import PlatformAudit
from app.exports import services as exports
from app.permissions.identity import Role
from app.reports.models import Report
from app.scheduler import courts, seal_all
from tenants.database import db, role_transaction, transaction
from tenants.models import Court
from tests import operators
from tests.client import Page, PageClient
from tests.factories import TestCourt, make_court, make_learner
from tests.operators import Browser, audited, run_jobs, sign_in
from tests.reports import reports_of, run_renders

console, browser, court, statements = operators.console, operators.browser, operators.court, operators.statements

REASON = "Asked for by the judge"
MESSAGES = {"message_en": "Call 555-0100.", "message_es": "Llame al 555-0100."}


def platform_log(app: Flask, court: TestCourt, action: str) -> list[PlatformAudit]:
    with app.app_context(), role_transaction("platform") as platform:
        found = select(PlatformAudit).where(PlatformAudit.court_id == court.id, PlatformAudit.action == action)
        rows = list(platform.scalars(found.order_by(PlatformAudit.at)))
        platform.expunge_all()
    return rows


def state_of(app: Flask, court: TestCourt) -> str:
    with app.app_context():
        found = db.session.get(Court, court.id)
        assert found is not None
        return found.state


# --- suspend, reopen -------------------------------------------------------------------------------------------------


def test_suspending_shows_the_message_in_each_language_and_reopening_ends_it(
    browser: Browser, app: Flask, court: TestCourt
):
    state = f"/operator/court/{court.id}/state"
    page = browser.get(state).submit("Save", state="suspended", message_en="Call 555-0100.", reason=REASON)
    assert page.status == 422
    assert any("what the court's people will read" in error for error in page.errors())
    assert page.tree.xpath("//*[@name='message_es'][@aria-invalid='true']")
    page = page.submit("Save", message_es="Llame al 555-0100.")
    assert "Suspended" in page.text
    people = PageClient(app).get(court.url(), headers={"Accept-Language": "en"})
    assert (people.status, "Call 555-0100." in people.text, "Llame" in people.text) == (503, True, False)
    assert "Wait a minute" not in people.text  # the court says until when
    gente = PageClient(app).get(court.url(), headers={"Accept-Language": "es"})
    assert (gente.status, "Llame al 555-0100." in gente.text, "Call 555" in gente.text) == (503, True, False)
    ((happened, detail),) = audited(court, "operator.change_state")
    assert happened.actor_id == browser.operator.id
    assert (detail.old["state"], detail.new["state"], detail.new["reason"]) == ("active", "suspended", REASON)
    browser.get(state).submit("Save", state="active", reason="All is well again")
    assert PageClient(app).get(court.url()).status == 200
    assert [row.detail["reason"] for row in platform_log(app, court, "operator.change_state")] == [
        REASON,
        "All is well again",
    ]


def test_of_two_operators_the_second_to_change_a_state_is_told(browser: Browser, app: Flask, court: TestCourt):
    state = f"/operator/court/{court.id}/state"
    late = sign_in(browser.pages.app).get(state)
    browser.get(state).submit("Save", state="suspended", reason=REASON, **MESSAGES)
    page = late.submit("Save", state="suspended", reason=REASON, message_en="Other words", message_es="Otras")
    assert page.status == 422
    assert "Somebody else changed" in page.text
    assert "Other words" in page.tree.xpath("//textarea[@name='message_en']")[0].text
    assert "Call 555-0100." in PageClient(app).get(court.url()).text


def test_a_court_can_not_be_closed_from_the_page_that_suspends(browser: Browser, app: Flask, court: TestCourt):
    page = browser.get(f"/operator/court/{court.id}/state").submit("Save", state="closed", reason=REASON)
    assert page.status == 422
    assert state_of(app, court) == "active"


# --- rename ----------------------------------------------------------------------------------------------------------


def test_a_renamed_court_is_found_under_both_addresses(browser: Browser, app: Flask, court: TestCourt):
    page = browser.get(f"/operator/court/{court.id}/rename")
    page = page.submit("Save", name="Harbor Court", slug=f"{court.slug}-new", reason=REASON)
    assert "Harbor Court" in page.text
    old = PageClient(app).http.get(court.url("sign-in?next=x"))
    assert (old.status_code, old.headers["Location"]) == (308, f"/{court.slug}-new/sign-in?next=x")
    assert "Harbor Court" in PageClient(app).get(f"/{court.slug}-new/").text
    ((_happened, detail),) = audited(court, "operator.rename_court")
    assert (detail.old["slug"], detail.new["slug"]) == (court.slug, f"{court.slug}-new")
    assert len(platform_log(app, court, "operator.rename_court")) == 1
    log = browser.get("/operator/log/").text
    assert "Changed the court's name or address" in log
    assert f"slug: {court.slug} → {court.slug}-new" in log
    back = browser.get(f"/operator/court/{court.id}/rename").submit("Save", slug=court.slug, reason=REASON)
    assert back.status == 200
    assert PageClient(app).get(court.url()).status == 200, "a court may have its own former address again"
    assert PageClient(app).http.get(f"/{court.slug}-new/").status_code == 308


def test_an_address_that_is_or_was_another_courts_is_refused(browser: Browser, app: Flask, court: TestCourt):
    other = make_court(app)
    form = f"/operator/court/{court.id}/rename"
    for slug in (other.slug, "operator", "Not an address", ""):
        page = browser.get(form).submit("Save", slug=slug, reason=REASON)
        assert page.status == 422, slug
        assert page.tree.xpath("//*[@name='slug'][@aria-invalid='true']"), slug
    browser.get(f"/operator/court/{other.id}/rename").submit("Save", slug=f"{other.slug}-2", reason=REASON)
    page = browser.get(form).submit("Save", slug=other.slug, reason=REASON)
    assert page.status == 422, "it leads to the other court for ever"
    assert audited(court, "operator.rename_court") == []


def test_sent_twice_a_rename_is_one(browser: Browser, court: TestCourt):
    page = browser.get(f"/operator/court/{court.id}/rename")
    for _click in range(2):
        page.submit("Save", name="Harbor Court", reason=REASON)
    assert len(audited(court, "operator.rename_court")) == 1


# --- leaving ---------------------------------------------------------------------------------------------------------


def leave(browser: Browser, court: TestCourt) -> Page:
    return browser.get(f"/operator/court/{court.id}/leave")


def test_a_court_is_closed_only_with_its_data_in_its_hands(browser: Browser, app: Flask, court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    run_renders(court)
    page = leave(browser, court)
    assert "once it has confirmed" in page.text
    assert "Close the court" not in page.text
    page = page.submit("Make an export", **{"export-reason": "The contract ends"})
    assert "being made" in page.text
    assert run_jobs(court, exports.MAKE) == ["done"]
    assert "Close the court" not in leave(browser, court).text, "nobody has downloaded it"
    administrator = court.staff_client(Role.ADMINISTRATOR)
    export = administrator.get(court.url("data-export"))
    assert "The contract ends" in export.text
    export.form("Download").submit()
    assert "Close the court" not in leave(browser, court).text, "nobody has said that it arrived"
    administrator.get(court.url("data-export")).submit("We have our copy")
    page = leave(browser, court).submit("Close the court", typed="another", reason="Contract ended")
    assert page.status == 422
    assert state_of(app, court) == "active"
    page = page.submit("Close the court", typed=court.slug)
    assert page.status == 200
    assert "Closed" in page.text
    (report,) = reports_of(court, enrollment_id)
    check_closed(app, court, report)
    assert [row.detail["reason"] for row in platform_log(app, court, "operator.change_state")] == ["Contract ended"]
    ((_happened, detail),) = audited(court, "operator.change_state")
    assert detail.new["state"] == "closed"


def check_closed(app: Flask, court: TestCourt, report: Report) -> None:
    """Only the check of its reports answers; its audit is sealed to the end."""
    for path in ("", "sign-in", "enroll", "data-export"):
        assert PageClient(app).get(court.url(path)).status == 404, path
    assert court.staff_client(Role.ADMINISTRATOR).get(court.url("data-export")).status == 404
    assert PageClient(app).get(court.url("verify")).status == 200
    assert report.state == "ready"
    with app.app_context():
        assert court.id not in courts()
        seal_all()
        with court.acting():
            verdict = sealer.verify()
    assert (verdict.unsealed, len(verdict.problems)) == (0, 0)


def test_what_happens_after_the_export_keeps_a_court_open(browser: Browser, app: Flask, court: TestCourt):
    with app.app_context(), court.acting():
        export = exports.ask(reason="for a test", actor=SYSTEM)
    run_jobs(court, exports.MAKE)
    page = leave(browser, court)
    with app.app_context(), court.acting(), transaction():
        row = exports.the_export(export.id, lock=True)
        row.downloaded_at = row.acknowledged_at = clock.now()
    page = leave(browser, court)
    assert page.form("Close the court")
    make_learner(court)
    late = page.submit("Close the court", typed=court.slug, reason=REASON)
    assert late.status == 422
    assert "Events at the court after its export" in late.text
    assert state_of(app, court) == "active"
    again = leave(browser, court)
    assert "Close the court" not in again.text
    again.submit("Make an export", **{"export-reason": "Once more"})
    assert run_jobs(court, exports.MAKE) == ["done"]
    assert "once it has confirmed" in leave(browser, court).text


def test_looking_and_signing_in_do_not_make_an_export_old(app: Flask, court: TestCourt):
    with app.app_context(), court.acting():
        began = clock.now()
        for action in ("operator.look", "exports.download", "accounts.sign_in", "accounts.sign_out"):
            audit(action, actor=SYSTEM, subject=("court", court.id))
        assert exports.changes_since(began) == 0
        audit("cases.refer", actor=SYSTEM, subject=("court", court.id))
        assert exports.changes_since(began) == 1


@pytest.mark.proves("CO-8")
def test_the_console_never_gets_the_file(browser: Browser, court: TestCourt):
    with court.app.app_context(), court.acting():
        export = exports.ask(reason="for a test", actor=SYSTEM)
    run_jobs(court, exports.MAKE)
    assert "Download" not in [button.text for button in leave(browser, court).tree.xpath("//button")]
    with browser.pages.app.app_context(), court.acting(), pytest.raises(ProgrammingError):
        exports.download(export.id, actor=SYSTEM)
    with court.app.app_context(), court.acting():
        assert exports.the_export(export.id).downloaded_at is None
