"""The walls around a process that draws one document: no file but the typeface, no network, no program, few resources.

The HTML is ours and the library runs under its own strict policy. These walls stand for the day that one of them is
wrong: they hold for everything that Python code in the process does, whatever a person typed.
"""

import os
import resource
import signal
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from app.reports import fonts

REFUSED: Final = (
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.sendto",
    "subprocess.Popen",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.system",
    "ctypes.dlopen",
)
WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
LARGEST_FILE: Final = 64 * 1024 * 1024
OPEN_FILES: Final = 64


def confine(*, seconds: int, memory_bytes: int, scratch: Path) -> None:
    """Close the walls for good. `scratch` is the one folder it may write to; memory counts the address space."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_gate(scratch))


def end_after(seconds: int) -> None:
    """A second clock, in case the server that keeps the first is killed: the default action ends the process."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds + 5)


def wait_without_end() -> None:
    """Stop the second clock while there is no document."""
    signal.alarm(0)


def _gate(scratch: Path) -> Callable[[str, tuple[Any, ...]], None]:
    libraries = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    # The standard library of a virtual environment is named through its links; open() may see either name.
    libraries |= {os.path.realpath(path) for path in libraries}
    readable = tuple(f"{path}{os.sep}" for path in {*libraries, str(fonts.folder()), str(Path(__file__).parent)})
    writable = f"{os.path.realpath(scratch)}{os.sep}"

    def gate(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _mode, flags = arguments
            if isinstance(path, int):
                return
            real = os.path.realpath(os.fsdecode(path))
            # The folder itself counts: a temporary file without a name is opened as its folder.
            if f"{real}{os.sep}".startswith(writable) or (real.startswith(readable) and not (flags or 0) & WRITING):
                return
            raise PermissionError("a document may not open this file")
        if event in REFUSED:
            raise PermissionError(f"a document may not use {event}")

    return gate
