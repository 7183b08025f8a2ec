"""The whole drill, as a person on call would do it: the machine is gone, a backup is there, a new server is empty."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from app.core import clock
from app.local.ports import free_port
from app.local.postgres import LocalPostgres
from app.reports.models import Report
from config import ROOT, Settings
from tenants.roles import ROLES, create_database, create_roles
from tests.factories import make_court, make_learner
from tests.reports import app_over, reports_of
from tests.servers import Servers
from tests.stack import Stack, running, wait_for


def command(environment: dict[str, str], *words: str) -> Any:
    """A command's answer, from a process of its own with that environment and nothing of ours."""
    done = subprocess.run(
        [sys.executable, "-m", *words, "--json"],
        cwd=ROOT,
        env={**environment, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def portal(environment: dict[str, str], *words: str) -> Any:
    return command(environment, "flask", "--app", "wsgi", "portal", *words)


@pytest.mark.proves("FA-7")
@pytest.mark.slow
def test_the_machine_is_lost_and_another_one_takes_over(servers: Servers, tmp_path: Path, settings: Settings):
    first, second, backup = tmp_path / "first", tmp_path / "second", tmp_path / "backup"
    first.mkdir()
    second.mkdir()
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("nine lamps by the long window\n")
    with running(servers, first) as stack:
        with app_over(stack, settings) as app:
            court = make_court(app)
            _learner, enrollment_id = make_learner(court)
            report = _issued(stack, court, enrollment_id)
        made = portal(stack.environment, "backup", str(backup), "--passphrase-file", str(passphrase))
        lost = stack.environment
    assert made["tables"]["enrollment"] == 1

    postgres = LocalPostgres(tmp_path / "postgres", durable=False)
    postgres.start()
    try:
        administrator = postgres.superuser_url().replace("+psycopg", "")
        create_roles(administrator, {role: f"{role}-password" for role in ROLES})
        create_database(administrator, "portal_new")
        new = Servers(str(second), administrator, postgres.port, servers.redis, servers.passwords)
        environment = {**new.environment("portal_new", second), "REDIS_URL": lost["REDIS_URL"]}
        for name in ("SIGNING_KEY_FILE", "SIGNING_CERT_FILE"):
            Path(environment[name]).unlink()
        words = ("restore", str(backup), "--passphrase-file", str(passphrase))
        said = command(environment, "app.cli_recovery", *words)
        assert (said["opened"], said["problems"]) == (True, [])
        print(f"drill: backup {made['seconds']} s, restore {said['seconds']} s, lost: {said['lost']}")

        restored = Stack(second, environment, [free_port(set())], 0)
        restored.start_web()
        try:
            wait_for(f"http://127.0.0.1:{restored.web_ports[0]}/readyz", second / "web0.log")
            assert [one["problems"] for one in portal(environment, "audit", "verify")] == [[]]
            assert portal(environment, "isolation", "check") == {"problems": []}
            paper = tmp_path / "paper.pdf"
            stored = Path(environment["STORAGE_URL"].removeprefix("file://")) / str(court.id)
            paper.write_bytes((stored / report.signed_sha256[:2] / report.signed_sha256).read_bytes())
            found = portal(environment, "report", "verify", str(paper))
            assert (found["number"], found["standing"]) == (report.number, "genuine")
        finally:
            restored.stop()
    finally:
        clock.follow(settings.clock_file)
        postgres.discard()


def _issued(stack: Stack, court: Any, enrollment_id: Any) -> Report:
    """The proof of enrollment, once the running worker has made it."""
    for _turn in range(600):
        found = [one for one in reports_of(court, enrollment_id) if one.signed_sha256]
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(stack.log("worker0")[-2000:])
