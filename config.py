"""The only reader of the environment: typed, checked at once, frozen.

Outside production a missing database, Redis, mail or storage falls back to the embedded ones under `var/`, whose
addresses `make demo` writes to `var/local.env`. In production a process refuses to start without what it needs,
naming all of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent
VAR = ROOT / "var"
LOCAL_ENV = VAR / "local.env"

ENVIRONMENTS = ("demo", "test", "production")
KNOWN_DEFAULTS = ("change-me", "secret", "dev", "development", "insecure-demo-key", "sk_test_demo", "whsec_demo")

# What each process can not do without. `release` runs migrations; `cli` is the operator's command line.
NEEDS: dict[str, tuple[str, ...]] = {
    "web": (
        "DATABASE_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "KEYRING_FILE",
        "PUBLIC_URL",
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRET",
        "STORAGE_URL",
        "SIGNING_CERT_FILE",
    ),
    "worker": (
        "DATABASE_URL",
        "REDIS_URL",
        "KEYRING_FILE",
        "PUBLIC_URL",
        "STRIPE_SECRET_KEY",
        "MAIL_URL",
        "STORAGE_URL",
        "SIGNING_KEY_FILE",
        "SIGNING_CERT_FILE",
    ),
    "scheduler": ("DATABASE_URL", "DATABASE_DISPATCH_URL", "REDIS_URL", "KEYRING_FILE", "PUBLIC_URL", "STORAGE_URL"),
    "console": ("DATABASE_PLATFORM_URL", "SECRET_KEY", "KEYRING_FILE", "PUBLIC_URL", "CONSOLE_URL"),
    "cli": (
        "DATABASE_URL",
        "DATABASE_PLATFORM_URL",
        "KEYRING_FILE",
        "PUBLIC_URL",
        "STORAGE_URL",
        "SIGNING_CERT_FILE",
    ),
    "release": ("DATABASE_OWNER_URL",),
}


class SettingsError(RuntimeError):
    """The environment lacks or contradicts something; the message names everything at once."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs from one installation to the next. Empty text: not set."""

    process: str
    environment: str
    database_url: str
    database_owner_url: str
    database_platform_url: str
    database_dispatch_url: str
    database_backup_url: str  # only for `portal backup`, and to count after a restore
    redis_url: str
    secret_key: str
    former_secret_keys: tuple[str, ...]  # what they signed is still taken: the oldest last
    keyring_file: Path
    public_url: str
    console_url: str
    stripe_secret_key: str
    stripe_webhook_secrets: tuple[str, ...]
    stripe_api_base: str
    mail_url: str
    storage_url: str
    drops_file: Path | None  # the courts' folders for finished reports; none: no court has one
    signing_key_file: Path
    signing_cert_file: Path
    assets_folder: Path
    clock_file: Path | None
    trusted_proxies: int

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @classmethod
    def from_env(cls, process: str, environ: Mapping[str, str] | None = None) -> Settings:
        """The settings of one process (a key of NEEDS). Raises SettingsError naming every fault."""
        values = dict(os.environ if environ is None else environ)
        environment = values.get("PORTAL_ENV", "demo")
        faults = [] if environment in ENVIRONMENTS else [f"PORTAL_ENV must be one of {', '.join(ENVIRONMENTS)}"]
        if environment == "production":
            faults += _production_faults(process, values)
        else:
            local = LOCAL_ENV if environ is None else None
            values = {**_embedded_defaults(), **_read_env_file(local), **values}
        if faults:
            raise SettingsError("; ".join(faults))
        return cls._build(process, environment, values)

    @classmethod
    def of(cls, process: str) -> Settings:
        """As `from_env`, for a process that is starting: a fault ends it with one clear sentence, not a stack trace."""
        try:
            return cls.from_env(process)
        except SettingsError as error:
            sys.exit(f"The portal's {process} can not start. {error}.")

    @classmethod
    def _build(cls, process: str, environment: str, values: Mapping[str, str]) -> Settings:
        def get(name: str) -> str:
            return values.get(name, "")

        clock_file = get("CLOCK_FILE") if environment != "production" else ""
        return cls(
            process=process,
            environment=environment,
            database_url=get("DATABASE_URL"),
            database_owner_url=get("DATABASE_OWNER_URL"),
            database_platform_url=get("DATABASE_PLATFORM_URL"),
            database_dispatch_url=get("DATABASE_DISPATCH_URL"),
            database_backup_url=get("DATABASE_BACKUP_URL"),
            redis_url=get("REDIS_URL"),
            secret_key=get("SECRET_KEY").partition(",")[0],
            former_secret_keys=tuple(get("SECRET_KEY").split(",")[1:]),
            keyring_file=Path(get("KEYRING_FILE")),
            public_url=get("PUBLIC_URL").rstrip("/"),
            console_url=get("CONSOLE_URL").rstrip("/"),
            stripe_secret_key=get("STRIPE_SECRET_KEY"),
            stripe_webhook_secrets=tuple(part for part in get("STRIPE_WEBHOOK_SECRET").split(",") if part),
            stripe_api_base=get("STRIPE_API_BASE"),
            mail_url=get("MAIL_URL"),
            storage_url=get("STORAGE_URL"),
            drops_file=Path(get("DROPS_FILE")) if get("DROPS_FILE") else None,
            signing_key_file=Path(get("SIGNING_KEY_FILE")),
            signing_cert_file=Path(get("SIGNING_CERT_FILE")),
            assets_folder=Path(get("ASSETS_FOLDER") or VAR / "assets"),
            clock_file=Path(clock_file) if clock_file else None,
            trusted_proxies=int(get("TRUSTED_PROXIES") or 0),
        )


