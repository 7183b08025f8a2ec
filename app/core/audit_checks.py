"""Checks of the audit trail that people ask for: at once while the chain is short, by the worker when it is long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core import clock, sealer
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.errors import NotFound
from app.core.jobs import Job, JobHandler
from app.core.models import AuditCheck
from app.core.outbox import enqueue
from app.core.sealer import Finding, FindingKind, Verdict
from tenants.database import session, transaction
from tenants.keys import uuid7

CHECK = "audit.check"  # the kind of job
AT_ONCE = 5_000  # links; a longer chain would keep the person who asks waiting for more than a second or two
KEPT = 100  # findings that a row keeps; the count says how many there were
SHOWN = 20  # results on the page


def ask_for_check(*, actor: Actor) -> AuditCheck:
    """Check the chain of the court at work, or have the worker do it; the row holds what was found, or waits for it."""
    check_id = uuid7()
    with transaction() as current:
        length, _digest = sealer.head()
        verdict = sealer.verify() if length <= AT_ONCE else None
        job_id = enqueue(CHECK, check_id) if verdict is None else None
        check = AuditCheck(id=check_id, asked_at=clock.now(), asked_by=actor.id, job_id=job_id, problems=[])
        current.add(check)
        audit("audit.check", actor=actor, subject=("audit_check", check_id), new={"length": length})
        if verdict is not None:
            _note(check, verdict)
        current.flush()
    return check


def _note(check: AuditCheck, verdict: Verdict) -> None:
    """Keep what a check found, and put it on the trail: a chain that was broken once stays known."""
    count = len(verdict.findings)
    check.state = "broken" if count else "whole"
    check.done_at = clock.now()
    check.sealed, check.unsealed, check.problem_count = verdict.sealed, verdict.unsealed, count
    check.problems = [_as_json(finding) for finding in verdict.findings[:KEPT]]
    new = {"state": check.state, "sealed": check.sealed, "unsealed": check.unsealed, "problems": count}
    audit("audit.checked", actor=SYSTEM, subject=("audit_check", check.id), new=new)


def _as_json(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "event_id": str(finding.event_id) if finding.event_id else None}


def findings_of(check: AuditCheck) -> tuple[Finding, ...]:
    """The first findings that a row keeps."""
    return tuple(
        Finding(
            FindingKind(one["kind"]),
            one["first"],
            one["last"],
            UUID(one["event_id"]) if one["event_id"] else None,
            one["action"],
        )
        for one in check.problems
    )


def run_check(job: Job) -> None:
    """The worker's part: the check first, then its result and the end of the job in one transaction."""
    verdict = sealer.verify()
    with transaction() as current:
        job.done()
        _note(_waiting(job), verdict)
        current.flush()


def _waiting(job: Job) -> AuditCheck:
    found = session().scalar(select(AuditCheck).where(AuditCheck.id == job.subject_id).with_for_update())
    if found is None:
        raise NotFound
    return found


def _gave_up(job: Job, _error: str) -> None:
    check = _waiting(job)
    check.state, check.done_at = "failed", clock.now()


def newest_checks() -> Sequence[AuditCheck]:
    """The last SHOWN checks, the newest first."""
    query = select(AuditCheck).order_by(AuditCheck.asked_at.desc(), AuditCheck.id.desc()).limit(SHOWN)
    return session().scalars(query).all()


def get_check(check_id: UUID) -> AuditCheck:
    """One check of the court at work. Raises NotFound."""
    found = session().scalar(select(AuditCheck).where(AuditCheck.id == check_id))
    if found is None:
        raise NotFound
    return found


JOBS = {
    CHECK: JobHandler(
        run_check,
        queue="bulk",
        time_limit=timedelta(minutes=30),
        lease=timedelta(minutes=35),
        attempts=3,
        gave_up=_gave_up,
    )
}
