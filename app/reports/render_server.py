"""The render server: starts with an empty environment, loads library and typeface once, forks for each document.

`python -m app.reports.render_server SOCKET LIFELINE_FD SECONDS MEMORY_BYTES` (by `app.reports.render`, nobody else).
It holds no key, no setting and no connection of the portal. Each document is drawn in a child of its own behind the
walls of `confine`; the server kills the child at the deadline and says why. While it draws nothing it keeps one `spare`
child ready. The server ends when the write end of the lifeline pipe is closed, that is when every process that could
ask it has ended.
"""

import contextlib
import gc
import mimetypes
import os
import selectors
import shutil
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.reports import engine, wire
from app.reports.confine import confine, end_after, wait_without_end
from app.reports.spare import Spare, keep_only, wait_for_work
from app.reports.warm_up import warm_up

MOST_AT_ONCE: Final = 4
OUT_OF_MEMORY: Final = 3


@dataclass
class Job:
    """A child that draws, whom it answers, when it is killed (monotonic seconds), and the spare that it was."""

    connection: socket.socket
    deadline: float
    was: Spare | None = None
    overdue: bool = False


@dataclass
class Server:
    """The loop: accepts, forks, kills at the deadline, reaps and explains."""

    path: str
    lifeline: int
    seconds: int
    memory_bytes: int
    warm_up: str
    jobs: dict[int, Job] = field(default_factory=dict)
    spare: Spare | None = None
    # One is made for each document that ended, so a spare that can not live is not made over and over.
    spare_due: bool = True

    def run(self) -> None:
        """Serve until the lifeline closes."""
        wake, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Bound under another name first: the path exists only once the server answers.
        self.listener.bind(self.path + ".new")
        self.listener.listen(64)
        os.rename(self.path + ".new", self.path)
        with selectors.DefaultSelector() as selector:
            selector.register(self.lifeline, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            while True:
                listening = self.listener in selector.get_map()
                if listening != (len(self.jobs) < MOST_AT_ONCE):
                    selector.unregister(self.listener) if listening else selector.register(
                        self.listener, selectors.EVENT_READ
                    )
                ready = {key.fileobj for key, _ in selector.select(self._patience())}
                if self.lifeline in ready:
                    break
                if wake in ready:
                    os.read(wake, 4096)
                self._kill_the_late()
                self._reap()
                if self.listener in ready:
                    self._accept()
                elif self.spare_due and not self.jobs:
                    self._make_spare()
        for child in [*self.jobs, *([self.spare.pid] if self.spare else [])]:
            os.kill(child, signal.SIGKILL)

    def _patience(self) -> float | None:
        if self.spare_due and not self.jobs:
            return 0.0
        due = [job.deadline for job in self.jobs.values() if not job.overdue]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _kill_the_late(self) -> None:
        now = time.monotonic()
        for child, job in self.jobs.items():
            if now >= job.deadline and not job.overdue:
                job.overdue = True
                os.kill(child, signal.SIGKILL)

    def _reap(self) -> None:
        for child in list(self.jobs):
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                self._end(self.jobs.pop(child), os.waitstatus_to_exitcode(status))
        if self.spare and os.waitpid(self.spare.pid, os.WNOHANG)[0]:
            self.spare.channel.close()
            self.spare = None

    def _end(self, job: Job, code: int) -> None:
        self.spare_due = self.spare is None
        if job.was is not None:
            untouched = not job.overdue and not job.was.has_taken()
            job.was.channel.close()
            if untouched:
                # The spare ended before it read a byte: the document is still whole in the connection.
                self._draw_in_a_child(job.connection)
                return
        self._conclude(job, code)

    @staticmethod
    def _conclude(job: Job, code: int) -> None:
        late = job.overdue or code in (-signal.SIGXCPU, -signal.SIGALRM)
        with job.connection, contextlib.suppress(OSError):
            if late:
                wire.send_failure(job.connection, "the document took too long", late=True)
            elif code == OUT_OF_MEMORY:
                wire.send_failure(job.connection, "the document took too much memory")
            elif code:
                wire.send_failure(job.connection, f"the process that drew the document ended with {code}")

    def _accept(self) -> None:
        connection, _ = self.listener.accept()
        # A client that reads nothing must not hold the server up; failures are short and fit the buffer.
        connection.settimeout(1)
        spare = self.spare
        if spare is not None and spare.offer(connection):
            self.spare = None
            self.jobs[spare.pid] = Job(connection, time.monotonic() + self.seconds, was=spare)
        else:
            self._draw_in_a_child(connection)

    def _draw_in_a_child(self, connection: socket.socket) -> None:
        child = os.fork()
        if child:
            self.jobs[child] = Job(connection, time.monotonic() + self.seconds)
            return
        try:
            self._become_a_child(connection)
            self._draw(connection)
        finally:
            # Reached only when something escaped: end without running anything that the server had set up.
            os._exit(1)

    def _make_spare(self) -> None:
        self.spare_due = False
        ours, theirs = socket.socketpair()
        child = os.fork()
        if child:
            theirs.close()
            self.spare = Spare(child, ours)
            return
        try:
            self._become_a_child(theirs)
            engine.draw(self.warm_up)
            wait_without_end()
            connection = wait_for_work(theirs)
            if connection is not None:
                self._draw(connection)
        finally:
            os._exit(1)

    def _become_a_child(self, kept: socket.socket) -> None:
        """Drop what the server holds and close the walls, for good and before the document is seen."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        keep_only(kept)
        end_after(self.seconds)
        confine(seconds=self.seconds, memory_bytes=self.memory_bytes, scratch=Path(self.path).parent / "scratch")

    def _draw(self, connection: socket.socket) -> None:
        end_after(self.seconds)
        connection.settimeout(self.seconds)
        html = wire.receive(connection).decode()
        try:
            drawn = engine.draw(html, self.seconds)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except Exception as error:  # the library raises anything; the asker gets where, not the document's words
            wire.send_failure(connection, _where(error))
            os._exit(0)
        wire.send_drawn(connection, drawn)
        os._exit(0)


def _where(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"


def main(arguments: list[str]) -> None:
    """Load everything, then serve."""
    path, lifeline, seconds, memory_bytes = arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    mimetypes.init(files=[])
    engine.prepare()
    page = warm_up()
    complaints = engine.draw(page).complaints
    if complaints:
        raise RuntimeError(f"the warm-up was not drawn whole: {complaints}")
    gc.collect()
    # What is loaded stays shared with the children, and a child that lives for one document collects nothing.
    gc.freeze()
    gc.disable()
    Server(path, int(lifeline), int(seconds), int(memory_bytes), page).run()
    # Nobody is left to do it.
    shutil.rmtree(Path(path).parent, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
