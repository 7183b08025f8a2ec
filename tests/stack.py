"""The real processes over a database of their own: web, worker, scheduler and the stand-in for Stripe."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from redis import Redis

from app.core.keyring import add_keys
from app.local.ports import free_port
from config import ROOT, Settings
from tenants.roles import create_database, drop_database
from tests.servers import Servers

START_SECONDS = 150


@dataclass
class Stack:
    """Running processes. `clock` moves all of them."""

    folder: Path
    environment: dict[str, str]
    web_ports: list[int]
    stripe_port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.environment["PUBLIC_URL"]

    @property
    def stripe_url(self) -> str:
        return self.environment["STRIPE_API_BASE"]

    def settings(self, process: str) -> Settings:
        return Settings.from_env(process, self.environment)

    def move_clock(self, to: datetime) -> None:
        """Every process lives at `to` from now on."""
        seconds = (to - datetime.now(to.tzinfo)).total_seconds()
        partial = self.folder / "clock.new"
        partial.write_text(str(seconds))
        partial.replace(self.environment["CLOCK_FILE"])

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{name}.log").open("ab")
        inherited = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**inherited, **self.environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        self.processes[name] = process
        return process

    def start_web(self, number: int = 0) -> None:
        port = self.web_ports[number]
        bind = ("--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8")
        self.start(f"web{number}", "gunicorn", "--worker-class", "gthread", "--no-control-socket", *bind, "wsgi:app")

    def start_worker(self, number: int = 0) -> None:
        self.start(f"worker{number}", "app.worker")

    def start_scheduler(self, number: int = 0) -> None:
        self.start(f"scheduler{number}", "app.scheduler")

    def kill(self, name: str) -> None:
        """`kill -9`."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()


def wait_for(url: str, log: Path) -> None:
    """Until `url` answers; an AssertionError with the end of the log when it does not."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer:\n{log.read_text()[-3000:]}")


@contextmanager
def running(
    servers: Servers, folder: Path, *, webs: int = 1, workers: int = 1, schedulers: int = 1, redis: str | None = None
) -> Iterator[Stack]:
    """A whole portal over a fresh database and a Redis database of its own; everything ends with the block.

    `redis`: the address of a server that belongs to the caller, who wants to stop it.
    """
    with nullcontext(redis) if redis else redis_database(servers) as address:
        yield from _running(servers, folder, address, webs=webs, workers=workers, schedulers=schedulers)


@contextmanager
def redis_database(servers: Servers) -> Iterator[str]:
    """The address of a Redis database that no other stack of this run uses: else its worker takes our jobs."""
    base = servers.redis.rsplit("/", 1)[0]
    with Redis.from_url(f"{base}/0") as shared:
        while True:
            for number in range(1, 16):
                if shared.set(f"taken:{number}", "1", nx=True):
                    try:
                        yield f"{base}/{number}"
                    finally:
                        with Redis.from_url(f"{base}/{number}") as ours:
                            ours.flushdb()
                        shared.delete(f"taken:{number}")
                    return
            time.sleep(0.1)


def _running(
    servers: Servers, folder: Path, redis: str, *, webs: int, workers: int, schedulers: int
) -> Iterator[Stack]:
    name = f"stack_{uuid4().hex[:10]}"
    create_database(servers.administrator, name, template="template_portal")
    taken: set[int] = set()
    for _ in range(webs + 1):
        taken.add(free_port(taken))
    stripe_port, *web_ports = sorted(taken)
    environment = servers.environment(name, folder)
    environment |= {
        "PUBLIC_URL": f"http://localhost:{web_ports[0]}",
        "STRIPE_API_BASE": f"http://localhost:{stripe_port}",
        "REDIS_URL": redis,
    }
    add_keys(Path(environment["KEYRING_FILE"]))
    stack = Stack(folder, environment, web_ports, stripe_port)
    try:
        stack.start(
            "stripe", "app.local.stripe", "--port", str(stripe_port), "--folder", str(folder / "stripe"),
            "--webhook-url", f"http://127.0.0.1:{web_ports[0]}/webhooks/stripe",
            "--webhook-secret", environment["STRIPE_WEBHOOK_SECRET"],
            "--secret-key", environment["STRIPE_SECRET_KEY"],
            "--clock-file", environment["CLOCK_FILE"], "--public-url", environment["STRIPE_API_BASE"],
        )  # fmt: skip
        for number in range(webs):
            stack.start_web(number)
        for number in range(workers):
            stack.start_worker(number)
        for number in range(schedulers):
            stack.start_scheduler(number)
        for number, port in enumerate(web_ports):
            wait_for(f"http://127.0.0.1:{port}/readyz", folder / f"web{number}.log")
        wait_for(f"http://127.0.0.1:{stripe_port}/_control/health", folder / "stripe.log")
        yield stack
    finally:
        stack.stop()
        drop_database(servers.administrator, name)
