"""A look into one court: for a stated reason, for half an hour, and never at a person.

PostgreSQL guards it: enrollments, reports and staff show only in a transaction that names an open look of that court
(migration 0014), and of an enrollment only its number, its state and when it moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Membership
from app.cases.models import Enrollment
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.models import AuditEvent, Outbox
from app.court_admin.models import note
from app.operator.courts import the_court
from app.operator.models import OperatorLook
from app.reports.models import Report
from tenants.database import acting_as, session, transaction
from tenants.keys import uuid7
from tenants.models import ProgramRules

LASTS = timedelta(minutes=30)
SHOWN = 25  # enrollments, events, jobs: the newest


@dataclass(frozen=True)
class Seen:
    """What an operator sees: no name, no case number, no text that anybody wrote."""

    look: OperatorLook
    rules_version: int | None
    staff: list[Membership]
    states: dict[str, int]
    enrollments: list[Any]  # id, state, enrolled_at, last_activity_at
    reports: list[Any]  # number, kind, state, requested_at, ready_at
    jobs: list[Any]  # kind, attempt, due_at, done_at, failed_at
    events: list[AuditEvent]


def begin(court_id: UUID, *, reason: str, session_id: UUID, actor: Actor) -> OperatorLook:
    """Open a court for a stated reason, which is recorded in that court before anything is shown. Raises NotFound.

    Does nothing when this sign-in has a look open already.
    """
    the_court(court_id)
    open_one = open_look(court_id, session_id)
    if open_one is not None or actor.id is None:
        return _required(open_one)
    now = clock.now()
    look = OperatorLook(
        id=uuid7(), operator_id=actor.id, session_id=session_id, reason=reason, began_at=now, expires_at=now + LASTS
    )
    with acting_as(court_id), transaction() as current:
        current.add(look)
        new = {"reason": reason, "until": look.expires_at.isoformat()}
        audit("operator.look", actor=actor, subject=("court", court_id), new=new)
        note(current, "operator.look", operator_id=actor.id, court_id=court_id, detail={"reason": reason})
    return look


def _required(look: OperatorLook | None) -> OperatorLook:
    if look is None:
        raise LookupError("only an operator looks")
    return look


def open_look(court_id: UUID, session_id: UUID) -> OperatorLook | None:
    """The look that this sign-in has open at this moment; None when there is none (any more)."""
    with acting_as(court_id):
        return session().scalar(
            select(OperatorLook)
            .where(
                OperatorLook.session_id == session_id,
                OperatorLook.ended_at.is_(None),
                OperatorLook.expires_at > clock.now(),
            )
            .order_by(OperatorLook.began_at.desc())
            .limit(1)
        )


def end(court_id: UUID, session_id: UUID, *, actor: Actor) -> None:
    """Close the look before its time. Does nothing when there is none."""
    look = open_look(court_id, session_id)
    if look is None:
        return
    with acting_as(court_id), transaction() as current:
        current.execute(update(OperatorLook).where(OperatorLook.id == look.id).values(ended_at=clock.now()))
        audit("operator.end_look", actor=actor, subject=("court", court_id))


@contextmanager
def through(look: OperatorLook) -> Iterator[Session]:
    """A transaction to which PostgreSQL shows what an open look may see."""
    with acting_as(look.court_id), transaction() as current:
        current.execute(select(func.set_config("portal.look_id", str(look.id), True)))
        yield current


def seen(look: OperatorLook, enrollment_id: UUID | None = None) -> Seen:
    """What there is to see; with `enrollment_id`, of that enrollment, else of the court."""
    with through(look) as current:
        enrollments = current.execute(_enrollments(enrollment_id)).all()
        reports = current.execute(_reports(enrollment_id)).all()
        subjects = [enrollment_id, *(report.id for report in reports)] if enrollment_id else None
        return Seen(
            look=look,
            rules_version=current.scalar(select(func.max(ProgramRules.version))),
            staff=list(
                current.scalars(
                    select(Membership)
                    .where(Membership.court_id == look.court_id)  # facilitators of other courts can be read, too
                    .order_by(Membership.display_name)
                    .limit(200)
                )
            ),
            states=_states(current),
            enrollments=list(enrollments),
            reports=list(reports),
            jobs=list(current.execute(_jobs(look.court_id, subjects)).all()),
            events=list(
                current.scalars(select(AuditEvent).order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(SHOWN))
            ),
        )


def _states(current: Session) -> dict[str, int]:
    counted = select(Enrollment.state, func.count()).group_by(Enrollment.state).order_by(Enrollment.state)
    return {row.state: row[1] for row in current.execute(counted)}


def _enrollments(only: UUID | None) -> Any:
    query = select(Enrollment.id, Enrollment.state, Enrollment.enrolled_at, Enrollment.last_activity_at)
    query = query.order_by(Enrollment.last_activity_at.desc(), Enrollment.id.desc()).limit(SHOWN)
    return query if only is None else query.where(Enrollment.id == only)


def _reports(only: UUID | None) -> Any:
    columns = (Report.id, Report.number, Report.kind, Report.state, Report.requested_at, Report.ready_at)
    query = select(*columns).order_by(Report.requested_at.desc(), Report.id.desc()).limit(SHOWN)
    return query if only is None else query.where(Report.enrollment_id == only)


def _jobs(court_id: UUID, subjects: list[Any] | None) -> Any:
    columns = (Outbox.kind, Outbox.attempt, Outbox.due_at, Outbox.done_at, Outbox.failed_at)
    query = select(*columns).where(Outbox.court_id == court_id).order_by(Outbox.due_at.desc()).limit(SHOWN)
    if subjects is not None:
        return query.where(Outbox.subject_id.in_(subjects))
    return query.where(Outbox.done_at.is_(None))
