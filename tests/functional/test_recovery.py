"""Backup and restore: everything comes back as it was, into an empty place only, and nobody is let in before."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from app.cli_recovery import recovery
from app.core import sealer
from app.core.keyring import add_keys
from app.factory import create_app, schema_head
from app.permissions.identity import Role
from app.recovery import manifest, opening, restoring
from app.recovery.backing_up import back_up
from app.recovery.programs import RecoveryRefused
from app.reports.lookups import find_by_file
from app.reports.models import Report
from app.reports.seal_check import check_apart
from config import Settings
from tenants.database import db, session
from tenants.roles import create_database, drop_database
from tests.client import PageClient
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.accounts_people import Colleague, colleague, sign_in
from tests.reports import file_bytes, run_renders
from tests.servers import Servers

PASSPHRASE = "nine lamps by the long window"


@dataclass(frozen=True)
class Backup:
    """A portal with two courts at work, and a backup of it that was made before `late` was referred."""

    settings: Settings
    folder: Path
    passphrase: Path
    court: TestCourt
    other: TestCourt
    person: Colleague
    report: Report
    paper: bytes


def database(servers: Servers, *, template: str | None = "template_portal") -> str:
    name = f"portal_r{uuid4().hex[:10]}"
    create_database(servers.administrator, name, template=template)
    return name


@pytest.fixture(scope="module")
def backup(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backup]:
    folder = tmp_path_factory.mktemp("first")
    name = database(servers)
    settings = servers.settings(name, folder)
    add_keys(settings.keyring_file)
    app = create_app(settings)
    court, other = make_court(app), make_court(app)
    make_learner(other)
    person = colleague(court, role=Role.CLERK)
    make_learner(court, given_names="Canary")
    assert set(run_renders(court)) == {"done"}
    for one in (court, other):
        with app.app_context(), one.acting():
            sealer.seal()
    with app.app_context(), court.acting():
        report = session().scalars(select(Report)).first()
    assert report is not None
    passphrase = folder / "passphrase"
    passphrase.write_text(f"{PASSPHRASE}\n")
    made = folder / "backup"
    back_up(settings, made, passphrase_file=passphrase)
    make_referral(court, given_names="Late")
    yield Backup(settings, made, passphrase, court, other, person, report, file_bytes(court, report))
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
    drop_database(servers.administrator, name)


@dataclass(frozen=True)
class Target:
    """An empty place to restore into: a database without a table, a folder without a file."""

    name: str
    environment: dict[str, str]
    settings: Settings


@pytest.fixture
def target(servers: Servers, tmp_path: Path) -> Iterator[Target]:
    name = database(servers, template=None)
    environment = servers.environment(name, tmp_path)
    settings = Settings.from_env("web", environment)
    settings.signing_key_file.unlink()
    settings.signing_cert_file.unlink()
    yield Target(name, environment, settings)
    drop_database(servers.administrator, name)


def restore(target: Target, backup: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    for key, value in target.environment.items():
        monkeypatch.setenv(key, value)
    return CliRunner().invoke(recovery, ["restore", str(backup), *words])


def answer(app: Flask, path: str) -> int:
    return app.test_client().get(path).status_code


@pytest.mark.proves("FA-7")
def test_what_was_backed_up_comes_back_whole_and_opens_only_then(
    backup: Backup, target: Target, monkeypatch: pytest.MonkeyPatch
):
    seen: list[int] = []

    def before_opening() -> str:
        seen.append(answer(create_app(target.settings), "/readyz"))
        return "tombstones replayed"

    monkeypatch.setitem(opening.BEFORE_OPENING, "a step", before_opening)
    done = restore(target, backup.folder, monkeypatch, "--passphrase-file", str(backup.passphrase), "--json")
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    assert (said["problems"], said["opened"], said["lost"]) == ([], True, "less than a minute")
    assert said["steps"] == [
        "tombstones: 0 records were sealed or destroyed again",
        "a step: tombstones replayed",
    ]
    assert set(said["keys_written"]) == {"KEYRING_FILE", "SIGNING_KEY_FILE", "SIGNING_CERT_FILE"}
    assert seen == [503], "a proxy sends nobody before the last step"
    assert target.settings.keyring_file.stat().st_mode & 0o077 == 0

    app = create_app(target.settings)
    assert answer(app, "/readyz") == 200
    court = replace(backup.court, app=app)
    page = sign_in(PageClient(app), replace(backup.person, court=court))
    assert page.status == 200
    listed = page.client.get(court.url("referrals")).text
    assert "Canary" in listed
    assert "Late" not in listed, "what came after the backup is lost, as it was said"
    with app.app_context(), court.acting():
        verdict = sealer.verify()
        assert (verdict.problems, verdict.sealed > 0) == ((), True)
        report = session().scalars(select(Report).where(Report.id == backup.report.id)).one()
        assert find_by_file(report.signed_sha256) is not None
        sealer.seal()  # the chain goes on from where it was
        assert sealer.verify().problems == ()
    paper = file_bytes(court, report)
    assert paper == backup.paper
    assert check_apart(paper, target.settings.signing_cert_file).ok
    with app.app_context(), replace(backup.other, app=app).acting():
        assert session().scalars(select(Report).where(Report.id == backup.report.id)).all() == [], "still apart"
    with app.app_context():
        assert opening.isolation_problems() == []
        for engine in db.engines.values():
            engine.dispose()


@pytest.mark.proves("FA-7")
def test_a_place_that_is_not_empty_a_damaged_backup_and_another_keyring_are_refused(
    backup: Backup, target: Target, tmp_path: Path, servers: Servers
):
    def refused(settings: Settings, folder: Path, match: str, *, release: str = "") -> None:
        with pytest.raises(RecoveryRefused, match=match):
            restoring.load(settings, folder, release=release or schema_head())

    settings = replace(target.settings, keyring_file=backup.settings.keyring_file)
    refused(target.settings, backup.folder, "no keyring at .* give --passphrase-file")
    refused(settings, backup.folder, "with the release that made it", release="9999")
    refused(replace(settings, database_owner_url=backup.settings.database_owner_url), backup.folder, "not empty")
    add_keys(target.settings.keyring_file)
    refused(target.settings, backup.folder, "lacks keys that the backup was made under")
    longer = tmp_path / "longer.json"
    shutil.copy(backup.settings.keyring_file, longer)
    add_keys(longer)
    stored = tmp_path / "storage" / "stray"
    stored.parent.mkdir()
    stored.write_text("somebody's")
    refused(replace(settings, keyring_file=longer), backup.folder, "storage .* is not empty")
    stored.unlink()

    copy = tmp_path / "copy"
    shutil.copytree(backup.folder, copy)
    named = next(path for path in (copy / "files").rglob("*") if path.is_file() and len(path.name) == 64)
    content = named.read_bytes()
    named.write_bytes(content[:-1])
    refused(settings, copy, f"damaged: files/.*{named.name}")
    named.write_bytes(content)
    text = (copy / manifest.FILE).read_text()
    (copy / manifest.FILE).write_text(text.replace('"damaged": []', '"damaged": [ ]'))
    refused(settings, copy, "the manifest was changed")
    (copy / manifest.FILE).unlink()
    refused(settings, copy, "no finished backup")
    with psycopg.connect(servers.url("portal_app", target.name).replace("+psycopg", "")):
        refused(settings, backup.folder, "somebody is connected")
    assert not any((tmp_path / "storage").iterdir())


@pytest.mark.proves("FA-7")
def test_rows_policies_or_audit_that_differ_keep_the_portal_closed(
    backup: Backup, target: Target, servers: Servers, monkeypatch: pytest.MonkeyPatch
):
    """As if something had been lost on the way: a row, a policy, the tail of an audit chain."""
    loaded = restoring.run

    def less(*words: Any) -> None:
        loaded(*words)
        with psycopg.connect(servers.administrator.rpartition("/")[0] + f"/{target.name}") as connection:
            connection.execute("ALTER TABLE person DISABLE ROW LEVEL SECURITY")
            connection.execute("DELETE FROM audit_seal WHERE position = 1")

    monkeypatch.setattr(restoring, "run", less)
    words = ("--passphrase-file", str(backup.passphrase))
    done = restore(target, backup.folder, monkeypatch, *words)
    assert done.exit_code == 1
    for line in (
        "audit_seal has",
        "policies, grants or keys are not those",
        "row-level security",
        "links 1 to 1 are missing",
    ):
        assert line in done.stdout, done.output
    assert "stays closed" in done.stdout
    app = create_app(target.settings)
    assert answer(app, "/readyz") == 503
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def test_a_backup_leaves_the_keys_out_unless_told_and_takes_nothing_over(backup: Backup, tmp_path: Path):
    plain = tmp_path / "plain"
    made = back_up(backup.settings, plain)
    assert not made.keys_inside
    held = b"".join(path.read_bytes() for path in plain.rglob("*") if path.is_file())
    assert json.loads(backup.settings.keyring_file.read_text())["totp"][0]["key"].encode() not in held
    assert b"PRIVATE KEY" not in held
    assert plain.stat().st_mode & 0o077 == 0
    with pytest.raises(RecoveryRefused, match="not empty"):
        back_up(backup.settings, plain)
    with pytest.raises(RecoveryRefused, match="binds: the backup would lack rows"):
        back_up(replace(backup.settings, database_backup_url=backup.settings.database_url), tmp_path / "as-app")
    assert not (tmp_path / "as-app" / manifest.FILE).exists()
    short = tmp_path / "short"
    short.write_text("too short\n")
    with pytest.raises(RecoveryRefused, match="shorter than 16"):
        back_up(backup.settings, tmp_path / "more", passphrase_file=short)
    (path,) = list(plain.rglob(backup.report.signed_sha256))
    stored = restoring.storage_folder(backup.settings) / path.relative_to(plain / "files")
    content = stored.read_bytes()
    stored.write_bytes(b"rotten")
    try:
        assert back_up(backup.settings, tmp_path / "found").damaged == [str(path.relative_to(plain / "files"))]
    finally:
        stored.write_bytes(content)
