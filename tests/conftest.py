"""Real servers for every run: PostgreSQL and Valkey of our own, a database for each parallel worker."""

from __future__ import annotations

import os
from collections.abc import Iterator

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask

from app.accounts import passwords
from app.core import clock
from app.core.keyring import add_keys
from app.factory import create_app
from config import Settings
from tenants.roles import create_database, drop_database
from tests.client import PageClient
from tests.servers import SERVERS, RunningServers, Servers

pytest_plugins = ("tests.proofs", "tests.order")

# How long an example takes says nothing about whether it is right: timing belongs to the bench.
hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], database=None, max_examples=20
)
# What `make check-all` and the sabotages search with.
hypothesis.settings.register_profile("thorough", parent=hypothesis.settings.get_profile("suite"), max_examples=100)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


def pytest_configure(config: pytest.Config) -> None:
    """The controller (or the only process) starts the servers, unless whoever called it lends some."""
    if SERVERS in os.environ or config.option.collectonly:
        return
    running = RunningServers.start()
    os.environ[SERVERS] = running.servers.as_text()
    config.stash[_RUNNING] = running


_RUNNING = pytest.StashKey[RunningServers]()


def pytest_unconfigure(config: pytest.Config) -> None:
    running = config.stash.get(_RUNNING, None)
    if running is not None:
        running.end()


@pytest.fixture(scope="session")
def servers() -> Servers:
    return Servers.from_text(os.environ[SERVERS])


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


@pytest.fixture(scope="module", autouse=True)
def clock_goes_back(settings: Settings) -> Iterator[None]:
    """A module that moved everybody's clock leaves it as it was: webhooks of the next one would seem hours old."""
    yield
    assert settings.clock_file is not None
    settings.clock_file.unlink(missing_ok=True)


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
