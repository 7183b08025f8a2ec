"""Workers and render servers killed at random instants: every report comes, once, with its file."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select

from app.core import clock
from app.core.models import AuditEvent, StoredFile
from app.core.runtime import runtime
from app.local.valkey import LocalValkey
from app.permissions.identity import Role
from app.reports.models import Report
from app.reports.services import retry_report
from config import Settings
from tenants.database import db, session
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner
from tests.reports import app_over, ask
from tests.servers import Servers
from tests.stack import Stack, running

KILLS = 2  # for each seed
PATIENCE = 240  # seconds


@pytest.fixture(scope="module")
def stack(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(servers, tmp_path_factory.mktemp("killed"), workers=2) as stack:
        yield stack


def children(pid: int) -> list[int]:
    """Every process below `pid`, the nearest first."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
            below.setdefault(parent, []).append(int(entry.name))
    found, queue = [], [pid]
    while queue:
        here = below.get(queue.pop(0), [])
        found += here
        queue += here
    return found


def kill_something(stack: Stack, chance: random.Random) -> str:
    """One `kill -9`: of a worker with its work-horse, of a work-horse, of a render server, of a worker alone, or of the
    relay."""
    name = chance.choice(["worker0", "worker1", "scheduler0"])
    if name == "scheduler0":
        stack.kill(name)
        stack.start_scheduler(0)
        return "relay"
    pid = stack.processes[name].pid
    below = children(pid)
    what = chance.choice(["both", "parent", "child", "child"])
    victims = [chance.choice(below)] if below and what == "child" else below if what == "both" else []
    for victim in victims:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue
    if what in ("both", "parent"):
        stack.kill(name)
        stack.start_worker(int(name[-1]))
    return f"{what} of {name}"


def states(court: TestCourt) -> Counter[str]:
    with court.app.app_context(), court.acting():
        return Counter(session().scalars(select(Report.state)))


def settle(court: TestCourt, stack: Stack) -> None:
    """Wait until every report is issued. The moved clock ends leases; a failed one is tried again as by a person."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for _ in range(6):
            if set(states(court)) <= {"ready", "delivered", "superseded"}:
                return
            time.sleep(0.5)
        stack.move_clock(clock.now() + timedelta(minutes=3))
        with court.app.app_context(), court.app.test_request_context(), court.acting():
            for failed in session().scalars(select(Report.id).where(Report.state == "failed")).all():
                retry_report(failed, actor=court.member(Role.CLERK))
    logs = "\n".join(stack.log(name)[-1500:] for name in ("worker0", "worker1", "scheduler0"))
    raise AssertionError(f"{states(court)}\n{logs}")


def assert_each_once(app: Flask, court: TestCourt) -> None:
    """One row of a file for each report, the bytes behind it, one audit row of its issue."""
    with app.app_context(), court.acting():
        reports = session().scalars(select(Report)).all()
        files = {row.id: row for row in session().scalars(select(StoredFile).where(StoredFile.purpose == "report"))}
        issued = Counter(
            session().scalars(select(AuditEvent.subject_id).where(AuditEvent.action == "reports.issue")).all()
        )
        assert len(files) == len(reports)
        for report in reports:
            assert report.file_id is not None
            content = runtime().storage.get(court.id, files[report.file_id].sha256)
            assert hashlib.sha256(content).hexdigest() == report.signed_sha256
        assert issued == {report.id: 1 for report in reports}


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
