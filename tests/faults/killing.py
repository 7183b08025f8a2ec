"""Killing processes of a running portal at random, and what must be true afterwards."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.models import AuditEvent, StoredFile
from app.core.runtime import runtime
from app.permissions.identity import Role
from app.reports.models import Report
from app.reports.services import retry_report
from tenants.database import session
from tests.factories import TestCourt
from tests.stack import Stack

PATIENCE = 240  # seconds


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
