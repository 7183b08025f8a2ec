"""PostgreSQL's own programs for dump and restore: the machine's, else those of the wheel that the demo runs on."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from app.local.binaries import wheel_program

SAID = 300  # characters of a program's complaint that are passed on


class RecoveryRefused(RuntimeError):
    """A backup or a restore can not be made as asked; the text says why and what to do."""


def program(name: str, server_major: int) -> Path:
    """`pg_dump` or `pg_restore`, not older than the server. Raises RecoveryRefused when there is none."""
    found = [path for path in (shutil.which(name), wheel_program(name)) if path is not None]
    for path in found:
        if _major(Path(path)) >= server_major:
            return Path(path)
    raise RecoveryRefused(
        f"{name} {server_major} or newer is not on this machine: install PostgreSQL's client programs"
    )


def _major(path: Path) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 (fixed program, no shell)
    number = re.search(r"(\d+)", said)
    return int(number[1]) if number else 0


def run(path: Path, url: str, *words: str) -> None:
    """Run a program over the database at `url`; its password travels in the environment. Raises RecoveryRefused."""
    parts = make_url(url)
    address = URL.create(
        "postgresql",
        username=parts.username,
        host=parts.host,
        port=parts.port,
        database=parts.database,
        query=parts.query,
    ).render_as_string()
    done = subprocess.run(  # noqa: S603 (a fixed program; no shell)
        [path, f"--dbname={address}", "--no-password", *words],
        # Nothing of ours: what is meant for another server (PGHOST, PGOPTIONS) must not lead this one away.
        env={"PGPASSWORD": str(parts.password or ""), "PGAPPNAME": "portal recovery", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RecoveryRefused(f"{path.name} failed: {' '.join(done.stderr.split())[:SAID]}")
