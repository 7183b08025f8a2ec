"""What operators do to courts, and the little that they may see inside one. Runs as the platform role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.accounts.models import Membership
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.models import AuditEvent, Outbox
from app.court_admin.models import note
from tenants.database import acting_as, session, transaction
from tenants.models import Court, CourtState, ProgramRules

LATE = timedelta(minutes=5)  # a job due longer ago than this should have been done
SHOWN_EVENTS = 20


@dataclass(frozen=True)
class Backlog:
    """Jobs of one court that are not done. `late` ones should be; `failed` ones wait for a person."""

    court: Court
    waiting: int
    late: int
    failed: int
    oldest: datetime | None


@dataclass(frozen=True)
class Look:
    """What an operator sees inside a court: no learner, no case."""

    court: Court
    rules_version: int | None
    staff: list[Membership]
    backlog: Backlog
    events: list[AuditEvent]


def the_court(court_id: UUID) -> Court:
    """Raises NotFound."""
    court = session().get(Court, court_id)
    if court is None:
        raise NotFound
    return court


def change_state(
    court_id: UUID, *, state: CourtState, message: str, reason: str, row_version: str, actor: Actor
) -> Court:
    """Suspend, close or reopen a court; `message` is what its people read while it is suspended.

    Audited in the court and on the platform. Does nothing when nothing changes. Raises Refused with the field,
    StaleForm by way of `row_version`, NotFound.
    """
    if state == CourtState.SUSPENDED and not message:
        raise Refused(_("Say what the court's people will read."), "message")
    with acting_as(court_id), transaction() as current:
        court = current.scalar(select(Court).where(Court.id == court_id).with_for_update())
        if court is None:
            raise NotFound
        old = {"state": str(court.state), "message": court.state_message}
        new = {"state": str(state), "message": message if state == CourtState.SUSPENDED else ""}
        if old == new:
            return court
        if str(court.row_version) != row_version:
            raise Refused(_("Somebody else changed this court's state meanwhile. Look at it again, then send."))
        court.state, court.state_message = new["state"], new["message"]
        audit("operator.change_state", actor=actor, subject=("court", court_id), old=old, new={**new, "reason": reason})
        detail = {"old": old["state"], "new": new["state"], "reason": reason}
        note(current, "operator.change_state", operator_id=actor.id, court_id=court_id, detail=detail)
    return court


def look_into(court_id: UUID, *, reason: str, actor: Actor) -> Look:
    """Open one court for a stated reason, which is recorded in that court before anything is shown. Raises NotFound."""
    court = the_court(court_id)
    with acting_as(court_id):
        with transaction() as current:
            audit("operator.look", actor=actor, subject=("court", court_id), new={"reason": reason})
            note(current, "operator.look", operator_id=actor.id, court_id=court_id, detail={"reason": reason})
        current = session()
        return Look(
            court=court,
            rules_version=current.scalar(select(func.max(ProgramRules.version))),
            staff=list(current.scalars(select(Membership).order_by(Membership.display_name))),
            backlog=_backlog(court),
            events=list(
                current.scalars(
                    select(AuditEvent).order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(SHOWN_EVENTS)
                )
            ),
        )


def backlogs() -> list[Backlog]:
    """Counts for every court, the worst first. Numbers only: this asks for no reason."""
    courts = session().scalars(select(Court).order_by(Court.slug)).all()
    found = []
    for court in courts:
        with acting_as(court.id):
            found.append(_backlog(court))
    return sorted(found, key=lambda one: (-one.failed, -one.late, -one.waiting, one.court.slug))


def _backlog(court: Court) -> Backlog:
    due = Outbox.failed_at.is_(None)
    waiting, late, failed, oldest = (
        session()
        .execute(
            select(
                func.count().filter(due),
                func.count().filter(due, Outbox.due_at < clock.now() - LATE),
                func.count().filter(Outbox.failed_at.is_not(None)),
                func.min(Outbox.due_at).filter(due),
            ).where(Outbox.done_at.is_(None))
        )
        .one()
    )
    return Backlog(court, waiting, late, failed, oldest)
