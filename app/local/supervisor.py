"""Keeps a set of named processes running in the foreground: for the demo, and for tests with real processes."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import IO, TextIO

from app.local.leftovers import MARKER, end_leftovers, end_marked
from app.local.processes import LocalServerError, end_of, wait_until
from app.local.supervised import Console, Process, Supervised

__all__ = ["Process", "Supervisor"]

READY_SECONDS = 90.0  # an old machine that does something else meanwhile takes its time to load the code
STOP_SECONDS = 10.0
POLITE_SECONDS = 3.0  # how long one process may keep the ones below it waiting
LOOK_SECONDS = 0.1
WATCH_SECONDS = 0.5
LONGEST_WAIT = 5.0

# Run by /bin/sh. Each line it reads names the process groups that run now. When the supervisor ends, however that
# happens, the lines end too, and the groups named last are told to stop: nothing keeps a port from the next start.
_GUARD = 'while read -r line; do groups=$line; done; for group in $groups; do kill -s TERM -- "-$group"; done'


class Supervisor:
    """Runs `processes`, in order, until it is told to stop. Stops them in the opposite order, or all at once without
    `in_order`, which is sooner.

    Each runs in a process group of its own; its output goes to the console, behind its name, and to
    `<folder>/log/<name>.log`. One that dies is started again after a growing wait of at most 5 seconds. One folder has
    one supervisor at a time; what an earlier one that was killed left running is ended first. `folder` is `var` in a
    checkout; process ids are kept in `<folder>/run/`.
    """

    def __init__(
        self, folder: Path, processes: Sequence[Process], *, in_order: bool = True, output: TextIO | None = None
    ) -> None:
        names = [process.name for process in processes]
        if len(set(names)) != len(names):
            raise ValueError(f"two processes have the same name: {', '.join(names)}")
        self.folder = folder.absolute()
        self.console = Console(sys.stdout if output is None else output, names)
        self._in_order = in_order
        marker = {MARKER: str(self.folder)}
        self._children = [
            Supervised(process, self.folder, self.console, marker, self._tell_guard) for process in processes
        ]
        self._stopping = threading.Event()
        self._signals = 0
        self._threads: list[threading.Thread] = []
        self._lock: IO[str] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._guarding = threading.Lock()
        self._closing = threading.Lock()

    def start(self) -> None:
        """Start everything and wait until each process with a readiness probe is ready (90 s each at most).

        Raises LocalServerError when a supervisor of this folder runs already, or when a process does not get ready; in
        the latter case everything is stopped again.
        """
        for name in ("log", "run"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._take_folder()
        end_leftovers(self.folder)
        self._guard = subprocess.Popen(  # noqa: S603 (a fixed command)
            ["/bin/sh", "-c", _GUARD], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        for child in self._children:
            child.spawn()
        self._run(self._keep_alive, "supervisor")
        for child in self._children:
            self._await(child)

    def watch(self, name: str, is_alive: Callable[[], bool], start: Callable[[], None]) -> None:
        """Look at a server that has a launcher of its own twice a second, and `start` it when it is not alive.

        Both are called from a thread of the supervisor's; an error in `start` is shown, and it is tried again.
        """
        self._run(lambda: self._watch(name, is_alive, start), f"watch-{name}")

    def wait(self) -> None:
        """Stay until Ctrl-C, SIGTERM or SIGHUP, or until another thread calls `stop`; then stop everything.

        A second Ctrl-C kills what has not stopped yet. To be called from the main thread.
        """
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        earlier = {number: signal.signal(number, self._on_signal) for number in numbers}
        try:
            # The handler only counts: to set an event from it could meet the event's own lock, held by this thread.
            while not self._signals and not self._stopping.is_set():
                time.sleep(0.1)
            self.stop()
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """Stop everything within 10 seconds; kill what does not stop. Harmless when repeated."""
        self._stopping.set()
        with self._closing:
            if self._lock is not None:
                self._stop_all()
                self._lock.close()
                self._lock = None

    def _stop_all(self) -> None:
        end = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(POLITE_SECONDS)
        self._threads.clear()
        turn = min(POLITE_SECONDS, STOP_SECONDS / (len(self._children) + 2))
        for child in reversed(self._children):
            child.ask_to_stop()
            self._await_end([child], turn if self._in_order else 0)
        self._await_end(self._children, end - time.monotonic())
        for child in self._children:
            child.kill()
        end_marked(self.folder, 0)
        self._dismiss_guard()

    def _await_end(self, children: Sequence[Supervised], seconds: float) -> None:
        wait_until(lambda: self._signals > 1 or all(child.gone() for child in children), seconds)

    def _take_folder(self) -> None:
        lock = (self.folder / "run" / "supervisor.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise LocalServerError(f"it is already running in {self.folder}: stop that first") from None
        self._lock = lock

    def _run(self, work: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _keep_alive(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            for child in self._children:
                child.look_after()

    def _await(self, child: Supervised) -> None:
        if wait_until(lambda: child.ready() or self._stopping.is_set(), READY_SECONDS, 0.05):
            return
        self.stop()
        raise LocalServerError(f"{child.name} did not get ready:\n{end_of(child.log)}")

    def _watch(self, name: str, is_alive: Callable[[], bool], start: Callable[[], None]) -> None:
        pause = WATCH_SECONDS
        while not self._stopping.wait(pause):
            pause = WATCH_SECONDS if is_alive() else self._revive(name, start, pause)

    def _revive(self, name: str, start: Callable[[], None], pause: float) -> float:
        """Start a watched server again; the seconds until the next look."""
        self.console.say(name, "is gone: starting it again")
        try:
            start()
        except (OSError, RuntimeError) as error:
            self.console.say(name, f"did not start: {error}")
            return min(pause * 2, LONGEST_WAIT)
        self.console.say(name, "is back")
        return WATCH_SECONDS

    def _tell_guard(self) -> None:
        groups = " ".join(str(child.group) for child in self._children if child.group is not None)
        with self._guarding:
            if self._guard is None or self._guard.stdin is None:
                return
            with contextlib.suppress(BrokenPipeError):
                os.write(self._guard.stdin.fileno(), f"{groups}\n".encode())

    def _dismiss_guard(self) -> None:
        self._tell_guard()
        with self._guarding:
            if self._guard is not None and self._guard.stdin is not None:
                self._guard.stdin.close()
                self._guard.wait()
            self._guard = None

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1