def metrics_folder() -> Path | None:
    """Where the processes of one web server leave their numbers for each other (PROMETHEUS_MULTIPROC_DIR), if anywhere.

    The library that counts reads the same variable when it is imported, before there are any Settings.
    """
    named = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return Path(named) if named else None


def _production_faults(process: str, values: Mapping[str, str]) -> list[str]:
    missing = [name for name in NEEDS[process] if not values.get(name)]
    faults = [f"not set: {', '.join(missing)}"] if missing else []
    for secret in values.get("SECRET_KEY", "").split(",") if values.get("SECRET_KEY") else ():
        if "SECRET_KEY" in NEEDS[process] and (len(secret) < 32 or secret in KNOWN_DEFAULTS):
            faults.append("SECRET_KEY is a default or shorter than 32 characters")
    if values.get("FLASK_DEBUG", "0") not in ("", "0", "false"):
        faults.append("FLASK_DEBUG must be off")
    for name in ("PUBLIC_URL", "CONSOLE_URL"):
        if not (values.get(name) or "https://").startswith("https://"):
            faults.append(f"{name} must begin with https://")
    if values.get("STRIPE_API_BASE"):
        faults.append("STRIPE_API_BASE leads away from Stripe and is for demonstrations only")
    for name in ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"):
        if name in NEEDS[process] and set(values.get(name, "").split(",")) & set(KNOWN_DEFAULTS):
            faults.append(f"{name} is a default that everybody knows")
    if "STRIPE_SECRET_KEY" in NEEDS[process] and "_test_" in values.get("STRIPE_SECRET_KEY", ""):
        faults.append("STRIPE_SECRET_KEY is a test key: a test card would open a real program")
    if not (values.get("TRUSTED_PROXIES") or "0").isdecimal():
        faults.append("TRUSTED_PROXIES must be a number")
    if values.get("CLOCK_FILE"):
        faults.append("CLOCK_FILE moves the clock and is for demonstrations only")
    return faults


def _embedded_defaults() -> dict[str, str]:
    return {
        "SECRET_KEY": "insecure-demo-key",
        "KEYRING_FILE": str(VAR / "keyring.json"),
        "PUBLIC_URL": "http://localhost:8000",
        "CONSOLE_URL": "http://localhost:8001",
        "STRIPE_SECRET_KEY": "sk_test_demo",
        "STRIPE_WEBHOOK_SECRET": "whsec_demo",
        "MAIL_URL": f"file://{VAR / 'mail'}",
        "STORAGE_URL": f"file://{VAR / 'storage'}",
        "SIGNING_KEY_FILE": str(VAR / "signing-key.pem"),
        "SIGNING_CERT_FILE": str(VAR / "signing-cert.pem"),
    }


def _read_env_file(file: Path | None) -> dict[str, str]:
    """NAME=value lines, as `make demo` writes them."""
    if file is None or not file.exists():
        return {}
    pairs = (line.partition("=") for line in file.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in pairs}
