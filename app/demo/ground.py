"""What the demo stands on: PostgreSQL and Valkey of its own, a migrated database, keys, and `var/local.env`.

Everything lies under `var/`; nothing outside the checkout is touched. Running it again adopts what is there.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory

from app.demo.files import write
from app.local.leftovers import end_leftovers
from app.local.ports import PortTakenError, claim, free_port, is_free
from app.local.postgres import LocalPostgres
from app.local.valkey import LocalValkey
from config import LOCAL_ENV, ROOT, VAR
from tenants.roles import ROLES, create_database, create_roles

DATABASE = "portal"
PORTS = VAR / "ports.json"
FIRST_PORTS = {"web": 8000, "console": 8100, "stripe": 8200}


@dataclass(frozen=True)
class Ground:
    """The running servers and the settings that were written to `var/local.env`."""

    postgres: LocalPostgres
    valkey: LocalValkey
    ports: dict[str, int]
    environment: dict[str, str]
    claims: tuple[socket.socket, ...] = ()  # hold the ports while their servers do not listen yet

    def stop(self) -> None:
        self.valkey.stop()
        self.postgres.stop()
        for claimed in self.claims:
            claimed.close()


def lay() -> Ground:
    """Start the servers, migrate, write the settings. Raises LocalServerError when a server will not start.

    What an earlier start has done is looked at and left alone: this decides how soon a later start is ready.
    """
    VAR.mkdir(exist_ok=True)
    end_leftovers(VAR)  # a killed demo's web would keep its port from this one
    postgres, valkey = LocalPostgres(VAR / "postgres"), LocalValkey(VAR / "valkey")
    postgres.start()
    valkey.start()
    secret = _secrets()
    passwords = {role: secret[role] for role in ROLES}
    administrator = postgres.superuser_url().replace("+psycopg", "")
    create_roles(administrator, passwords)
    create_database(administrator, DATABASE)
    ports, claims = _ports()
    environment = _environment(postgres, valkey, ports, secret)
    write(LOCAL_ENV, "".join(f"{name}={value}\n" for name, value in environment.items()))
    kept = ("KEYRING_FILE", "SIGNING_KEY_FILE", "SIGNING_CERT_FILE")
    if not all(Path(environment[name]).exists() for name in kept):
        run_module(environment, "app.demo.keys")
    if not _is_migrated(environment["DATABASE_OWNER_URL"]):
        migrate(environment)
    return Ground(postgres, valkey, ports, environment, claims)


def find() -> Ground:
    """The ground that another process of this demo has laid."""
    return Ground(
        LocalPostgres(VAR / "postgres"), LocalValkey(VAR / "valkey"), json.loads(PORTS.read_text()), written_settings()
    )


def written_settings() -> dict[str, str]:
    """The demo's settings, as its last start wrote them. Raises FileNotFoundError before the first."""
    lines = LOCAL_ENV.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line)


def _secrets() -> dict[str, str]:
    """Made once, kept in a file that only its owner can read."""
    file = VAR / "secrets.json"
    if not file.exists():
        names = [*ROLES, "session", "webhook", "stripe"]
        write(file, json.dumps({name: secrets.token_urlsafe(32) for name in names}))
    found: dict[str, str] = json.loads(file.read_text())
    return found


def _ports() -> tuple[dict[str, int], tuple[socket.socket, ...]]:
    """The ports of last time where they are free, the next free ones otherwise; and what holds them."""
    before: dict[str, int] = json.loads(PORTS.read_text()) if PORTS.exists() else {}
    ports: dict[str, int] = {}
    claims: list[socket.socket] = []
    for name, first in FIRST_PORTS.items():
        for port in [before.get(name, first), *range(first, first + 80), free_port()]:
            if port not in ports.values() and is_free(port) and (claimed := claim(port)):
                ports[name] = port
                claims.append(claimed)
                break
        else:
            raise PortTakenError(f"no free port was found for {name}")
    write(PORTS, json.dumps(ports))
    return ports, tuple(claims)


def _environment(
    postgres: LocalPostgres, valkey: LocalValkey, ports: dict[str, int], secret: dict[str, str]
) -> dict[str, str]:
    def url(role: str) -> str:
        return f"postgresql+psycopg://{role}:{secret[role]}@127.0.0.1:{postgres.port}/{DATABASE}"

    return {
        "PORTAL_ENV": "demo",
        "DATABASE_URL": url("portal_app"),
        "DATABASE_OWNER_URL": url("portal_owner"),
        "DATABASE_PLATFORM_URL": url("portal_platform"),
        "DATABASE_DISPATCH_URL": url("portal_dispatch"),
        "DATABASE_BACKUP_URL": url("portal_backup"),
        "REDIS_URL": valkey.url,
        "SECRET_KEY": secret["session"],
        "KEYRING_FILE": str(VAR / "keyring.json"),
        "PUBLIC_URL": f"http://localhost:{ports['web']}",
        "CONSOLE_URL": f"http://localhost:{ports['console']}",
        "STRIPE_SECRET_KEY": f"sk_test_{secret['stripe']}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secret['webhook']}",
        "STRIPE_API_BASE": f"http://localhost:{ports['stripe']}",
        "MAIL_URL": f"file://{VAR / 'mail'}",
        "STORAGE_URL": f"file://{VAR / 'storage'}",
        "SIGNING_KEY_FILE": str(VAR / "signing-key.pem"),
        "SIGNING_CERT_FILE": str(VAR / "signing-cert.pem"),
        "CLOCK_FILE": str(VAR / "clock"),
    }


def _is_migrated(owner_url: str) -> bool:
    """Whether the newest migration of this checkout has been run."""
    with psycopg.connect(owner_url.replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT to_regclass('public.alembic_version')").fetchone()
        if found is None or found[0] is None:
            return False
        row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return row is not None and row[0] == ScriptDirectory(str(ROOT / "migrations")).get_current_head()


def migrate(environment: Mapping[str, str]) -> None:
    """As a release does: in a process of its own, as the owner."""
    run_module(environment, "alembic", "-c", str(ROOT / "migrations" / "alembic.ini"), "upgrade", "head")


def run_module(environment: Mapping[str, str], module: str, *arguments: str) -> None:
    """Run a module in a process of its own under the demo's settings. Raises CalledProcessError when it fails.

    Its standard input stays open for as long as we live (see `app.demo.seed`).
    """
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, env=os.environ | environment)  # noqa: S603 - our own command
    try:
        status = process.wait()
    except BaseException:  # Ctrl-C, most of all: it must not be left at work on a database that is being stopped
        process.terminate()
        process.wait()
        raise
    if status:
        raise subprocess.CalledProcessError(status, command)
