"""The command line, as an operator runs it: a process of its own over this run's database."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Invitation
from app.cases.lookups import the_enrollment
from app.cases.services import keep_file
from app.cli import portal
from app.core import sealer
from app.core.actor import SYSTEM
from app.core.audit import audit
from app.core.keyring import add_keys
from app.operator import health
from app.permissions.identity import Role
from app.reports.models import Report
from app.reports.services import request_report
from config import ROOT, Settings
from tenants.database import role_transaction, session, transaction
from tenants.models import Court
from tests.factories import TestCourt, letters, make_court, make_learner, make_referral
from tests.servers import Servers


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


@pytest.fixture
def environment(app: Flask, settings: Settings, servers: Servers, worker_id: str) -> dict[str, str]:
    """The process's whole environment: what the run's app has, and nothing of ours."""
    folder = settings.keyring_file.parent
    values = servers.environment(f"portal_{worker_id}", folder)
    return {**values, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "portal", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


def invoke(app: Flask, *words: str) -> Result:
    """The same command in this process: a start of Python takes seconds."""
    return app.test_cli_runner().invoke(portal, list(words))


def answer(app: Flask, *words: str) -> Any:
    done = invoke(app, *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def creating(**changes: str) -> list[str]:
    values = {
        "name": "Harbor County Court",
        "slug": f"harbor-{uuid4().hex[:10]}",
        "code-prefix": letters(uuid4().int % 26**6, 6),
        "county": "Harbor County",
        "region": "WA",
        "time-zone": "America/Los_Angeles",
        "preset": "municipal",
        "administrator-email": f"{uuid4().hex}@harbor.example",
        "administrator-name": "Ada Admin",
        **changes,
    }
    return ["court", "create", *(word for name, value in values.items() for word in (f"--{name}", value) if value)]


def test_a_court_is_opened_listed_and_its_administrator_invited(app: Flask, environment: dict[str, str]):
    words = creating(slug="", name=f"Pine {uuid4().hex[:8]} Court")
    done = run(environment, *words)
    assert done.returncode == 0, done.stderr
    slug = words[words.index("--name") + 1].lower().replace(" ", "-")
    assert f"http://localhost/{slug}/" in done.stdout
    email = words[words.index("--administrator-email") + 1]
    assert f"The invitation for {email}" in done.stdout
    assert slug in {row["slug"] for row in answer(app, "court", "list")}
    with app.app_context(), role_transaction("platform") as platform:
        court_id = platform.scalars(select(Court.id).where(Court.slug == slug)).one()
    court = TestCourt(app, court_id, slug, "")
    with app.app_context(), court.acting():
        assert session().scalars(select(Invitation.email)).all() == [email]
    again = invoke(app, *words)
    assert again.exit_code == 1
    assert "exists already" in again.stderr


def test_a_refusal_names_the_option_and_fails(app: Flask):
    done = invoke(app, *creating(slug="sign-in"))
    assert done.exit_code == 1
    assert "--slug" in done.stderr
    assert "Traceback" not in done.stderr
    done = invoke(app, *creating(**{"time-zone": "Pacific"}))
    assert done.exit_code == 1
    assert "--time-zone" in done.stderr
    assert invoke(app, *creating(preset="other")).exit_code == 2


def test_a_code_is_issued_for_a_referral_of_that_court_only(app: Flask, court: TestCourt):
    enrollment_id = make_referral(court)
    with app.app_context(), court.acting():
        referral_id = str(the_enrollment(enrollment_id).referral_id)
    issued = answer(app, "code", "issue", court.slug, referral_id)
    assert issued["code"].startswith(court.prefix)
    other = make_court(app)
    foreign = invoke(app, "code", "issue", other.slug, referral_id)
    missing = invoke(app, "code", "issue", other.slug, str(uuid4()))
    assert (foreign.exit_code, missing.exit_code) == (1, 1)
    assert foreign.stderr.replace(referral_id, "") == missing.stderr.replace(missing.stderr.split()[-1][:-1], "")
    unknown = invoke(app, "code", "issue", "no-such-court", referral_id)
    assert "There is no court" in unknown.stderr


def test_a_report_is_requested_and_a_strange_file_is_not_taken_for_one(app: Flask, court: TestCourt, tmp_path: Path):
    _learner, enrollment_id = make_learner(court)
    made = answer(app, "report", "make", court.slug, str(enrollment_id), "progress")
    assert (made["kind"], made["state"]) == ("progress", "requested")
    assert made["number"].startswith(court.prefix)
    foreign = invoke(app, "report", "make", make_court(app).slug, str(enrollment_id), "progress")
    assert foreign.exit_code == 1
    assert "has no enrollment" in foreign.output
    early = invoke(app, "report", "make", court.slug, str(enrollment_id), "final")
    assert early.exit_code == 1
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.7 not one of ours")
    strange = invoke(app, "report", "verify", str(tmp_path / "letter.pdf"))
    assert strange.exit_code == 1
    assert "No court issued this very file" in strange.output


def test_an_issued_file_is_known(app: Flask, court: TestCourt, tmp_path: Path):
    _learner, enrollment_id = make_learner(court)
    content = b"stands for the bytes of a report"
    with app.app_context(), court.acting(), app.test_request_context():
        report_id = request_report(enrollment_id, "progress", actor=SYSTEM).id
        with transaction() as current:
            report = current.scalars(select(Report).where(Report.id == report_id)).one()
            report.state, report.signed_sha256 = "ready", hashlib.sha256(content).hexdigest()
            report.file_id = keep_file(
                content, name="report.pdf", content_type="application/pdf", purpose="report", actor=SYSTEM
            ).id
    (tmp_path / "report.pdf").write_bytes(content)
    found = answer(app, "report", "verify", str(tmp_path / "report.pdf"))
    assert (found["issued"], found["court"], found["standing"]) == (True, court.slug, "genuine")
    (tmp_path / "report.pdf").write_bytes(content + b".")
    assert invoke(app, "report", "verify", str(tmp_path / "report.pdf")).exit_code == 1


def test_the_audit_of_a_court_is_proved_and_a_change_is_found(
    app: Flask, court: TestCourt, servers: Servers, worker_id: str
):
    with app.app_context(), court.acting():
        audit("cases.look", actor=court.member(Role.CLERK), subject=("court", court.id))
        sealer.seal()
    (verdict,) = answer(app, "audit", "verify", court.slug)
    assert verdict["problems"] == []
    assert verdict["sealed"] == 1
    tamper(servers, f"portal_{worker_id}", court)
    done = invoke(app, "audit", "verify", court.slug)
    assert done.exit_code == 1
    assert "was changed" in done.stdout


def tamper(servers: Servers, database: str, court: TestCourt) -> None:
    """Change history behind the portal's back, as only an administrator of the database can."""
    url = servers.administrator.rsplit("/", 1)[0] + f"/{database}"
    command = "UPDATE audit_event SET action = 'cases.nothing' WHERE court_id = %s"
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute(command, (court.id,)).rowcount == 1


