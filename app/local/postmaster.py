"""Reading `postmaster.pid`, the file by which PostgreSQL says who serves a data folder."""

import os
from dataclasses import dataclass
from pathlib import Path

from app.local.processes import Mark, works_in

NOBODY = 2**30  # beyond any process id that Linux hands out


@dataclass(frozen=True)
class Postmaster:
    """A living server process: its mark, its port, and whether it takes connections yet."""

    mark: Mark
    port: int
    ready: bool


def running(data: Path) -> Postmaster | None:
    """The living server of the folder `data`; None when there is none, whatever an old file says."""
    lines = _lines(data)
    mark = _serving(data, lines)
    if mark is None or len(lines) < 4:
        return None
    return Postmaster(mark, int(lines[3]), len(lines) > 7 and lines[7].strip() == "ready")


def disown(data: Path) -> None:
    """Where `postmaster.pid` names a process that does not serve this folder, let it name nobody.

    PostgreSQL clears the file of a dead server by itself, but believes in a server as long as anything has its id:
    another program that got the same id, or the dead server that nobody has collected. Only the id is replaced: the
    file also names the shared memory by which PostgreSQL sees whether the dead server's helpers are still at work, so
    it must never be deleted.
    """
    lines = _lines(data)
    if not lines or not lines[0].isdigit() or _serving(data, lines) is not None:
        return
    if not Path(f"/proc/{lines[0]}").exists():
        return
    path = data / "postmaster.pid"
    owner = path.stat()
    fresh = data / "postmaster.pid.new"
    fresh.touch(mode=0o600)
    fresh.write_text("\n".join([str(NOBODY), *lines[1:]]) + "\n")
    os.chown(fresh, owner.st_uid, owner.st_gid)
    fresh.replace(path)


def _lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _serving(data: Path, lines: list[str]) -> Mark | None:
    """The mark of the process on the first line, if it is a PostgreSQL at work in `data`."""
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    mark = Mark.of(pid)
    return mark if works_in(pid, data) and _program(pid) == "postgres" else None


def _program(pid: int) -> str | None:
    try:
        # An executable that was replaced meanwhile (an upgrade) has a note behind its name.
        return Path(f"/proc/{pid}/exe").readlink().name.split(" ")[0]
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return None
