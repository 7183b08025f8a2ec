"""Background jobs of refunds, by kind."""

from __future__ import annotations

from app.core.jobs import JobHandler
from app.payments.refunds.services import SEND, gave_up, run_send

JOBS: dict[str, JobHandler] = {SEND: JobHandler(run_send, gave_up=gave_up)}
