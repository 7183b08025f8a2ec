"""HTML to PDF in a process that holds nothing worth stealing. See `render_server` for the other side."""

import atexit
import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from app.reports import wire
from app.reports.wire import Drawn

PROJECT: Final = Path(__file__).resolve().parents[2]
START_SECONDS: Final = 60
QUEUE_SECONDS: Final = 60
SOCKET_PATH_MAX: Final = 100


class RenderFailed(Exception):
    """The document was not drawn. `reason` holds no words of the document, so it may be logged and shown to staff."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RenderTimeout(RenderFailed):
    """The document was given up at its deadline."""


class Renderer:
    """Hands documents to a render server that it starts when first needed, and again should it have died.

    One object serves a whole process tree: it may be used from threads, and from children forked after it was made,
    which all share one server (for RQ, make it before the worker forks). The server ends with the last of them.
    """

    def __init__(self, *, seconds: int = 20, memory_bytes: int = 1 << 30) -> None:
        """`seconds` is each document's deadline, `memory_bytes` the address space of the process that draws it."""
        self.seconds, self.memory_bytes = seconds, memory_bytes
        folder = tempfile.mkdtemp(prefix="render-")
        if len(folder) > SOCKET_PATH_MAX:
            os.rmdir(folder)
            folder = tempfile.mkdtemp(prefix="render-", dir="/tmp")
        self.folder = Path(folder)
        (self.folder / "scratch").mkdir(mode=0o700)
        self._socket = str(self.folder / "s")
        self._lifeline, self._lifeline_held = os.pipe()
        self._owner = os.getpid()
        self._server: subprocess.Popen[bytes] | None = None
        self._closed = False
        atexit.register(self.close)

    def start(self) -> None:
        """Have the server ready now, so that the first document does not wait for it.

        Raises:
            RenderFailed: it does not start.
        """
        self._connected().close()

    def render(self, html: str) -> Drawn:
        """The PDF of the HTML.

        Raises:
            RenderTimeout: the deadline or the CPU limit ended it.
            RenderFailed: anything else: memory, a document the library cannot draw, no server.
        """
        try:
            return self._ask(html)
        except (wire.BrokenReplyError, ConnectionError):
            # The server itself ended, which is no fault of this document: documents run in children of its own.
            return self._ask_again(html)

    def close(self) -> None:
        """End the server and remove its folder; only in the process that made the renderer."""
        if self._closed or os.getpid() != self._owner:
            return
        self._closed = True
        os.close(self._lifeline_held)
        os.close(self._lifeline)
        if self._server is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._server.wait(timeout=5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _ask_again(self, html: str) -> Drawn:
        try:
            return self._ask(html)
        except (wire.BrokenReplyError, ConnectionError) as error:
            raise RenderFailed("the render server ended twice") from error

    def _ask(self, html: str) -> Drawn:
        with self._connected() as connection:
            connection.settimeout(self.seconds + QUEUE_SECONDS)
            try:
                wire.send(connection, html.encode())
                head = wire.receive_head(connection)
                if "failed" in head:
                    raise (RenderTimeout if head.get("late") else RenderFailed)(str(head["failed"]))
                return Drawn(wire.receive(connection), int(head["pages"]), tuple(head["complaints"]))
            except TimeoutError as error:
                raise RenderTimeout("the render server did not answer") from error

    def _connected(self) -> socket.socket:
        with contextlib.suppress(OSError):
            return self._connect()
        if self._closed:
            raise RenderFailed("the renderer is closed")
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Another thread or process may have started it while this one waited.
            with contextlib.suppress(OSError):
                return self._connect()
            return self._start_server()

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(self._socket)
        except OSError:
            connection.close()
            raise
        return connection

    def _start_server(self) -> socket.socket:
        for name in ("s", "s.new"):
            (self.folder / name).unlink(missing_ok=True)
        if self._server is not None:
            self._server.poll()
        numbers = [str(self._lifeline), str(self.seconds), str(self.memory_bytes)]
        with (self.folder / "start.log").open("wb") as log:
            server = subprocess.Popen(  # noqa: S603 - our own interpreter and module, arguments are numbers and our path
                [sys.executable, "-m", "app.reports.render_server", self._socket, *numbers],
                cwd=PROJECT,
                env={
                    "HOME": str(self.folder / "scratch"),
                    "TMPDIR": str(self.folder / "scratch"),
                    "LANG": "C.UTF-8",
                    "PYTHONHASHSEED": "0",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(self._lifeline,),
                # Not the asker's group: a job that is killed with its group leaves the shared server standing.
                start_new_session=True,
            )
        self._server = server
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and server.poll() is None:
            with contextlib.suppress(OSError):
                return self._connect()
            time.sleep(0.02)
        server.kill()
        server.wait()
        said = (self.folder / "start.log").read_text(errors="replace").strip().splitlines()
        raise RenderFailed(f"the render server did not start: {said[-1] if said else 'no word'}")
