"""Who is on call, and who may see which concern. Missing and forbidden look the same: NotFound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.accounts.lookups import active_administrators
from app.accounts.models import Membership, StaffCredential
from app.accounts.rules import normalize_email
from app.concerns.models import Concern, ConcernStep
from app.core.errors import NotFound
from app.permissions.identity import Identity, Role
from app.permissions.permissions import Permission, may
from tenants.care import Concerns
from tenants.database import session
from tenants.rules import rules_in_force

MOST = 100


@dataclass(frozen=True)
class Duty:
    """Somebody on call who can sign in."""

    member: Membership
    email: str
    name: str
    phone: str


def concern_rules() -> Concerns:
    """What the rules in force say; concerns are never pinned to an enrollment."""
    return rules_in_force()[1].concerns


def on_call() -> list[Duty]:
    """Who is on call, in the order of the rules; without anybody who can sign in, the administrators."""
    named = [(normalize_email(one.email), one) for one in concern_rules().on_call]
    members = _members([email for email, _one in named])
    duties = [Duty(members[email], email, one.name, one.phone) for email, one in named if email in members]
    return duties or administrators()


def administrators() -> list[Duty]:
    """The court's active administrators."""
    ids = [member.id for member in active_administrators()]
    rows = session().execute(
        select(Membership, StaffCredential.email)
        .join(StaffCredential, StaffCredential.id == Membership.credential_id)
        .where(Membership.id.in_(ids))
        .order_by(Membership.id)
    )
    return [Duty(member, email, member.display_name, "") for member, email in rows]


def _members(emails: Sequence[str]) -> dict[str, Membership]:
    rows = session().execute(
        select(StaffCredential.email, Membership)
        .join(Membership, Membership.credential_id == StaffCredential.id)
        .where(StaffCredential.email.in_(emails), Membership.state == "active")
    )
    return {row[0]: row[1] for row in rows}


def is_on_call(identity: Identity) -> bool:
    return any(duty.member.id == identity.id for duty in on_call())


def sees_all(identity: Identity) -> bool:
    """Whether `identity` sees every concern of the court: whoever is on call, and administrators."""
    return may(identity, Permission.CONCERN_READ) and (identity.as_role is Role.ADMINISTRATOR or is_on_call(identity))


def concern_for(identity: Identity, concern_id: UUID) -> Concern:
    """One concern that `identity` may see: the own one, or any for those who see all. Raises NotFound."""
    if not may(identity, Permission.CONCERN_READ):
        raise NotFound
    found = session().scalar(select(Concern).where(Concern.id == concern_id))
    if found is None or not (found.raised_by == identity.id or sees_all(identity)):
        raise NotFound
    return found


def concerns_for(identity: Identity) -> list[tuple[Concern, list[str]]]:
    """The concerns that `identity` may see with their steps, the newest first (at most MOST). Raises NotFound."""
    if not may(identity, Permission.CONCERN_READ):
        raise NotFound
    query = select(Concern).order_by(Concern.raised_at.desc(), Concern.id).limit(MOST)
    if not sees_all(identity):
        query = query.where(Concern.raised_by == identity.id)
    found = list(session().scalars(query))
    steps: dict[UUID, list[str]] = {one.id: [] for one in found}
    rows = select(ConcernStep.concern_id, ConcernStep.step).where(ConcernStep.concern_id.in_(steps))
    for concern_id, step in session().execute(rows.order_by(ConcernStep.at, ConcernStep.id)):
        steps[concern_id].append(step)
    return [(one, steps[one.id]) for one in found]


def steps_of(concern_id: UUID) -> Sequence[ConcernStep]:
    """Everything that was done about a concern, in order."""
    query = select(ConcernStep).where(ConcernStep.concern_id == concern_id)
    return session().scalars(query.order_by(ConcernStep.at, ConcernStep.id)).all()
