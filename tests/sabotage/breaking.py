"""What a sabotage is, and how one is carried out."""

from __future__ import annotations

import compileall
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

from config import ROOT
from tests.servers import SERVERS, RunningServers

LIMIT = 420  # seconds for one sabotage's tests; a test that hangs has noticed something, too
LIMIT_OF_ALL = 3600  # seconds for all of them together, before anything is broken
LEFT_OUT = {
    ".git",
    ".venv",
    "var",
    "node_modules",
    "__pycache__",
    ".hypothesis",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
}


@dataclass(frozen=True)
class Edit:
    """Replace `old`, which must stand there, by `new`; everywhere in the file when `everywhere`."""

    path: str
    old: str
    new: str
    everywhere: bool = False


@dataclass(frozen=True)
class Sabotage:
    """One broken promise: a line of the checklist, what is done, and the tests of which one must turn red."""

    line: str
    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]

    @property
    def before_the_servers(self) -> bool:
        """Whether it breaks what is done when servers start, as migrations are: it needs servers of its own."""
        return any(edit.path.startswith(("migrations/", "tenants/", "app/local/")) for edit in self.edits)


class Outdated(AssertionError):
    """The text that a sabotage replaces is no longer in the source: bring the list up to date."""


def copy_of_the_portal(target: Path) -> None:
    """The source under `target`, sharing what is built or installed; compiled, so that not every run has to."""
    shutil.copytree(ROOT, target, ignore=lambda _folder, names: LEFT_OUT & set(names), dirs_exist_ok=True)
    (target / "var").mkdir()
    for shared in ("var/assets", "node_modules", ".venv"):
        if (ROOT / shared).exists():
            (target / shared).symlink_to(ROOT / shared)
    for code in ("app", "tenants", "migrations"):
        # By the hash of the source, not by its time: an edit within the same second must not meet what was before it.
        compileall.compile_dir(target / code, quiet=1, invalidation_mode=PycInvalidationMode.CHECKED_HASH)


@contextmanager
def broken(copy: Path, edits: tuple[Edit, ...]) -> Iterator[None]:
    """The copy with the edits applied. Raises Outdated."""
    before = {edit.path: (copy / edit.path).read_text() for edit in edits}
    try:
        for edit in edits:
            text = (copy / edit.path).read_text()
            if edit.old not in text:
                raise Outdated(f"{edit.path}: {edit.old!r}")
            (copy / edit.path).write_text(text.replace(edit.old, edit.new, -1 if edit.everywhere else 1))
        yield
    finally:
        for path, text in before.items():
            (copy / path).write_text(text)


@dataclass(frozen=True)
class Run:
    """What a run of tests came to: `red` when a test itself failed, not merely when nothing could run."""

    green: bool
    red: bool
    words: str


def run_tests(
    copy: Path, tests: tuple[str, ...], *, servers: RunningServers | None = None, limit: int = LIMIT, workers: int = 0
) -> Run:
    """Run `tests` in the copy, over `servers` or some of its own, in so many `workers` (0: in one process)."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--no-header",
        "-rfE",
        "--tb=line",
        *(["-n", str(workers), "--dist", "worksteal"] if workers else []),
        *tests,
    ]
    # What is compiled of a broken source is not kept.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(copy)}
    environment["HYPOTHESIS_PROFILE"] = "thorough"
    if servers is not None:
        environment[SERVERS] = servers.servers.as_text()
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return Run(green=False, red=True, words="still waiting after the time limit")
    lines = done.stdout.splitlines()
    failed = [line for line in lines if re.match(r"(FAILED|ERROR) tests/", line)]
    return Run(
        green=done.returncode == 0 and any(" passed" in line for line in lines[-1:]),
        red=done.returncode == 1 and any(line.startswith("FAILED") for line in failed),
        words="\n".join(failed or [*lines[-3:], done.stderr[-500:]]),
    )
