"""The demo as somebody runs it: in a checkout of its own, on ports of its own, with browsers that only read pages."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import html5lib
import pyotp
import requests

from app.demo.sign_ins import PASSWORD
from app.local.postgres import LocalPostgres
from app.local.processes import Mark, wait_until
from app.local.valkey import LocalValkey
from config import ROOT
from tests.client import Form

SOURCES = ("app", "tenants", "templates", "migrations", "config.py", "wsgi.py")
SERVERS = ("postgres", "valkey")
SUPERVISED = ("web", "worker", "scheduler", "console", "stripe")
EVERYONE = (*SERVERS, *SUPERVISED, "demo")
READY = re.compile(r"^Ready after ([\d.]+) s", re.MULTILINE)
START_SECONDS = 300
STOP_SECONDS = 60


@dataclass
class Demo:
    """`make demo` in a copy of the sources."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    console: Path = field(init=False)

    def __post_init__(self) -> None:
        self.console = self.folder / "console.txt"

    @property
    def var(self) -> Path:
        return self.folder / "var"

    @property
    def url(self) -> str:
        ports: dict[str, int] = json.loads((self.var / "ports.json").read_text())
        return f"http://localhost:{ports['web']}"

    @property
    def postgres(self) -> LocalPostgres:
        return LocalPostgres(self.var / "postgres")

    @property
    def valkey(self) -> LocalValkey:
        return LocalValkey(self.var / "valkey")

    def people(self) -> dict[str, Any]:
        """The sign-ins of the demo, as `var/demo.json` has them."""
        found: dict[str, Any] = json.loads((self.var / "demo.json").read_text())
        return found

    @property
    def ahead(self) -> float:
        """How many seconds its clock is ahead of the true one."""
        file = self.var / "clock"
        return float(file.read_text() or 0) if file.exists() else 0

    def later(self, seconds: float) -> None:
        """Move its clock on, to so many seconds ahead of the true one."""
        (self.var / "clock").write_text(str(seconds))

    def begin(self) -> subprocess.Popen[bytes]:
        """Start it, and wait for nothing."""
        self.console.write_bytes(b"")
        with self.console.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-u", "-m", "app.demo"],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def start(self) -> float:
        """Start it; the seconds until it is ready. Raises AssertionError, with what it said, when it ends instead."""
        began = time.monotonic()
        process = self.process = self.begin()
        wait_until(lambda: READY.search(self.said()) is not None or process.poll() is not None, START_SECONDS, 0.05)
        assert READY.search(self.said()), f"it did not get ready: {self.said()[-3000:]}"
        return time.monotonic() - began

    def said(self) -> str:
        return self.console.read_text(errors="replace")

    def pid(self, name: str) -> int | None:
        """The process id of one of EVERYONE; None while it is not there."""
        if name == "demo":
            return self.process.pid if self.process is not None and self.process.poll() is None else None
        if name in SERVERS:
            return {"postgres": self.postgres, "valkey": self.valkey}[name].pid
        mark = Mark.load(self.var / "run" / f"{name}.pid")
        return mark.pid if mark is not None and mark.alive() else None

    def kill(self, name: str) -> None:
        """`kill -9`; waits for it to come, if it is just being started again."""
        assert wait_until(lambda: self.pid(name) is not None, 60), f"{name} is not there: {self.said()[-2000:]}"
        pid = self.pid(name)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        if name == "demo" and self.process is not None:
            self.process.wait()
            self.process = None

    def stop(self) -> float:
        """Ctrl-C; the seconds that it took to end."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(STOP_SECONDS)
        self.process = None
        return time.monotonic() - began

    def left_running(self) -> list[str]:
        """The command lines of processes that run in our folder or name it."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                inside = Path(os.readlink(entry / "cwd")).is_relative_to(self.folder)
            except OSError:
                continue
            if words and int(entry.name) != os.getpid() and (inside or str(self.folder) in words):
                found.append(words)
        return found

    def discard(self) -> None:
        """End whatever runs, and remove everything, wherever the database lies."""
        if self.process is not None and self.process.poll() is None:
            self.stop()
        self.valkey.stop()
        self.postgres.discard()
        shutil.rmtree(self.folder, ignore_errors=True)


def scratch_demo(folder: Path) -> Demo:
    """A checkout with its own `var`, of the sources as they lie here; the built assets are shared."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    (folder / "var").mkdir()
    (folder / "var" / "assets").symlink_to(ROOT / "var" / "assets")
    return Demo(folder)


class Browser:
    """Somebody at one court, without JavaScript: reads pages, sends their forms."""

    def __init__(self, demo: Demo, slug: str) -> None:
        self.demo, self.slug = demo, slug
        self.http = requests.Session()

    def get(self, path: str) -> requests.Response:
        """A page of the court's; raises HTTPError for anything but a page."""
        answer = self.http.get(f"{self.demo.url}/{self.slug}/{path}", timeout=20)
        answer.raise_for_status()
        return answer

    def filled(self, path: str) -> dict[str, Any]:
        """What the form in the main part of a page would send, untouched."""
        tree = html5lib.parse(self.get(path).text, treebuilder="lxml", namespaceHTMLElements=False)
        form = tree.xpath("//main//form")[0]
        return Form(None, form).values()  # type: ignore[arg-type]  # only the form's boxes are asked for

    def send(self, path: str, values: dict[str, Any]) -> str | None:
        """Send a form; where it led, or None when the portal did not take it or did not answer."""
        try:
            answer = self.http.post(
                f"{self.demo.url}/{self.slug}/{path}", data=values, timeout=20, allow_redirects=False
            )
        except requests.RequestException:
            return None
        return answer.headers["Location"] if answer.status_code in (302, 303) else None

    def sign_in_staff(self, role: str) -> None:
        court = next(one for one in self.demo.people()["courts"] if one["slug"] == self.slug)
        member = next(one for one in court["staff"] if one["role"] == role)
        values = self.filled("staff/sign-in") | {"email": member["email"], "password": PASSWORD}
        assert self.send("staff/sign-in", values)
        code = pyotp.TOTP(member["totp_secret"]).at(time.time() + self.demo.ahead)
        assert self.send("staff/second-factor", self.filled("staff/second-factor") | {"code": code})


def referral_of(family_names: str, number: str) -> dict[str, str]:
    """What a clerk types about somebody."""
    today = datetime.now(UTC).date()
    days = {"birth_date": date(1988, 5, 4), "order_date": date(2026, 1, 5), "deadline": date(today.year + 1, 2, 3)}
    typed = {"given_names": "Kim", "family_names": family_names, "case_numbers-0": number, "language": "en"}
    for name, day in days.items():
        typed |= {f"{name}-month": str(day.month), f"{name}-day": str(day.day), f"{name}-year": str(day.year)}
    return typed


def id_in(address: str) -> UUID:
    """The id at the end of an address."""
    return UUID(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", address)[-1])
