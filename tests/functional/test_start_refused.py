"""Somebody starts a process wrongly: one clear sentence, never a stack trace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.core.keyring import add_keys
from app.local.ports import free_port
from config import ROOT
from tests.daily import daily
from tests.servers import Servers


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.proves("WE-4")
@pytest.mark.parametrize("process", daily(["worker", "scheduler"], ["worker"]))
def test_a_missing_setting_is_said_in_one_sentence(process: str):
    done = run(f"app.{process}", PORTAL_ENV="production")
    assert done.returncode != 0
    assert f"The portal's {process} can not start." in done.stderr
    assert "DATABASE_URL" in done.stderr
    assert "REDIS_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_postgresql_the_command_line_says_so(servers: Servers, tmp_path: Path):
    environment = servers.environment("anything", tmp_path)
    add_keys(Path(environment["KEYRING_FILE"]))
    environment["DATABASE_URL"] = f"postgresql+psycopg://portal_app:x@127.0.0.1:{free_port()}/portal"
    done = run("flask", "--app", "wsgi", "portal", "court", "list", **environment)
    assert done.returncode == 1
    assert "PostgreSQL does not answer" in done.stderr
    assert "Traceback" not in done.stderr
