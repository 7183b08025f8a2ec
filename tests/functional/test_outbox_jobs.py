"""A job's life in the outbox: done once, tried again with growing waits, given up in the open, sent by the relay."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from rq import Queue
from rq.serializers import JSONSerializer

from app import worker
from app.core import clock
from app.core.jobs import Job, JobDone, JobHandler
from app.core.keyring import add_keys
from app.core.models import Attempt, Outbox
from app.core.outbox import enqueue, retry, run_job, wait_after
from app.core.runtime import Registry
from app.factory import create_app, registry
from app.local.valkey import LocalValkey
from app.scheduler import relay
from config import Settings
from tenants.database import acting_as, session, transaction
from tenants.roles import create_database, drop_database
from tests.factories import TestCourt, make_court

KIND = "test.effect"


def effect(job: Job) -> None:
    with transaction() as current:
        current.add(Attempt(bucket=KIND, key_digest=str(job.id), at=clock.now()))
        job.done()


def fail(_job: Job) -> None:
    raise ConnectionError("the mail server is away")


HANDLERS = {KIND: JobHandler(run=effect)}


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


@pytest.fixture
def at_work(app: Flask, court: TestCourt) -> Iterator[None]:
    with app.app_context(), court.acting():
        yield


def row_of(job_id: UUID) -> Outbox:
    return (
        session().scalars(sa.select(Outbox).where(Outbox.id == job_id).execution_options(populate_existing=True)).one()
    )


def effects(job_id: UUID) -> int:
    return session().scalar(sa.select(sa.func.count()).where(Attempt.key_digest == str(job_id))) or 0


@pytest.mark.usefixtures("at_work")
def test_a_job_is_done_once_however_often_it_is_run():
    job_id = enqueue(KIND, uuid4())
    assert [run_job(job_id, HANDLERS) for _ in range(3)] == ["done", "gone", "gone"]
    assert effects(job_id) == 1


def test_runs_at_once_have_one_effect(app: Flask, court: TestCourt):
    """Both runs read the row before either is done: the later one finds it done and undoes its own effect."""
    with app.app_context(), court.acting():
        job_id = enqueue(KIND, uuid4())
    met = threading.Barrier(4)

    def together(job: Job) -> None:
        met.wait(20)
        effect(job)

    results = []

    def work() -> None:
        with app.app_context(), acting_as(court.id):
            results.append(run_job(job_id, {KIND: JobHandler(run=together)}))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", "gone", "gone", "gone"]
    with app.app_context(), court.acting():
        assert effects(job_id) == 1


@pytest.mark.usefixtures("at_work")
def test_a_failing_job_waits_longer_each_time_then_is_shown_and_can_be_sent_again():
    told = []
    handlers = {KIND: JobHandler(run=fail, attempts=3, gave_up=lambda job, why: told.append((job.id, why)))}
    job_id = enqueue(KIND, uuid4())
    for attempt in (1, 2):
        _sent(job_id, attempt)
        assert run_job(job_id, handlers) == "retry"
        row = row_of(job_id)
        assert (row.sent_at, row.lease_until, row.failed_at) == (None, None, None)
        assert "mail server is away" in row.error
        assert row.due_at > clock.now()
    _sent(job_id, 3)
    assert run_job(job_id, handlers) == "failed"
    assert row_of(job_id).failed_at is not None
    assert [job for job, _why in told] == [job_id]
    assert run_job(job_id, handlers) == "gone"
    retry(job_id)
    row = row_of(job_id)
    assert (row.failed_at, row.attempt) == (None, 0)
    assert run_job(job_id, HANDLERS) == "done"
    assert row_of(job_id).error == ""


def _sent(job_id: UUID, attempt: int) -> None:
    with transaction() as current:
        current.execute(sa.update(Outbox).where(Outbox.id == job_id).values(attempt=attempt, sent_at=clock.now()))


@pytest.mark.usefixtures("at_work")
def test_a_job_that_kills_its_worker_every_time_is_given_up():
    """No attempt of it ever came to an end, so none counted itself as failed."""
    job_id = enqueue(KIND, uuid4())
    _sent(job_id, HANDLERS[KIND].attempts + 1)
    assert run_job(job_id, HANDLERS) == "failed"
    assert effects(job_id) == 0
    assert row_of(job_id).failed_at is not None


@pytest.mark.usefixtures("at_work")
def test_a_handler_that_forgets_to_say_done_is_a_failure():
    job_id = enqueue(KIND, uuid4())
    assert run_job(job_id, {KIND: JobHandler(run=lambda _job: None)}) == "retry"
    assert "without done()" in row_of(job_id).error


@pytest.mark.usefixtures("at_work")
def test_a_job_done_elsewhere_undoes_this_run():
    job_id = enqueue(KIND, uuid4())
    job = Job(job_id, KIND, None, {}, 1)
    effect(job)
    with pytest.raises(JobDone):
        effect(job)
    assert effects(job_id) == 1


@pytest.mark.usefixtures("at_work")
def test_a_job_for_one_occasion_exists_once():
    subject = uuid4()
    for _ in range(3):
        enqueue(KIND, subject, once="2026-11-22")
    enqueue(KIND, subject, once="2026-11-23")
    assert session().scalar(sa.select(sa.func.count()).where(Outbox.subject_id == subject)) == 2
    with pytest.raises(ValueError, match="subject"):
        enqueue(KIND, None, once="2026-11-22")


@pytest.mark.usefixtures("at_work")
def test_a_job_of_work_that_is_undone_never_existed():
    subject = uuid4()
    with pytest.raises(ZeroDivisionError), transaction():
        _enqueue_and_fail(subject)
    assert session().scalar(sa.select(sa.func.count()).where(Outbox.subject_id == subject)) == 0


def _enqueue_and_fail(subject: UUID) -> None:
    enqueue(KIND, subject)
    raise ZeroDivisionError


def test_waits_grow_to_half_an_hour():
    waits = [wait_after(attempt) for attempt in range(1, 40)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=10)
    assert waits[-1] == timedelta(minutes=30)


@pytest.mark.proves("CO-6")
@pytest.mark.parametrize("court_id", ["", "None", "riverside"])
def test_a_job_without_a_court_is_refused(court_id: str):
    with pytest.raises(ValueError, match="badly formed"):
        worker.perform(court_id, str(uuid4()))


def test_leases_outlast_time_limits():
    assert JobHandler(run=effect).lease > JobHandler(run=effect).time_limit
    long = JobHandler(run=effect, time_limit=timedelta(minutes=10))
    assert long.lease > long.time_limit
    for kind, handler in registry().jobs.items():
        assert handler.lease > handler.time_limit, kind


def test_the_registry_is_whole_or_not_at_all():
    with pytest.raises(LookupError, match="no handlers named"):
        Registry(handlers={}, jobs={}, schedules={})


@pytest.fixture
def relaying(servers, tmp_path) -> Iterator[tuple[Flask, TestCourt, Redis]]:
    """A database and a Redis of the test's own: the relay looks over all courts."""
    name = f"relay_{uuid4().hex[:10]}"
    create_database(servers.administrator, name, template="template_portal")
    valkey = LocalValkey(tmp_path / "valkey", durable=False)
    valkey.start()
    settings: Settings = servers.settings(name, tmp_path)
    add_keys(settings.keyring_file)
    app = create_app(settings)
    portal = app.extensions["portal"]
    app.extensions["portal"] = replace(portal, registry=replace(portal.registry, jobs=HANDLERS))
    with app.app_context():
        yield app, make_court(app), Redis.from_url(valkey.url)
    valkey.stop()
    drop_database(servers.administrator, name)


