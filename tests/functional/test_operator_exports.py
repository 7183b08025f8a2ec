"""A court takes its data along: everything is in the file, nothing of another court, and damage to it is named."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import AccountSession, LearnerAccount
from app.cases.imports.services import forget_files
from app.cases.models import EnrollmentCode
from app.cli import portal
from app.core import clock
from app.core.models import AuditEvent, Occurrence
from app.exports import contents, sealing
from app.exports.checking import NotAnExport, Seal, check
from app.exports.writing import CERTIFICATE, MANIFEST, SIGNATURE, cell, plain, write
from app.reports.models import Report
from app.reports.sign import make_self_signed
from config import Settings
from tenants.database import db, session, transaction
from tenants.isolation import WITHOUT_COURT
from tenants.keys import uuid7
from tests import exports as fixtures
from tests.exports import CANARY, FORMULA, Exported, run_makes
from tests.factories import make_court
from tests.functional.import_steps import file_of, person, send
from tests.reports import file_bytes, reports_of

exported = fixtures.exported


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
    assert {t for t in found if t not in WITHOUT_COURT} - set(headings) == {
        "attempt",
        "review_item",
        "submission",
        "waiver_draft",
    }


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
def test_a_file_whose_time_was_over_is_not_told_as_lost(app: Flask):
    court = make_court(app)
    send(court, file_of([person(1)]))
    with app.app_context(), court.acting(), clock.moved_to(clock.now() + timedelta(days=8)):
        forget_files()
    export = fixtures.make_export(court)
    assert (export.state, export.problems, export.file_count) == ("ready", [], 0)


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


@pytest.mark.slow
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
