"""A court takes its data along: everything is in the file, nothing of another court, and damage to it is named."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import AccountSession, LearnerAccount
from app.cases.models import EnrollmentCode
from app.cli import portal
from app.core import clock
from app.core.actor import SYSTEM
from app.core.models import AuditDetail, AuditEvent, Occurrence, Outbox, StoredFile
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.exports import contents, sealing, services
from app.exports.checking import Checked, NotAnExport, Seal, check
from app.exports.models import CourtExport, ExportState
from app.exports.writing import CERTIFICATE, MANIFEST, SIGNATURE, cell, plain, write
from app.permissions.identity import Role
from app.reports.models import Report
from app.reports.sign import make_self_signed
from config import Settings
from tenants.database import db, session, transaction
from tenants.isolation import WITHOUT_COURT
from tenants.keys import uuid7
from tests.factories import TestCourt, make_court, make_learner
from tests.reports import file_bytes, reports_of, run_renders

FORMULA = "=HYPERLINK(1)"
CANARY = "Zzcanary"


def make_export(court: TestCourt) -> CourtExport:
    """An export asked for by nobody in particular, and made as a worker makes it."""
    with court.app.app_context(), court.acting():
        export = services.ask(reason="for a test", actor=SYSTEM)
    assert run_makes(court) == ["done"]
    with court.app.app_context(), court.acting():
        return services.the_export(export.id)


def run_makes(court: TestCourt) -> list[str]:
    ends = []
    with court.app.app_context(), court.acting():
        waiting = select(Outbox.id).where(Outbox.kind == services.MAKE, Outbox.done_at.is_(None))
        ids = list(session().scalars(waiting))
    for job_id in ids:
        with court.app.app_context(), court.acting():
            ends.append(run_job(job_id, runtime().registry.jobs))
    return ends


def save(court: TestCourt, export: CourtExport, folder: Path) -> Path:
    with court.app.app_context():
        content = runtime().storage.get(court.id, export.sha256)
    path = folder / f"{court.slug}.zip"
    path.write_bytes(content)
    return path


@dataclass
class Exported:
    court: TestCourt
    other: TestCourt
    export: CourtExport
    path: Path
    settings: Settings
    enrollment_id: UUID

    def rows(self, table: str) -> list[dict[str, Any]]:
        with zipfile.ZipFile(self.path) as archive:
            found: list[dict[str, Any]] = json.loads(archive.read(f"tables/{table}.json"))
        return found

    def everything(self) -> bytes:
        with zipfile.ZipFile(self.path) as archive:
            return b"\n".join(archive.read(name) for name in archive.namelist())

    def check(self, path: Path | None = None) -> Checked:
        return check(path or self.path, certificate_pem=self.settings.signing_cert_file.read_bytes())


@pytest.fixture(scope="module")
def exported(app: Flask, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A court with a learner and a report, exported beside another court that holds a canary."""
    court, other = make_court(app), make_court(app)
    _learner, enrollment_id = make_learner(court, given_names=FORMULA, family_names="Ñandú")
    make_learner(other, given_names=CANARY, family_names=CANARY)
    assert "done" in run_renders(court)
    run_renders(other)
    court.staff_client(Role.CLERK)
    export = make_export(court)
    path = save(court, export, tmp_path_factory.mktemp("export"))
    return Exported(court, other, export, path, settings, enrollment_id)


# --- what is in it ---------------------------------------------------------------------------------------------------


def test_every_table_and_column_is_exported_or_left_out_for_a_reason(exported: Exported):
    """Asked of the database itself: a table or column that somebody adds is exported, or stands on the list."""
    with exported.court.app.app_context(), db.engine.connect() as connection:
        inspector = sa.inspect(connection)
        found = {table: {c["name"] for c in inspector.get_columns(table)} for table in inspector.get_table_names()}
    left_out = contents.left_out()
    with zipfile.ZipFile(exported.path) as archive:
        names = set(archive.namelist())
        headings = {
            table: set(next(csv.reader(io.StringIO(archive.read(f"tables/{table}.csv").decode()))))
            for table in found
            if f"tables/{table}.csv" in names
        }
        assert json.loads(archive.read(MANIFEST))["left_out"] == left_out
        assert set(json.loads(archive.read("schema.json"))) == set(headings)
    assert set(found) - set(headings) == set(left_out) & set(found)
    for table, columns in headings.items():
        explained = {name.partition(".")[2] for name in left_out if name.startswith(f"{table}.")}
        assert found[table] - columns == explained, table
        assert f"tables/{table}.json" in names
    assert all(len(reason.split()) >= 3 for reason in left_out.values())
    assert {t for t in found if t not in WITHOUT_COURT} - set(headings) == {"attempt", "submission"}


