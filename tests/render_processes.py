"""Looking at a renderer's processes from outside: its server, the spare child that waits, who is alive."""

from __future__ import annotations

import os
import time
from pathlib import Path

from app.reports.render import Renderer

PATIENCE = 10.0  # seconds


def server_of(renderer: Renderer) -> int:
    """The process id of the server that belongs to the renderer."""
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            # A child has its server's command line; the server is the one whose parent has another.
            if _is_server(words, renderer) and not _is_server(_words(_parent(int(process.name))), renderer):
                return int(process.name)
    raise AssertionError("no server")


def children(pid: int) -> list[int]:
    """The living processes that `pid` forked."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return [child for child in pids if _parent(child) == pid and alive(child)]


def waiting_spare(renderer: Renderer) -> int:
    """The one child of an idle server, once it has warmed up and waits for its document."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = children(server_of(renderer))
        if len(found) == 1 and _rests(found[0]):
            return found[0]
        time.sleep(0.02)
    raise AssertionError("no spare waits")


def alive(pid: int) -> bool:
    """Whether it runs: a zombie does not."""
    return _stat(pid)[:1] not in ([], ["Z"])


def ends(pid: int) -> bool:
    """Whether it ends within the patience."""
    end = time.monotonic() + PATIENCE
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def processor_time(pid: int) -> float:
    """Seconds that it has used."""
    return sum(map(int, _stat(pid)[11:13])) / os.sysconf("SC_CLK_TCK")


def sockets_of(pid: int) -> list[str]:
    """What its open descriptors are, those that are sockets."""
    return [kind for kind in descriptors_of(pid) if kind.startswith("socket:")]


def descriptors_of(pid: int) -> list[str]:
    """What its open descriptors point to."""
    return [os.readlink(descriptor) for descriptor in Path(f"/proc/{pid}/fd").iterdir()]


def _rests(pid: int) -> bool:
    """Whether it sleeps and used no processor time for a while."""
    before = _stat(pid)
    time.sleep(0.1)
    after = _stat(pid)
    return before[:1] == after[:1] == ["S"] and before[11:13] == after[11:13]


def _is_server(words: list[bytes], renderer: Renderer) -> bool:
    return b"app.reports.render_server" in words and str(renderer.folder / "s").encode() in words


def _words(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _stat(pid: int) -> list[str]:
    """The fields after the name: state, parent, ...; nothing for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
