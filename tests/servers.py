"""The run's servers, and settings over one of their databases."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
import redis
from alembic import command
from alembic.config import Config

from app.local.postgres import LocalPostgres
from app.local.valkey import LocalValkey
from app.reports.sign import make_self_signed
from config import ROOT, Settings
from tenants.roles import ROLES, create_database, create_roles, drop_database

SERVERS = "PORTAL_TEST_SERVERS"  # how a process of the tests learns of servers that another one started
TEMPLATE = "template_portal"


@dataclass(frozen=True)
class Servers:
    folder: str
    administrator: str
    port: int
    redis: str
    passwords: dict[str, str]

    def as_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Servers:
        return cls(**json.loads(text))

    def url(self, role: str, database: str) -> str:
        return f"postgresql+psycopg://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    def environment(self, database: str, folder: Path) -> dict[str, str]:
        """The environment of a portal process over `database`, with files under `folder`."""
        key, certificate = make_self_signed("Test court")
        (folder / "key.pem").write_bytes(key)
        (folder / "cert.pem").write_bytes(certificate)
        return {
            "PORTAL_ENV": "test",
            "DATABASE_URL": self.url("portal_app", database),
            "DATABASE_OWNER_URL": self.url("portal_owner", database),
            "DATABASE_PLATFORM_URL": self.url("portal_platform", database),
            "DATABASE_DISPATCH_URL": self.url("portal_dispatch", database),
            "DATABASE_BACKUP_URL": self.url("portal_backup", database),
            "REDIS_URL": self.redis,
            "SECRET_KEY": "test-secret-key-of-more-than-32-characters",
            "KEYRING_FILE": str(folder / "keyring.json"),
            "PUBLIC_URL": "http://localhost",
            "CONSOLE_URL": "http://localhost",
            "STRIPE_SECRET_KEY": "sk_test_of_the_suite",
            "STRIPE_WEBHOOK_SECRET": "whsec_of_the_suite",
            "MAIL_URL": f"file://{folder / 'mail'}",
            "STORAGE_URL": f"file://{folder / 'storage'}",
            "SIGNING_KEY_FILE": str(folder / "key.pem"),
            "SIGNING_CERT_FILE": str(folder / "cert.pem"),
            "CLOCK_FILE": str(folder / "clock"),
        }

    def settings(self, database: str, folder: Path, process: str = "web") -> Settings:
        return Settings.from_env(process, self.environment(database, folder))


@dataclass(frozen=True)
class RunningServers:
    """PostgreSQL and Valkey with a migrated template database; they end with the process that started them."""

    servers: Servers
    postgres: LocalPostgres
    valkey: LocalValkey

    @classmethod
    def start(cls) -> RunningServers:
        folder = Path(tempfile.mkdtemp(prefix="portal-test-"))
        postgres = LocalPostgres(folder / "postgres", durable=False)
        postgres.start()
        valkey = LocalValkey(folder / "valkey", durable=False)
        valkey.start()
        passwords = {role: f"{role}-password" for role in ROLES}
        administrator = postgres.superuser_url().replace("+psycopg", "")
        create_roles(administrator, passwords)
        create_database(administrator, TEMPLATE)
        servers = Servers(str(folder), administrator, postgres.port, valkey.url, passwords)
        migrate(servers.url("portal_owner", TEMPLATE))
        return cls(servers, postgres, valkey)

    def clear(self) -> None:
        """Forget what a run left: every database but the template, and all that Valkey holds."""
        with psycopg.connect(self.servers.administrator) as connection:
            left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'portal%'").fetchall()
        for (name,) in left:
            drop_database(self.servers.administrator, name)
        with redis.Redis.from_url(self.servers.redis) as valkey:
            valkey.flushall()

    def end(self) -> None:
        self.valkey.stop()
        self.postgres.discard()
        shutil.rmtree(self.servers.folder, ignore_errors=True)


def migrate(owner_url: str, revision: str = "head") -> None:
    """Run migrations up (or down) to `revision`, as a release does."""
    configuration = Config(ROOT / "migrations" / "alembic.ini")
    configuration.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    (command.downgrade if revision == "base" else command.upgrade)(configuration, revision)
