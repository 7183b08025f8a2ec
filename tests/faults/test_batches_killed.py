"""Workers, work-horses, render servers and the relay killed while a batch is made: each report comes once, and the
batch ends."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.batches.lookups import Subject, progress_of
from app.batches.models import BatchState, ReportBatch, ReportBatchItem
from app.batches.rules import Progress, What
from app.batches.services import retry, start
from app.core import clock
from app.core.models import AuditEvent
from app.permissions.identity import Role
from app.reports.models import Report
from config import Settings
from tenants.database import session
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner
from tests.faults.killing import PATIENCE, assert_each_once, kill_something
from tests.reports import app_over
from tests.servers import Servers
from tests.stack import Stack, running

ABOUT = 4  # reports in a batch
KILLS = 3  # while it is made


@pytest.fixture(scope="module")
def stack(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(servers, tmp_path_factory.mktemp("batches"), workers=2) as stack:
        yield stack


def looked_at(court: TestCourt, batch_id: UUID) -> tuple[str, Progress]:
    """The batch as its page shows it, which is no more and no less than what is there."""
    with court.app.app_context(), court.acting():
        # What is there first: between the two looks more may be made, never less.
        files = session().scalars(
            select(ReportBatchItem.id)
            .join(Report, Report.id == ReportBatchItem.report_id)
            .where(ReportBatchItem.batch_id == batch_id, Report.file_id.is_not(None))
        )
        there = len(files.all())
        progress = progress_of([batch_id])[batch_id]
        state = session().scalars(select(ReportBatch.state).where(ReportBatch.id == batch_id)).one()
    assert progress.total == ABOUT, "nobody is forgotten and nobody counted twice"
    assert progress.made >= there
    return state, progress


def settle(court: TestCourt, stack: Stack, batch_id: UUID) -> None:
    """Until the batch ended with everything made; what failed is tried again, as by its button."""
    end, made = time.monotonic() + PATIENCE, 0
    while time.monotonic() < end:
        for _ in range(8):
            state, progress = looked_at(court, batch_id)
            assert progress.made >= made, "what was made stays"
            made = progress.made
            if state == BatchState.DONE:
                break
            time.sleep(0.5)
        if state == BatchState.DONE and made == ABOUT:
            return
        if state == BatchState.DONE:
            assert progress.to_retry, "it ends only when nothing of it is being made"
            with court.app.app_context(), court.app.test_request_context(), court.acting():
                assert retry(batch_id, actor=court.member(Role.CLERK)) == progress.to_retry
        else:
            stack.move_clock(clock.now() + timedelta(minutes=3))  # which ends leases
    logs = "\n".join(stack.log(name)[-1500:] for name in ("worker0", "worker1", "scheduler0"))
    raise AssertionError(f"{state} {progress}\n{logs}")


@pytest.mark.proves("FA-1")
@pytest.mark.slow  # 20 seconds and more
@pytest.mark.parametrize("seeds", [range(1, 4), range(4, 16)], ids=["3", "12"])
def test_a_batch_ends_with_each_report_once_through_kills(stack: Stack, settings: Settings, seeds: range) -> None:
    with app_over(stack, settings) as app:
        publish(app)
        court = make_court(app)
        people = [make_learner(court)[1] for _ in range(ABOUT)]
        for seed in seeds:
            chance = random.Random(seed)
            with app.app_context(), app.test_request_context(), court.acting():
                about = [Subject("", enrollment_id=one) for one in people]
                batch_id = start(What.PROGRESS, about, actor=court.member(Role.CLERK)).id
            killed = []
            for _ in range(KILLS):
                time.sleep(chance.uniform(0, 1.5))
                killed.append(kill_something(stack, chance))
            settle(court, stack, batch_id)
            with app.app_context(), court.acting():
                items = session().scalars(select(ReportBatchItem).where(ReportBatchItem.batch_id == batch_id)).all()
                asked = Counter(session().scalars(select(Report.enrollment_id).where(Report.kind == "progress")))
                ended = session().scalars(
                    select(AuditEvent.id).where(AuditEvent.action == "batches.end", AuditEvent.subject_id == batch_id)
                )
                assert len({item.report_id for item in items}) == ABOUT, (seed, killed)
                assert asked == dict.fromkeys(people, seed - seeds[0] + 1), (seed, killed)
                assert ended.all(), (seed, killed)
            assert_each_once(app, court)
