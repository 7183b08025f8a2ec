"""Knowing a process again, and starting one: what the launchers and the supervisor share. Linux only (`/proc`).

A process id alone names nobody: ids are used again. So a process is remembered as its id with the moment it started.
"""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LOG_LIMIT = 5_000_000  # bytes; a longer log is put aside when its server starts


class LocalServerError(RuntimeError):
    """A server of our own could not be started or stopped; the message says which, and shows the end of its log."""


@dataclass(frozen=True)
class Mark:
    """A process that cannot be mistaken for a later one with the same id."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Mark | None":
        """The mark of the running process `pid`; None when it is gone, or dead and merely not yet collected."""
        started = _started(pid)
        return None if started is None else cls(pid, started)

    @classmethod
    def load(cls, path: Path) -> "Mark | None":
        """The mark saved in the file `path`; None when there is none, or half a one."""
        try:
            pid, started = path.read_text().split()
            return cls(int(pid), started)
        except (FileNotFoundError, ValueError):
            return None

    def save(self, path: Path) -> None:
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(f"{self.pid} {self.started}\n")
        fresh.replace(path)

    def alive(self) -> bool:
        return _started(self.pid) == self.started

    def send(self, number: signal.Signals) -> None:
        """Signal this process and no other; nothing happens when it is gone."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            # The handle holds on to whoever has the id now; only then is it safe to ask whether that is the one meant.
            if self.alive():
                signal.pidfd_send_signal(handle, number)
        except ProcessLookupError:
            return
        finally:
            os.close(handle)


def _started(pid: int) -> str | None:
    try:
        # The name, in parentheses, may hold anything: count the fields from behind it.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if not fields or fields[0] in "ZX":
        return None
    return f"{boot}/{fields[19]}"


def works_in(pid: int, folder: Path) -> bool:
    """Whether `folder` is the working folder of the process `pid`, as it is for a database server and its data."""
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", folder)
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return False


def wait_until(true: Callable[[], bool], seconds: float, pause: float = 0.01) -> bool:
    """Ask `true` again and again for at most `seconds`; whether it became true."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() >= end:
            return False
        time.sleep(pause)
    return True


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Wait for the lock file `lock` and hold it: of several starts of one folder, one works and the others look on."""
    with lock.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def open_log(path: Path) -> IO[bytes]:
    """`path` opened for appending; a log that has grown long is first renamed to `<name>.1`."""
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_name(path.name + ".1"))
    return path.open("ab", buffering=0)


def end_of(log: Path, lines: int = 12) -> str:
    """The last lines of a log, for an error message."""
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


# Run by /bin/sh, with the server as its child and the other end of its input held by our process: when we end, however
# that happens, `read` meets the end of the input and the server is told to end. Unlike the kernel's death signal, this
# does not fire when merely the thread that started the server ends. The shell ends when the server does.
_GUARD = """
number=$1; shift; exec 3<&0
"$@" 3<&- & server=$!
{ read -r _ <&3; kill -s "$number" $server; } & reader=$!
wait $server; status=$?
kill $reader
exit $status
"""


def launch(
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: dict[str, str],
    user: int | None = None,
    group: int | None = None,
    ends_with_us: signal.Signals | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own (Ctrl-C does not reach it), writing to the file `log`.

    It runs as `user` and `group` where given (root only). With `ends_with_us` it gets that signal when our process ends
    or the result is dropped; the process returned is then a guard's, which ends when the server does.
    """
    command = [str(word) for word in argv]
    if ends_with_us is not None:
        command = ["/bin/sh", "-c", _GUARD, "guard", ends_with_us.name.removeprefix("SIG"), *command]
    with open_log(log) as output:
        return subprocess.Popen(  # noqa: S603 (our own programs; the words reach the shell as its arguments)
            command,
            stdin=subprocess.PIPE if ends_with_us is not None else subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=env,
            cwd="/",
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )
