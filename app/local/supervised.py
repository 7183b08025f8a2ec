"""One process under the supervisor: started, its output passed on, started again, ended with all of its group."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TextIO

from app.local.processes import Mark, open_log

FIRST_WAIT, LONGEST_WAIT = 0.2, 5.0
STEADY_SECONDS = 10.0  # whoever ran this long starts over with the shortest wait
COLORS = (36, 33, 32, 35, 34, 96, 93, 92, 95)


@dataclass(frozen=True)
class Process:
    """What to run: `argv`, with `env` added to our own environment. `ready`, if given, says whether it can be used."""

    name: str
    argv: list[str]
    env: dict[str, str]
    ready: Callable[[], bool] | None = None


class Console:
    """Writes lines behind the name of whoever said them, in color on a terminal."""

    def __init__(self, output: TextIO, names: Sequence[str]) -> None:
        self._output = output
        self._width = max((len(name) for name in names), default=0)
        self._colors = {name: COLORS[i % len(COLORS)] for i, name in enumerate(names)} if output.isatty() else {}
        self._lock = threading.Lock()

    def say(self, name: str, line: str) -> None:
        label = f"{name:{self._width}} |"
        if name in self._colors:
            label = f"\x1b[{self._colors[name]}m{label}\x1b[0m"
        with self._lock:
            try:
                self._output.write(f"{label} {line}\n")
                self._output.flush()
            except (OSError, ValueError):
                return  # a console that was closed must not stop what runs: the log files have everything


class Supervised:
    """A process of the supervisor's, over all its starts."""

    def __init__(
        self, process: Process, folder: Path, console: Console, marker: dict[str, str], changed: Callable[[], None]
    ) -> None:
        self.name = process.name
        self.log = folder / "log" / f"{process.name}.log"
        self._process = process
        self._record = folder / "run" / f"{process.name}.pid"
        self._console = console
        self._environment = os.environ | process.env | marker
        self._changed = changed
        self._running: subprocess.Popen[bytes] | None = None
        self._wait = FIRST_WAIT
        self._started = 0.0
        self._due = 0.0

    @property
    def group(self) -> int | None:
        """The id of its process group, while it runs."""
        running = self._running
        return None if running is None else running.pid

    def spawn(self) -> None:
        """Start it. When it cannot be started at all (no such program), that is shown, and tried again like a death."""
        self._started = time.monotonic()
        try:
            running = subprocess.Popen(  # noqa: S603 (the caller's own command)
                self._process.argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            self._note(f"cannot be started: {error}")
            self._schedule()
            return
        mark = Mark.of(running.pid)
        if mark is not None:
            mark.save(self._record)
        self._running = running
        assert running.stdout is not None
        threading.Thread(target=self._pass_on, args=(running.stdout,), name=f"output-{self.name}", daemon=True).start()
        self._changed()

    def look_after(self) -> None:
        """Notice its death, and start it again when its wait is over."""
        if self._running is not None and self._has_ended():
            self._note(f"ended ({_how(self._bury())})")
            self._schedule()
        if self._running is None and time.monotonic() >= self._due:
            self.spawn()

    def ready(self) -> bool:
        """Whether it runs and, if it has a probe, answers it. An error in the probe is a no."""
        if self._running is None:
            return False
        try:
            return self._process.ready is None or self._process.ready()
        except (OSError, RuntimeError):
            return False

    def ask_to_stop(self) -> None:
        if self._running is not None and not self._has_ended():
            os.killpg(self._running.pid, signal.SIGTERM)

    def gone(self) -> bool:
        """Whether the process itself has ended; others of its group may still run."""
        return self._running is None or self._has_ended()

    def kill(self) -> None:
        """End it and its whole group at once."""
        if self._running is not None:
            self._bury()

    def _has_ended(self) -> bool:
        # Without collecting it: as long as it lies there its id, which is its group's too, is given to nobody else.
        assert self._running is not None
        return os.waitid(os.P_PID, self._running.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _bury(self) -> int:
        """Kill the group, collect the process, forget it; its exit status."""
        assert self._running is not None
        os.killpg(self._running.pid, signal.SIGKILL)
        status = self._running.wait()
        self._running = None
        self._record.unlink(missing_ok=True)
        self._changed()
        return status

    def _schedule(self) -> None:
        if time.monotonic() - self._started > STEADY_SECONDS:
            self._wait = FIRST_WAIT
        self._due = time.monotonic() + self._wait
        self._note(f"starting again in {self._wait:.1f} s")
        self._wait = min(self._wait * 2, LONGEST_WAIT)

    def _pass_on(self, output: IO[bytes]) -> None:
        with output, open_log(self.log) as log:
            for line in output:
                log.write(line)
                self._console.say(self.name, line.decode(errors="replace").rstrip("\r\n"))

    def _note(self, line: str) -> None:
        with open_log(self.log) as log:
            log.write(f"[supervisor] {line}\n".encode())
        self._console.say(self.name, line)


def _how(status: int) -> str:
    if status >= 0:
        return f"exit {status}"
    return f"killed by {signal.Signals(-status).name}"