def test_each_table_has_all_of_the_courts_rows(exported: Exported):
    with zipfile.ZipFile(exported.path) as archive:
        rows = json.loads(archive.read(MANIFEST))["rows"]
        in_csv = {
            name: sum(1 for _row in csv.reader(io.StringIO(archive.read(f"tables/{name}.csv").decode()))) - 1
            for name in rows
        }
    later = {"audit_event", "audit_detail", "audit_seal", "outbox", "court_export", "stored_file"}
    with exported.court.app.app_context(), exported.court.acting():
        for table in contents.exported_tables():
            count = session().scalar(
                select(func.count()).select_from(contents.rows(table, exported.court.id).subquery())
            )
            assert in_csv[table.name] == rows[table.name] == len(exported.rows(table.name)), table.name
            assert rows[table.name] == count or table.name in later, table.name
        event = session().scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "cases.refer"))
    assert event == sum(row["action"] == "cases.refer" for row in exported.rows("audit_event")) == 1
    assert rows["person"] == rows["enrollment"] == 1
    assert rows["court"] == 1


def test_values_are_exact_in_json_and_harmless_in_csv(exported: Exported):
    (person,) = exported.rows("person")
    assert (person["given_names"], person["family_names"], person["birth_date"]) == (FORMULA, "Ñandú", "1986-04-28")
    with zipfile.ZipFile(exported.path) as archive:
        (row,) = csv.DictReader(io.StringIO(archive.read("tables/person.csv").decode()))
    assert row["given_names"] == f"'{FORMULA}"
    assert row["family_names"] == "Ñandú"


@pytest.mark.proves("IO-1")
@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(text: str):
    assert cell(text) == f"'{text}"
    assert cell({"a": text}).startswith("{")
    assert cell(-5) == "-5"
    assert (cell(None), cell("a=b"), plain(b"\x00\xff")) == ("", "a=b", "AP8=")


def test_every_report_is_in_it_as_it_was_issued(exported: Exported):
    reports = reports_of(exported.court, exported.enrollment_id)
    assert [report.state for report in reports] == ["ready"]
    with zipfile.ZipFile(exported.path) as archive:
        for report in reports:
            assert archive.read(f"reports/{report.number}.pdf") == file_bytes(exported.court, report)
    assert exported.export.file_count == 1


@pytest.mark.proves("CO-7")
def test_nothing_of_another_court_is_in_it(exported: Exported):
    content = exported.everything()
    assert b"\xc3\x91and\xc3\xba" in content, "the court's own is there"
    for foreign in (CANARY, CANARY.lower(), exported.other.slug, str(exported.other.id), exported.other.prefix):
        assert foreign.encode() not in content, foreign


def test_no_secret_is_in_it(exported: Exported):
    content = exported.everything()
    with exported.court.app.app_context(), exported.court.acting():
        secrets = [
            *session().scalars(select(EnrollmentCode.code_digest)),
            *(plain(digest) for digest in session().scalars(select(AccountSession.token_digest))),
            *session().scalars(select(Report.verify_digest)),
        ]
        account = session().scalars(select(LearnerAccount)).one()
    assert len(secrets) >= 3
    for secret in secrets:
        assert secret.encode() not in content
    (row,) = exported.rows("learner_account")
    assert row["sign_in_name"] == account.sign_in_name
    assert "password_hash" not in row


def test_what_is_named_like_a_secret_stays_until_somebody_decides():
    for column in ("recovery_code_digest", "reset_token", "api_secret", "new_password", "phone_totp", "signing_key"):
        assert contents.column_left_out("some_new_table", column), column
    for column in ("note", "sha256", "kind", "state"):
        assert not contents.column_left_out("some_new_table", column), column


def test_memory_does_not_grow_with_the_rows(app: Flask, tmp_path: Path):
    court = make_court(app)

    def add(many: int) -> None:
        with app.app_context(), court.acting(), transaction() as current:
            now = clock.now()
            rows = [
                {"id": uuid7(), "kind": "bulk", "subject_id": uuid7(), "occasion": "x" * 200, "at": now}
                for _ in range(many)
            ]
            current.execute(sa.insert(Occurrence), rows)

    def peak() -> int:
        with app.app_context(), court.acting(), (tmp_path / "out.zip").open("wb") as out:
            tracemalloc.start()
            write(out, export_id=uuid7(), as_of=clock.now())
            used = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return used

    add(2_000)
    peak()  # what is made once
    few = peak()
    add(18_000)
    many = peak()
    assert many < few + 3_000_000, f"{few} bytes for 2,000 rows, {many} for 20,000"


# --- whether it is whole ---------------------------------------------------------------------------------------------