def queued(redis: Redis) -> list[str]:
    return Queue("default", connection=redis, serializer=JSONSerializer).job_ids


def test_the_relay_sends_what_is_due_and_nothing_twice(relaying):
    _app, court, redis = relaying
    with court.acting():
        now_id = enqueue(KIND, uuid4())
        enqueue(KIND, uuid4(), due_at=clock.now() + timedelta(hours=1))
    assert [relay(redis), relay(redis)] == [1, 0]
    assert queued(redis) == [f"ob-{now_id}-1"]
    with clock.moved_to(clock.now() + timedelta(hours=2)), court.acting():
        assert run_job(now_id, HANDLERS) == "done"
        assert relay(redis) == 1


def test_a_job_that_still_waits_keeps_its_place_and_its_attempts(relaying):
    """An hour's queue is no lost job: it is not queued again at every lease, and has not been tried."""
    _app, court, redis = relaying
    with court.acting():
        job_id = enqueue(KIND, uuid4())
    for minutes in (0, 5, 10, 15, 20):
        with clock.moved_to(clock.now() + timedelta(minutes=minutes)):
            relay(redis)
    assert queued(redis) == [f"ob-{job_id}-1"]
    with court.acting():
        assert row_of(job_id).attempt == 1


def test_what_redis_forgot_is_sent_as_the_next_attempt(relaying):
    _app, court, redis = relaying
    with court.acting():
        job_id = enqueue(KIND, uuid4())
    relay(redis)
    redis.flushall()
    with clock.moved_to(clock.now() + timedelta(minutes=5)):
        relay(redis)
    assert queued(redis) == [f"ob-{job_id}-2"]


@pytest.mark.proves("FA-1")
def test_what_a_worker_had_just_taken_when_it_died_is_sent_as_the_next_attempt(relaying):
    """RQ takes a job from its queue before it marks it as begun: killed between the two, nothing in Redis tells."""
    _app, court, redis = relaying
    with court.acting():
        job_id = enqueue(KIND, uuid4())
    relay(redis)
    assert redis.lpop("rq:queue:default") == f"ob-{job_id}-1".encode()
    with clock.moved_to(clock.now() + timedelta(minutes=5)):
        relay(redis)
    assert queued(redis) == [f"ob-{job_id}-2"]


def test_a_kind_that_this_release_does_not_know_waits_for_one_that_does(relaying):
    _app, court, redis = relaying
    with court.acting():
        job_id = enqueue("from.the.future", uuid4())
    for minutes in (0, 5, 10):
        with clock.moved_to(clock.now() + timedelta(minutes=minutes)):
            relay(redis)
    with court.acting():
        assert row_of(job_id).attempt == 0


def test_redis_away_nothing_counts_as_sent(relaying):
    _app, court, _redis = relaying
    with court.acting():
        job_id = enqueue(KIND, uuid4())
    with pytest.raises(RedisConnectionError):
        relay(Redis(port=9, socket_timeout=1))
    with court.acting():
        row = row_of(job_id)
        assert (row.sent_at, row.attempt) == (None, 0)
