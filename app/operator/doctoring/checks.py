"""The checks of an installation: each thing tried, not looked up. A check yields what is wrong, in words."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from uuid import UUID

from flask import current_app
from redis import Redis
from sqlalchemy import text

from app.core.keyring import PURPOSES
from app.core.runtime import runtime
from app.web.assets import Assets
from tenants.catalogue import problems
from tenants.database import db, role_transaction

NOBODYS = UUID(int=0)  # a folder of storage that is no court's


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
    "assets": _assets,
}
