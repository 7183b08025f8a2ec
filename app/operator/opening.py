"""Opening a court from the console: its row at once, its rules and its administrator's invitation by a worker.

The console's role can not publish rules or write an invitation; it writes the job, in the transaction that opens the
court, and a worker does the rest as the application's role.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.accounts.invitations import invite
from app.core.actor import Actor, ActorKind
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.jobs import Job, JobHandler
from app.core.outbox import enqueue
from app.court_admin.onboarding import NewCourt, begun, check, check_modules, cleaned, furnish, open_court
from app.permissions.identity import Role
from tenants.database import acting_as, session, transaction
from tenants.keys import uuid7
from tenants.models import Court, ProgramRules

FURNISH = "court_admin.furnish"
INVITE_FACILITATOR = "operator.invite_facilitator"


def open_from_console(new: NewCourt, *, actor: Actor) -> UUID:
    """Open a court; returns its id. Sent twice, or again after it stopped half-way, it opens one court.

    Raises Refused with the field at fault.
    """
    check(new)
    check_modules(new)
    found: Court | None = begun(session(), new)
    court_id = found.id if found else uuid7()
    try:
        with acting_as(court_id), transaction() as current:
            if found is None:
                open_court(current, new, actor.id, court_id=court_id)
            elif current.scalar(select(func.count()).select_from(ProgramRules)):
                raise Refused(_("The court %(slug)s exists already, with its rules.", slug=new.slug), "slug")
            payload = {"court": asdict(new), "operator": str(actor.id)}
            enqueue(FURNISH, court_id, payload=payload, once="opened")
    except IntegrityError:  # another operator took the address or the prefix a moment ago
        raise Refused(_("The address %(slug)s belongs to another court.", slug=new.slug), "slug") from None
    return court_id


def furnish_court(job: Job) -> None:
    """The rules and the invitation of a court that was opened from the console."""
    assert job.subject_id is not None
    values = dict(job.payload["court"])
    new = cleaned(**{**values, "languages": tuple(values["languages"])})
    operator = Actor(ActorKind.OPERATOR, UUID(job.payload["operator"]), Role.OPERATOR)
    with transaction():
        job.done()
        furnish(new, job.subject_id, actor=operator)


def invite_facilitator(job: Job) -> None:
    """The invitation of somebody who is to review for this court and has no sign-in yet."""
    operator = Actor(ActorKind.OPERATOR, UUID(job.payload["operator"]), Role.OPERATOR)
    with transaction():
        job.done()
        invite(
            email=job.payload["email"],
            display_name=job.payload["display_name"],
            role=Role.FACILITATOR,
            actor=operator,
        )


JOBS: dict[str, JobHandler] = {
    FURNISH: JobHandler(furnish_court, queue="urgent", time_limit=timedelta(seconds=60)),
    INVITE_FACILITATOR: JobHandler(invite_facilitator, queue="urgent", time_limit=timedelta(seconds=60), attempts=3),
}
