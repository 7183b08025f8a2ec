"""The worker: RQ with jobs that are rows of the outbox. `python -m app.worker`"""

from __future__ import annotations

import importlib
import logging
import time
from functools import cache
from uuid import UUID

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from app.core import logs
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.factory import create_app
from app.reports.renderer import shared_renderer
from config import Settings
from tenants.database import acting_as, db

QUEUES = ("urgent", "default", "bulk")
REST = 2.0  # seconds before a worker that could not go on begins again
log = logging.getLogger(__name__)


@cache
def _app() -> Flask:
    """One app a process; forked work-horses inherit it."""
    return create_app(Settings.of("worker"))


def perform(court_id: str, job_id: str) -> str:
    """What RQ calls: one row of one court. Refuses a job without a court by raising ValueError."""
    court = UUID(court_id)
    with _app().app_context(), acting_as(court):
        result = run_job(UUID(job_id), runtime().registry.jobs)
    log.info("job %s of court %s: %s", job_id, court_id, result)
    return result


class PortalWorker(Worker):
    """RQ's forking worker; the child must not share the parent's database connections."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        app = _app()
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose(close=False)
        super().main_work_horse(job, queue)


def main() -> None:
    app = _app()
    logs.configure(app.extensions["portal"].settings)
    shared_renderer().start()  # before any work-horse is forked: one render server for all of them
    redis = Redis.from_url(app.extensions["portal"].settings.redis_url)
    queues = [Queue(name, connection=redis, serializer=JSONSerializer) for name in QUEUES]
    while True:
        worker = PortalWorker(
            queues,
            connection=redis,
            serializer=JSONSerializer,
            job_monitoring_interval=5,
            maintenance_interval=10,
            worker_ttl=30,
        )
        try:
            worker.work(with_scheduler=False)
        except RedisError as error:  # such as one that is full: RQ waits out only one that is away
            log.warning("worker: %s; beginning again", type(error).__name__)
            time.sleep(REST)
        else:
            return


if __name__ == "__main__":
    # RQ calls `app.worker.perform`: run that module's main, so that the forked work-horses inherit its app.
    importlib.import_module("app.worker").main()
