"""A job that fails in every way there is comes to an end, and is shown as failed."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.jobs import Job, JobHandler
from app.core.models import Outbox
from app.core.outbox import enqueue, run_job
from tenants.database import session, transaction
from tests.factories import TestCourt, make_court


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


def fail(_job: Job) -> None:
    raise ValueError("a word with a \x00 in it")


def fail_again(_job: Job, _message: str) -> None:
    raise LookupError("what it was about is gone")


@pytest.mark.proves("FA-5")
@pytest.mark.parametrize("gave_up", [None, fail_again], ids=["nobody to tell", "telling fails too"])
def test_a_job_that_can_not_even_fail_in_order_is_not_run_for_ever(court: TestCourt, gave_up: object) -> None:
    handlers = {"probe": JobHandler(fail, attempts=1, gave_up=gave_up)}  # type: ignore[arg-type]  # a parameter
    with court.app.app_context(), court.acting():
        with transaction() as current:
            job_id: UUID = enqueue("probe", uuid4())
            row = current.scalars(select(Outbox).where(Outbox.id == job_id)).one()
            row.attempt = 1
        assert run_job(job_id, handlers) == "failed"
        assert run_job(job_id, handlers) == "gone"
        kept = session().scalars(select(Outbox).where(Outbox.id == job_id).execution_options(populate_existing=True))
        assert kept.one().error.startswith("ValueError")
