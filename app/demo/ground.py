"""What the demo stands on: PostgreSQL and Valkey of its own, a migrated database, keys, and `var/local.env`.

Everything lies under `var/`; nothing outside the checkout is touched. Running it again adopts what is there.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from app.core.keyring import add_keys
from app.local.ports import free_port, is_free
from app.local.postgres import LocalPostgres
from app.local.valkey import LocalValkey
from app.reports.sign import make_self_signed
from config import LOCAL_ENV, ROOT, VAR
from tenants.roles import ROLES, create_database, create_roles

DATABASE = "portal"
FIRST_PORTS = {"web": 8000, "console": 8100, "stripe": 8200}


@dataclass(frozen=True)
class Ground:
    """The running servers and the settings that were written to `var/local.env`."""

    postgres: LocalPostgres
    valkey: LocalValkey
    ports: dict[str, int]
    environment: dict[str, str]

    def stop(self) -> None:
        self.valkey.stop()
        self.postgres.stop()


def lay() -> Ground:
    """Start the servers, migrate, write the settings. Raises LocalServerError when a server will not start."""
    VAR.mkdir(exist_ok=True)
    postgres, valkey = LocalPostgres(VAR / "postgres"), LocalValkey(VAR / "valkey")
    postgres.start()
    valkey.start()
    secret = _secrets()
    passwords = {role: secret[role] for role in ROLES}
    administrator = postgres.superuser_url().replace("+psycopg", "")
    create_roles(administrator, passwords)
    create_database(administrator, DATABASE)
    ports = _ports()
    environment = _environment(postgres, valkey, ports, secret)
    _write(LOCAL_ENV, "".join(f"{name}={value}\n" for name, value in environment.items()))
    _keys(environment)
    migrate(environment["DATABASE_OWNER_URL"])
    return Ground(postgres, valkey, ports, environment)


def _secrets() -> dict[str, str]:
    """Made once, kept in a file that only its owner can read."""
    file = VAR / "secrets.json"
    if not file.exists():
        names = [*ROLES, "session", "webhook", "stripe"]
        _write(file, json.dumps({name: secrets.token_urlsafe(32) for name in names}))
    found: dict[str, str] = json.loads(file.read_text())
    return found


def _write(file: Path, text: str) -> None:
    partial = file.with_suffix(".new")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
    partial.replace(file)


def _ports() -> dict[str, int]:
    """The ports of last time where they are free, the next free ones otherwise."""
    file = VAR / "ports.json"
    before: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    ports: dict[str, int] = {}
    for name, first in FIRST_PORTS.items():
        wanted = before.get(name, first)
        candidates = [wanted, *range(first, first + 80)]
        taken = set(ports.values())
        ports[name] = next((p for p in candidates if p not in taken and is_free(p)), 0) or free_port(taken)
    _write(file, json.dumps(ports))
    return ports


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


def _keys(environment: dict[str, str]) -> None:
    keyring = Path(environment["KEYRING_FILE"])
    if not keyring.exists():
        add_keys(keyring)
    key_file, certificate_file = Path(environment["SIGNING_KEY_FILE"]), Path(environment["SIGNING_CERT_FILE"])
    if not (key_file.exists() and certificate_file.exists()):
        key, certificate = make_self_signed("Court program demonstration")
        _write(key_file, key.decode())
        _write(certificate_file, certificate.decode())


def migrate(owner_url: str) -> None:
    """As a release does: in a process of its own, as the owner."""
    command = [sys.executable, "-m", "alembic", "-c", str(ROOT / "migrations" / "alembic.ini"), "upgrade", "head"]
    subprocess.run(command, cwd=ROOT, check=True, env={"PATH": os.defpath, "DATABASE_OWNER_URL": owner_url})  # noqa: S603 - our own command
