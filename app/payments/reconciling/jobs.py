"""Background jobs of the reconciliation, by kind."""

from __future__ import annotations

from datetime import timedelta

from app.core.jobs import JobHandler
from app.payments.reconciling.services import COMPARE, FETCH, gave_up_comparing, run_compare, run_fetch

JOBS: dict[str, JobHandler] = {
    FETCH: JobHandler(run_fetch, time_limit=timedelta(minutes=10)),
    COMPARE: JobHandler(run_compare, time_limit=timedelta(minutes=15), gave_up=gave_up_comparing),
}
