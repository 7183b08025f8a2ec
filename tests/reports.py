"""Cases at each stage of the program, and the reports' jobs run without a worker."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select, update

from app.accountability.lookups import check_ins_of
from app.accountability.services import review, submit
from app.cases.services import finish_coursework, open_coursework
from app.core import clock
from app.core.models import Outbox, StoredFile
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.factory import create_app
from app.notices.services import SEND
from app.permissions.identity import Identity, Role
from app.reports.delivering.documents import deliveries_with
from app.reports.delivering.models import ReportDelivery
from app.reports.delivering.services import DELIVER, HAND_OVER
from app.reports.lookups import RENDER
from app.reports.models import Report
from app.reports.services import request_report
from config import Settings
from tenants.database import session, transaction
from tenants.program import ProgramDocument, load_preset
from tenants.report_delivery import Delivery, KindDelivery
from tests.factories import TestCourt, make_learner
from tests.stack import Stack


def run_renders(court: TestCourt) -> list[str]:
    """Run every render job of the court that waits; returns how each ended."""
    with court.app.app_context(), court.acting():
        waiting = select(Outbox.id).where(Outbox.kind == RENDER, Outbox.done_at.is_(None), Outbox.failed_at.is_(None))
        ids = list(session().scalars(waiting.order_by(Outbox.due_at, Outbox.id)))
    ends = []
    for job_id in ids:
        with court.app.app_context(), court.acting():
            ends.append(run_job(job_id, runtime().registry.jobs))
    return ends


def ask(court: TestCourt, enrollment_id: UUID, kind: str, **options: str) -> Report:
    """A report requested by the court's clerk."""
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        return request_report(enrollment_id, kind, actor=court.member(Role.CLERK), **options)


def report_of(court: TestCourt, report_id: UUID) -> Report:
    """The row as it is now."""
    with court.app.app_context(), court.acting():
        return session().scalars(select(Report).where(Report.id == report_id)).one()


def reports_of(court: TestCourt, enrollment_id: UUID) -> list[Report]:
    """Every report of an enrollment, the oldest first."""
    with court.app.app_context(), court.acting():
        rows = select(Report).where(Report.enrollment_id == enrollment_id).order_by(Report.number)
        return list(session().scalars(rows))


def file_bytes(court: TestCourt, report: Report) -> bytes:
    """The issued file out of storage."""
    with court.app.app_context(), court.acting():
        row = session().scalars(select(StoredFile).where(StoredFile.id == report.file_id)).one()
        return runtime().storage.get(court.id, row.sha256)


def token_of(report: Report) -> str:
    """What stands on the paper."""
    return str(report.snapshot["verify_url"]).rpartition("/")[2]


def text_of(pdf: bytes) -> str:
    """Every page's text, white space folded."""
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def in_accountability(court: TestCourt, **fields: Any) -> tuple[Identity, UUID]:
    """Somebody who has finished the lessons and has the check-ins ahead."""
    learner, enrollment_id = make_learner(court, **fields)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        open_coursework(enrollment_id)
        finish_coursework(enrollment_id)
    return learner, enrollment_id


def all_checked_in(court: TestCourt, **fields: Any) -> tuple[Identity, UUID]:
    """Somebody whose every check-in was sent in time and accepted: the final report is due."""
    learner, enrollment_id = in_accountability(court, **fields)
    officer = court.member(Role.OFFICER)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        for row in check_ins_of(enrollment_id):
            with clock.moved_to(row.closes_at - timedelta(hours=3)):
                submit(enrollment_id, row.number, {"how": "well"}, actor=learner)
                review(row.id, "accepted", actor=officer)
    return learner, enrollment_id


@contextmanager
def app_over(stack: Stack, suite: Settings) -> Iterator[Flask]:
    """The portal in this process, over the database, files and clock of the running processes."""
    try:
        yield create_app(stack.settings("web"))
    finally:
        clock.follow(suite.clock_file)


def run_kind(court: TestCourt, *kinds: str) -> list[str]:
    """Run every waiting job of these kinds, and what it brings along; returns how each ended."""
    ends: list[str] = []
    while True:
        with court.app.app_context(), court.acting():
            waiting = select(Outbox.id).where(
                Outbox.kind.in_(kinds), Outbox.done_at.is_(None), Outbox.failed_at.is_(None), Outbox.attempt == 0
            )
            job_id = session().scalar(waiting.order_by(Outbox.due_at, Outbox.id).limit(1))
        if job_id is None:
            return ends
        with court.app.app_context(), court.acting():
            with transaction() as current:  # as the relay sends it
                current.execute(update(Outbox).where(Outbox.id == job_id).values(attempt=1, sent_at=clock.now()))
            ends.append(run_job(job_id, runtime().registry.jobs))


def run_deliveries(court: TestCourt) -> list[str]:
    """Run every job of a delivery that waits, mails included; returns how each ended."""
    return run_kind(court, HAND_OVER, DELIVER, SEND)


def deliveries_of(court: TestCourt, report_id: UUID) -> list[ReportDelivery]:
    """Every delivery of a report or list, the oldest first."""
    with court.app.app_context(), court.acting():
        rows = select(ReportDelivery).where(deliveries_with(report_id)).order_by(ReportDelivery.id)
        return list(session().scalars(rows))


def rules_that_deliver(preset: str = "county_probation", **kinds: KindDelivery | str) -> ProgramDocument:
    """A preset with its own rule of delivery for some kinds of reports, by kind."""
    document = load_preset(preset)
    reports = document.reports.model_copy(update={"delivery": Delivery.model_validate(kinds)})
    return document.model_copy(update={"reports": reports})
