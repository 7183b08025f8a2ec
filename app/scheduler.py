"""The scheduler: carries outbox rows to RQ, runs each court's schedules, seals the audit. `python -m app.scheduler`

Several may run at once: rows are taken with SKIP LOCKED, schedules change rows by compare-and-set, one sealer holds a
court's lock. Redis away: rows stay unsent and go out when it is back.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock, logs, sealer
from app.core.jobs import JobHandler
from app.core.runtime import runtime
from app.factory import create_app
from app.operator.health import beat
from config import Settings
from tenants.database import acting_as, role_transaction
from tenants.models import Court, CourtState

log = logging.getLogger(__name__)

RELAY_EVERY = 0.25  # seconds
SEAL_EVERY = 5.0
LONGEST_REST = timedelta(hours=2)
SCHEDULES_EVERY = 20.0
LEASE = timedelta(seconds=90)  # of a kind that this release does not know; see JobHandler.lease
TELL_EVERY = 15.0  # how often each part says that it is alive
BATCH = 200
FORGET_RESULT = 300  # seconds that RQ keeps a finished or failed job; the outbox row is the record

# Only routing columns: this role can not read a payload.
TAKE = text(
    """
    UPDATE outbox o SET attempt = o.attempt + 1, sent_at = :now, lease_until = :until
    FROM (
        SELECT court_id, id, attempt FROM outbox
        WHERE done_at IS NULL AND failed_at IS NULL AND due_at <= :now AND (sent_at IS NULL OR lease_until < :now)
        ORDER BY due_at LIMIT :batch FOR UPDATE SKIP LOCKED
    ) due
    WHERE o.court_id = due.court_id AND o.id = due.id
    RETURNING o.court_id, o.id, o.kind, o.attempt
    """
)


# A job that still waits in its queue keeps its place: being looked at is no attempt.
NOT_SENT = text("UPDATE outbox SET attempt = attempt - 1 WHERE court_id = :court_id AND id = :id")
LONGER = text("UPDATE outbox SET lease_until = :until WHERE court_id = :court_id AND id = :id")


@dataclass(frozen=True)
class Taken:
    court_id: UUID
    id: UUID
    kind: str
    attempt: int

    def rq_id(self, attempt: int) -> str:
        return f"ob-{self.id}-{attempt}"


def relay(redis: Redis) -> int:
    """Send what is due to RQ; returns how many rows. Rolls back, so that nothing counts as sent, when Redis fails."""
    now = clock.now()
    handlers = runtime().registry.jobs
    with role_transaction("dispatch") as session:
        rows = session.execute(TAKE, {"now": now, "until": now + LEASE, "batch": BATCH}).all()
        for row in rows:
            taken = Taken(*row)
            place = {"court_id": taken.court_id, "id": taken.id}
            handler = handlers.get(taken.kind)
            if handler is not None and handler.lease != LEASE:
                session.execute(LONGER, {**place, "until": now + handler.lease})
            if not _send(redis, taken, handlers):
                session.execute(NOT_SENT, place)
    return len(rows)


def _send(redis: Redis, taken: Taken, handlers: Mapping[str, JobHandler]) -> bool:
    """Hand a row to RQ. False when it was not sent: its kind is unknown here, or it still waits in its queue."""
    handler = handlers.get(taken.kind)
    if handler is None:
        log.error("no handler for outbox kind %s", taken.kind)
        return False
    queue = Queue(handler.queue, connection=redis, serializer=JSONSerializer)
    if taken.attempt > 1 and _still_queued(redis, queue, taken.rq_id(taken.attempt - 1)):
        return False
    queue.enqueue(
        "app.worker.perform",
        args=(str(taken.court_id), str(taken.id)),
        job_id=taken.rq_id(taken.attempt),
        job_timeout=int(handler.time_limit.total_seconds()),
        result_ttl=FORGET_RESULT,
        failure_ttl=FORGET_RESULT,
    )
    return True


def _still_queued(redis: Redis, queue: Queue, rq_id: str) -> bool:
    """A long queue is no lost job: it keeps its place.

    The list is asked, not the job's status: that still says "queued" of one that a worker had just taken when it died.
    """
    return redis.lpos(queue.key, rq_id) is not None


def courts(*, also_closed: bool = False) -> list[UUID]:
    """Courts at work."""
    query = select(Court.id) if also_closed else select(Court.id).where(Court.state != CourtState.CLOSED)
    with role_transaction("dispatch") as session:
        return list(session.scalars(query))


def seal_all() -> int:
    """Seal every court's audit, a closed one's too; returns how many rows. One's broken chain stops no other's.

    In turns of a batch each, so that a court that brought in thousands of people keeps nobody waiting.
    """
    total, waiting = 0, courts(also_closed=True)
    while waiting:
        sealed = {court_id: _seal(court_id) for court_id in waiting}
        total += sum(sealed.values())
        waiting = [court_id for court_id, rows in sealed.items() if rows == sealer.BATCH]
    return total


def _seal(court_id: UUID) -> int:
    try:
        with acting_as(court_id):
            return sealer.seal()
    except sealer.ChainBroken as broken:
        log.error("audit of court %s: %s", court_id, broken)
        return 0


_not_before: dict[tuple[UUID, str], datetime] = {}  # by court and schedule; a new process asks each once


def run_schedules() -> None:
    """Run for every court the schedules that are due; one court's fault stops no other's.

    A schedule that named the instant of its next run costs nothing until then.
    """
    for court_id in courts():
        for name, schedule in runtime().registry.schedules.items():
            if _rests(court_id, name):
                continue
            try:
                with acting_as(court_id):
                    again = schedule()
            except Exception:
                log.exception("schedule %s failed for court %s", name, court_id)
            else:
                _not_before[court_id, name] = again or clock.now()


def _rests(court_id: UUID, name: str) -> bool:
    """Whether a schedule asked to be left alone for now. A clock that was put back wakes it."""
    now = clock.now()
    return now < _not_before.get((court_id, name), now) <= now + LONGEST_REST


def _every(app: Flask, name: str, seconds: float, work: Callable[[], object], stop: threading.Event) -> None:
    told = -TELL_EVERY
    while not stop.is_set():
        try:
            with app.app_context():
                work()
                if time.monotonic() - told >= TELL_EVERY:
                    beat(name)
                    told = time.monotonic()
        except (RedisError, DBAPIError) as error:
            log.warning("%s: %s; trying again", getattr(work, "__name__", "work"), type(error).__name__)
        except Exception:
            log.exception("%s failed", getattr(work, "__name__", "work"))
        stop.wait(seconds)


def main() -> None:
    app = create_app(Settings.of("scheduler"))
    logs.configure(app.extensions["portal"].settings)
    redis = Redis.from_url(app.extensions["portal"].settings.redis_url, socket_timeout=5)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def carry() -> None:
        while relay(redis) == BATCH:
            continue

    works = (
        ("relay", RELAY_EVERY, carry),
        ("sealer", SEAL_EVERY, seal_all),
        ("schedules", SCHEDULES_EVERY, run_schedules),
    )
    threads = [threading.Thread(target=_every, args=(app, *work, stop)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
