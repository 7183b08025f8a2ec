"""Ending what a supervisor that was killed left running, and nothing else."""

import os
import signal
from pathlib import Path

from app.local.processes import Mark, wait_until

MARKER = "LOCAL_SUPERVISOR_FOLDER"
POLITE_SECONDS = 3.0
KILL_SECONDS = 5.0


def end_leftovers(folder: Path) -> None:
    """End the processes that an earlier supervisor of `folder` recorded, and all that they started.

    They get SIGTERM and 3 seconds, then SIGKILL. A record whose process id belongs to another program by now is
    dropped.
    """
    end_marked(folder, POLITE_SECONDS)
    for record in (folder / "run").glob("*.pid"):
        record.unlink()


def end_marked(folder: Path, polite_seconds: float) -> None:
    """End every process that carries `folder` in its environment or is recorded in its `run` folder.

    The records find a process that has written over its environment (some rename themselves that way); the environment
    finds what a recorded process has started, even after that process itself is gone.
    """
    if polite_seconds:
        found = _found(folder)
        for mark in found:
            mark.send(signal.SIGTERM)
        wait_until(lambda: not any(mark.alive() for mark in found), polite_seconds)

    def killed() -> bool:
        left = _found(folder)
        for mark in left:
            mark.send(signal.SIGKILL)
        return not left

    wait_until(killed, KILL_SECONDS)


def _found(folder: Path) -> list[Mark]:
    recorded = (Mark.load(record) for record in (folder / "run").glob("*.pid"))
    alive = {mark for mark in recorded if mark is not None and mark.alive()}
    return sorted(alive | _carrying(folder), key=lambda mark: mark.pid)


def _carrying(folder: Path) -> set[Mark]:
    words = f"{MARKER}={folder}".encode()
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        # The mark first: if the id changes hands while we read, the mark is out of date and nobody is hurt.
        mark = Mark.of(int(entry.name))
        if mark is not None and words in _environment(entry):
            found.add(mark)
    return found


def _environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []
