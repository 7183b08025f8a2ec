"""The render server: starts with an empty environment, loads library and typeface once, forks for each document.

`python -m app.reports.render_server SOCKET LIFELINE_FD SECONDS MEMORY_BYTES` (by `app.reports.render`, nobody else).
It holds no key, no setting and no connection of the portal. Each document is drawn in a child of its own behind the
walls of `confine`; the server kills the child at the deadline and says why. The server ends when the write end of the
lifeline pipe is closed, that is when every process that could ask it has ended.
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

from app.reports import engine, fonts, wire
from app.reports.confine import confine

MOST_AT_ONCE: Final = 4
OUT_OF_MEMORY: Final = 3
STYLES: Final = Path(__file__).resolve().parents[2] / "templates" / "reports" / "print.css"
# Touches what is loaded late or kept: both kinds of table and of picture, page totals, the reports' own style sheet.
WARM_UP: Final = (
    "<html><head><style>{faces} @page {{ size: letter; margin: 60pt; @frame f {{ -pdf-frame-content: foot; "
    'left: 60pt; right: 60pt; bottom: 20pt; height: 30pt }} }} html {{ font-family: "{family}" }}</style>'
    '<style>{styles}</style></head><body><h1>a</h1><h2>a</h2><p class="lead">a <strong>b</strong></p>'
    '<table class="grid"><thead><tr><th width="50%">a</th><th width="50%">b</th></tr></thead>'
    '<tbody><tr><td>a</td><td>b</td></tr></tbody></table><table><tr><td width="50%">a</td><td width="50%"><p>b</p>'
    '<img width="9pt" src="data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRo'
    'PSI5IiBoZWlnaHQ9IjkiPjxyZWN0IHdpZHRoPSI5IiBoZWlnaHQ9IjkiLz48L3N2Zz4="><img width="9pt" src="data:image/png;'
    'base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==">'
    '</td></tr></table><div id="foot"><pdf:pagenumber> <pdf:pagecount></div></body></html>'
)


@dataclass
class Job:
    """A child that draws, whom it answers, and when it is killed (monotonic seconds)."""

    connection: socket.socket
    deadline: float
    overdue: bool = False


@dataclass
class Server:
    """The loop: accepts, forks, kills at the deadline, reaps and explains."""

    path: str
    lifeline: int
    seconds: int
    memory_bytes: int
    jobs: dict[int, Job] = field(default_factory=dict)

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
        for child in self.jobs:
            os.kill(child, signal.SIGKILL)

    def _patience(self) -> float | None:
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
                self._conclude(self.jobs.pop(child), os.waitstatus_to_exitcode(status))

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
        child = os.fork()
        if child:
            # A client that reads nothing must not hold the server up; failures are short and fit the buffer.
            connection.settimeout(1)
            self.jobs[child] = Job(connection, time.monotonic() + self.seconds)
            return
        try:
            self._draw(connection)
        finally:
            # Reached only when something escaped: end without running anything that the server had set up.
            os._exit(1)

    def _draw(self, connection: socket.socket) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.closerange(3, connection.fileno())
        os.closerange(connection.fileno() + 1, 1024)
        connection.settimeout(self.seconds)
        html = wire.receive(connection).decode()
        confine(seconds=self.seconds, memory_bytes=self.memory_bytes, scratch=Path(self.path).parent / "scratch")
        try:
            drawn = engine.draw(html)
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


def warm_up() -> str:
    """A document in the reports' own style, to load and keep before the first fork what every document needs."""
    faces = "".join(
        f'@font-face {{ font-family: "{fonts.FAMILY}"; font-weight: {weight}; font-style: {style}; '
        f'src: url("{file}") }}'
        for weight, style, file in fonts.FACES
    )
    return WARM_UP.format(faces=faces, family=fonts.FAMILY, styles=STYLES.read_text())


def main(arguments: list[str]) -> None:
    """Load everything, then serve."""
    path, lifeline, seconds, memory_bytes = arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    mimetypes.init(files=[])
    engine.prepare()
    warm = engine.draw(warm_up())
    if warm.complaints:
        raise RuntimeError(f"the warm-up was not drawn whole: {warm.complaints}")
    gc.collect()
    # What is loaded stays shared with the children, and a child that lives for one document collects nothing.
    gc.freeze()
    gc.disable()
    Server(path, int(lifeline), int(seconds), int(memory_bytes)).run()
    # Nobody is left to do it.
    shutil.rmtree(Path(path).parent, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
