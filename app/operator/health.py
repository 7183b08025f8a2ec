"""How the portal is doing: numbers and times only, over all courts. Runs as the platform role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from sqlalchemy import func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.circuits import Standing, standings
from app.core.models import Outbox
from app.core.runtime import runtime
from app.court_admin.models import note
from app.operator.models import ProcessHeartbeat
from app.payments.models import StripeEvent
from tenants.database import acting_as, role_transaction, session, statement, transaction
from tenants.models import Court

LATE = timedelta(minutes=5)  # a job due longer ago than this should have been done
SILENT = timedelta(minutes=2)  # a part of the scheduler that has not worked for so long needs a look
PARTS = ("relay", "sealer", "schedules")
REDIS_PATIENCE = 2  # seconds
COURTS_SHOWN = 50
JOBS_SHOWN = 25
TO_MEND = ("failed", "unmatched", "review")  # states of Stripe's events that wait for somebody


@dataclass(frozen=True)
class Backlog:
    """Jobs not done. `late` ones should be, `again` ones were tried before, `failed` ones wait for a person."""

    of: Any  # a kind of job, or a court
    waiting: int
    late: int
    again: int
    failed: int
    oldest: datetime | None


@dataclass(frozen=True)
class Beat:
    name: str
    at: datetime | None
    silent: bool


@dataclass(frozen=True)
class Queues:
    """What Redis says. `fault` is empty when it answered."""

    fault: str = ""
    workers: int = 0
    waiting: tuple[tuple[str, int], ...] = ()


def by_kind(current: Session | None = None) -> list[Backlog]:
    """The jobs of all courts by kind, what failed first. One statement, in the platform role's session."""
    found = (current or session()).execute(_open(Outbox.kind).order_by(*_worst(Outbox.kind)))
    return [Backlog(kind, *counts) for kind, *counts in found]


def by_court() -> list[Backlog]:
    """The courts with jobs that are not done, the worst first, fifty at most. Two statements."""
    worst = _open(Outbox.court_id).order_by(*_worst(Outbox.court_id)).limit(COURTS_SHOWN)
    found = session().execute(worst).all()
    courts = {court.id: court for court in session().scalars(select(Court).where(Court.id.in_([r[0] for r in found])))}
    return [Backlog(courts[court_id], *counts) for court_id, *counts in found]


def _open(group: Any) -> Any:
    due = Outbox.failed_at.is_(None)
    return (
        select(
            group,
            func.count().filter(due),
            func.count().filter(due, Outbox.due_at < clock.now() - LATE),
            func.count().filter(due, Outbox.attempt > 1),
            func.count().filter(Outbox.failed_at.is_not(None)),
            func.min(Outbox.due_at).filter(due),
        )
        .where(Outbox.done_at.is_(None))
        .group_by(group)
    )


def _worst(group: Any) -> tuple[Any, ...]:
    return func.count().filter(Outbox.failed_at.is_not(None)).desc(), func.min(Outbox.due_at), group


def beats(current: Session | None = None) -> list[Beat]:
    """When each part of the scheduler last did its work, whichever process it was in."""
    rows = (current or session()).execute(select(ProcessHeartbeat.name, ProcessHeartbeat.at))
    seen: dict[str, datetime] = {row.name: row.at for row in rows}
    limit = clock.now() - SILENT
    return [Beat(name, seen.get(name), name not in seen or seen[name] < limit) for name in PARTS]


def beat(name: str) -> None:
    """Note that a part of the scheduler did its work. For the scheduler, which has the dispatch role."""
    now = clock.now()
    written = insert(ProcessHeartbeat).values(name=name, at=now)
    written = written.on_conflict_do_update(index_elements=["name"], set_={"at": now})
    with role_transaction("dispatch") as current:
        current.execute(written)


def queues() -> Queues:
    """RQ's queues and workers; without Redis, that it is away. The pages and the jobs' rows do not need it."""
    url = runtime().settings.redis_url
    if not url:
        return Queues(fault="unknown")
    redis = Redis.from_url(url, socket_timeout=REDIS_PATIENCE, socket_connect_timeout=REDIS_PATIENCE)
    try:
        waiting = tuple(sorted((queue.name, queue.count) for queue in Queue.all(connection=redis)))
        return Queues(workers=Worker.count(connection=redis), waiting=waiting)
    except RedisError:
        return Queues(fault="away")
    finally:
        redis.close()


def services() -> list[Standing]:
    """Services outside that did not answer lately, by what the processes told Redis; none while Redis is away."""
    url = runtime().settings.redis_url
    try:
        return standings(url) if url else []
    except RedisError:
        return []


def stripe_events() -> dict[str, int]:
    """How many of Stripe's events wait for somebody, by their state."""
    counted = select(StripeEvent.state, func.count()).where(StripeEvent.state.in_(TO_MEND)).group_by(StripeEvent.state)
    return {row.state: row[1] for row in session().execute(counted)}


def schema() -> str:
    return str(session().scalar(statement("SELECT max(version_num) FROM alembic_version")))


def failed_jobs(before: tuple[datetime, UUID] | None = None) -> list[Any]:
    """Jobs that were given up, the newest first: id, kind, attempt, failed_at, court_id, court.

    `before` continues after the (failed_at, id) of the last one shown. One more than JOBS_SHOWN: there are more.
    """
    query = (
        select(Outbox.id, Outbox.kind, Outbox.attempt, Outbox.failed_at, Outbox.court_id, Court.name.label("court"))
        .join(Court, Court.id == Outbox.court_id)
        .where(Outbox.done_at.is_(None), Outbox.failed_at.is_not(None))
        .order_by(Outbox.failed_at.desc(), Outbox.id.desc())
        .limit(JOBS_SHOWN + 1)
    )
    if before is not None:
        query = query.where(tuple_(Outbox.failed_at, Outbox.id) < tuple_(*before))
    return list(session().execute(query).all())


def retry(court_id: UUID, job_id: UUID, *, actor: Actor) -> bool:
    """Send a failed job again; audited in its court. False when it is not failed (any more)."""
    now = clock.now()
    fresh = {"failed_at": None, "sent_at": None, "lease_until": None, "attempt": 0, "due_at": now}
    failed = (Outbox.court_id == court_id, Outbox.id == job_id, Outbox.failed_at.is_not(None), Outbox.done_at.is_(None))
    with acting_as(court_id), transaction() as current:
        kind = current.scalar(update(Outbox).where(*failed).values(fresh).returning(Outbox.kind))
        if kind is None:
            return False
        audit("operator.retry_job", actor=actor, subject=("job", job_id), new={"kind": kind})
        note(current, "operator.retry_job", operator_id=actor.id, court_id=court_id, detail={"kind": kind})
    return True
