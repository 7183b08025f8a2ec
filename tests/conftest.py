"""Real servers for every run: PostgreSQL and Valkey of our own, a database for each parallel worker."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask

from app.accounts import passwords
from app.core import clock
from app.core.keyring import add_keys
from app.factory import create_app
from app.local.postgres import LocalPostgres
from app.local.valkey import LocalValkey
from config import Settings
from tenants.roles import ROLES, create_database, create_roles, drop_database
from tests.client import PageClient
from tests.servers import Servers, migrate

pytest_plugins = ("tests.proofs", "tests.order")

# How long an example takes says nothing about whether it is right: timing belongs to the bench.
hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], database=None, max_examples=20
)
# What `make check-all` and the sabotages search with.
hypothesis.settings.register_profile("thorough", parent=hypothesis.settings.get_profile("suite"), max_examples=100)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

SERVERS = "PORTAL_TEST_SERVERS"  # how xdist's workers learn of the controller's servers


def _is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def pytest_configure(config: pytest.Config) -> None:
    """The controller (or the only process) starts the servers and migrates one template database."""
    if _is_worker() or config.option.collectonly:
        return
    folder = Path(tempfile.mkdtemp(prefix="portal-test-"))
    postgres = LocalPostgres(folder / "postgres", durable=False)
    postgres.start()
    valkey = LocalValkey(folder / "valkey", durable=False)
    valkey.start()
    passwords = {role: f"{role}-password" for role in ROLES}
    administrator = postgres.superuser_url().replace("+psycopg", "")
    create_roles(administrator, passwords)
    create_database(administrator, "template_portal")
    servers = Servers(
        folder=str(folder), administrator=administrator, port=postgres.port, redis=valkey.url, passwords=passwords
    )
    migrate(servers.url("portal_owner", "template_portal"))
    os.environ[SERVERS] = json.dumps(servers.as_dict())
    config.stash[_RUNNING] = (postgres, valkey, folder)


_RUNNING = pytest.StashKey[tuple[LocalPostgres, LocalValkey, Path]]()


def pytest_unconfigure(config: pytest.Config) -> None:
    running = config.stash.get(_RUNNING, None)
    if running is None:
        return
    postgres, valkey, folder = running
    valkey.stop()
    postgres.discard()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def servers() -> Servers:
    return Servers(**json.loads(os.environ[SERVERS]))


@pytest.fixture(scope="session")
def worker_id() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "only")


@pytest.fixture(scope="session")
def settings(servers: Servers, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings over a database of this worker's own."""
    name = f"portal_{worker_id}"
    create_database(servers.administrator, name, template="template_portal")
    yield servers.settings(name, tmp_path_factory.mktemp("portal"))
    drop_database(servers.administrator, name)


@pytest.fixture(scope="session")
def app(settings: Settings) -> Flask:
    add_keys(settings.keyring_file)
    return create_app(settings)


@pytest.fixture(autouse=True)
def same_clock(settings: Settings) -> Iterator[None]:
    """Another app in this process (of a test's own processes) takes the clock along: give it back."""
    yield
    clock.follow(settings.clock_file)


PRODUCTION = (passwords.hasher, passwords.NOBODY)
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def _keep_passwords_by(hasher: PasswordHasher, nobody: str) -> None:
    passwords.hasher, passwords.NOBODY = hasher, nobody


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> None:
    """Argon2id at a thousandth of its price: the suite signs in hundreds of people within the process of the tests.

    Every process that a test starts, and whoever asks for `production_passwords`, pays the whole price.
    """
    _keep_passwords_by(QUICK, QUICK.hash("nobody's"))


@pytest.fixture
def production_passwords() -> Iterator[None]:
    """The parameters that people's passwords are kept by."""
    quick = (passwords.hasher, passwords.NOBODY)
    _keep_passwords_by(*PRODUCTION)
    yield
    _keep_passwords_by(*quick)


@pytest.fixture
def client(app: Flask) -> PageClient:
    """A browser without JavaScript, which inspects every page that it fetches."""
    return PageClient(app)