def test_curriculum_is_published_once(app: Flask):
    answer(app, "curriculum", "publish")
    assert answer(app, "curriculum", "publish") == {"published": []}
    assert "Nothing changed" in invoke(app, "curriculum", "publish").stdout


def test_an_operator_is_made_listed_and_reset(app: Flask):
    email = f"{uuid4().hex}@janeschool.example"
    made = answer(app, "operator", "create", "--email", email, "--name", "Olu Operator")
    assert len(made["password"]) >= 20
    assert len(made["totp_secret"]) == 32
    assert {"email": email, "name": "Olu Operator"} in answer(app, "operator", "list")
    twice = invoke(app, "operator", "create", "--email", email, "--name", "Olu Operator")
    assert twice.exit_code == 1
    assert "exists already" in twice.stderr
    fresh = answer(app, "operator", "create", "--email", email, "--reset")
    assert fresh["password"] != made["password"]


@pytest.mark.slow
def test_doctor_finds_nothing_in_a_whole_installation(app: Flask, environment: dict[str, str]):
    with app.app_context():
        for part in health.PARTS:
            health.beat(part)
    done = run(environment, "doctor", "--json")
    findings = {one["name"]: one["fault"] for one in json.loads(done.stdout)}
    # Nothing but that this suite runs no worker.
    assert {name: fault for name, fault in findings.items() if fault} == {"jobs": "no worker is running"}
    assert {"settings", "database roles", "schema", "redis", "storage", "keyring", "assets", "clocks", "mail"} <= set(
        findings
    )


def test_doctor_names_each_thing_that_is_wrong(environment: dict[str, str], tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    keyring = tmp_path / "keyring.json"
    add_keys(keyring, ("limit", "link-token", "totp", "audit-head", "transfer"))
    sick = {
        **environment,
        "REDIS_URL": "redis://:secret-word@127.0.0.1:9/0",
        "STORAGE_URL": f"file://{tmp_path / 'file'}",
        "KEYRING_FILE": str(keyring),
        "SIGNING_CERT_FILE": str(tmp_path / "none.pem"),
        "ASSETS_FOLDER": str(tmp_path),
        "DATABASE_PLATFORM_URL": environment["DATABASE_URL"],
        "MAIL_URL": "smtp://somebody:mail-word@127.0.0.1:9",
    }
    done = run(sick, "doctor", "--json")
    assert done.returncode == 1
    faults = {one["name"]: one["fault"] for one in json.loads(done.stdout) if one["fault"]}
    assert set(faults) == {
        *("database roles", "redis", "storage", "keyring", "signing certificate", "assets"),
        *("jobs", "clocks", "mail"),
    }
    assert "enrollment-code" in faults["keyring"]
    assert "portal_platform" in faults["database roles"]
    assert "secret-word" not in done.stdout
    assert "mail-word" not in done.stdout


def test_isolation_is_checked(app: Flask):
    assert answer(app, "isolation", "check") == {"problems": []}
