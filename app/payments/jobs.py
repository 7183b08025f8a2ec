"""Background jobs of payments, by kind."""

from __future__ import annotations

from app.core.jobs import JobHandler
from app.payments.reconciling import jobs as reconciling
from app.payments.refunds import jobs as refunds
from app.payments.sweeping import SWEEP, run_sweep

JOBS: dict[str, JobHandler] = {SWEEP: JobHandler(run_sweep), **refunds.JOBS, **reconciling.JOBS}
