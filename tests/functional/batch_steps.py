"""Running the background jobs of batches, lists and packets without a worker."""

from __future__ import annotations

from sqlalchemy import select

from app.core import clock
from app.core.models import Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.permissions.identity import Identity, Role
from app.reports.lists.models import ListReport
from tenants import rules
from tenants.database import session
from tenants.program import ProgramDocument, load_preset
from tests.factories import TestCourt

MOST_ROUNDS = 200


def run_jobs(court: TestCourt, *kinds: str, rounds: int = MOST_ROUNDS) -> int:
    """Run the court's waiting jobs (of these kinds, or all of reports and batches) until none is left; how many."""
    done = 0
    for _round in range(rounds):
        with court.app.app_context(), court.acting():
            waiting = select(Outbox.id).where(Outbox.done_at.is_(None), Outbox.failed_at.is_(None))
            which = Outbox.kind.in_(kinds) if kinds else Outbox.kind.like("reports.%") | Outbox.kind.like("batches.%")
            ids = list(session().scalars(waiting.where(which).order_by(Outbox.due_at, Outbox.id)))
        if not ids:
            return done
        for job_id in ids:
            with court.app.app_context(), court.acting():
                if run_job(job_id, runtime().registry.jobs) == "retry":
                    fault = session().scalar(select(Outbox.kind + ": " + Outbox.error).where(Outbox.id == job_id))
                    raise AssertionError(fault)
            done += 1
    raise AssertionError(f"jobs come again and again: {done}")


def lists_of(court: TestCourt) -> list[ListReport]:
    """Every list of the court, the oldest first."""
    with court.app.app_context(), court.acting():
        return list(session().scalars(select(ListReport).order_by(ListReport.number)))


def with_schedules(preset: str = "county_probation", **schedules: object) -> ProgramDocument:
    """A preset's rules with these schedules."""
    document = load_preset(preset)
    given = document.to_json()
    given["reports"]["schedules"] = {**given["reports"]["schedules"], **schedules}
    return ProgramDocument.model_validate(given)


def publish_schedules(court: TestCourt, **schedules: object) -> None:
    """Put these schedules into force."""
    with court.app.app_context(), court.acting():
        rules.publish(with_schedules(**schedules), by=None, reason="schedules", at=clock.now())


def clerk(court: TestCourt) -> Identity:
    return court.member(Role.CLERK)
