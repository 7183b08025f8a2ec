"""Real workers and schedulers, killed and starved: every job has its effect, and has it once."""

from __future__ import annotations

import os
import pickle
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from app.core import clock
from app.core.keyring import add_keys
from app.core.models import Attempt, Outbox
from app.core.outbox import enqueue
from app.factory import create_app
from app.local.valkey import LocalValkey
from tenants.database import session, transaction
from tenants.roles import create_database, drop_database
from tests.factories import TestCourt, make_court
from tests.faults.processes import KIND
from tests.servers import Servers
from tests.stack import Stack

PATIENCE = 240  # seconds; what is waited for mostly comes within two
SEEDS = range(3)


@dataclass
class Ground:
    """A database and a Redis of the test's own, a court, and processes to start and kill."""

    app: Flask
    court: TestCourt
    stack: Stack
    valkey: LocalValkey

    @property
    def redis(self) -> Redis:
        return Redis.from_url(self.valkey.url)

    def start(self, *names: str) -> None:
        for name in names:
            self.stack.start(name, "tests.faults.processes", name.rstrip("0123456789"))

    def end(self, *names: str) -> None:
        for name in names:
            process = self.stack.processes.pop(name)
            process.terminate()
            process.wait(30)

    def give(self, number: int = 1, **payload: object) -> list[UUID]:
        """Write that many jobs; returns their subjects."""
        subjects = [uuid4() for _ in range(number)]
        with self.app.app_context(), self.court.acting(), transaction():
            for subject in subjects:
                enqueue(KIND, subject, payload={"folder": str(self.stack.folder), **payload})
        return subjects

    def effects(self) -> Counter[str]:
        with self.app.app_context(), self.court.acting():
            rows = session().scalars(sa.select(Attempt.key_digest).where(Attempt.bucket == KIND))
            return Counter(rows)

    def waiting(self, column: sa.orm.InstrumentedAttribute[object] = Outbox.done_at) -> int:
        with self.app.app_context(), self.court.acting():
            query = sa.select(sa.func.count()).select_from(Outbox).where(Outbox.kind == KIND, column.is_(None))
            return session().scalar(query) or 0

    def runs(self) -> list[tuple[str, int, int]]:
        file = self.stack.folder / "runs"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(job, int(attempt), int(pid)) for job, attempt, pid in (line.split() for line in lines)]

    def until(self, what: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < end, "\n".join(self.stack.log(name)[-2000:] for name in self.stack.processes)
            time.sleep(0.1)

    def later(self, wait: timedelta) -> None:
        """Move every process's clock on, past a lease."""
        self.stack.move_clock(clock.now() + wait)

    def all_done_once(self, subjects: list[UUID]) -> None:
        self.until(lambda: self.waiting() == 0)
        assert self.effects() == Counter(map(str, subjects))


@pytest.fixture
def ground(servers: Servers, tmp_path: Path) -> Iterator[Ground]:
    name = f"faults_{uuid4().hex[:10]}"
    create_database(servers.administrator, name, template="template_portal")
    valkey = LocalValkey(tmp_path / "valkey", durable=False)
    valkey.start()
    environment = servers.environment(name, tmp_path) | {"REDIS_URL": valkey.url}
    add_keys(Path(environment["KEYRING_FILE"]))
    stack = Stack(tmp_path, environment, [], 0)
    app = create_app(stack.settings("web"))
    try:
        yield Ground(app, make_court(app), stack, valkey)
    finally:
        stack.stop()
        valkey.stop()
        clock.follow(None)
        drop_database(servers.administrator, name)


@pytest.mark.proves("FA-1")
@pytest.mark.slow  # tests/browser/test_thread.py has two of each all the time
def test_two_workers_and_two_schedulers_do_nothing_twice(ground: Ground):
    ground.start("scheduler0", "scheduler1", "worker0", "worker1")
    ground.all_done_once(ground.give(40))
    assert len(ground.runs()) == 40


@pytest.mark.proves("FA-1")
@pytest.mark.slow  # tests/faults/test_reports_killed.py kills workers all the time
def test_a_worker_killed_in_the_middle_is_made_good_after_the_lease(ground: Ground):
    ground.start("scheduler0", "worker0")
    subjects = ground.give(1, slow=600)
    ground.until(lambda: len(ground.runs()) == 1)
    ground.stack.kill("worker0")
    os.kill(ground.runs()[0][2], signal.SIGKILL)  # the forked child, too
    ground.start("worker1")
    time.sleep(1)
    assert ground.effects() == Counter()
    ground.later(timedelta(seconds=100))
    ground.all_done_once(subjects)
    assert [attempt for _job, attempt, _pid in ground.runs()] == [1, 2]


@pytest.mark.proves("FA-1")
@pytest.mark.slow
def test_an_orphan_that_goes_on_while_the_job_is_sent_again_adds_nothing(ground: Ground):
    """The worker dies, its child lives: both the child and the second attempt come to the end."""
    ground.start("scheduler0", "worker0")
    subjects = ground.give(1, slow=30)  # longer than another worker takes to begin
    ground.until(lambda: len(ground.runs()) == 1)
    ground.stack.kill("worker0")
    ground.start("worker1")
    ground.later(timedelta(seconds=100))
    ground.until(lambda: len(ground.runs()) == 2)
    ground.all_done_once(subjects)
    orphan = ground.runs()[0][2]
    ground.until(lambda: not Path(f"/proc/{orphan}").exists() or "Z" in Path(f"/proc/{orphan}/stat").read_text())
    assert ground.effects() == Counter(map(str, subjects))


@pytest.mark.proves("FA-2")
@pytest.mark.slow  # tests/faults/test_reports_killed.py stops Redis all the time
def test_while_redis_is_away_jobs_wait_and_go_out_when_it_is_back(ground: Ground):
    ground.valkey.stop()
    ground.start("scheduler0")
    subjects = ground.give(10)
    time.sleep(2)
    assert ground.waiting(Outbox.sent_at) == 10
    ground.valkey.start()
    ground.start("worker0")
    ground.all_done_once(subjects)


@pytest.mark.proves("FA-2")
@pytest.mark.slow  # tests/faults/test_reports_killed.py empties Redis all the time
def test_what_redis_forgot_is_sent_again(ground: Ground):
    ground.start("scheduler0")
    subjects = ground.give(10)
    ground.until(lambda: ground.waiting(Outbox.sent_at) == 0)
    ground.redis.flushall()
    ground.start("worker0")
    time.sleep(2)
    assert ground.effects() == Counter()
    ground.later(timedelta(seconds=100))
    ground.all_done_once(subjects)


@pytest.mark.proves("FA-1")
@pytest.mark.slow  # tests/faults/test_reports_killed.py kills the relay all the time
def test_a_scheduler_killed_at_any_moment_loses_and_doubles_nothing(ground: Ground):
    ground.start("worker0")
    subjects: list[UUID] = []
    for seed in SEEDS:
        ground.start(f"scheduler{seed}")
        subjects += ground.give(30)
        ground.until(lambda: bool(ground.effects()))
        time.sleep(0.07 * seed)
        ground.stack.kill(f"scheduler{seed}")
    ground.start("scheduler9")
    ground.later(timedelta(seconds=100))
    ground.all_done_once(subjects)


class Trap:
    """Unpickled, it makes a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.file,)


@pytest.mark.proves("IO-6")
def test_a_pickle_in_the_queue_is_never_loaded(ground: Ground, tmp_path: Path):
    sprung = tmp_path / "sprung"
    payload = pickle.dumps(("app.worker.perform", None, (Trap(sprung),), {}))
    pickle.loads(payload)
    assert sprung.exists(), "the trap does not work"
    sprung.unlink()
    fields = {"data": payload, "origin": "default", "status": "queued", "created_at": "2026-11-22T12:00:00.000000Z"}
    ground.redis.hset("rq:job:trap", mapping=fields)
    ground.redis.sadd("rq:queues", "rq:queue:default")
    ground.redis.rpush("rq:queue:default", "trap")
    ground.start("worker0", "scheduler0")
    ground.until(lambda: ground.redis.llen("rq:queue:default") == 0)
    ground.all_done_once(ground.give(1))
    assert not sprung.exists()


@pytest.mark.proves("CO-6")
@pytest.mark.slow  # tests/functional/test_outbox_jobs.py refuses one all the time
def test_a_job_that_names_another_court_or_none_does_nothing(ground: Ground):
    """Somebody who can write to Redis can name any court: the row is then not there."""
    other = make_court(ground.app)
    ground.start("scheduler0")
    ground.give(1)
    ground.until(lambda: ground.waiting(Outbox.sent_at) == 0)
    with ground.app.app_context(), ground.court.acting():
        job_id = session().scalars(sa.select(Outbox.id).where(Outbox.kind == KIND)).one()
    ground.end("scheduler0")
    ground.redis.flushall()
    queue = Queue("default", connection=ground.redis, serializer=JSONSerializer)
    queue.enqueue("app.worker.perform", str(other.id), str(job_id))
    queue.enqueue("app.worker.perform", "", str(job_id))
    ground.start("worker0")
    ground.until(lambda: ground.redis.llen("rq:queue:default") == 0)
    ground.until(lambda: "gone" in (log := ground.stack.log("worker0")) and "badly formed" in log)
    assert (ground.runs(), ground.effects(), ground.waiting()) == ([], Counter(), 1)


@pytest.mark.proves("FA-1")
@pytest.mark.slow
def test_who_is_told_to_stop_finishes_what_is_at_hand_and_begins_nothing(ground: Ground):
    """SIGTERM, as a release or a reboot sends it: no job is cut short, none is taken up, no lease has to run out."""
    ground.start("scheduler0", "worker0")
    subjects = ground.give(1, slow=3)
    ground.until(lambda: len(ground.runs()) == 1)
    later = ground.give(1)
    for name in ("worker0", "scheduler0"):
        process = ground.stack.processes.pop(name)
        process.terminate()
        assert process.wait(30) == 0, ground.stack.log(name)[-2000:]
    assert ground.effects() == Counter(map(str, subjects)), "the job at hand came to its end"
    assert [attempt for _job, attempt, _pid in ground.runs()] == [1]
    ground.start("scheduler1", "worker1")
    ground.all_done_once([*subjects, *later])
