"""A batch of mixed reports by real workers, one and two, and one report from the click to its file.

`BENCH_BATCH` (1,000) reports in a batch, `BENCH_CLICKS` (40) single ones.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select

from app.batches.lookups import Subject, progress_of
from app.batches.rules import What
from app.batches.services import start
from app.core.models import Outbox
from app.factory import create_app
from app.permissions.identity import Role
from app.reports.jobs import make_file
from app.reports.models import Report
from app.reports.renderer import shared_renderer
from app.reports.services import request_report
from app.reports.snapshot import Snapshot
from tenants.database import session
from tests.bench.bench_lists import resident
from tests.bench.ground import own_servers
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.reports import in_accountability
from tests.stack import Stack, running

REPORTS = int(os.environ.get("BENCH_BATCH", "1000"))
CLICKS = int(os.environ.get("BENCH_CLICKS", "40"))
PEOPLE = 20
CORES = len(os.sched_getaffinity(0))
PATIENCE = 3600  # seconds
GOAL_TWO, GOAL_CLICK = 1.5, 1_500

Row = tuple[str, float, float, str]


def rows() -> list[Row]:
    """Name, ours, floor, note."""
    with own_servers() as servers, running(servers, Path(servers.folder), workers=1) as stack:
        app = create_app(stack.settings("web"))
        publish(app)
        court = make_court(app)
        people = [in_accountability(court, family_names=f"Bench{n:02d}")[1] for n in range(PEOPLE)]
        _settle(app, court)
        clicks = _clicks(court, people)
        one, small, large = _batch(court, people, stack)
        stack.start_worker(1)
        two, _small, _large = _batch(court, people, stack)
    rate_one, rate_two = REPORTS / one, REPORTS / two
    memory = f"largest resident MB, first tenth -> end: {small} -> {large}"
    return [
        (
            f"batch: {REPORTS:,} mixed reports, two workers against one (a second)",
            rate_two,
            rate_one,
            f"{rate_two / rate_one:.2f} times (goal {GOAL_TWO}); per core {rate_two / min(2, CORES):.2f}; {memory}",
        ),
        *clicks,
    ]


def _batch(court: TestCourt, people: Sequence[UUID], stack: Stack) -> tuple[float, str, str]:
    """Seconds that a batch takes, and the workers' memory after a tenth of it and at its end."""
    about = [Subject("", enrollment_id=people[n % PEOPLE]) for n in range(REPORTS)]
    halves = (What.PROGRESS, about[: REPORTS // 2]), (What.BENCH_CARD, about[REPORTS // 2 :])
    began = time.perf_counter()
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        batches = [start(what, some, actor=court.member(Role.CLERK)).id for what, some in halves]

    def made() -> int:
        with court.app.app_context(), court.acting():
            found = progress_of(batches).values()
        if any(one.to_retry for one in found):
            raise RuntimeError("a report of the batch could not be made")
        return sum(one.made for one in found)

    _wait(lambda: made() >= REPORTS // 10)
    small = _memory(stack)
    _wait(lambda: made() == REPORTS)
    return time.perf_counter() - began, small, _memory(stack)


def _memory(stack: Stack) -> str:
    """The largest resident size of a worker, and of its render server."""
    workers = [process.pid for name, process in stack.processes.items() if name.startswith("worker")]
    servers = [int(pid) for worker in workers for pid in _children(worker)]
    return f"worker {max(map(resident, workers)):.0f}, render server {max(map(resident, servers), default=0):.0f}"


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _clicks(court: TestCourt, people: Sequence[UUID]) -> list[Row]:
    """From the request of one progress report to its file, with an idle worker."""
    total, asked, waited, made = [], [], [], []
    for n in range(CLICKS):
        time.sleep(0.5)
        began = time.perf_counter()
        with court.app.app_context(), court.app.test_request_context(), court.acting():
            key = request_report(people[n % PEOPLE], "progress", actor=court.member(Role.CLERK)).id
        frozen = time.perf_counter()
        sent_at, ready_at, requested_at = _until_ready(court, key)
        total.append(time.perf_counter() - began)
        asked.append(frozen - began)
        waited.append((sent_at - requested_at).total_seconds())
        made.append((ready_at - sent_at).total_seconds())
    middle = [statistics.median(part) * 1000 for part in (asked, waited, made, _drawn(court, key))]
    note = (
        "medians: facts frozen {:.0f}, then from frozen to sent {:.0f}, from sent to ready {:.0f}, of which drawn, "
        "archived and sealed {:.0f}; the rest is the worker's own fork, connection and storage"
    ).format(*middle)
    p95 = sorted(total)[max(0, int(len(total) * 0.95) - 1)] * 1000
    return [(f"report: click to file, p95 of {CLICKS} (ms)", p95, GOAL_CLICK, f"the second figure is the goal; {note}")]


def _drawn(court: TestCourt, report_id: UUID) -> list[float]:
    """Seconds that the file itself takes, by a warm render server beside the worker's."""
    took = []
    with court.app.app_context(), court.acting():
        stored = session().scalars(select(Report.snapshot).where(Report.id == report_id)).one()
        snapshot = Snapshot.model_validate(stored)
        shared_renderer().start()
        for _round in range(7):
            time.sleep(0.3)  # until the server has made its next spare
            began = time.perf_counter()
            make_file(snapshot)
            took.append(time.perf_counter() - began)
    return took[1:]


def _until_ready(court: TestCourt, report_id: UUID) -> tuple[datetime, datetime, datetime]:
    found: list[tuple[datetime, datetime, datetime]] = []

    def ready() -> bool:
        with court.app.app_context(), court.acting():
            row = (
                session()
                .execute(
                    select(Outbox.sent_at, Report.ready_at, Report.requested_at)
                    .join(Report, Report.job_id == Outbox.id)
                    .where(Report.id == report_id, Report.ready_at.is_not(None))
                )
                .first()
            )
        if row is not None:
            found.append((row[0], row[1], row[2]))
        return row is not None

    _wait(ready, every=0.005)
    return found[0]


def _settle(app: Flask, court: TestCourt) -> None:
    """Until what enrolling brings is made."""

    def quiet() -> bool:
        with app.app_context(), court.acting():
            waiting = select(func.count()).select_from(Outbox).where(Outbox.done_at.is_(None))
            return session().scalar(waiting.where(Outbox.kind.like("reports.%"))) == 0

    _wait(quiet)


def _wait(done: Callable[[], bool], *, every: float = 0.2) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            raise RuntimeError("the workers did not come to an end")
        time.sleep(every)


if __name__ == "__main__":
    for name, ours, floor, note in rows():
        print(f"{name}: {ours:.2f} against {floor:.2f}: {note}")