def rewritten(source: Path, target: Path, *, drop: str = "", change: str = "", add: str = "", also: Any = None) -> Path:
    """A copy of a ZIP with one entry left out, changed or added."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == drop:
                continue
            if name == change:
                content = content.replace(b"1", b"2") if b"1" in content else content + b" "
            new.writestr(name, (also or {}).get(name, content))
        if add:
            new.writestr(add, b"extra")
    return target


def test_a_whole_export_is_whole(exported: Exported):
    found = exported.check()
    assert (found.missing, found.changed, found.extra, found.lost) == ([], [], [], [])
    assert found.seal == Seal.OURS
    assert found.whole
    assert found.files > 50


def test_what_is_missing_changed_or_extra_is_named(exported: Exported, tmp_path: Path):
    dropped = exported.check(rewritten(exported.path, tmp_path / "a.zip", drop="tables/person.csv"))
    assert (dropped.missing, dropped.changed, dropped.extra) == (["tables/person.csv"], [], [])
    changed = exported.check(rewritten(exported.path, tmp_path / "b.zip", change="tables/referral.json"))
    assert (changed.missing, changed.changed, changed.extra) == ([], ["tables/referral.json"], [])
    added = exported.check(rewritten(exported.path, tmp_path / "c.zip", add="reports/forged.pdf"))
    assert (added.missing, added.changed, added.extra) == ([], [], ["reports/forged.pdf"])
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = exported.check(rewritten(exported.path, tmp_path / "d.zip", add="README.txt"))
    assert "README.txt (again)" in twice.extra
    assert not any(found.whole for found in (dropped, changed, added, twice))


def test_a_manifest_made_to_fit_is_found_by_its_seal(exported: Exported, tmp_path: Path):
    with zipfile.ZipFile(exported.path) as archive:
        manifest = json.loads(archive.read(MANIFEST))
    del manifest["files"]["tables/person.csv"]
    forged = json.dumps(manifest).encode()
    path = rewritten(exported.path, tmp_path / "a.zip", drop="tables/person.csv", also={MANIFEST: forged})
    found = exported.check(path)
    assert (found.missing, found.changed, found.extra) == ([], [], [])
    assert found.seal == Seal.BROKEN
    assert not found.whole
    key, certificate = make_self_signed("Somebody else")
    also = {MANIFEST: forged, SIGNATURE: sealing.sign(forged, key), CERTIFICATE: certificate}
    signed = exported.check(rewritten(exported.path, tmp_path / "b.zip", drop="tables/person.csv", also=also))
    assert signed.seal == Seal.ANOTHER
    assert not signed.whole
    assert exported.check(rewritten(exported.path, tmp_path / "c.zip", drop=SIGNATURE)).seal == Seal.NONE


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 broken"])
def test_what_is_no_export_is_said_to_be_none(tmp_path: Path, content: bytes):
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(NotAnExport):
        check(path)


@pytest.mark.parametrize("manifest", [b"[]", b"{}", b"{", b'{"format": 1, "files": [], "court": 3, "as_of": ""}'])
def test_a_manifest_that_says_nothing_is_refused(tmp_path: Path, manifest: bytes):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(MANIFEST, manifest)
    with pytest.raises(NotAnExport):
        check(tmp_path / "x.zip")


def test_the_command_line_names_the_damage(exported: Exported, tmp_path: Path, app: Flask):
    good = app.test_cli_runner().invoke(portal, ["export", "verify", str(exported.path), "--json"])
    assert good.exit_code == 0, good.output
    assert json.loads(good.output)["whole"] is True
    bad = rewritten(exported.path, tmp_path / "a.zip", drop="tables/person.csv", add="tables/more.csv")
    said = app.test_cli_runner().invoke(portal, ["export", "verify", str(bad)])
    assert said.exit_code == 1
    assert "missing: tables/person.csv" in said.output
    assert "extra: tables/more.csv" in said.output
    (tmp_path / "no.zip").write_bytes(b"no")
    assert app.test_cli_runner().invoke(portal, ["export", "verify", str(tmp_path / "no.zip")]).exit_code == 1


def test_the_command_line_asks_lists_and_hands_over(app: Flask, settings: Settings, tmp_path: Path):
    court = make_court(app)
    runner = app.test_cli_runner()
    asked = runner.invoke(portal, ["export", "ask", court.slug, "--reason", "The court leaves", "--json"])
    assert asked.exit_code == 0, asked.output
    export_id, target = json.loads(asked.output)["id"], tmp_path / "court.zip"
    early = runner.invoke(portal, ["export", "hand-over", court.slug, export_id, str(target), "--to", "Ana Ruiz"])
    assert early.exit_code == 1
    assert not target.exists()
    assert run_makes(court) == ["done"]
    done = runner.invoke(portal, ["export", "hand-over", court.slug, export_id, str(target), "--to", "Ana Ruiz"])
    assert done.exit_code == 0, done.output
    assert check(target, certificate_pem=settings.signing_cert_file.read_bytes()).whole
    listed = json.loads(runner.invoke(portal, ["export", "list", court.slug, "--json"]).output)
    assert [(one["id"], one["state"], one["handed_to"]) for one in listed] == [(export_id, "ready", "Ana Ruiz")]
    again = runner.invoke(portal, ["export", "hand-over", court.slug, export_id, str(target), "--to", "Ana Ruiz"])
    assert again.exit_code == 1, "nothing that is there already is written over"


# --- the court's own page --------------------------------------------------------------------------------------------


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
