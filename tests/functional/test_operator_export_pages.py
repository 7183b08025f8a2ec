"""The page where a court's administrator takes its data along, and nobody else does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actor import SYSTEM
from app.core.models import AuditDetail, AuditEvent, Outbox, StoredFile
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.exports import services
from app.exports.checking import check
from app.exports.models import ExportState
from app.permissions.identity import Role
from config import Settings
from tenants.database import session, transaction
from tests import exports as fixtures
from tests.exports import Exported, make_export, run_makes, save
from tests.factories import TestCourt, make_court, make_learner
from tests.reports import reports_of, run_renders

exported = fixtures.exported


def actions(court: TestCourt) -> list[str]:
    with court.app.app_context(), court.acting():
        found = select(AuditEvent.action).where(AuditEvent.action.like("exports.%"))
        return [*session().scalars(found.order_by(AuditEvent.at, AuditEvent.id))]


def test_an_administrator_asks_downloads_and_confirms(app: Flask, settings: Settings, tmp_path: Path):
    court = make_court(app)
    client = court.staff_client(Role.ADMINISTRATOR)
    page = client.get(court.url("data-export")).submit("Make an export", reason="")
    assert page.status == 422
    assert actions(court) == []
    page = page.submit("Make an export", reason="Our own records")
    assert "Being made" in page.text
    refused = page.submit("Make an export", reason="Once more")
    assert refused.status == 422
    assert "is being made already" in refused.text
    assert "Once more" in refused.tree.xpath("//textarea")[0].text
    assert run_makes(court) == ["done"]
    page = client.get(court.url("data-export"))
    assert "We have our copy" not in page.text
    page.form("Download").submit()
    file = client.http.post(page.form("Download").element.get("action"), data=page.form("Download").values())
    assert file.mimetype == "application/zip"
    assert file.headers["Cache-Control"] == "no-store"
    (tmp_path / "x.zip").write_bytes(file.data)
    assert check(tmp_path / "x.zip", certificate_pem=settings.signing_cert_file.read_bytes()).whole
    page = client.get(court.url("data-export")).submit("We have our copy")
    assert "on record" in page.text
    assert actions(court) == [
        "exports.ask",
        "exports.make",
        "exports.download",
        "exports.download",
        "exports.acknowledge",
    ]


def test_a_double_click_asks_once(app: Flask):
    court = make_court(app)
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url("data-export"))
    for _click in range(2):
        assert page.submit("Make an export", reason="Our own records").status == 200
    assert actions(court) == ["exports.ask"]


@pytest.mark.proves("AC-2")
@pytest.mark.parametrize("role", [Role.CLERK, Role.JUDGE, Role.SUPERVISOR, Role.OFFICER, Role.FACILITATOR])
def test_nobody_else_gets_the_data(exported: Exported, role: Role):
    client = exported.court.staff_client(role)
    assert client.get(exported.court.url("data-export")).status == 404
    token = client.get(exported.court.url("staff") if role == Role.CLERK else exported.court.url("account"))
    values = {"csrf_token": token.tree.xpath("//input[@name='csrf_token']/@value")[0]}
    path = exported.court.url(f"data-export/{exported.export.id}/download")
    assert client.http.post(path, data=values).status_code == 404


def test_another_courts_export_is_not_found(exported: Exported):
    client = exported.other.staff_client(Role.ADMINISTRATOR)
    form = client.get(exported.other.url("data-export")).form("Make an export")
    values = {"csrf_token": form.values()["csrf_token"]}
    path = exported.other.url(f"data-export/{exported.export.id}/download")
    assert client.http.post(path, data=values).status_code == 404


def test_a_file_that_storage_lost_is_named_and_the_rest_is_made(app: Flask, settings: Settings, tmp_path: Path):
    court = make_court(app)
    _learner, enrollment_id = make_learner(court)
    run_renders(court)
    (report,) = reports_of(court, enrollment_id)
    with app.app_context(), court.acting():
        sha256 = session().scalars(select(StoredFile.sha256).where(StoredFile.id == report.file_id)).one()
        runtime().storage.delete(court.id, sha256)
    export = make_export(court)
    assert export.problems == [f"reports/{report.number}.pdf: storage no longer has this file"]
    found = check(save(court, export, tmp_path), certificate_pem=settings.signing_cert_file.read_bytes())
    assert found.whole
    assert found.lost == export.problems
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url("data-export"))
    assert "storage no longer has this file" in page.text


def test_a_file_is_removed_after_two_weeks(app: Flask):
    court = make_court(app)
    export = make_export(court)
    with app.app_context(), court.acting():
        services.forget_old()
        assert services.the_export(export.id).state == ExportState.READY
    with clock.moved_to(clock.now() + timedelta(days=15)), app.app_context(), court.acting():
        services.forget_old()
        assert services.the_export(export.id).state == ExportState.REMOVED
        with pytest.raises(LookupError):
            runtime().storage.open(court.id, export.sha256)
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url("data-export"))
    assert "No longer kept" in page.text


def test_an_export_that_can_not_be_made_says_so(app: Flask):
    court = make_court(app)
    with app.app_context(), court.acting():
        export = services.ask(reason="for a test", actor=SYSTEM)
        job_id = session().scalars(select(Outbox.id).where(Outbox.kind == services.MAKE)).one()
        handler = runtime().registry.jobs[services.MAKE]
        with transaction() as current:
            current.execute(sa.update(Outbox).where(Outbox.id == job_id).values(attempt=handler.attempts + 1))
    with app.app_context(), court.acting():
        assert run_job(job_id, runtime().registry.jobs) == "failed"
    with app.app_context(), court.acting():
        assert services.the_export(export.id).state == ExportState.FAILED
        (detail,) = session().scalars(
            select(AuditDetail.new)
            .join(AuditEvent, AuditEvent.id == AuditDetail.id)
            .where(AuditEvent.action == "exports.fail")
        )
    assert detail == {"fault": "WorkerLost"}
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url("data-export"))
    assert "could not be made" in page.text
    page.submit("Make an export", reason="Another try")
    assert run_makes(court)[-1] == "done"
