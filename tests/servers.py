"""The run's servers, and settings over one of their databases."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config

from app.reports.sign import make_self_signed
from config import ROOT, Settings


@dataclass(frozen=True)
class Servers:
    folder: str
    administrator: str
    port: int
    redis: str
    passwords: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

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


def migrate(owner_url: str, revision: str = "head") -> None:
    """Run migrations up (or down) to `revision`, as a release does."""
    configuration = Config(ROOT / "migrations" / "alembic.ini")
    configuration.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    (command.downgrade if revision == "base" else command.upgrade)(configuration, revision)
