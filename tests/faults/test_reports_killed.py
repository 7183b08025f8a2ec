"""Workers and render servers killed at random instants: every report comes, once, with its file."""

from __future__ import annotations

import random
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from app.local.valkey import LocalValkey
from config import Settings
from tenants.database import db
from tests.curriculum import publish
from tests.factories import make_court, make_learner
from tests.faults.killing import assert_each_once, kill_something, settle, states
from tests.reports import app_over, ask
from tests.servers import Servers
from tests.stack import Stack, running

KILLS = 2  # for each seed


@pytest.fixture(scope="module")
def stack(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(servers, tmp_path_factory.mktemp("killed"), workers=2) as stack:
        yield stack


@pytest.mark.proves("FA-1")
@pytest.mark.parametrize("seeds", [range(1, 9), pytest.param(range(9, 101), marks=pytest.mark.slow)], ids=["8", "92"])
def test_every_report_comes_once_through_kills(stack: Stack, settings: Settings, seeds: range) -> None:
    with app_over(stack, settings) as app:
        publish(app)
        court = make_court(app)
        asked = 0
        for seed in seeds:
            chance, done = random.Random(seed), []
            enrollment_id = make_learner(court)[1]  # which asks for a proof of enrollment
            ask(court, enrollment_id, "progress")
            asked += 2
            for _ in range(KILLS):
                time.sleep(chance.uniform(0, 1))
                done.append(kill_something(stack, chance))
            settle(court, stack)
            assert_each_once(app, court)
            assert sum(states(court).values()) == asked, (seed, done)


@pytest.mark.proves("FA-3")
def test_reports_come_though_the_database_drops_every_connection(
    stack: Stack, settings: Settings, servers: Servers
) -> None:
    """As it does when PostgreSQL is started again; nothing of ours is."""
    with app_over(stack, settings) as app:
        publish(app)
        court = make_court(app)
        enrollments = [make_learner(court)[1] for _ in range(3)]
        for enrollment_id in enrollments:
            ask(court, enrollment_id, "progress")
        for _ in range(3):
            drop_connections(servers, stack)
            time.sleep(0.5)
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()  # this process is no part of what is tested
        settle(court, stack)
        assert_each_once(app, court)
        assert sum(states(court).values()) == 6


def drop_connections(servers: Servers, stack: Stack) -> None:
    name = stack.environment["DATABASE_URL"].rpartition("/")[2]
    with psycopg.connect(servers.administrator.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [name],
        )


@pytest.mark.proves("FA-2")
def test_reports_come_though_redis_is_emptied_stopped_and_full(
    servers: Servers, settings: Settings, tmp_path: Path
) -> None:
    valkey = LocalValkey(tmp_path / "valkey", durable=False)
    valkey.start()
    try:
        with running(servers, tmp_path, redis=valkey.url) as stack, app_over(stack, settings) as app:
            publish(app)
            court = make_court(app)
            enrollment_id = make_learner(court)[1]
            redis = Redis.from_url(valkey.url)
            redis.flushall()
            settle(court, stack)
            redis.config_set("maxmemory", 1)  # every write is refused
            ask(court, enrollment_id, "progress")
            time.sleep(2)
            assert states(court)["requested"] == 1
            redis.config_set("maxmemory", 0)
            settle(court, stack)
            valkey.stop()
            ask(court, enrollment_id, "progress")
            with urllib.request.urlopen(f"{stack.url}/readyz", timeout=5) as answer:
                assert answer.status == 200, "pages go on"
            valkey.start()
            settle(court, stack)
            assert_each_once(app, court)
            assert sum(states(court).values()) == 3
    finally:
        valkey.stop()
