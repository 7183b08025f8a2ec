"""Background jobs of payments, by kind."""

from __future__ import annotations

from app.core.jobs import JobHandler

JOBS: dict[str, JobHandler] = {}
