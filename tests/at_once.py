"""Two at once, without luck: the second one starts while the first one's transaction is open, and meets its locks."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import text

from app.core import clock
from tenants.database import session, transaction
from tests.factories import TestCourt

# Whoever waits for a lock that this very transaction holds.
WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
LONGEST = 10.0
T = TypeVar("T")


def while_open(
    court: TestCourt, first: Callable[[], object], second: Callable[[], T], then: Callable[[], object] = lambda: None
) -> Future[T]:
    """Do `first` in a transaction of the court, begin `second` in another thread; once that waits for a lock of
    `first`, or has come to its end without one, do `then` and commit. The answer of `second`, or what it raised."""
    now = clock.now()

    def run() -> T:
        with clock.moved_to(now):
            return second()

    with ThreadPoolExecutor(1) as pool:
        with court.app.app_context(), court.app.test_request_context(), court.acting(), transaction():
            first()
            assert session().info["in_transaction"], "a factory in `first` has ended the transaction: make it before"
            session().flush()
            other, until = pool.submit(run), time.monotonic() + LONGEST
            while not other.done() and not session().scalar(WAITING):
                assert time.monotonic() < until, "the second one neither waits nor ends"
                time.sleep(0.01)
            then()
        other.exception(LONGEST)
        return other
