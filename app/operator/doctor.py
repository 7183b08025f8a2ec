"""Whether this installation has what it needs: each thing tried, not looked up."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.keyring import PURPOSES
from app.core.runtime import runtime
from app.web.assets import Assets, AssetsNotBuilt
from tenants.catalogue import problems
from tenants.database import db, role_transaction

NOBODYS = UUID(int=0)  # a folder of storage that is no court's


@dataclass(frozen=True)
class Finding:
    """One thing tried. `fault` is empty when it works, else what is wrong."""

    name: str
    fault: str = ""


def examine() -> list[Finding]:
    """Every check, none stops the others. Needs an application context of the command line."""
    return [Finding(name, _fault(check)) for name, check in CHECKS.items()]


def _fault(check: Callable[[], Iterator[str]]) -> str:
    try:
        return "; ".join(check())
    except (SQLAlchemyError, RedisError, OSError, AssetsNotBuilt, LookupError, ValueError) as error:
        # The first line only: drivers add the address that they tried, password and all.
        return f"{type(error).__name__}: {str(getattr(error, 'orig', None) or error).splitlines()[0]}"


def _settings() -> Iterator[str]:
    settings = runtime().settings
    needed = {
        "REDIS_URL": settings.redis_url,
        "PUBLIC_URL": settings.public_url,
        "MAIL_URL": settings.mail_url,
        "STRIPE_SECRET_KEY": settings.stripe_secret_key,
        "STRIPE_WEBHOOK_SECRET": "".join(settings.stripe_webhook_secrets),
    }
    for name, value in needed.items():
        if not value:
            yield f"{name} is not set"


def _database() -> Iterator[str]:
    with db.engine.connect() as connection:
        role = connection.scalar(text("SELECT current_user"))
    if role != "portal_app":
        yield f"DATABASE_URL signs in as {role}, not as portal_app"
    with role_transaction("platform") as session:
        role = session.scalar(text("SELECT current_user"))
    if role != "portal_platform":
        yield f"DATABASE_PLATFORM_URL signs in as {role}, not as portal_platform"


def _schema() -> Iterator[str]:
    with db.engine.connect() as connection:
        found = connection.scalar(text("SELECT max(version_num) FROM alembic_version"))
    needed = current_app.config["SCHEMA_HEAD"]
    if str(found) < needed:
        yield f"the database is at migration {found}, this release needs {needed}"


def _isolation() -> Iterator[str]:
    with db.engine.connect() as connection:
        yield from problems(connection)


def _redis() -> Iterator[str]:
    url = runtime().settings.redis_url
    if not url:
        yield "REDIS_URL is not set"
    else:
        Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3).ping()


def _storage() -> Iterator[str]:
    content = secrets.token_bytes(32)
    storage = runtime().storage
    name = storage.put(NOBODYS, content)
    if storage.get(NOBODYS, name) != content:
        yield "what was written is not what is read"
    storage.delete(NOBODYS, name)


def _keyring() -> Iterator[str]:
    for purpose in PURPOSES:
        try:
            runtime().keyring.digest(purpose, "")
        except (KeyError, IndexError):
            yield f"there is no key for {purpose}"


def _certificate() -> Iterator[str]:
    if not runtime().settings.signing_cert_file.read_bytes().startswith(b"-----BEGIN CERTIFICATE"):
        yield "SIGNING_CERT_FILE is no certificate"


def _assets() -> Iterator[str]:
    Assets(runtime().settings.assets_folder).url("css/portal.css")
    yield from ()


CHECKS: dict[str, Callable[[], Iterator[str]]] = {
    "settings": _settings,
    "database roles": _database,
    "schema": _schema,
    "courts apart": _isolation,
    "redis": _redis,
    "storage": _storage,
    "keyring": _keyring,
    "signing certificate": _certificate,
    "assets": _assets,
}
