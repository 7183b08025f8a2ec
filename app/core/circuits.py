"""Leaving a service alone that does not answer, so that it holds no worker and no page for its time-outs.

Each outside service (mail, Stripe, a court's folder) has a circuit. After FAILURES faults in a row it opens: for a
while every call is turned away at once; then one call goes through as a trial, and what comes of it closes the circuit
or opens it for longer. A job that is turned away was not tried: it keeps its attempts and comes again (core/outbox.py).

The state lies in Redis, for all processes together, and can be lost: without Redis every circuit is closed.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from redis import Redis
from redis.exceptions import RedisError
from rq.timeouts import BaseTimeoutException

from app.core import clock
from app.core.runtime import runtime

FAILURES = 5  # in a row
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=10)
TRIAL = timedelta(seconds=90)  # longer than any call; after it another may try, should the first have died
SOON = timedelta(seconds=15)  # when to ask again while somebody else tries
FORGOTTEN = timedelta(days=2)  # how long a fault counts that nothing came after
PATIENCE = 1  # second, for Redis
INDEX = "circuits"  # the set of those that are not whole

log = logging.getLogger(__name__)


class ServiceResting(Exception):
    """The service did not answer several times and is left alone until `until` (UTC). Nothing was asked of it."""

    def __init__(self, service: str, until: datetime) -> None:
        super().__init__(service)
        self.service, self.until = service, until


@dataclass(frozen=True)
class Standing:
    """A circuit that is not whole. `since` and `until` in UTC; `until` is None while it is still closed.

    `court_id`: whose service it is, where it is not everybody's. `fault`: the kind of the last fault.
    """

    service: str
    court_id: UUID | None
    failures: int
    fault: str
    since: datetime
    until: datetime | None


@lru_cache(maxsize=4)
def _redis(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, decode_responses=True)


def _name(service: str, address: str, court_id: UUID | None) -> str:
    """With a digest of the address: a service that moved starts with a whole circuit."""
    place = hashlib.sha256(address.encode()).hexdigest()[:12]
    return f"circuit:{service}:{court_id or ''}:{place}"


@contextmanager
def circuit(
    service: str, address: str, *, away: type[Exception] | tuple[type[Exception], ...], court_id: UUID | None = None
) -> Iterator[None]:
    """Around one call of a service. An `away` exception is a fault of the service; another is its answer.

    Raises ServiceResting instead of calling while the circuit is open.
    """
    key = _name(service, address, court_id)
    known = _may_call(service, key)
    try:
        yield
    except away as error:
        _fault(service, key, type(error).__name__)
        raise
    except BaseTimeoutException as error:  # the job's own limit: the service took longer than all its time
        _fault(service, key, type(error).__name__)
        raise
    except Exception:
        _worked(key, known)
        raise
    _worked(key, known)


def _may_call(service: str, key: str) -> bool:
    """Whether anything is known against the service. Raises ServiceResting."""
    try:
        state = _state(_redis(runtime().settings.redis_url), key)
        until = _instant(state.get("until"))
        if until is None:
            return bool(state)
        now = clock.now()
        if now < until:
            raise ServiceResting(service, until)
        trial = f"{key}:trial"
        if not _redis(runtime().settings.redis_url).set(trial, "1", nx=True, ex=int(TRIAL.total_seconds())):
            raise ServiceResting(service, now + SOON)
    except (RedisError, ValueError):
        return False
    return True


def _fault(service: str, key: str, kind: str) -> None:
    try:
        redis = _redis(runtime().settings.redis_url)
        now = clock.now()
        failures = int(redis.hincrby(key, "failures", 1))
        redis.hsetnx(key, "since", str(now.timestamp()))
        redis.hset(key, "fault", kind)
        if failures >= FAILURES:
            rest = min(FIRST_REST * int(2 ** min(failures - FAILURES, 12)), LONGEST_REST)
            redis.hset(key, "until", str((now + rest).timestamp()))
            log.warning("%s does not answer (%s): left alone for %d s", service, kind, rest.total_seconds())
        redis.expire(key, FORGOTTEN)
        redis.sadd(INDEX, key)
        redis.delete(f"{key}:trial")
    except (RedisError, ValueError):
        return


def _worked(key: str, known: bool) -> None:
    if not known:
        return
    try:
        redis = _redis(runtime().settings.redis_url)
        redis.delete(key, f"{key}:trial")
        redis.srem(INDEX, key)
    except (RedisError, ValueError):
        return


def standings(redis_url: str) -> list[Standing]:
    """Circuits that are not whole, the longest away first. Raises RedisError."""
    redis = _redis(redis_url)
    found = []
    for key in redis.smembers(INDEX):
        state = _state(redis, str(key))
        since = _instant(state.get("since"))
        if since is None:
            redis.srem(INDEX, key)
            continue
        _circuit, service, court, _place = str(key).split(":")
        until, failures = _instant(state.get("until")), int(state.get("failures", 0))
        found.append(Standing(service, UUID(court) if court else None, failures, state.get("fault", ""), since, until))
    return sorted(found, key=lambda one: one.since)


def _state(redis: Redis, key: str) -> dict[str, str]:
    return {str(name): str(value) for name, value in redis.hgetall(key).items()}


def _instant(seconds: str | None) -> datetime | None:
    return datetime.fromtimestamp(float(seconds), UTC) if seconds else None
